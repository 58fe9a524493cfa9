//! Sign in with Slack as it goes when nobody means harm: keys that change, clocks that
//! differ, a second app that people sign in to.

use std::time::Duration;

use valet_sim::browser::Page;
use valet_sim::fault::Fault;
use valet_sim::slack::BadToken;

use crate::bot::{Bot, Process, Settings, asks_to_connect};

const KEYS: &str = "openid/connect/keys";
const EXCHANGE: &str = "openid.connect.token";
const HOUR: Duration = Duration::from_hours(1);

/// Ada follows a new link, as far as she gets.
async fn ada_walks(bot: &Bot, connection: &str) -> Page {
    let ada = bot.slack.person("ada");
    let link = asks_to_connect(&ada, connection).await;
    let page = bot.browser_of("ada").await.connects(&link).await;
    if page.status == 200 {
        ada.next_dm().await;
    }
    page
}

fn asked_for_keys(bot: &Bot) -> usize {
    bot.slack.requests(KEYS).len()
}

#[tokio::test]
async fn slack_changes_its_key_and_nobody_notices() {
    let bot = Bot::start().await;
    assert_eq!(ada_walks(&bot, "gmail").await.status, 200);
    assert_eq!(asked_for_keys(&bot), 1);
    // Both keys are listed, and the new one signs.
    bot.slack.add_key();
    bot.later(Duration::from_mins(2));
    assert_eq!(ada_walks(&bot, "github").await.status, 200);
    assert_eq!(asked_for_keys(&bot), 2, "its name was not known");
    // The old one is gone.
    bot.slack.rotate_keys();
    assert_eq!(ada_walks(&bot, "linear").await.status, 200);
    assert_eq!(asked_for_keys(&bot), 2, "both were known");
    assert_eq!(bot.vault.active_accounts().len(), 3);
    bot.finish().await;
}

#[tokio::test]
async fn a_key_that_slack_has_withdrawn_counts_for_an_hour_at_most() {
    let bot = Bot::start().await;
    assert_eq!(ada_walks(&bot, "gmail").await.status, 200);
    bot.slack.rotate_keys();
    bot.later(HOUR);
    bot.slack.next_id_token(BadToken::Withdrawn);
    assert_eq!(ada_walks(&bot, "github").await.status, 400);
    assert_eq!(asked_for_keys(&bot), 2);
    assert_eq!(bot.vault.active_accounts().len(), 1);
    // Nor is it asked for again at a stranger's pace.
    bot.slack.next_id_token(BadToken::Withdrawn);
    assert_eq!(ada_walks(&bot, "github").await.status, 400);
    assert_eq!(asked_for_keys(&bot), 2);
    assert_eq!(ada_walks(&bot, "github").await.status, 200);
    bot.finish().await;
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_our_trouble_and_not_the_persons() {
    let bot = Bot::start().await;
    assert_eq!(ada_walks(&bot, "gmail").await.status, 200);
    bot.slack.faults().always(KEYS, Fault::status(503));
    assert_eq!(ada_walks(&bot, "github").await.status, 200, "still known");
    bot.later(HOUR);
    let page = ada_walks(&bot, "linear").await;
    assert_eq!(page.status, 503);
    insta::assert_snapshot!(page.text(), @r"
    Something failed
    Something failed on our side. Ask for a new link in Slack.
    ");
    bot.slack.faults().clear();
    assert_eq!(ada_walks(&bot, "linear").await.status, 200);
    bot.finish().await;
}

/// A token of Slack's is good for five minutes. 60 seconds on either side are forgiven.
#[tokio::test]
async fn a_clock_that_is_a_minute_off_keeps_nobody_out_and_one_that_is_more_keeps_all_out() {
    let bot = Bot::start().await;
    bot.clock.stand_still();
    let browser = bot.browser_of("ada").await;
    for (seconds, status) in [(-60, 200), (-61, 400), (359, 200), (360, 400), (0, 200)] {
        let ada = bot.slack.person("ada");
        let link = asks_to_connect(&ada, "gmail").await;
        let at_slack = browser.get(&link).await;
        bot.clock.valets_is_wrong_by(seconds);
        let page = at_slack.press("Continue").await;
        bot.clock.valets_is_wrong_by(0);
        let reached = page.url.path().starts_with("/consent/");
        assert_eq!(reached, status == 200, "{seconds} s: {}", page.text());
        if !reached {
            assert_eq!(page.status, status, "{seconds} s: {}", page.text());
        }
    }
    bot.finish().await;
}

/// Of the two apps, the one that people sign in to and its secret.
fn with_login_app(bot: &Bot, settings: &mut Settings) -> String {
    let (id, secret) = bot.slack.setup().login_client.clone().unwrap();
    settings.set("SLACK_LOGIN_CLIENT_ID", &id);
    settings.set("SLACK_LOGIN_CLIENT_SECRET", &secret);
    id
}

#[tokio::test]
async fn people_sign_in_to_a_second_app_where_there_is_one() {
    let mut bot = Bot::world(|_| {}).await;
    let mut settings = bot.settings.clone();
    let login = with_login_app(&bot, &mut settings);
    bot.settings = settings;
    let bot = bot.begin().await;
    // A token for the app that speaks in Slack signs nobody in any more.
    bot.slack.next_id_token(BadToken::OtherApp);
    assert_eq!(ada_walks(&bot, "gmail").await.status, 400);
    assert_eq!(ada_walks(&bot, "gmail").await.status, 200);
    for request in ["openid/connect/authorize", EXCHANGE] {
        for asked in bot.slack.requests(request) {
            assert_eq!(asked["client_id"], login.as_str(), "{request}");
        }
    }
    bot.finish().await;
}

#[tokio::test]
async fn the_token_of_whoever_signs_in_is_neither_used_nor_kept() {
    let bot = Bot::world(|_| {}).await;
    let valet = Process::serve(&bot.settings).await;
    assert_eq!(ada_walks(&bot, "gmail").await.status, 200);
    assert_eq!(bot.slack.requests(EXCHANGE).len(), 1);
    let (_, log) = valet.stop().await;
    assert!(!log.contains("xoxp-canary"), "{log}");
    assert_eq!(files_that_hold(&bot, b"xoxp-canary"), Vec::<String>::new());
    // It could ask who they are, or be revoked: neither is done with it.
    for method in ["openid.connect.userInfo", "auth.revoke"] {
        assert_eq!(bot.slack.requests(method).len(), 0, "{method}");
    }
    bot.finish().await;
}

/// Files below the data directory with these bytes in them.
fn files_that_hold(bot: &Bot, bytes: &[u8]) -> Vec<String> {
    let mut folders = vec![bot.settings.value("VALET_DATA_DIR").into()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir::<std::path::PathBuf>(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if holds(&std::fs::read(&path).unwrap(), bytes) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

fn holds(content: &[u8], bytes: &[u8]) -> bool {
    content.windows(bytes.len()).any(|window| window == bytes)
}
