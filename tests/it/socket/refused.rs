//! Tokens that are not good, a switch that is off, and what the log says of it.

use serde_json::json;
use valet_sim::fault::Fault;

use super::{is_answered, readiness, until_it_says, world};
use crate::bot::{Bot, Process, Settings};

#[tokio::test]
async fn a_token_that_slack_refuses_is_told_until_it_takes_it() {
    let bot = world().await;
    for (code, told) in [
        ("invalid_auth", "Slack refused: invalid_auth"),
        ("missing_scope", "Slack refused: missing_scope"),
    ] {
        let refusal = Fault::json(200, &json!({"ok": false, "error": code}));
        bot.slack.faults().clear();
        bot.slack.faults().always("apps.connections.open", refusal);
        if code == "invalid_auth" {
            let first = Process::spawn(&bot.settings);
            while reqwest::get(ready(&bot)).await.is_err() {
                tokio::task::yield_now().await;
            }
            until_it_says(&bot, told).await;
            assert_eq!(readiness(&bot).await.0, 503);
            let (code, log) = first.ended_after_stop().await;
            assert_eq!(code, Some(0), "{log}");
            assert!(
                log.contains("no connection of Socket Mode: Slack refused"),
                "{log}"
            );
            assert!(!log.contains("canary-app-token"), "{log}");
        }
    }
    let bot = bot.begin().await;
    until_it_says(&bot, "missing_scope").await;
    bot.slack.faults().clear();
    until_it_says(&bot, "ready").await;
    bot.finish().await;
}

fn ready(bot: &Bot) -> String {
    format!("http://{}/readyz", bot.settings.value("VALET_OPS_LISTEN"))
}

#[tokio::test]
async fn a_bot_token_opens_no_connection() {
    let bot = Bot::world(|settings| {
        settings.over_socket();
        settings.set("SLACK_APP_TOKEN", "xapp-1-canary-of-another-app");
    })
    .await;
    bot.slack.set_socket_mode(true);
    let bot = bot.begin().await;
    let told = until_it_says(&bot, "invalid_auth").await;
    assert!(!told.contains("canary"), "{told}");
    assert_eq!(bot.slack.sockets().opened(), 0);
    bot.finish().await;
}

#[tokio::test]
async fn where_socket_mode_is_switched_off_for_the_app_readiness_says_so() {
    let bot = Bot::world(Settings::over_socket).await.begin().await;
    let told = until_it_says(&bot, "switched off").await;
    assert_eq!(
        told,
        "no connection of Socket Mode to Slack stands: Socket Mode is switched off in the settings of the Slack app\n"
    );
    bot.slack.set_socket_mode(true);
    until_it_says(&bot, "ready").await;
    bot.connects("ada", "gmail").await;
    is_answered(&bot, "Switched on?").await;

    bot.slack.set_socket_mode(false);
    bot.slack.sockets().warns("link_disabled");
    bot.slack.sockets().cuts_all();
    until_it_says(&bot, "switched off").await;
    bot.finish().await;
}

#[tokio::test]
async fn nothing_that_is_secret_about_a_connection_is_in_the_log() {
    let bot = world().await;
    let process = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    is_answered(&bot, "canary-question about pricing").await;
    let sockets = bot.slack.sockets();
    sockets.says("canary-odd");
    sockets.warns("warning");
    sockets.until(2, 2).await;
    sockets.closes_oldest();
    sockets.until(2, 1).await;
    let (code, log) = process.ended_after_stop().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("a connection of Socket Mode stands"), "{log}");
    for secret in [
        "canary-app-token",
        "canary-ticket",
        "canary-envelope",
        "canary-question",
        "canary-odd",
        "canary-response",
    ] {
        assert!(!log.contains(secret), "the log holds {secret}");
    }
    bot.finish().await;
}
