//! What the vault reports of accounts: heard, checked, looked into, and never believed.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::slack::{Message, MessageRef};
use valet_sim::vault::{Report, Sending, Status, Verification};

use crate::bot::{Bot, Process, has_happened};

const SECRET: &str = "SCALEKIT_WEBHOOK_SECRET";
const DETAILS: &str = "/connected_accounts/details";
const LISTED: &str = "/tools/scoped";
const ADAS: (&str, &str) = ("gmail", "ada@example.com");
const LAPSED: (Status, Status) = (Status::Active, Status::Expired);
const RENEWED: (Status, Status) = (Status::Expired, Status::Active);

/// Valet listens to the vault's reports, and Ada's gmail is connected.
async fn listening() -> Bot {
    let bot = unbegun().await.begin().await;
    bot.connects("ada", "gmail").await;
    bot
}

async fn unbegun() -> Bot {
    let mut bot = Bot::world(|_| {}).await;
    bot.settings.set(SECRET, &bot.vault.webhook_secret());
    bot
}

fn app(bot: &Bot) -> String {
    bot.settings.public_url()
}

fn asked(bot: &Bot) -> usize {
    bot.vault.requests(DETAILS).len()
}

/// Comes back once the vault has been asked this often.
async fn is_asked(bot: &Bot, times: usize) {
    while asked(bot) < times {
        tokio::task::yield_now().await;
    }
}

/// These words take the place of the note that the question waits.
async fn ends_with(bot: &Bot, question: &MessageRef, words: &str) {
    let is_end =
        |one: &Message| one.root() == question.root() && one.visible_text().contains(words);
    bot.slack.next(is_end).await;
    bot.slack.read_all();
}

#[tokio::test]
async fn who_is_told_that_an_account_has_lapsed_is_told_once_a_day() {
    let bot = listening().await;
    let ada = bot.slack.person("ada");
    bot.vault
        .changes_and_reports(&app(&bot), ADAS, LAPSED)
        .await;
    let told = ada.next_dm().await;
    assert_snapshot!(told.visible_text(), @r"
    Your *gmail* account no longer lets me in. Connect it again, and your next question about it need not wait.
    [Connect gmail again]
    ");
    // It lapses again and again.
    for hours in [1, 22] {
        let before = asked(&bot);
        bot.later(Duration::from_hours(hours));
        bot.vault
            .changes_and_reports(&app(&bot), ADAS, LAPSED)
            .await;
        is_asked(&bot, before + 1).await;
    }
    bot.later(Duration::from_hours(1));
    bot.vault
        .changes_and_reports(&app(&bot), ADAS, LAPSED)
        .await;
    let told = ada.next_dm().await;
    // The button sends a link that works.
    ada.clicks(&told, "reconnect").await;
    let link = ada.next_dm().await.link();
    let page = bot.browser_of("ada").await.connects(&link).await;
    assert_eq!(page.status, 200, "{}", page.text());
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn without_the_setting_there_is_no_such_door() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let before = asked(&bot);
    let report = bot.vault.status_report(ADAS, LAPSED);
    assert_eq!(
        bot.vault.sends(&app(&bot), &report, Sending::Good).await,
        Some(404)
    );
    let got = reqwest::get(format!("{}/scalekit/webhooks", app(&bot))).await;
    assert_eq!(got.unwrap().status(), 404);
    assert_eq!(asked(&bot), before);
    bot.finish().await;
}

#[tokio::test]
async fn what_the_vault_has_not_signed_just_now_is_refused_and_looked_into_by_nobody() {
    let bot = listening().await;
    bot.clock.stand_still();
    let before = asked(&bot);
    bot.vault.set_status(ADAS.0, ADAS.1, Status::Expired);
    let report = bot.vault.status_report(ADAS, LAPSED);
    for how in [
        Sending::Altered,
        Sending::DocumentedElsewhere,
        Sending::Off(-301),
        Sending::Off(301),
        Sending::OtherId,
        Sending::OtherKey,
        Sending::Unsigned,
    ] {
        let status = bot.vault.sends(&app(&bot), &report, how).await;
        assert_eq!(status, Some(401), "{how:?}");
    }
    assert_eq!(asked(&bot), before);
    // None of them used up its id; two keys and an old stamp are good enough.
    for how in [Sending::BothKeys, Sending::Off(-300), Sending::Off(300)] {
        let status = bot.vault.sends(&app(&bot), &report, how).await;
        assert_eq!(status, Some(200), "{how:?}");
    }
    bot.slack.person("ada").next_dm().await;
    assert_eq!(asked(&bot), before + 1, "three copies are one report");
    bot.finish().await;
}

#[tokio::test]
async fn a_large_report_is_not_read() {
    let bot = listening().await;
    let large = json!("x".repeat(2 << 20));
    let report = bot
        .vault
        .report("updated", ADAS.0, ADAS.1)
        .with("more", large);
    let status = bot.vault.sends(&app(&bot), &report, Sending::Good).await;
    // It is told so, or hung up on while it is still sending.
    assert!(matches!(status, None | Some(413)), "{status:?}");
    bot.finish().await;
}

#[tokio::test]
async fn a_report_that_was_taken_survives_a_restart_and_is_not_taken_twice() {
    let mut bot = listening().await;
    bot.vault.faults().always(DETAILS, Fault::status(503));
    let report = bot
        .vault
        .changes_and_reports(&app(&bot), ADAS, LAPSED)
        .await;
    bot.restart().await;
    bot.vault.faults().clear();
    bot.restart().await;
    let told = bot.slack.person("ada").next_dm().await;
    assert!(told.visible_text().contains("no longer lets me in"));
    // The vault never heard that it was taken.
    let before = asked(&bot);
    bot.vault.delivers(&app(&bot), &report).await;
    look_again(&bot, before).await;
    assert_eq!(asked(&bot), before + 1, "only the second report");
    bot.finish().await;
}

/// Another report, which is looked into after all that came before it.
async fn look_again(bot: &Bot, before: usize) {
    let other = bot.vault.report("updated", ADAS.0, ADAS.1);
    bot.vault.delivers(&app(bot), &other).await;
    is_asked(bot, before + 1).await;
}

#[tokio::test]
async fn a_report_that_is_not_true_has_no_effect() {
    let bot = listening().await;
    // It has not lapsed.
    let before = asked(&bot);
    let untrue = bot.vault.status_report(ADAS, LAPSED);
    bot.vault.delivers(&app(&bot), &untrue).await;
    is_asked(&bot, before + 1).await;
    // Nor has it been renewed: Ada's question goes on waiting.
    bot.vault.set_status(ADAS.0, ADAS.1, Status::Expired);
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Which labels do I have?").await;
    let link = ada.next_dm().await.link();
    let before = asked(&bot);
    let untrue = bot.vault.status_report(ADAS, RENEWED);
    bot.vault.delivers(&app(&bot), &untrue).await;
    is_asked(&bot, before + 1).await;
    look_again(&bot, before + 1).await;
    bot.router.will_say("Your labels.");
    bot.browser_of("ada").await.connects(&link).await;
    ada.next_dm().await;
    ends_with(&bot, &question, "Your labels.").await;
    bot.finish().await;
}

#[tokio::test]
async fn a_question_that_waits_for_an_account_goes_on_when_the_vault_has_renewed_it() {
    let bot = listening().await;
    // What was consented to when it was connected is long over.
    bot.vault.set_status(ADAS.0, ADAS.1, Status::Expired);
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Which labels do I have?").await;
    ada.next_dm().await;
    // That it has lapsed she knows by now.
    let lapsed = bot.vault.status_report(ADAS, LAPSED);
    let before = asked(&bot);
    bot.vault.delivers(&app(&bot), &lapsed).await;
    is_asked(&bot, before + 1).await;
    bot.router.will_say("Your labels.");
    bot.vault
        .changes_and_reports(&app(&bot), ADAS, RENEWED)
        .await;
    ends_with(&bot, &question, "Your labels.").await;
    bot.finish().await;
}

/// Where the vault asks nobody who consented, an account becomes active in whatever browser.
/// A question that waits for it does not go on by that.
#[tokio::test]
async fn consent_that_valet_has_not_vouched_for_wakes_no_question() {
    let bot = listening().await;
    bot.vault
        .switch(|switches| switches.verification = Verification::None);
    bot.vault.set_status(ADAS.0, ADAS.1, Status::Expired);
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Which labels do I have?").await;
    let link = ada.next_dm().await.link();
    // Ada signs in, and hands the vault's page on to Ben, who consents.
    let at_vault = bot
        .browser_of("ada")
        .await
        .get(&link)
        .await
        .press("Continue")
        .await;
    let bens = bot.browser_of("ben").await;
    let consented = bens.get(at_vault.url.as_str()).await.press("Allow").await;
    assert_eq!(consented.status, 200, "{}", consented.text());
    assert_eq!(bot.vault.active_accounts()[0].mailbox, "ben@example.com");
    let before = asked(&bot);
    let true_enough = bot
        .vault
        .status_report(("gmail", "ben@example.com"), RENEWED);
    bot.vault.delivers(&app(&bot), &true_enough).await;
    is_asked(&bot, before + 1).await;
    let other = bot.vault.report("updated", "gmail", "ben@example.com");
    bot.vault.delivers(&app(&bot), &other).await;
    is_asked(&bot, before + 2).await;
    // It still waits, and no model was asked anything.
    ada.says_in_thread(&question, "stop").await;
    ends_with(&bot, &question, "Stopped").await;
    bot.finish().await;
}

#[tokio::test]
async fn tools_are_listed_anew_after_a_report() {
    let bot = listening().await;
    let ada = bot.slack.person("ada");
    let mut listed = Vec::new();
    for report in [false, false, true] {
        if report {
            let before = asked(&bot);
            look_again(&bot, before).await;
        }
        bot.router.will_say("Your labels.");
        let question = ada.direct("Which labels do I have?").await;
        bot.answer(&question).await;
        listed.push(bot.vault.requests(LISTED).len());
    }
    assert_eq!(listed[0], listed[1]);
    assert!(listed[1] < listed[2], "{listed:?}");
    bot.finish().await;
}

#[tokio::test]
async fn a_report_about_nobody_we_know_is_taken_and_forgotten_without_a_word() {
    let bot = unbegun().await;
    let valet = Process::serve(&bot.settings).await;
    let strangers = "00000000000000000000000000canary";
    bot.vault
        .connect_directly(strangers, "gmail", "ben@example.com");
    let report = |kind: &str| bot.vault.report(kind, "gmail", strangers);
    let of_ada = |identifier: &str| report("updated").with("identifier", json!(identifier));
    for odd in [
        bot.vault.status_report(("gmail", strangers), LAPSED),
        report("updated"),
        report("invented_tomorrow"),
        of_ada("0000000000000000000000000000000f"),
        of_ada("+000000000000000000000000000000f"),
        of_ada("canary-odd"),
        report("updated").with("connection_name", json!("canary-fax")),
        Report {
            body: json!({"canary": 1}),
        },
        Report { body: json!([]) },
    ] {
        bot.vault.delivers(&app(&bot), &odd).await;
    }
    let (_, log) = valet.stop().await;
    assert!(!log.contains("canary"), "{log}");
    assert!(!log.contains(bot.settings.value(SECRET)), "{log}");
    assert_eq!(asked(&bot), 0);
    bot.finish().await;
}

#[tokio::test]
async fn a_report_is_answered_before_it_is_looked_into() {
    let bot = listening().await;
    let slow = Fault::Stall;
    bot.vault.faults().once(DETAILS, slow);
    // The vault hangs while it is asked, and its own report is answered all the same.
    let report = bot.vault.status_report(ADAS, LAPSED);
    let status = bot.vault.sends(&app(&bot), &report, Sending::Good).await;
    assert_eq!(status, Some(200));
    has_happened(bot.vault.faults()).await;
    bot.finish().await;
}
