//! How much may be used: by one question, by one person, by everybody.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::router::{Gate, Turn};

use super::{asks, under};
use crate::bot::{Bot, is_placeholder};

/// Somebody asks, and is answered by a turn of this size.
async fn takes(bot: &Bot, who: &str, tokens: u64, cost: Option<f64>) {
    bot.router
        .expect(Turn::says("Nothing.").taking(tokens, 0, cost));
    assert_eq!(asks(bot, who).await, "Nothing.");
}

#[tokio::test]
async fn who_has_used_up_their_day_is_told_when_it_is_free_again_and_nobody_else_is() {
    let mut bot = under("[budgets]\nperson_tokens_per_day = 1000\n").await;
    bot.connects("ben", "gmail").await;
    takes(&bot, "ada", 999, None).await;
    takes(&bot, "ada", 999, None).await;
    let asked = bot.router.requests().len();
    let told = asks(&bot, "ada").await;
    assert_snapshot!(told, @"You have used up what one person may use in a day: please ask again after 16 June, 00:00 UTC.");
    takes(&bot, "ben", 10, None).await;

    bot.restart().await;
    assert_eq!(asks(&bot, "ada").await, told, "counts survive a restart");
    assert_eq!(bot.router.requests().len(), asked + 1, "for ben");
    let met = bot
        .figure("valet_budgets_met_total{budget=\"Person\"}")
        .await;
    assert_eq!(met, 1);
    bot.later(Duration::from_hours(24));
    takes(&bot, "ada", 10, None).await;
    bot.finish().await;
}

#[tokio::test]
async fn a_question_that_takes_too_much_ends_before_its_next_turn() {
    let bot = under("[budgets]\nrun_tokens = 1000\n").await;
    let call = Turn::calls("gmail_list_labels", &json!({}));
    bot.router.expect(call.taking(990, 10, None));
    let told = asks(&bot, "ada").await;
    assert_snapshot!(told, @"This question used up what one question may, so I stopped: please ask for a smaller part of it.");
    assert_eq!(bot.router.requests().len(), 1);
    assert_eq!(bot.finished_question().await["why"], "run_budget");
    takes(&bot, "ada", 10, None).await;
    bot.finish().await;
}

#[tokio::test]
async fn what_everybody_may_use_together_is_counted_in_dollars_too() {
    let bot = under("[budgets]\nworkspace_cost_usd_per_day = 0.01\n").await;
    bot.connects("ben", "gmail").await;
    takes(&bot, "ada", 1_000_000, Some(0.004)).await;
    takes(&bot, "ben", 1, Some(0.006)).await;
    let told = asks(&bot, "ada").await;
    assert_snapshot!(told, @"Together you all have used up what everybody here may use in a day: please ask again after 16 June, 00:00 UTC.");
    assert_eq!(asks(&bot, "ben").await, told);
    bot.finish().await;
}

#[tokio::test]
async fn questions_at_once_do_not_all_find_the_same_rest_of_a_budget() {
    let bot = Bot::start_with_both(
        |settings| settings.policy("[budgets]\nperson_tokens_per_day = 1\n"),
        |patience| {
            patience.router = Duration::from_mins(1);
            patience.reply = Duration::from_mins(1);
        },
    )
    .await;
    bot.connects("ada", "gmail").await;
    let ada = bot.slack.person("ada");
    let gate = Gate::closed();
    bot.router
        .expect(Turn::says("Nothing.").taking(5, 5, None).held_by(&gate));
    let first = ada.direct("What is new?").await;
    bot.router.asked(1).await;
    for _ in 0..3 {
        let told = asks(&bot, "ada").await;
        assert!(told.starts_with("You have used up"), "{told}");
    }
    gate.open();
    let answer = bot.slack.final_answer(&first, is_placeholder).await;
    assert_eq!(answer.visible_text(), "Nothing.");
    assert_eq!(bot.router.requests().len(), 1);
    bot.finish().await;
}
