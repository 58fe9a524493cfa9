//! Questions that wait: for an account, for a model, for Valet itself.

use std::time::Duration;

use serde_json::json;
use valet_sim::router::{Gate, Turn};

use crate::bot::Bot;

#[tokio::test]
async fn an_account_connected_while_the_model_thought_of_asking_is_not_waited_for() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let ada = bot.slack.person("ada");
    let gate = Gate::closed();
    bot.router
        .expect(Turn::calls("connect_account", &json!({"connection": "github"})).held_by(&gate));
    bot.router
        .will_call("github_user_get_authenticated", &json!({}));
    bot.router.will_say("Done.");
    let question = ada.mentions_in("general", "What is new on GitHub?").await;
    bot.router.asked(1).await;
    bot.connects("ada", "github").await;
    gate.open();
    assert_eq!(bot.answer(&question).await, "Done.");
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn three_questions_wait_for_one_account_and_are_all_answered() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let mut questions = Vec::new();
    let mut links = Vec::new();
    for text in ["First mail?", "Second mail?", "Third mail?"] {
        questions.push(ada.mentions_in("general", text).await);
        links.push(ada.next_dm().await.link());
        bot.router.when(text).says(&format!("Answer to {text}"));
    }
    assert_eq!(
        bot.browser_of("ada").await.connects(&links[1]).await.status,
        200
    );
    for (question, text) in questions.iter().zip(["First", "Second", "Third"]) {
        bot.slack
            .until("the answer", |slack| {
                let thread = slack.thread(question);
                thread.len() == 2
                    && thread[1]
                        .visible_text()
                        .starts_with(&format!("Answer to {text}"))
            })
            .await;
    }
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_question_that_waited_through_a_long_sleep_of_valets_is_told_so() {
    let mut bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "What is in my mail?").await;
    ada.next_dm().await;
    bot.sleeps_for(Duration::from_mins(20)).await;
    let told = bot
        .slack
        .next(|one| one.visible_text().contains("in time"))
        .await;
    assert_eq!(told.thread_ts.as_deref(), Some(question.ts.as_str()));
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_question_of_the_day_before_yesterday_ends_in_a_word_and_not_in_silence() {
    let mut bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "What is in my mail?").await;
    ada.next_dm().await;
    bot.sleeps_for(Duration::from_hours(25)).await;
    let told = bot
        .slack
        .next(|one| one.visible_text().contains("please ask again"))
        .await;
    assert_eq!(told.thread_ts.as_deref(), Some(question.ts.as_str()));
    assert_eq!(
        bot.slack.thread(&question).len(),
        2,
        "in the placeholder's place"
    );
    bot.slack.read_all();
    bot.finish().await;
}

/// The message that a link was sent must not be all that becomes of it.
#[tokio::test]
async fn a_link_that_slack_did_not_take_at_first_is_sent_again() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let ada = bot.slack.person("ada");
    bot.router
        .will_call("connect_account", &json!({"connection": "github"}));
    bot.router.will_say("Done.");
    bot.slack
        .faults()
        .after(1, "chat.postMessage", valet_sim::fault::Fault::status(503));
    let question = ada.mentions_in("general", "What is new on GitHub?").await;
    let link = ada.next_dm().await.link();
    assert_eq!(
        bot.browser_of("ada").await.connects(&link).await.status,
        200
    );
    let answer = bot.slack.next(|one| one.visible_text() == "Done.").await;
    assert_eq!(answer.thread_ts.as_deref(), Some(question.ts.as_str()));
    bot.slack.read_all();
    bot.finish().await;
}
