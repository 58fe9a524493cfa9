//! Bots and workflows are told, seldom, that a person has to ask.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::bot::Bot;

/// A bend of Ada's mention.
type Bend = fn(&mut Value);

/// The ways in which a message says that no person wrote it.
const BOTS: &[(&str, Bend)] = &[
    ("an old bot", |event| {
        event["subtype"] = json!("bot_message");
        event["bot_id"] = json!("B0OLD");
        event.as_object_mut().unwrap().shift_remove("user");
    }),
    ("a new bot", |event| event["bot_id"] = json!("B0NEW")),
    ("an app's profile", |event| {
        event["bot_profile"] = json!({"id": "B0APP"});
    }),
    ("a bot that looks like a person", |event| {
        event["user"] = json!("U0ROTA");
    }),
];

#[tokio::test]
async fn bots_and_workflows_are_told_that_a_person_has_to_ask() {
    let bot = Bot::start().await;
    let mention = bot.slack.workflow_mentions_in("general", "Report").await;
    let told = bot.slack.next_reply(&mention).await.visible_text();
    assert_snapshot!(told, @"I answer people only: let the person who wants to know ask me.");
    let rota = bot.slack.person("rota");
    let mention = rota.mentions_in("general", "connect gmail").await;
    assert_eq!(bot.slack.next_reply(&mention).await.visible_text(), told);
    assert_eq!(bot.vault.accounts(), []);
    bot.finish().await;
}

#[tokio::test]
async fn however_a_bot_looks_it_is_told_once_in_a_channel_and_never_directly() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    for (what, bend) in BOTS {
        for (nth, direct) in [false, false, true].into_iter().enumerate() {
            let mention = ada.writes_in("general", "Report").await;
            let mut event = bot.slack.event_of(&mention, "app_mention");
            if direct {
                event["type"] = json!("message");
                event["channel"] = json!(ada.direct_channel());
                event["channel_type"] = json!("im");
            }
            bend(&mut event);
            let delivered = bot.slack.deliver_event(bot.slack.envelope(event)).await;
            assert_eq!(delivered.status, Some(200), "{what}");
            if nth == 0 {
                let told = bot.slack.next_reply(&mention).await.visible_text();
                assert!(told.starts_with("I answer people only"), "{what}: {told}");
            }
        }
    }
    bot.finish().await;
}

#[tokio::test]
async fn two_valets_in_one_channel_do_not_talk_with_each_other() {
    let bot = Bot::start().await;
    bot.slack.set_echoes(true);
    bot.slack.set_twins(true);
    let other = bot.slack.person("rota");
    let first = other.mentions_in("general", "I answer people only.").await;
    let told = bot.slack.next_reply(&first).await;
    assert!(!told.text.contains("<@"), "nobody is called: {told:?}");
    for _ in 0..20 {
        // As if the other one took each word for a question, whoever it was for.
        other.says_in_thread(&first, "I answer people only.").await;
        other.mentions_in("general", "I answer people only.").await;
    }
    while bot.figure("valet_events_open").await > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(bot.slack.unread().len(), 0);
    // A person is answered all the while.
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "help").await;
    bot.slack.next_reply(&question).await;
    bot.finish().await;
}

#[tokio::test]
async fn the_word_to_a_bot_is_not_said_twice_for_one_message_or_for_others_workspaces() {
    let bot = Bot::start().await;
    let mention = bot.slack.workflow_mentions_in("general", "Report").await;
    bot.slack.next_reply(&mention).await;
    let mut event = bot.slack.event_of(&mention, "app_mention");
    event["bot_id"] = json!("B0ELSE");
    let again = bot.slack.envelope(event.clone());
    bot.slack.deliver_event(again).await;
    event["ts"] = json!("1531420618.000200");
    let mut elsewhere = bot.slack.envelope(event);
    elsewhere["team_id"] = json!("T0OTHER");
    bot.slack.deliver_event(elsewhere).await;
    bot.later(Duration::from_mins(1));
    bot.finish().await;
}
