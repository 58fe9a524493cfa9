//! Somebody is deactivated between asking and acting.

use std::time::Duration;

use valet_sim::slack::Kind;

use crate::bot::{Bot, asks_to_connect};

#[tokio::test]
async fn whoever_is_deactivated_at_the_start_page_connects_nothing() {
    let bot = Bot::start().await;
    let link = asks_to_connect(&bot.slack.person("ada"), "gmail").await;
    let browser = bot.browser_of("ada").await;
    bot.slack.becomes("ada", Kind::Deactivated);
    let page = browser.connects(&link).await;
    assert!(!page.text().contains("is connected"), "{}", page.text());
    assert_eq!(bot.vault.accounts(), []);
    bot.finish().await;
}

#[tokio::test]
async fn a_question_that_waits_is_not_worked_on_for_who_is_deactivated() {
    let mut bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Read my mail").await;
    ada.next_dm().await;
    bot.slack.read_all();
    bot.slack.becomes("ada", Kind::Deactivated);
    bot.sleeps_for(Duration::from_mins(16)).await;
    let told = bot.slack.next_reply(&question).await.visible_text();
    assert!(told.contains("deactivated"), "{told}");
    assert_eq!(bot.vault.accounts(), []);
    bot.finish().await;
}

#[tokio::test]
async fn who_becomes_a_guest_while_they_connect_connects_nothing() {
    let mut bot = Bot::start().await;
    let link = asks_to_connect(&bot.slack.person("ada"), "gmail").await;
    bot.slack.becomes("ada", Kind::Guest);
    // What Valet remembers of people for two minutes is gone.
    bot.restart().await;
    let page = bot.browser_of("ada").await.connects(&link).await;
    assert!(page.text().contains("no longer works"), "{}", page.text());
    assert_eq!(bot.vault.accounts(), []);
    bot.finish().await;
}
