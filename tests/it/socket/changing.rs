//! Connections come and go.

use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::slack::RetryPolicy;

use super::{foreign, hurried, is_answered, readiness, start, until_it_says, world};
use crate::bot::{Heard, has_happened};

#[tokio::test]
async fn when_slack_asks_for_a_new_connection_the_old_one_goes_last() {
    let bot = start().await;
    bot.connects("ada", "gmail").await;
    let sockets = bot.slack.sockets();
    for (opened, reason) in [(1, "warning"), (2, "refresh_requested"), (3, "later_on")] {
        sockets.until(opened, 1).await;
        is_answered(&bot, &format!("Number {opened}?")).await;
        sockets.warns(reason);
        sockets.until(opened + 1, 2).await;
        assert_eq!(readiness(&bot).await.0, 200, "one stands all the time");
        // Slack asks once more, on the one that it closes anyway.
        is_answered(&bot, &format!("Between {opened} and the next?")).await;
        sockets.closes_oldest();
        sockets.until(opened + 1, 1).await;
        assert_eq!(readiness(&bot).await.0, 200, "{reason}");
    }
    assert_eq!(sockets.opened(), 4);
    bot.finish().await;
}

#[tokio::test]
async fn what_comes_over_a_connection_that_is_about_to_go_is_taken_too() {
    let bot = start().await;
    let sockets = bot.slack.sockets();
    sockets.until(1, 1).await;
    // The next one is not there yet.
    bot.slack
        .faults()
        .always("apps.connections.open", Fault::Stall);
    let payload = foreign("help");
    sockets.warns("warning");
    sockets.says(&sockets.envelope("canary-late", "events_api", &payload));
    sockets.warns("warning");
    while bot.slack.violations().is_empty() {
        tokio::task::yield_now().await;
    }
    // The world has not brought it by itself, so it knows nothing of its acknowledgement.
    assert_eq!(
        bot.slack.take_violations(),
        ["over Socket Mode: an acknowledgement of what was never brought"]
    );
    bot.slack.faults().clear();
    sockets.until(2, 2).await;
    bot.finish().await;
}

#[tokio::test]
async fn a_connection_that_breaks_is_replaced_and_what_came_meanwhile_is_answered() {
    let bot = start().await;
    bot.slack.expect_failed_deliveries();
    bot.connects("ada", "gmail").await;
    let sockets = bot.slack.sockets();
    for opened in 1..4 {
        sockets.until(opened, 1).await;
        sockets.cuts_all();
        is_answered(&bot, &format!("After cut {opened}?")).await;
    }
    sockets.until(4, 1).await;
    bot.finish().await;
}

#[tokio::test]
async fn without_a_connection_readiness_says_so_until_there_is_one() {
    let bot = world().await;
    let fault = Fault::status(500);
    bot.slack.faults().always("apps.connections.open", fault);
    let bot = bot.begin().await;
    let told = until_it_says(&bot, "trouble").await;
    assert_eq!(
        told,
        "no connection of Socket Mode to Slack stands: Slack has trouble of its own\n"
    );
    assert_eq!(readiness(&bot).await.0, 503);
    bot.slack.faults().clear();
    until_it_says(&bot, "ready").await;

    bot.slack.down().await;
    let told = until_it_says(&bot, "no connection of Socket Mode").await;
    assert!(!told.contains("canary"), "{told}");
    until_it_says(&bot, "Slack cannot be reached").await;
    bot.slack.up();
    until_it_says(&bot, "ready").await;
    assert!(bot.figure("valet_socket_not_opened_total").await >= 2);
    bot.finish().await;
}

#[tokio::test]
async fn a_connection_on_which_nothing_is_heard_any_more_is_given_up() {
    let mut bot = world().await;
    bot.patience.silence = std::time::Duration::from_millis(200);
    let bot = bot.begin().await;
    let sockets = bot.slack.sockets();
    sockets.until(1, 1).await;
    sockets.falls_silent();
    sockets.until(2, 2).await;
    sockets.cuts_oldest();
    // One that answers pings stays, however little it says, unless the machine is slow.
    bot.slack.expect_failed_deliveries();
    let asked = bot.slack.person("ada").direct("help").await;
    bot.slack.next_reply(&asked).await;
    bot.finish().await;
}

#[tokio::test]
async fn an_acknowledgement_that_gets_lost_brings_the_event_again_and_changes_nothing() {
    let bot = hurried().await.begin().await;
    bot.connects("ada", "gmail").await;
    bot.slack.expect_failed_deliveries();
    bot.slack.sockets().loses_acknowledgements(1);
    is_answered(&bot, "Twice brought?").await;
    let tries: Vec<u32> = bot
        .slack
        .deliveries()
        .iter()
        .filter(|one| one.path == "/slack/events")
        .map(|one| one.retry)
        .collect();
    assert_eq!(tries, [0, 1]);
    assert_eq!(bot.figure("valet_events_duplicate_total").await, 1);
    bot.finish().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_logged_and_ignored_and_the_connection_stays() {
    let (heard, _listening) = Heard::listening();
    let bot = start().await;
    bot.connects("ada", "gmail").await;
    let sockets = bot.slack.sockets();
    heard.forget();
    for odd in [
        "",
        "canary no json",
        "[1, 2]",
        r#"{"type": "canary_new"}"#,
        r#"{"type": "events_api", "payload": {}}"#,
        r#"{"type": "events_api", "envelope_id": {"a": 1}, "payload": {}}"#,
        r#"{"type": "hello"}"#,
    ] {
        sockets.says(odd);
    }
    sockets.says_binary(b"\xff\xfe canary");
    sockets.pings(3);
    is_answered(&bot, "Still there?").await;
    assert_eq!(sockets.opened(), 1);
    assert_eq!(bot.figure("valet_socket_messages_odd_total").await, 7);
    let lines = heard.lines();
    assert!(!lines.join("\n").contains("canary"), "{lines:?}");
    assert_eq!(
        lines,
        [
            "WARN: a message of Socket Mode was not understood: it is not JSON",
            "WARN: a message of Socket Mode was not understood: its type is unknown, and there is nothing to acknowledge",
            "WARN: a message of Socket Mode was not understood: it has no envelope_id by which it could be acknowledged",
            "WARN: a message of Socket Mode was not understood: it is binary",
        ]
    );
    bot.finish().await;
}

#[tokio::test]
async fn what_is_of_an_unknown_kind_is_acknowledged_since_again_it_would_be_no_clearer() {
    let bot = start().await;
    let sockets = bot.slack.sockets();
    sockets.until(1, 1).await;
    for (at, (kind, payload)) in [
        ("something_new", json!({"a": 1})),
        ("events_api", json!({"type": "new"})),
        ("interactive", json!({"type": 7})),
        ("slash_commands", json!({"command": "/connect"})),
    ]
    .into_iter()
    .enumerate()
    {
        sockets.says(&sockets.envelope("canary-odd", kind, &payload));
        while bot.slack.violations().len() <= at {
            tokio::task::yield_now().await;
        }
    }
    let said = bot.slack.take_violations();
    assert!(said.iter().all(|one| one.contains("never brought")));
    bot.finish().await;
}

#[tokio::test]
async fn stopping_closes_the_connection_and_nothing_is_lost() {
    let mut bot = start().await;
    bot.connects("ada", "gmail").await;
    bot.slack.set_retries(RetryPolicy::AtOnce);
    let sockets = bot.slack.sockets();
    sockets.until(1, 1).await;
    bot.restart().await;
    let sockets = bot.slack.sockets();
    sockets.until(2, 1).await;
    is_answered(&bot, "Are you back?").await;
    has_happened(bot.slack.faults()).await;
    bot.finish().await;
}
