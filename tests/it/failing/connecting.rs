//! Something fails while a browser walks from the link to a connected account.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::browser::Browser;
use valet_sim::fault::{Fault, Faults};

use super::{faults_and, is_well_again, once_and_always, patience_over, plan, told_in};
use crate::bot::{Bot, asks_to_connect, disconnects};

/// Which service fails at which call.
#[derive(Clone, Copy)]
struct Step {
    of: fn(&Bot) -> &Faults,
    path: &'static str,
}

/// What Ada reads when this fails once, and when it goes on failing.
async fn of_fault(bot: &Bot, step: Step, fault: Fault) -> String {
    let faults = (step.of)(bot);
    let once = walks_while(bot, || faults.once(step.path, fault.clone())).await;
    let always = walks_while(bot, || faults.always(step.path, fault.clone())).await;
    once_and_always(once, &always)
}

/// Ada follows her link while something fails. When all is well again she gets to her
/// account, by the same link or the next, and to the answer she waits for.
async fn walks_while(bot: &Bot, trouble: impl Fn()) -> String {
    // Slack's keys are kept for an hour.
    bot.later(Duration::from_hours(1));
    let ada = bot.slack.person("ada");
    plan(bot);
    let question = ada.mentions_in("general", "Which labels do I have?").await;
    let link = ada.next_dm().await.link();
    let browser = bot.browser_of("ada").await;
    let verified = bot.vault.requests("/user/verify").len();
    trouble();
    let page = browser.connects(&link).await;
    assert!(bot.vault.requests("/user/verify").len() <= verified + 1);
    bot.vault.faults().clear();
    bot.slack.faults().clear();
    let mut told = format!("{} {}", page.status, title(page.text()));
    if page.status != 200 {
        told += &goes_on(bot, &browser, &link).await;
    }
    bot.slack
        .next(|one| one.visible_text() == "Your labels.")
        .await;
    let dm = bot
        .slack
        .next(|one| one.visible_text().contains("is connected"))
        .await;
    assert!(dm.visible_text().contains("ada@example.com"), "{dm:?}");
    assert_eq!(bot.slack.thread(&question).len(), 2);
    assert_eq!(bot.vault.active_accounts().len(), 1);
    is_well_again(bot).await;
    disconnects(&ada, "gmail").await;
    told
}

/// By the same link, if it still opens a page, or else by the next.
async fn goes_on(bot: &Bot, browser: &Browser, link: &str) -> String {
    if browser.get(link).await.status == 200 {
        assert_eq!(browser.connects(link).await.status, 200);
        return ", link still good".to_owned();
    }
    let ada = bot.slack.person("ada");
    let dm = ada.next_dm().await;
    ada.clicks(&dm, "reconnect").await;
    let link = ada.next_dm().await.link();
    assert_eq!(browser.connects(&link).await.status, 200);
    format!(", “{}”", dm.visible_text().replace('\n', " "))
}

fn title(page: &str) -> &str {
    page.lines().next().unwrap_or_default()
}

fn slack(path: &'static str) -> Step {
    Step {
        of: |bot| bot.slack.faults(),
        path,
    }
}

fn vault(path: &'static str) -> Step {
    Step {
        of: |bot| bot.vault.faults(),
        path,
    }
}

async fn table(step: Step, inside: &serde_json::Value) -> String {
    told_in(Bot::start_in, faults_and(inside), async |bot, fault| {
        of_fault(bot, step, fault).await
    })
    .await
}

#[tokio::test]
async fn what_slack_refuses_is_told_apart_from_what_it_cannot_do() {
    let refusals = [
        "invalid_code",
        "code_already_used",
        "bad_client_secret",
        "ratelimited",
        "fatal_error",
    ];
    let rows = refusals.map(|code| (code, Fault::json(200, &json!({"ok": false, "error": code}))));
    let mut rows = rows.to_vec();
    rows.extend([
        ("no words", Fault::json(200, &json!({}))),
        ("no token", Fault::json(200, &json!({"ok": true}))),
    ]);
    let step = slack("openid.connect.token");
    let table = told_in(Bot::start_in, rows, async |bot, fault| {
        of_fault(bot, step, fault).await
    })
    .await;
    assert_snapshot!(table, @"
    invalid_code: 400 This link no longer works, link still good
    code_already_used: 400 This link no longer works, link still good
    bad_client_secret: 503 Something failed, link still good
    ratelimited: 503 Something failed, link still good
    fatal_error: 503 Something failed, link still good
    no words: 503 Something failed, link still good
    no token: 503 Something failed, link still good
    ");
}

#[tokio::test]
async fn the_vault_gives_no_link() {
    let inside = json!({"error": "server_error"});
    assert_snapshot!(table(vault("/magic_link"), &inside).await, @"
    500: 200 Connected | 503 Something failed, link still good
    503: 200 Connected | 503 Something failed, link still good
    429: 200 Connected | 503 Something failed, link still good
    429, 1 s: 200 Connected | 503 Something failed, link still good
    429, 60 s: 503 Something failed, link still good
    cut: 200 Connected | 503 Something failed, link still good
    act, cut: 200 Connected | 503 Something failed, link still good
    half: 200 Connected | 503 Something failed, link still good
    stall: 200 Connected | 503 Something failed, link still good
    act, stall: 200 Connected | 503 Something failed, link still good
    nonsense: 200 Connected | 503 Something failed, link still good
    error inside: 200 Connected | 503 Something failed, link still good
    ");
}

#[tokio::test]
async fn the_vault_does_not_verify() {
    let inside = json!({"error": "server_error"});
    assert_snapshot!(table(vault("/user/verify"), &inside).await, @"
    500: 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    503: 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    429: 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    429, 1 s: 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    429, 60 s: 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    cut: 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    act, cut: 200 Connected
    half: 200 Connected
    stall: 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    act, stall: 200 Connected
    nonsense: 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    error inside: 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    ");
}

#[tokio::test]
async fn the_vault_does_not_say_that_the_account_is_active() {
    let inside = json!({"error": "server_error"});
    assert_snapshot!(table(vault("/connected_accounts/details"), &inside).await, @"
    500: 200 Connected | 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    503: 200 Connected | 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    429: 200 Connected | 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    429, 1 s: 200 Connected | 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    429, 60 s: 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    cut: 200 Connected | 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    act, cut: 200 Connected | 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    half: 200 Connected | 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    stall: 200 Connected | 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    act, stall: 200 Connected | 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    nonsense: 200 Connected | 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    error inside: 200 Connected | 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    ");
}

#[tokio::test]
async fn the_vault_says_no_to_the_verification() {
    let rows = [("400", 400), ("403", 403), ("404", 404)];
    let rows = rows
        .map(|(name, status)| (name, Fault::status(status)))
        .to_vec();
    let step = vault("/user/verify");
    let table = told_in(Bot::start_in, rows, async |bot, fault| {
        of_fault(bot, step, fault).await
    })
    .await;
    assert_snapshot!(table, @"
    400: 503 Something failed, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    403: 400 This link no longer works, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    404: 400 This link no longer works, “*gmail* could not be connected. Try again with the button below. [Connect gmail again]”
    ");
}

#[tokio::test]
async fn a_verification_is_asked_for_once_whatever_becomes_of_it() {
    for fault in [Fault::ActThenCut, Fault::HalfAnswer, Fault::ActThenStall] {
        let bot = Bot::start_in(&patience_over(&fault)).await;
        bot.vault.faults().always("/user/verify", fault);
        bot.connects("ada", "gmail").await;
        assert_eq!(bot.vault.requests("/user/verify").len(), 1);
        assert_eq!(bot.vault.active_accounts().len(), 1);
        bot.finish().await;
    }
}

#[tokio::test]
async fn an_account_is_connected_also_when_nobody_says_whose_it_is() {
    let inside = json!({"error": "server_error"});
    let table = told_in(Bot::start_in, faults_and(&inside), async |bot, fault| {
        let ada = bot.slack.person("ada");
        let link = asks_to_connect(&ada, "gmail").await;
        bot.vault.faults().always("/execute_tool", fault);
        let page = bot.browser_of("ada").await.connects(&link).await;
        assert_eq!(page.status, 200);
        let told = ada.next_dm().await.visible_text();
        bot.vault.faults().clear();
        is_well_again(bot).await;
        disconnects(&ada, "gmail").await;
        told.replace('\n', " ")
    })
    .await;
    assert_snapshot!(table, @"
    500: *gmail* is connected. Was this not you? [Disconnect]
    503: *gmail* is connected. Was this not you? [Disconnect]
    429: *gmail* is connected. Was this not you? [Disconnect]
    429, 1 s: *gmail* is connected. Was this not you? [Disconnect]
    429, 60 s: *gmail* is connected. Was this not you? [Disconnect]
    cut: *gmail* is connected. Was this not you? [Disconnect]
    act, cut: *gmail* is connected. Was this not you? [Disconnect]
    half: *gmail* is connected. Was this not you? [Disconnect]
    stall: *gmail* is connected. Was this not you? [Disconnect]
    act, stall: *gmail* is connected. Was this not you? [Disconnect]
    nonsense: *gmail* is connected. Was this not you? [Disconnect]
    error inside: *gmail* is connected. Was this not you? [Disconnect]
    ");
}
