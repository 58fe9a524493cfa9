//! The ops listener: health, readiness and figures, on no other listener.

use serde_json::json;
use valet_sim::fault::{Canned, Fault};
use valet_sim::slack::Signing;

use crate::bot::Bot;

#[tokio::test]
async fn health_and_readiness_are_told_apart() {
    let bot = Bot::start().await;
    assert_eq!(asked(&bot, "/healthz").await, (200, "ok\n".to_owned()));
    assert_eq!(asked(&bot, "/readyz").await, (200, "ready\n".to_owned()));
    bot.vault.down().await;
    bot.slack.down().await;
    assert_eq!(asked(&bot, "/healthz").await.0, 200);
    bot.vault.up();
    bot.slack.up();
    bot.finish().await;
}

#[tokio::test]
async fn a_token_that_slack_takes_back_is_told_and_so_is_its_return() {
    let bot = Bot::start().await;
    assert_eq!(asked(&bot, "/readyz").await.0, 200);
    for code in ["token_revoked", "account_inactive", "invalid_auth"] {
        let refusal = Fault::json(200, &json!({"ok": false, "error": code}));
        bot.slack.faults().always("auth.test", refusal);
        let (status, told) = asked(&bot, "/readyz").await;
        assert_eq!(status, 503, "{code}");
        assert_eq!(told, "Slack does not accept SLACK_BOT_TOKEN\n");
        bot.slack.faults().clear();
        assert_eq!(asked(&bot, "/readyz").await.0, 200, "well again");
    }
    bot.finish().await;
}

#[tokio::test]
async fn that_slack_is_down_for_a_while_is_no_reason_to_turn_its_events_away() {
    let bot = Bot::start().await;
    assert_eq!(asked(&bot, "/readyz").await.0, 200);
    for fault in [
        Fault::status(503),
        Fault::too_many(30),
        Fault::Cut,
        Fault::Stall,
    ] {
        bot.slack.faults().always("auth.test", fault.clone());
        assert_eq!(asked(&bot, "/readyz").await.0, 200, "{fault:?}");
        bot.slack.faults().clear();
    }
    bot.finish().await;
}

#[tokio::test]
async fn credentials_that_the_vault_refuses_are_told_until_it_takes_them() {
    let bot = Bot::world(|_| {}).await;
    let refusal = Canned::new(401, "application/json", r#"{"error":"invalid_client"}"#);
    bot.vault
        .faults()
        .always("/oauth/token", Fault::Answer(refusal));
    let bot = bot.begin().await;
    let (status, told) = asked(&bot, "/readyz").await;
    assert_eq!(status, 503);
    assert_eq!(
        told,
        "the vault does not accept SCALEKIT_CLIENT_ID and SCALEKIT_CLIENT_SECRET\n"
    );
    bot.vault.faults().clear();
    assert_eq!(asked(&bot, "/readyz").await.0, 200);
    bot.finish().await;
}

#[tokio::test]
async fn nothing_is_on_both_listeners() {
    let bot = Bot::start().await;
    let public = bot.settings.public_url();
    for path in ["/healthz", "/readyz", "/metrics", "/debug", "/"] {
        let there = reqwest::get(format!("{public}{path}")).await.unwrap();
        assert_eq!(there.status(), 404, "{path} is not for everybody");
        assert_eq!(there.text().await.unwrap(), "");
    }
    let client = reqwest::Client::builder().build().unwrap();
    let body = br#"{"type":"url_verification","challenge":"x"}"#;
    for path in ["/slack/events", "/slack/commands", "/slack/interactions"] {
        let mut request = client.post(format!("{}{path}", bot.ops_url()));
        for (name, value) in bot.slack.signed(body, Signing::Good) {
            request = request.header(name, value);
        }
        let there = request.body(&body[..]).send().await.unwrap();
        assert_eq!(there.status(), 404, "{path} is not for operators");
    }
    for path in ["/connect/x", "/callback", "/slack/openid/callback"] {
        assert_eq!(asked(&bot, path).await.0, 404, "{path}");
    }
    bot.finish().await;
}

#[tokio::test]
async fn figures_count_events_and_duplicates() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let before = bot.figure("valet_events_accepted_total").await;
    bot.router.will_say("Once.");
    let question = bot.slack.person("ada").direct("How often?").await;
    bot.slack.redeliver(&question.event_id).await;
    assert_eq!(bot.answer(&question).await, "Once.");
    let (_, figures) = asked(&bot, "/metrics").await;
    assert_eq!(bot.figure("valet_events_accepted_total").await, before + 1);
    assert_eq!(bot.figure("valet_events_duplicate_total").await, 1);
    assert!(figures.ends_with("# EOF\n"), "{figures}");
    assert!(figures.contains("# HELP"), "{figures}");
    bot.finish().await;
}

/// Status and words of the ops listener.
async fn asked(bot: &Bot, path: &str) -> (u16, String) {
    let answer = reqwest::get(format!("{}{path}", bot.ops_url()))
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}
