//! Several cards: of one turn, of several turns, of several people.

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::router::Turn;
use valet_sim::slack::{Message, MessageRef};

use super::{
    TOOL, ada, asks_for_a_mail, has_button, mail, next_card, record, rests, said_below, then_says,
};
use crate::bot::{Bot, has_happened};

const THREE: [&str; 3] = ["ben@example.com", "grace@example.com", "ada@example.com"];

/// Ada asks for three mails, and gets three cards and the buttons for all.
async fn asks_for_three(bot: &Bot) -> (MessageRef, Vec<Message>, Message) {
    bot.router.will_call_many(THREE.map(|to| (TOOL, mail(to))));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Invite all").await;
    let mut cards = Vec::new();
    for _ in THREE {
        cards.push(next_card(bot).await);
    }
    let all = bot.slack.next(|one| has_button(one, "approve_all")).await;
    rests(bot, &question).await;
    (question, cards, all)
}

fn sent_to(bot: &Bot) -> Vec<String> {
    bot.vault
        .sent_mail()
        .into_iter()
        .map(|one| one.to)
        .collect()
}

#[tokio::test]
async fn a_stop_while_the_buttons_for_all_are_posted_leaves_none_behind() {
    for fault in [Fault::Stall, Fault::ActThenStall] {
        let bot = ada().await;
        bot.router.will_call_many(THREE.map(|to| (TOOL, mail(to))));
        // Behind the sign of life and the cards.
        let faults = bot.slack.faults();
        faults.after(4, "chat.postMessage", fault);
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "Invite all").await;
        has_happened(faults).await;
        ada.stops(&question).await;
        said_below(&bot, &question, "Stopped").await;
        bot.slack
            .until("no buttons", |slack| {
                let there = slack.messages(&question.channel);
                there.iter().all(|one| one.buttons().is_empty())
            })
            .await;
        bot.slack.read_all();
        bot.finish().await;
    }
}

#[tokio::test]
async fn several_are_decided_one_by_one_and_each_is_done_meanwhile() {
    let bot = ada().await;
    let (question, cards, all) = asks_for_three(&bot).await;
    assert_snapshot!(all.visible_text(), @"
    3 things wait for your word above. You can decide each for itself, or all of them here.
    [Approve all] [Deny all]
    ");
    let ada = bot.slack.person("ada");
    ada.clicks(&cards[1], "approve").await;
    record(&bot, &cards[1], "It is done").await;
    assert_eq!(sent_to(&bot), ["grace@example.com"]);
    ada.clicks(&cards[0], "deny").await;
    record(&bot, &cards[0], "Denied by Ada").await;
    assert_eq!(sent_to(&bot).len(), 1);
    bot.router.will_do(|asked| {
        let told: Vec<bool> = asked
            .outcomes()
            .iter()
            .map(|one| one.content.contains("said no"))
            .collect();
        assert_eq!(told, [true, false, false]);
        Turn::says("Two are sent.")
    });
    ada.clicks(&cards[2], "approve").await;
    record(&bot, &cards[2], "It is done").await;
    said_below(&bot, &question, "Two are sent.").await;
    assert_eq!(sent_to(&bot), ["grace@example.com", "ada@example.com"]);
    // The question, three cards and the answer: the buttons for all are gone.
    let thread = bot.slack.thread(&question);
    assert_eq!(thread.len(), 5);
    assert!(thread.iter().all(|one| one.buttons().is_empty()));
    bot.finish().await;
}

#[tokio::test]
async fn several_are_approved_or_denied_together() {
    for (button, words, sent) in [("approve_all", "It is done", 3), ("deny_all", "Denied", 0)] {
        let bot = ada().await;
        let (question, cards, all) = asks_for_three(&bot).await;
        let ben = bot.slack.person("ben");
        ben.clicks(&all, button).await;
        let told = ben.next_ephemeral().await.visible_text();
        assert_eq!(told, "Only Ada can decide this.");
        bot.router.will_say("That is all.");
        let ada = bot.slack.person("ada");
        ada.clicks(&all, button).await;
        for card in &cards {
            record(&bot, card, words).await;
        }
        said_below(&bot, &question, "That is all.").await;
        ada.clicks(&all, button).await;
        let told = ada.next_ephemeral().await.visible_text();
        assert_eq!(told, "This was already decided, so nothing has changed.");
        assert_eq!(sent_to(&bot).len(), sent);
        bot.slack.read_all();
        bot.finish().await;
    }
}

#[tokio::test]
async fn together_means_those_that_are_left() {
    let bot = ada().await;
    let (question, cards, all) = asks_for_three(&bot).await;
    let ada = bot.slack.person("ada");
    ada.clicks(&cards[0], "deny").await;
    record(&bot, &cards[0], "Denied").await;
    bot.router.will_say("That is all.");
    ada.clicks(&all, "approve_all").await;
    said_below(&bot, &question, "That is all.").await;
    let mut sent = sent_to(&bot);
    sent.sort();
    assert_eq!(sent, ["ada@example.com", "grace@example.com"]);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn all_pressed_at_once_are_each_taken_once() {
    let bot = ada().await;
    let (question, cards, all) = asks_for_three(&bot).await;
    let ada = bot.slack.person("ada");
    bot.router.will_say("That is all.");
    futures_util::future::join_all(
        cards
            .iter()
            .flat_map(|card| [ada.clicks(card, "approve"), ada.clicks(card, "approve")]),
    )
    .await;
    ada.clicks(&all, "approve_all").await;
    said_below(&bot, &question, "That is all.").await;
    let mut sent = sent_to(&bot);
    sent.sort();
    assert_eq!(
        sent,
        ["ada@example.com", "ben@example.com", "grace@example.com"]
    );
    // Three second clicks, and the one for all.
    for _ in 0..4 {
        let told = ada.next_ephemeral().await.visible_text();
        assert_eq!(told, "This was already decided, so nothing has changed.");
    }
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_second_turn_of_writes_is_asked_about_too() {
    let bot = ada().await;
    let (question, first) = asks_for_a_mail(&bot).await;
    bot.router.will_call(TOOL, &mail("grace@example.com"));
    let ada = bot.slack.person("ada");
    ada.clicks(&first, "approve").await;
    let second = next_card(&bot).await;
    assert_eq!(sent_to(&bot), ["ben@example.com"]);
    then_says(&bot, "untrusted_data_from", "Both are sent.");
    ada.clicks(&second, "approve").await;
    said_below(&bot, &question, "Both are sent.").await;
    assert_eq!(sent_to(&bot), ["ben@example.com", "grace@example.com"]);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn what_was_done_is_not_asked_about_again() {
    let bot = ada().await;
    let (question, first) = asks_for_a_mail(&bot).await;
    bot.router.will_call(TOOL, &mail("ben@example.com"));
    then_says(&bot, "was done already", "It was sent.");
    bot.slack.person("ada").clicks(&first, "approve").await;
    said_below(&bot, &question, "It was sent.").await;
    assert_eq!(sent_to(&bot), ["ben@example.com"]);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn reads_of_a_turn_are_made_before_anybody_is_asked() {
    let bot = ada().await;
    bot.router.will_call_many([
        (TOOL, mail("ben@example.com")),
        ("gmail_list_labels", json!({})),
    ]);
    let ada = bot.slack.person("ada");
    let question = ada.direct("Invite Ben").await;
    let card = next_card(&bot).await;
    let made = bot.vault.executions();
    assert!(made.iter().any(|one| one.tool == "gmail_list_labels"));
    then_says(&bot, "untrusted_data_from", "It is sent.");
    ada.clicks(&card, "approve").await;
    said_below(&bot, &question, "It is sent.").await;
    let lists = bot.vault.executions();
    let lists = lists.iter().filter(|one| one.tool == "gmail_list_labels");
    assert_eq!(lists.count(), 1, "and not again afterwards");
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn two_people_in_one_thread_each_decide_their_own() {
    let bot = ada().await;
    bot.connects("ben", "gmail").await;
    let (question, of_ada) = asks_for_a_mail(&bot).await;
    rests(&bot, &question).await;
    let (ada, ben) = (bot.slack.person("ada"), bot.slack.person("ben"));
    bot.router.will_call(TOOL, &mail("grace@example.com"));
    ben.says_in_thread(&question, "And invite Grace").await;
    let of_ben = next_card(&bot).await;
    assert!(of_ben.visible_text().starts_with("Ben, may I do this?"));
    for (who, card) in [(&ada, &of_ben), (&ben, &of_ada)] {
        who.clicks(card, "approve").await;
        who.next_ephemeral().await;
    }
    assert_eq!(sent_to(&bot).len(), 0);
    bot.router.will_say("Ben's is sent.");
    ben.clicks(&of_ben, "approve").await;
    said_below(&bot, &question, "Ben's is sent.").await;
    bot.router.will_say("Ada's is sent.");
    ada.clicks(&of_ada, "approve").await;
    said_below(&bot, &question, "Ada's is sent.").await;
    let boxes: Vec<String> = bot
        .vault
        .executions()
        .into_iter()
        .filter(|one| one.tool == TOOL)
        .map(|one| one.mailbox)
        .collect();
    assert_eq!(boxes, ["ben@example.com", "ada@example.com"]);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn while_a_question_waits_its_thread_goes_on() {
    let bot = ada().await;
    let (question, card) = asks_for_a_mail(&bot).await;
    rests(&bot, &question).await;
    bot.router.will_say("It is noon.");
    let ada = bot.slack.person("ada");
    ada.says_in_thread(&question, "What time is it?").await;
    said_below(&bot, &question, "It is noon.").await;
    then_says(&bot, "untrusted_data_from", "It is sent.");
    ada.clicks(&card, "approve").await;
    said_below(&bot, &question, "It is sent.").await;
    bot.slack.read_all();
    bot.finish().await;
}
