//! What comes more than once happens once, and what got its 200 is on disk.

use futures_util::future::join_all;
use serde_json::{Value, json};
use valet_sim::slack::{MessageRef, RetryPolicy, Signing, Slack};

use crate::bot::{Bot, Process};

#[tokio::test]
async fn five_deliveries_at_once_are_answered_once() {
    let (bot, question) = asked_but_not_delivered().await;
    let envelope = envelope(&bot, &question, "app_mention");
    all_at_once(&bot, &vec![envelope; 5]).await;
    answered_once(bot, &question, 4).await;
}

#[tokio::test]
async fn one_message_under_five_event_ids_is_answered_once() {
    let (bot, question) = asked_but_not_delivered().await;
    let envelopes: Vec<Value> = (0..5)
        .map(|_| envelope(&bot, &question, "app_mention"))
        .collect();
    all_at_once(&bot, &envelopes).await;
    answered_once(bot, &question, 4).await;
}

#[tokio::test]
async fn twins_at_once_are_answered_once_in_either_order() {
    for order in [["app_mention", "message"], ["message", "app_mention"]] {
        let (bot, question) = asked_but_not_delivered().await;
        let envelopes = order.map(|kind| envelope(&bot, &question, kind));
        all_at_once(&bot, &envelopes).await;
        all_at_once(&bot, &envelopes).await;
        answered_once(bot, &question, 1).await;
    }
}

#[tokio::test]
async fn a_command_and_a_press_delivered_again_happen_once() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let fields = bot
        .slack
        .command_fields(&ada, "general", ("/connect", "gmail"));
    let command = Slack::form(&fields);
    let again = (0..5).map(|_| {
        bot.slack
            .deliver_command_raw(command.clone(), Signing::Good, &[])
    });
    for delivered in join_all(again).await {
        assert_eq!((delivered.status, delivered.body.as_str()), (Some(200), ""));
    }
    let link = ada.next_dm().await;
    ada.next_ephemeral().await;

    let action = json!({"action_id": "disconnect", "value": "gmail", "type": "button"});
    let press = Slack::payload_form(&bot.slack.interaction(&ada, &link, action));
    let again = (0..5).map(|_| {
        bot.slack
            .deliver_interaction_raw(press.clone(), Signing::Good, &[])
    });
    for delivered in join_all(again).await {
        assert_eq!((delivered.status, delivered.body.as_str()), (Some(200), ""));
    }
    ada.next_dm().await;
    assert_eq!(bot.figure("valet_events_accepted_total").await, 2);
    assert_eq!(bot.figure("valet_events_duplicate_total").await, 8);
    bot.finish().await;
}

/// The largest file that this Valet may write, in KiB; it stands for a full disk.
const FULL_AT: u64 = 256;

#[tokio::test]
async fn what_a_full_disk_does_not_take_gets_no_200_and_is_taken_when_there_is_room() {
    let bot = Bot::world(|_| {}).await;
    let small = Process::serve_with_files_up_to(&bot.settings, FULL_AT).await;
    bot.slack.expect_failed_deliveries();
    bot.slack.set_retries(RetryPolicy::Never);
    let mallory = bot.slack.person("mallory");
    let ada = bot.slack.person("ada");
    let mut refused: Option<MessageRef> = None;
    for _ in 0..100 {
        // Something of no interest fills the disk, and Ada's word comes in between.
        mallory.direct(&"help ".repeat(6_000)).await;
        let asked = ada.direct("help").await;
        if asked.delivered.as_ref().unwrap().status != Some(200) {
            refused = Some(asked);
            break;
        }
    }
    let (code, log) = small.stop().await;
    let refused = refused.unwrap_or_else(|| panic!("the disk was never full:\n{log}"));
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("the disk failed"), "{log}");
    bot.slack.read_all();

    let roomy = Process::serve(&bot.settings).await;
    let again = bot.slack.redeliver(&refused.event_id).await;
    assert_eq!(again.status, Some(200));
    bot.slack.next_reply(&refused).await;
    let (code, log) = roomy.stop().await;
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(bot.slack.thread(&refused).len(), 2, "answered once");
    bot.slack.read_all();
    bot.finish().await;
}

/// Ada, connected, has asked something that Slack has not delivered yet.
async fn asked_but_not_delivered() -> (Bot, MessageRef) {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    bot.router.will_say("Once.");
    let ada = bot.slack.person("ada");
    let question = ada.writes_in("general", "How often?").await;
    (bot, question)
}

/// Of an event id of its own.
fn envelope(bot: &Bot, question: &MessageRef, kind: &str) -> Value {
    bot.slack.envelope(bot.slack.event_of(question, kind))
}

async fn all_at_once(bot: &Bot, envelopes: &[Value]) {
    let deliveries = envelopes.iter().map(|one| {
        bot.slack
            .deliver_event_raw(one.to_string(), Signing::Good, &[])
    });
    for delivered in join_all(deliveries).await {
        assert_eq!(delivered.status, Some(200));
    }
}

async fn answered_once(bot: Bot, question: &MessageRef, duplicates: u64) {
    assert_eq!(bot.answer(question).await, "Once.");
    assert_eq!(bot.figure("valet_events_duplicate_total").await, duplicates);
    assert_eq!(bot.slack.thread(question).len(), 2);
    bot.finish().await;
}
