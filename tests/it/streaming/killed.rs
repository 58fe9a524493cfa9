//! Killed at every step of an answer that is shown while it is written.

use std::time::Duration;

use valet_sim::fault::Fault;
use valet_sim::router::{Gate, Turn};

use super::{becomes_whole, growing, lines};
use crate::bot::{Bot, Process, has_happened};

/// The kill comes while this is on its way, which has its effect before or has none.
const STEPS: [(&str, u32, bool); 8] = [
    ("chat.startStream", 0, false),
    ("chat.startStream", 0, true),
    ("chat.delete", 0, false),
    ("chat.delete", 0, true),
    ("chat.appendStream", 0, false),
    ("chat.appendStream", 0, true),
    ("chat.stopStream", 0, false),
    ("chat.stopStream", 0, true),
];

#[tokio::test]
async fn killed_at_any_step_the_answer_is_all_there_once() {
    for (method, after, has_effect) in STEPS {
        let name = format!("{method} {has_effect}");
        let bot = Bot::world(|_| {}).await;
        let first = Process::serve(&bot.settings).await;
        bot.connects("ada", "gmail").await;
        let fault = if has_effect {
            Fault::ActThenStall
        } else {
            Fault::Stall
        };
        bot.slack.faults().after(after, method, fault);
        let answer = lines(200).join("\n");
        let gate = Gate::closed();
        bot.router.expect(Turn::says(&answer).held_midway_by(&gate));
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "Tell me everything").await;
        if method == "chat.stopStream" || method == "chat.appendStream" {
            bot.slack
                .until(&name, |slack| growing(slack, &question).is_some())
                .await;
            gate.open();
        }
        has_happened(bot.slack.faults()).await;
        first.kill();
        gate.open();
        if method != "chat.stopStream" {
            bot.router.will_say(&answer);
        }
        let second = Process::serve(&bot.settings).await;
        becomes_whole(&bot, &question, &answer).await;
        second.stop().await;
        bot.slack.thread(&question);
        bot.finish().await;
    }
}

#[tokio::test]
async fn an_orderly_stop_in_the_middle_leaves_nothing_growing() {
    let mut bot = super::bot().await;
    let answer = lines(60).join("\n");
    let gate = Gate::closed();
    bot.router.expect(Turn::says(&answer).held_midway_by(&gate));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Tell me everything").await;
    super::grows(&bot, &question, "Line 0").await;
    bot.sleeps_for(Duration::from_mins(7)).await;
    gate.open();
    bot.router.will_say(&answer);
    becomes_whole(&bot, &question, &answer).await;
    bot.finish().await;
}
