//! Killed at every step between the question and its answer, and started again: one card,
//! one decision, one write, one answer.

use valet_sim::fault::{Fault, Faults};
use valet_sim::slack::{Message, MessageRef};

use super::{TOOL, has_button, mail, next_card, rests};
use crate::bot::{Bot, Process, has_happened};

const POST: &str = "chat.postMessage";
const UPDATE: &str = "chat.update";
const EXECUTE: &str = "/execute_tool";
const MODEL: &str = "/chat/completions";

/// Who falls silent at the step, so that the kill comes just then.
#[derive(Clone, Copy)]
enum At {
    Router,
    Slack,
    Vault,
}

impl At {
    fn faults(self, bot: &Bot) -> &Faults {
        match self {
            Self::Router => bot.router.faults(),
            Self::Slack => bot.slack.faults(),
            Self::Vault => bot.vault.faults(),
        }
    }
}

/// Ada, the process, and the model's plan to send a mail.
async fn ada() -> (Bot, Process) {
    let bot = Bot::world(|_| {}).await;
    let process = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    bot.router.will_call(TOOL, &mail("ben@example.com"));
    (bot, process)
}

/// The cards of this thread that are there now.
fn cards(bot: &Bot, thread: &MessageRef) -> Vec<Message> {
    let mut all = bot.slack.messages(&thread.channel);
    all.retain(|one| one.root() == thread.root() && one.visible_text().contains("may I do this?"));
    all
}

/// Comes back once this stands in the thread.
async fn until_said(bot: &Bot, thread: &MessageRef, name: &str, words: &str) {
    bot.slack
        .until(name, |slack| {
            let all = slack.messages(&thread.channel);
            let mut said = all.iter().filter(|one| one.root() == thread.root());
            said.any(|one| one.visible_text().contains(words))
        })
        .await;
}

#[tokio::test]
async fn killed_while_it_asks_there_is_one_card_and_one_write() {
    for (name, fault) in [
        ("the card is on disk", Some(Fault::Stall)),
        (
            "it stands there, and nobody knows",
            Some(Fault::ActThenStall),
        ),
        ("it waits", None),
    ] {
        let (bot, first) = ada().await;
        let ada = bot.slack.person("ada");
        let question = if let Some(fault) = fault {
            // Behind the sign of life.
            bot.slack.faults().after(1, POST, fault);
            let question = ada.mentions_in("general", "Invite Ben").await;
            has_happened(bot.slack.faults()).await;
            question
        } else {
            let question = ada.mentions_in("general", "Invite Ben").await;
            until_said(&bot, &question, name, "may I do this?").await;
            rests(&bot, &question).await;
            question
        };
        first.kill();
        let second = Process::serve(&bot.settings).await;
        until_said(&bot, &question, name, "may I do this?").await;
        rests(&bot, &question).await;
        let there = cards(&bot, &question);
        assert_eq!(there.len(), 1, "{name}");
        bot.router.will_say("It is sent.");
        ada.clicks(&there[0], "approve").await;
        until_said(&bot, &question, name, "It is sent.").await;
        until_said(&bot, &question, name, "It is done.").await;
        second.stop().await;
        assert_eq!(bot.slack.thread(&question).len(), 3, "{name}");
        assert_eq!(bot.vault.sent_mail().len(), 1, "{name}");
        bot.finish().await;
    }
}

/// Every step from a press to the answer: what the world has done, and what the card says.
fn of_a_press() -> Vec<(
    &'static str,
    At,
    &'static str,
    u32,
    Fault,
    usize,
    &'static str,
)> {
    let (done, unknown) = ("It is done.", "I do not know whether it was done");
    vec![
        ("decided", At::Slack, UPDATE, 0, Fault::Stall, 1, done),
        (
            "decided and shown",
            At::Slack,
            UPDATE,
            0,
            Fault::ActThenStall,
            1,
            done,
        ),
        (
            "at work again",
            At::Vault,
            "/connected_accounts/details",
            0,
            Fault::Stall,
            1,
            done,
        ),
        ("sent", At::Vault, EXECUTE, 0, Fault::Stall, 0, unknown),
        (
            "done, and nobody knows",
            At::Vault,
            EXECUTE,
            0,
            Fault::ActThenStall,
            1,
            unknown,
        ),
        (
            "its outcome is on disk",
            At::Slack,
            UPDATE,
            1,
            Fault::Stall,
            1,
            done,
        ),
        (
            "the card is turned",
            At::Router,
            MODEL,
            0,
            Fault::Stall,
            1,
            done,
        ),
        (
            "the answer is there",
            At::Slack,
            UPDATE,
            2,
            Fault::Stall,
            1,
            done,
        ),
    ]
}

#[tokio::test]
async fn killed_at_any_step_of_an_approved_write_it_is_sent_once_and_the_card_says_so() {
    for (name, at, path, after, fault, sent, words) in of_a_press() {
        let (bot, first) = ada().await;
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "Invite Ben").await;
        let card = next_card(&bot).await;
        rests(&bot, &question).await;
        bot.router.will_say("That is all.");
        at.faults(&bot).after(after, path, fault);
        ada.clicks(&card, "approve").await;
        has_happened(at.faults(&bot)).await;
        first.kill();
        let second = Process::serve(&bot.settings).await;
        until_said(&bot, &question, name, words).await;
        until_said(&bot, &question, name, "That is all.").await;
        second.stop().await;
        let thread = bot.slack.thread(&question);
        assert_eq!(thread.len(), 3, "{name}: {thread:#?}");
        assert!(
            !thread.iter().any(|one| has_button(one, "approve")),
            "{name}"
        );
        assert_eq!(bot.vault.sent_mail().len(), sent, "{name}");
        bot.finish().await;
    }
}

#[tokio::test]
async fn a_card_waits_over_a_restart_and_a_no_survives_it_too() {
    for (button, words, sent) in [("approve", "It is done.", 1), ("deny", "Denied by Ada", 0)] {
        let mut bot = super::ada().await;
        let (question, card) = super::asks_for_a_mail(&bot).await;
        rests(&bot, &question).await;
        bot.restart().await;
        bot.router.will_say("That is all.");
        bot.slack.person("ada").clicks(&card, button).await;
        super::record(&bot, &card, words).await;
        super::said_below(&bot, &question, "That is all.").await;
        bot.restart().await;
        assert_eq!(bot.vault.sent_mail().len(), sent);
        bot.slack.read_all();
        bot.finish().await;
    }
}

#[tokio::test]
async fn killed_while_the_buttons_for_two_are_posted_there_is_one_pair_and_a_stop_takes_it() {
    let bot = Bot::world(|_| {}).await;
    let first = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    let two = ["ben@example.com", "grace@example.com"];
    bot.router.will_call_many(two.map(|to| (TOOL, mail(to))));
    let ada = bot.slack.person("ada");
    // Behind the sign of life and the cards.
    let faults = bot.slack.faults();
    faults.after(3, POST, Fault::ActThenStall);
    let question = ada.mentions_in("general", "Invite both").await;
    has_happened(faults).await;
    first.kill();
    let second = Process::serve(&bot.settings).await;
    rests(&bot, &question).await;
    let buttons = || {
        let all = bot.slack.messages(&question.channel);
        let pairs = all.iter().filter(|one| has_button(one, "approve_all"));
        pairs.count()
    };
    assert_eq!(buttons(), 1);
    ada.stops(&question).await;
    until_said(&bot, &question, "it is over", "Stopped. Ask again").await;
    second.stop().await;
    assert_eq!(buttons(), 0);
    assert_eq!(cards(&bot, &question).len(), 2);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn stopped_after_a_restart_it_is_a_no() {
    let mut bot = super::ada().await;
    let (question, card) = super::asks_for_a_mail(&bot).await;
    rests(&bot, &question).await;
    bot.restart().await;
    let ada = bot.slack.person("ada");
    ada.says_in_thread(&question, "stop").await;
    super::record(&bot, &card, "Stopped by Ada").await;
    ada.clicks(&card, "approve").await;
    ada.next_ephemeral().await;
    assert_eq!(bot.vault.sent_mail().len(), 0);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn no_word_on_a_write_survives_a_restore() {
    const LABEL: &str = "gmail_create_label";
    let (bot, process) = ada().await;
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Invite Ben").await;
    let waiting = next_card(&bot).await;
    rests(&bot, &question).await;
    bot.router
        .will_call(LABEL, &serde_json::json!({"name": "Lunch"}));
    let label = ada.direct("Make a label").await;
    let card = next_card(&bot).await;
    bot.router.will_say("It is made.");
    ada.clicks(&card, "always_allow").await;
    super::said_below(&bot, &label, "It is made.").await;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup").display().to_string();
    for command in ["backup", "restore"] {
        let (code, said) = Process::command(&bot.settings, &[command, &file]).await;
        assert_eq!(code, Some(0), "{said}");
    }
    super::said_below(&bot, &question, "I was restored from a backup").await;
    ada.clicks(&waiting, "approve").await;
    assert_eq!(
        ada.next_ephemeral().await.visible_text(),
        "This is over, so there is nothing left to decide."
    );
    assert_eq!(bot.vault.sent_mail().len(), 0);
    bot.router
        .will_call(LABEL, &serde_json::json!({"name": "Dinner"}));
    let label = ada.direct("Another one").await;
    let card = next_card(&bot).await;
    bot.router.will_say("Then not.");
    ada.clicks(&card, "deny").await;
    super::said_below(&bot, &label, "Then not.").await;
    process.stop().await;
    bot.slack.read_all();
    bot.finish().await;
}
