//! What was asked and is not to be done any more: too late, stopped, not shown, no longer
//! possible.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::slack::{Message, MessageRef};

use super::{
    TOOL, ada, asks_for_a_mail, impatient_ada, mail, next_card, record, rests, said_below,
    then_says,
};
use crate::bot::{Bot, disconnects, has_happened};

const POST: &str = "chat.postMessage";

#[tokio::test]
async fn who_says_nothing_in_time_has_said_no() {
    let bot = ada().await;
    let (question, card) = asks_for_a_mail(&bot).await;
    rests(&bot, &question).await;
    then_says(&bot, "did not answer in time", "You were away.");
    bot.later(Duration::from_mins(16));
    assert_snapshot!(record(&bot, &card, "Expired").await, @"
    Ada, may I do this? 
     Send a mail to ben@example.com
    gmail_send_message in the gmail account of Ada, ada@example.com
    to ben@example.com
    subject Lunch
    body At one?
    Expired, then. Nothing was done.
    ");
    assert_eq!(said_below(&bot, &question, "You").await, "You were away.");
    let ada = bot.slack.person("ada");
    ada.clicks(&card, "approve").await;
    assert_snapshot!(ada.next_ephemeral().await.visible_text(), @"This was already decided, so nothing has changed.");
    assert_eq!(bot.vault.sent_mail().len(), 0);
    let expired = "valet_approvals_total{verdict=\"Expired\"}";
    assert_eq!(bot.figure(expired).await, 1);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn what_expired_while_valet_slept_is_not_done_and_said() {
    let mut bot = ada().await;
    let (question, card) = asks_for_a_mail(&bot).await;
    rests(&bot, &question).await;
    then_says(&bot, "did not answer in time", "You were away.");
    bot.sleeps_for(Duration::from_hours(1)).await;
    record(&bot, &card, "Expired").await;
    said_below(&bot, &question, "You were away.").await;
    assert_eq!(bot.vault.sent_mail().len(), 0);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn the_word_to_stop_is_a_no_to_all_that_was_asked() {
    let bot = ada().await;
    let (question, card) = asks_for_a_mail(&bot).await;
    rests(&bot, &question).await;
    let ada = bot.slack.person("ada");
    ada.says_in_thread(&question, "stop").await;
    assert_snapshot!(record(&bot, &card, "Stopped").await, @"
    Ada, may I do this? 
     Send a mail to ben@example.com
    gmail_send_message in the gmail account of Ada, ada@example.com
    to ben@example.com
    subject Lunch
    body At one?
    Stopped by Ada, then. Nothing was done.
    ");
    assert_eq!(
        said_below(&bot, &question, "Stopped").await,
        "Stopped. Ask again whenever you like."
    );
    ada.clicks(&card, "approve").await;
    let told = ada.next_ephemeral().await.visible_text();
    assert_eq!(told, "This was already decided, so nothing has changed.");
    assert_eq!(bot.vault.sent_mail().len(), 0);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_card_that_slack_does_not_take_is_a_no() {
    let refused = json!({"ok": false, "error": "invalid_blocks"});
    for fault in [
        Fault::json(200, &refused),
        Fault::Cut,
        Fault::status(500),
        Fault::Stall,
    ] {
        let bot = impatient_ada().await;
        bot.router.will_call(TOOL, &mail("ben@example.com"));
        then_says(
            &bot,
            "the person could not be asked",
            "Slack did not take it.",
        );
        // Behind the sign of life.
        bot.slack.faults().after(1, POST, fault.clone());
        let question = bot.slack.person("ada").direct("Invite Ben").await;
        let answer = bot.answer(&question).await;
        assert_eq!(
            answer,
            "Slack did not take it.\nI could not show you what I wanted to do, so I left this out: `gmail_send_message`.",
            "{fault:?}"
        );
        assert_eq!(bot.slack.thread(&question).len(), 2, "{fault:?}");
        assert_eq!(bot.vault.sent_mail().len(), 0);
        bot.finish().await;
    }
}

#[tokio::test]
async fn a_card_that_stands_there_although_its_post_failed_is_found_and_used() {
    for fault in [Fault::ActThenCut, Fault::ActThenStall] {
        let bot = impatient_ada().await;
        bot.slack.faults().after(1, POST, fault);
        let (question, card) = asks_for_a_mail(&bot).await;
        rests(&bot, &question).await;
        then_says(&bot, "untrusted_data_from", "It is sent.");
        bot.slack.person("ada").clicks(&card, "approve").await;
        said_below(&bot, &question, "It is sent.").await;
        assert_eq!(bot.slack.thread(&question).len(), 3);
        assert_eq!(bot.vault.sent_mail().len(), 1);
        bot.finish().await;
    }
}

#[tokio::test]
async fn nothing_is_done_in_an_account_that_was_changed_while_it_was_asked() {
    let bot = ada().await;
    bot.connects("ada", "github").await;
    let (question, card) = asks_for_a_mail(&bot).await;
    rests(&bot, &question).await;
    then_says(
        &bot,
        "disconnected or connected anew",
        "The account was changed.",
    );
    let ada = bot.slack.person("ada");
    disconnects(&ada, "gmail").await;
    assert_snapshot!(record(&bot, &card, "account was").await, @"
    Ada, may I do this? 
     Send a mail to ben@example.com
    gmail_send_message in the gmail account of Ada, ada@example.com
    to ben@example.com
    subject Lunch
    body At one?
    The account was disconnected or connected anew, then. Nothing was done.
    ");
    said_below(&bot, &question, "The account was changed.").await;
    assert_eq!(bot.vault.sent_mail().len(), 0);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn another_mailbox_under_the_same_name_is_asked_about_anew() {
    let bot = ada().await;
    let (question, card) = asks_for_a_mail(&bot).await;
    rests(&bot, &question).await;
    let ada = bot.slack.person("ada");
    // The only account: the question waits for another one.
    disconnects(&ada, "gmail").await;
    record(&bot, &card, "account was").await;
    let link = ada.next_dm().await;
    let page = bot.browser_of("ada").await.connects(&link.link()).await;
    assert_eq!(page.status, 200);
    ada.next_dm().await;
    let card = next_card(&bot).await;
    assert_eq!(bot.vault.sent_mail().len(), 0);
    then_says(&bot, "untrusted_data_from", "It is sent.");
    ada.clicks(&card, "approve").await;
    said_below(&bot, &question, "It is sent.").await;
    assert_eq!(bot.vault.sent_mail().len(), 1);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn what_the_operator_forbids_meanwhile_is_not_done_though_it_was_approved() {
    let mut bot = ada().await;
    let (question, card) = asks_for_a_mail(&bot).await;
    rests(&bot, &question).await;
    bot.settings
        .policy("[tools]\ngmail_send_message = \"deny\"\n");
    bot.restart().await;
    then_says(&bot, "no longer offered", "It is forbidden by now.");
    bot.slack.person("ada").clicks(&card, "approve").await;
    assert_snapshot!(record(&bot, &card, "No longer").await, @"
    Ada, may I do this? 
     Send a mail to ben@example.com
    gmail_send_message in the gmail account of Ada, ada@example.com
    to ben@example.com
    subject Lunch
    body At one?
    No longer possible, then. Nothing was done.
    ");
    said_below(&bot, &question, "It is forbidden by now.").await;
    assert_eq!(bot.vault.sent_mail().len(), 0);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn what_fails_or_may_have_been_done_is_said_on_the_card() {
    for (fault, told, wanted) in [
        (
            Fault::too_many(60),
            "error",
            "It failed, and nothing was done.",
        ),
        (
            Fault::ActThenCut,
            "not known",
            "I do not know whether it was done, and will not try it again by myself: please check.",
        ),
    ] {
        let bot = ada().await;
        let (question, card) = asks_for_a_mail(&bot).await;
        then_says(&bot, told, "Well.");
        bot.vault.faults().once("/execute_tool", fault);
        bot.slack.person("ada").clicks(&card, "approve").await;
        let record = record(&bot, &card, wanted).await;
        assert!(record.contains("Approved by Ada, then. "), "{record}");
        said_below(&bot, &question, "Well.").await;
        bot.slack.read_all();
        bot.finish().await;
    }
}

#[tokio::test]
async fn a_word_given_before_a_long_sleep_counts_no_more() {
    let mut bot = impatient_ada().await;
    let (question, card) = asks_for_a_mail(&bot).await;
    rests(&bot, &question).await;
    // Her word is taken, and Valet is gone before it is acted on.
    bot.vault
        .faults()
        .times(2, "/connected_accounts/details", Fault::Stall);
    let ada = bot.slack.person("ada");
    ada.clicks(&card, "approve").await;
    has_happened(bot.vault.faults()).await;
    then_says(&bot, "did not answer in time", "That was long ago.");
    bot.sleeps_for(Duration::from_mins(20)).await;
    record(&bot, &card, "Expired").await;
    said_below(&bot, &question, "That was long ago.").await;
    assert_eq!(bot.vault.sent_mail().len(), 0);
    bot.slack.read_all();
    bot.finish().await;
}

async fn stopped_it_leaves_no_sign_of_life(bot: Bot, question: &MessageRef, card: &Message) {
    bot.slack.person("ada").stops(question).await;
    said_below(&bot, question, "Stopped").await;
    record(&bot, card, "Stopped by").await;
    rests(&bot, question).await;
    assert_eq!(bot.slack.thread(question).len(), 3);
    bot.finish().await;
}

#[tokio::test]
async fn a_stop_in_the_midst_of_taking_the_sign_of_life_away_finds_it_too() {
    for fault in [Fault::Stall, Fault::ActThenStall] {
        let bot = ada().await;
        let faults = bot.slack.faults();
        faults.once("chat.delete", fault);
        let (question, card) = asks_for_a_mail(&bot).await;
        has_happened(faults).await;
        stopped_it_leaves_no_sign_of_life(bot, &question, &card).await;
    }
}

#[tokio::test]
async fn a_stop_finds_the_sign_of_life_that_could_not_be_taken_away() {
    let bot = ada().await;
    let faults = bot.slack.faults();
    faults.times(3, "chat.delete", Fault::status(500));
    let (question, card) = asks_for_a_mail(&bot).await;
    has_happened(faults).await;
    stopped_it_leaves_no_sign_of_life(bot, &question, &card).await;
}
