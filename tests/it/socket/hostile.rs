//! What is at the other end is broken, or means harm.

use serde_json::json;
use valet_sim::fault::Fault;

use super::{foreign, is_answered, readiness, start, until_it_says, world};
use crate::bot::{has_happened, impatient};

/// A little more than is taken at once.
const TOO_LARGE: usize = 2 << 20;

const OPEN: &str = "apps.connections.open";

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_connection_and_not_valet() {
    let bot = start().await;
    bot.connects("ada", "gmail").await;
    let sockets = bot.slack.sockets();
    sockets.until(1, 1).await;
    sockets.says(&"x".repeat(TOO_LARGE));
    sockets.until(2, 1).await;
    sockets.says_binary(&vec![0; TOO_LARGE]);
    sockets.until(3, 1).await;
    // In parts, none of them too large, and never finished.
    for _ in 0..4 {
        sockets.begins_to_say(&"x".repeat(TOO_LARGE / 4));
    }
    sockets.until(4, 1).await;
    is_answered(&bot, "Still there?").await;
    bot.finish().await;
}

#[tokio::test]
async fn thousands_of_pings_keep_nobody_from_being_answered() {
    let bot = start().await;
    bot.connects("ada", "gmail").await;
    // On a slow machine Slack brings it again.
    bot.slack.expect_failed_deliveries();
    bot.slack.sockets().pings(3_000);
    is_answered(&bot, "Between pings?").await;
    assert_eq!(bot.slack.sockets().opened(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn an_address_that_leads_elsewhere_is_not_gone_to() {
    let bot = world().await;
    for address in [
        "wss://slack.example.com/link?ticket=canary-ticket",
        "ws://10.0.0.1/link?ticket=canary-ticket",
        "http://127.0.0.1/link",
    ] {
        let answer = Fault::json(200, &json!({"ok": true, "url": address}));
        bot.slack.faults().once(OPEN, answer);
    }
    let last = Fault::json(200, &json!({"ok": true, "url": "canary"}));
    bot.slack.faults().always(OPEN, last);
    let bot = bot.begin().await;
    has_happened(bot.slack.faults()).await;
    let told = until_it_says(&bot, "leads elsewhere").await;
    assert!(!told.contains("canary"), "{told}");
    bot.slack.faults().clear();
    let other = Fault::json(200, &json!({"ok": true, "url": 7}));
    bot.slack.faults().always(OPEN, other);
    until_it_says(&bot, "could not be understood").await;
    bot.slack.faults().clear();
    until_it_says(&bot, "ready").await;
    bot.finish().await;
}

#[tokio::test]
async fn what_answers_without_being_a_websocket_is_no_connection() {
    let mut bot = world().await;
    bot.patience = impatient();
    for fault in [
        Fault::status(200),
        Fault::status(302),
        Fault::status(503),
        Fault::nonsense(),
        Fault::Cut,
        Fault::Stall,
    ] {
        bot.slack.faults().once("/link", fault);
    }
    let bot = bot.begin().await;
    bot.slack.sockets().until(1, 1).await;
    until_it_says(&bot, "ready").await;
    assert_eq!(bot.figure("valet_socket_not_opened_total").await, 6);
    bot.finish().await;
}

#[tokio::test]
async fn asked_for_another_again_and_again_it_takes_its_time() {
    let bot = start().await;
    let sockets = bot.slack.sockets();
    for opened in 1..6 {
        sockets.until(opened, opened).await;
        // Twice on one, and on all there are.
        sockets.warns_all("refresh_requested");
        sockets.warns_all("warning");
    }
    sockets.until(6, 6).await;
    // One for one, however often it was said.
    assert_eq!(sockets.opened(), 6);
    assert_eq!(readiness(&bot).await.0, 200);
    while sockets.standing() > 1 {
        sockets.closes_oldest();
        let left = sockets.standing() - 1;
        sockets.until(6, left).await;
    }
    bot.connects("ada", "gmail").await;
    is_answered(&bot, "After all that?").await;
    bot.finish().await;
}

#[tokio::test]
async fn one_envelope_over_two_connections_is_answered_once() {
    let bot = start().await;
    bot.connects("ada", "gmail").await;
    bot.router.will_say("Once.");
    let question = bot.slack.person("ada").direct("Over which?").await;
    assert_eq!(bot.answer(&question).await, "Once.");
    let sockets = bot.slack.sockets();
    sockets.warns("warning");
    sockets.until(2, 2).await;
    let again = bot.slack.event_of(&question, "message");
    let envelope = bot.slack.envelope(again);
    for _ in 0..3 {
        sockets.says(&sockets.envelope("canary-twice", "events_api", &envelope));
    }
    while bot.slack.violations().len() < 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(bot.figure("valet_events_duplicate_total").await, 3);
    assert_eq!(bot.slack.take_violations().len(), 3);
    assert_eq!(bot.slack.thread(&question).len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn nobody_is_taken_for_slack_who_only_says_so_in_an_envelope() {
    let bot = start().await;
    let sockets = bot.slack.sockets();
    sockets.until(1, 1).await;
    // Without a person of this workspace nothing is done, whoever the envelope names.
    let mut other = foreign("connect gmail");
    other["team_id"] = json!("T0GLOBEX");
    other["authorizations"] = json!([{"team_id": "T0GLOBEX"}]);
    sockets.says(&sockets.envelope("canary-other", "events_api", &other));
    while bot.slack.violations().is_empty() {
        tokio::task::yield_now().await;
    }
    bot.slack.take_violations();
    assert!(bot.slack.requests("chat.postMessage").is_empty());
    bot.finish().await;
}
