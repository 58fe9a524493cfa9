//! What turns took is counted, kept, and told to whoever asked.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::router::{Form, Turn};

use super::{asks, under};
use crate::bot::Bot;

const A_DAY: Duration = Duration::from_hours(24);

async fn usage_of(bot: &Bot, who: &str) -> String {
    let asked = bot.slack.person(who).direct("usage").await;
    bot.slack.next_reply(&asked).await.visible_text()
}

/// One question of two turns.
async fn asks_and_takes(bot: &Bot, who: &str, turns: [(u64, u64, Option<f64>); 2]) {
    let [(prompt, completion, cost), last] = turns;
    let call = Turn::calls("gmail_list_labels", &json!({}));
    bot.router.expect(call.taking(prompt, completion, cost));
    let (prompt, completion, cost) = last;
    let says = Turn::says("Nothing.");
    bot.router.expect(says.taking(prompt, completion, cost));
    assert_eq!(asks(bot, who).await, "Nothing.");
}

#[tokio::test]
async fn what_ones_questions_took_is_told_to_oneself_and_kept_over_a_restart() {
    let mut bot = under("").await;
    bot.connects("ben", "gmail").await;
    asks_and_takes(
        &bot,
        "ada",
        [(1_200, 30, Some(0.0021)), (1_300, 70, Some(0.0023))],
    )
    .await;
    let line = bot.finished_question().await;
    assert_eq!(
        line["usage"],
        json!({"prompt_tokens": 2_500, "completion_tokens": 100, "nano_usd": 4_400_000,
               "estimated": 0, "unpriced": 0})
    );
    let told = usage_of(&bot, "ada").await;
    assert_snapshot!(told, @"
    Your questions have used of the language model:
    • today: 2,600 tokens, $0.0044
    • this month: 2,600 tokens, $0.0044
    Days and months begin at midnight UTC.
    ");
    let prompt = bot
        .figure("valet_router_tokens_total{kind=\"Prompt\"}")
        .await;
    let cost = bot.figure("valet_router_cost_nano_usd_total").await;
    assert_eq!((prompt, cost), (2_500, 4_400_000));

    bot.restart().await;
    assert_eq!(usage_of(&bot, "ada").await, told);
    let of_ben = usage_of(&bot, "ben").await;
    assert!(of_ben.contains("today: 0 tokens"), "{of_ben}");
    bot.later(A_DAY);
    let next_day = usage_of(&bot, "ada").await;
    assert!(next_day.contains("today: 0 tokens"), "{next_day}");
    bot.finish().await;
}

#[tokio::test]
async fn what_the_router_does_not_tell_is_estimated_and_said_to_be() {
    let bot = under("").await;
    bot.router.will_say("Nothing.");
    assert_eq!(asks(&bot, "ada").await, "Nothing.");
    let line = bot.finished_question().await;
    assert!(
        line["usage"]["prompt_tokens"].as_u64() > Some(100),
        "{line}"
    );
    asks_and_takes(&bot, "ada", [(1_200, 30, None), (1_300, 70, Some(0.5))]).await;
    let told = usage_of(&bot, "ada").await;
    let notes: Vec<&str> = told.lines().skip(3).collect();
    assert_snapshot!(notes.join("\n"), @"
    The tokens of 1 turn of this month are estimated, since the router did not count them.
    The cost of 2 turns of this month is not in it, since the router did not tell it.
    Days and months begin at midnight UTC.
    ");
    bot.finish().await;
}

#[tokio::test]
async fn what_a_try_took_that_broke_off_is_counted_by_estimate() {
    let bot = under("").await;
    let answer = "Nothing is new. ".repeat(40);
    let turn = Turn::says(&answer).taking(1_000, 200, Some(0.5));
    bot.router.expect(turn.in_form(Form::CutMidway));
    assert_eq!(asks(&bot, "ada").await, answer.trim_end());
    let usage = &bot.finished_question().await["usage"];
    assert_eq!(
        (&usage["estimated"], &usage["unpriced"]),
        (&json!(1), &json!(1))
    );
    assert!(usage["prompt_tokens"].as_u64() > Some(1_100), "{usage}");
    assert!(usage["completion_tokens"].as_u64() > Some(240), "{usage}");
    assert_eq!(usage["nano_usd"], 500_000_000);
    let told = usage_of(&bot, "ada").await;
    assert!(
        told.contains("The tokens of 1 turn of this month are estimated"),
        "{told}"
    );
    bot.finish().await;
}
