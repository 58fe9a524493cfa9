//! What the model is told of an answer that others have not read.

use serde_json::Value;
use valet_sim::slack::MessageRef;

use super::{SECRET, asks, bot, is_told_in_channel, told_alone};
use crate::bot::Bot;

/// What the model was told the last time, all of it.
fn told(bot: &Bot) -> String {
    bot.router.last_request().unwrap_or(Value::Null).to_string()
}

async fn asks_on(bot: &Bot, who: &str, thread: &MessageRef, answer: &str) -> MessageRef {
    bot.router.will_say(answer);
    let who = bot.slack.person(who);
    who.says_in_thread(thread, "And what does that mean?").await
}

#[tokio::test]
async fn it_is_told_to_its_askers_runs_alone_until_it_is_shared() {
    let mut bot = bot().await;
    let (question, offer) = asks(&bot).await;
    asks_on(&bot, "ben", &question, "Who knows.").await;
    bot.slack
        .next(|one| one.visible_text() == "Who knows.")
        .await;
    assert!(!told(&bot).contains(SECRET));
    assert!(told(&bot).contains("What is the quote?"), "that was public");
    assert!(told(&bot).contains("(I answered that to them alone.)"));
    bot.slack.read_all();

    bot.restart().await;
    let ada = bot.slack.person("ada");
    ada.clicks(&offer, "share").await;
    bot.slack
        .next(|one| one.visible_text().starts_with("You have shared"))
        .await;
    asks_on(&bot, "ben", &question, "I see.").await;
    bot.slack.next(|one| one.visible_text() == "I see.").await;
    assert!(told(&bot).contains(SECRET), "everybody has read it by now");
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn an_answer_that_goes_on_from_it_is_for_its_asker_alone_too() {
    let mut bot = bot().await;
    let (question, offer) = asks(&bot).await;
    bot.restart().await;
    let again = asks_on(&bot, "ada", &question, &format!("It means {SECRET}.")).await;
    told_alone(&bot, &again).await;
    assert!(told(&bot).contains(SECRET));
    assert!(!is_told_in_channel(&bot, &question.channel, SECRET));
    bot.slack.read_all();

    // Of what everybody has read nothing need be kept.
    let ada = bot.slack.person("ada");
    ada.clicks(&offer, "share").await;
    bot.slack
        .next(|one| one.visible_text().starts_with("You have shared"))
        .await;
    let direct = bot.slack.messages(&ada.direct_channel());
    ada.clicks(direct.last().unwrap(), "share").await;
    bot.slack
        .next(|one| one.visible_text().starts_with("You have shared"))
        .await;
    let answer = asks_on(&bot, "ada", &question, "Nothing more.").await;
    bot.slack
        .next(|one| one.visible_text() == "Nothing more.")
        .await;
    assert_eq!(answer.root(), question.root());
    bot.slack.read_all();
    bot.finish().await;
}
