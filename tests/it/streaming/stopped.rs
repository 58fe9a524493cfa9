//! Slack's own Stop while an answer grows: of whoever asked, and of somebody else.

use valet_sim::router::{Gate, Turn};
use valet_sim::slack::MessageRef;

use super::{becomes_whole, bot, growing, grows, is_stopped, lines};
use crate::bot::Bot;

/// Ada has asked, and the answer stands there by half.
async fn half_an_answer(bot: &Bot, gate: &Gate) -> (MessageRef, String) {
    let answer = lines(60).join("\n");
    bot.router.expect(Turn::says(&answer).held_midway_by(gate));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Tell me everything").await;
    grows(bot, &question, "Line 0").await;
    (question, answer)
}

#[tokio::test]
async fn slacks_own_stop_ends_what_grows() {
    let bot = bot().await;
    let gate = Gate::closed();
    let (question, _) = half_an_answer(&bot, &gate).await;
    bot.slack.person("ada").stops(&question).await;
    is_stopped(&bot, &question, 1).await;
    gate.open();
    let thread = bot.slack.thread(&question);
    assert!(!thread[1].visible_text().contains("Line 0"));
    let usage = &bot.finished_question().await["usage"];
    assert_eq!(usage["estimated"], 1, "what was said by then is paid for");
    bot.finish().await;
}

#[tokio::test]
async fn a_colleagues_stop_ends_the_stream_and_not_the_answer() {
    let bot = bot().await;
    let gate = Gate::closed();
    let (question, answer) = half_an_answer(&bot, &gate).await;
    let ben = bot.slack.person("ben");
    ben.stops(&question).await;
    assert_eq!(
        ben.next_dm().await.visible_text(),
        "Only whoever asked can stop what I do for them. You have nothing open there, so I go on."
    );
    assert!(growing(&bot.slack, &question).is_none());
    gate.open();
    becomes_whole(&bot, &question, &answer).await;
    bot.finish().await;
}

#[tokio::test]
async fn a_colleagues_stop_with_the_last_word_takes_no_character_either() {
    let bot = bot().await;
    let gate = Gate::closed();
    let (question, answer) = half_an_answer(&bot, &gate).await;
    // Nothing is added any more, and the end finds a stream that is none.
    let ben = bot.slack.person("ben");
    ben.stops(&question).await;
    ben.stops(&question).await;
    gate.open();
    becomes_whole(&bot, &question, &answer).await;
    for _ in 0..2 {
        ben.next_dm().await;
    }
    bot.finish().await;
}

#[tokio::test]
async fn a_colleagues_word_to_stop_stops_nothing() {
    let bot = bot().await;
    let gate = Gate::closed();
    let (question, answer) = half_an_answer(&bot, &gate).await;
    let ben = bot.slack.person("ben");
    ben.says_in_thread(&question, "stop").await;
    let told = bot
        .slack
        .next(|one| {
            one.visible_text()
                .starts_with("I am not working on anything for you")
        })
        .await;
    assert_eq!(told.root(), question.root());
    gate.open();
    assert_eq!(bot.answer(&question).await, answer);
    bot.slack.read_all();
    bot.finish().await;
}
