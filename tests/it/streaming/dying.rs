//! Streams that die, at any moment: the answer is all there nevertheless, and once.

use std::time::Duration;

use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::router::{Gate, Turn};

use super::{becomes_whole, bot, bot_with_slack, grows, lines};

fn refused(code: &str) -> Fault {
    Fault::json(200, &json!({"ok": false, "error": code}))
}

/// All the ways in which a call of a stream ends badly.
fn ways() -> Vec<(&'static str, Fault)> {
    vec![
        ("dead", refused("message_not_in_streaming_state")),
        ("stopped", refused("stopped_by_user")),
        ("unknown", refused("unknown_method")),
        ("no such place", refused("channel_type_not_supported")),
        ("limited", Fault::too_many(0)),
        ("limited for long", Fault::too_many(1)),
        ("5xx", Fault::status(503)),
        ("nonsense", Fault::nonsense()),
        ("cut", Fault::Cut),
        ("done and cut", Fault::ActThenCut),
        ("half an answer", Fault::HalfAnswer),
        ("silent", Fault::Stall),
        ("done and silent", Fault::ActThenStall),
    ]
}

/// A long answer, with this going wrong after so many calls of this kind.
async fn answered_although(method: &str, after: u32, (name, fault): (&str, Fault)) {
    let bot = bot_with_slack(Duration::from_secs(2), |_| {}).await;
    bot.slack.faults().after(after, method, fault);
    let answer = lines(60).join("\n");
    let gate = Gate::closed();
    bot.router.expect(Turn::says(&answer).held_midway_by(&gate));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Tell me everything").await;
    if method == "chat.stopStream" || after > 0 {
        grows(&bot, &question, "Line 0").await;
    }
    gate.open();
    if method == "chat.stopStream" {
        // Unless another try goes well, nothing is believed: the whole is put in its place.
        let goes_well = ["limited", "limited for long", "5xx", "cut"].contains(&name);
        let updates = usize::from(!goes_well);
        bot.slack
            .until(name, |slack| slack.requests("chat.update").len() >= updates)
            .await;
    }
    becomes_whole(&bot, &question, &answer).await;
    bot.slack.faults().clear();
    bot.finish().await;
}

#[tokio::test]
async fn a_stream_that_does_not_begin() {
    for way in ways() {
        answered_although("chat.startStream", 0, way).await;
    }
}

#[tokio::test]
async fn a_stream_that_dies_after_its_first_words() {
    for way in ways() {
        answered_although("chat.appendStream", 0, way).await;
    }
}

#[tokio::test]
async fn a_stream_that_dies_in_the_middle() {
    for way in ways() {
        answered_although("chat.appendStream", 3, way).await;
    }
}

#[tokio::test]
async fn a_stream_that_cannot_be_ended() {
    for way in ways() {
        answered_although("chat.stopStream", 0, way).await;
    }
}

#[tokio::test]
async fn the_sign_of_life_that_cannot_be_taken_away_is_taken_away_later() {
    for way in ways() {
        if !way.0.starts_with("done") && way.0 != "half an answer" && way.0 != "silent" {
            continue;
        }
        answered_although("chat.delete", 0, way).await;
    }
}

#[tokio::test]
async fn a_stream_lives_five_minutes_and_the_answer_longer() {
    let bot = bot().await;
    let answer = lines(40).join("\n");
    let gate = Gate::closed();
    bot.router.expect(Turn::says(&answer).held_midway_by(&gate));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Tell me everything").await;
    grows(&bot, &question, "Line 0").await;
    bot.later(Duration::from_mins(6));
    gate.open();
    becomes_whole(&bot, &question, &answer).await;
    bot.finish().await;
}

#[tokio::test]
async fn a_stream_that_is_found_when_the_answer_stands_elsewhere_is_taken_away() {
    for is_deleted_at_once in [true, false] {
        let bot = bot().await;
        let answer = lines(40).join("\n");
        let gate = Gate::closed();
        bot.router.expect(Turn::says(&answer).held_midway_by(&gate));
        let faults = bot.slack.faults();
        faults.once("chat.startStream", Fault::ActThenCut);
        // All tries of the first search.
        faults.times(3, "conversations.replies", Fault::status(503));
        if !is_deleted_at_once {
            faults.times(3, "chat.delete", Fault::status(503));
        }
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "Tell me everything").await;
        grows(&bot, &question, "Line 0").await;
        gate.open();
        becomes_whole(&bot, &question, &answer).await;
        bot.finish().await;
    }
}
