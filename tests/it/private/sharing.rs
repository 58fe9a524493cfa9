//! The press that shares an answer, and the presses that do not.

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::slack::{Message, Signing, Slack};

use super::{SECRET, asks, bot, is_told_in_channel, shared, thread};
use crate::approving::has_button;
use crate::bot::Bot;

/// What stands on this message, once it has lost its button.
async fn turned(bot: &Bot, offer: &Message) -> String {
    let turned = bot
        .slack
        .next(|one| one.ts == offer.ts && !has_button(one, "share"))
        .await;
    turned.visible_text()
}

#[tokio::test]
async fn their_own_press_shares_it_once() {
    let bot = bot().await;
    let (question, offer) = asks(&bot).await;
    let ada = bot.slack.person("ada");
    ada.clicks(&offer, "share").await;
    assert_eq!(
        turned(&bot, &offer).await,
        "You have shared this in #general."
    );
    assert_snapshot!(thread(&bot, &question).join("\n---\n"), @"
    I have sent the answer to you alone: look at your direct messages. You can share it here from there.
    ---
    Ada shares what I answered:
    Look: the-quote-is-4711.
    ");

    // A button that was pressed before Slack took it away.
    ada.clicks(&offer, "share").await;
    assert_eq!(
        ada.next_ephemeral().await.visible_text(),
        "This is shared already."
    );
    assert_eq!(shared(&bot, &question).len(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn of_many_presses_at_once_one_shares_it() {
    let bot = bot().await;
    let (question, offer) = asks(&bot).await;
    let ada = bot.slack.person("ada");
    let press = || async {
        ada.clicks(&offer, "share").await;
    };
    futures_util::future::join_all([press(), press(), press()]).await;
    turned(&bot, &offer).await;
    for _ in 0..2 {
        ada.next_ephemeral().await;
    }
    assert_eq!(shared(&bot, &question).len(), 1);
    bot.slack.thread(&question);
    bot.finish().await;
}

#[tokio::test]
async fn nobody_else_shares_it() {
    let bot = bot().await;
    let (question, offer) = asks(&bot).await;
    let mallory = bot.slack.person("mallory");
    // As if she had got hold of the message.
    mallory.clicks(&offer, "share").await;
    let told = bot
        .slack
        .next(|one| one.visible_text().starts_with("Only whoever asked"))
        .await;
    assert_eq!(
        told.visible_text(),
        "Only whoever asked can share an answer."
    );
    assert!(!is_told_in_channel(&bot, &question.channel, SECRET));
    // It is still Ada's to share.
    bot.slack.person("ada").clicks(&offer, "share").await;
    turned(&bot, &offer).await;
    assert_eq!(shared(&bot, &question).len(), 1);
    bot.slack.thread(&question);
    bot.finish().await;
}

#[tokio::test]
async fn a_value_that_was_changed_shares_nothing() {
    let bot = bot().await;
    let (question, offer) = asks(&bot).await;
    let ada = bot.slack.person("ada");
    for value in ["", "1", "gmail", "019b0000-0000-7000-8000-000000000000"] {
        let mut bent = offer.clone();
        for block in &mut bent.blocks {
            if block["type"] == "actions" {
                block["elements"][0]["value"] = json!(value);
            }
        }
        ada.clicks(&bent, "share").await;
        assert_eq!(
            ada.next_ephemeral().await.visible_text(),
            "I no longer keep this answer, so it cannot be shared any more."
        );
    }
    assert!(!is_told_in_channel(&bot, &question.channel, SECRET));
    bot.finish().await;
}

#[tokio::test]
async fn what_slack_does_not_take_in_the_thread_can_be_shared_later() {
    let bot = bot().await;
    let (question, offer) = asks(&bot).await;
    let ada = bot.slack.person("ada");
    let refusal = Fault::json(200, &json!({"ok": false, "error": "restricted_action"}));
    bot.slack.faults().once("chat.postMessage", refusal);
    ada.clicks(&offer, "share").await;
    assert_eq!(
        ada.next_ephemeral().await.visible_text(),
        "Slack does not take this answer in the thread, so it is not shared."
    );
    ada.clicks(&offer, "share").await;
    turned(&bot, &offer).await;
    assert_eq!(shared(&bot, &question).len(), 1);
    bot.slack.thread(&question);
    bot.finish().await;
}

#[tokio::test]
async fn a_press_that_slack_sends_again_shares_nothing_again() {
    let bot = bot().await;
    let (question, offer) = asks(&bot).await;
    let ada = bot.slack.person("ada");
    let pressed = ada.clicks(&offer, "share").await;
    turned(&bot, &offer).await;
    let body = Slack::payload_form(&pressed.payload);
    bot.slack
        .deliver_interaction_raw(body, Signing::Good, &[])
        .await;
    bot.slack.thread(&question);
    assert_eq!(shared(&bot, &question).len(), 1);
    bot.finish().await;
}
