//! Slack's own Stop.

use valet_sim::router::Gate;

use super::{ada, stands, told, will_say_after};
use crate::approving::{asks_for_a_mail, record};
use crate::bot::{Bot, is_in_line};

async fn stopped(bot: &Bot) -> String {
    let stopped = bot
        .slack
        .next(|one| one.visible_text().starts_with("Stopped"));
    stopped.await.visible_text()
}

#[tokio::test]
async fn slacks_own_stop_ends_a_run_before_its_first_word() {
    let bot = ada().await;
    let gate = Gate::closed();
    will_say_after(&bot, &gate, "Too late.");
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Think for a long time").await;
    bot.router.asked(1).await;
    stands(&bot, &question, "processing").await;

    let pressed = ada.stops(&question).await;

    assert_eq!(pressed.status, Some(200));
    assert_eq!(stopped(&bot).await, "Stopped. Ask again whenever you like.");
    stands(&bot, &question, "active").await;
    gate.open();
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn slacks_own_stop_ends_what_waits_for_a_word() {
    let bot = ada().await;
    let (question, card) = asks_for_a_mail(&bot).await;
    stands(&bot, &question, "suspended").await;
    bot.slack.person("ada").stops(&question).await;
    record(&bot, &card, "Stopped by").await;
    stopped(&bot).await;
    stands(&bot, &question, "active").await;
    assert_eq!(bot.vault.sent_mail().len(), 0);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn slacks_own_stop_ends_only_what_whoever_presses_it_has_asked() {
    let bot = ada().await;
    bot.connects("ben", "gmail").await;
    let gate = Gate::closed();
    will_say_after(&bot, &gate, "For Ada.");
    let (ada, ben) = (bot.slack.person("ada"), bot.slack.person("ben"));
    let question = ada.mentions_in("general", "Think for a long time").await;
    bot.router.asked(1).await;

    ben.stops(&question).await;
    assert_eq!(
        ben.next_dm().await.visible_text(),
        "Only whoever asked can stop what I do for them. You have nothing open there, so I go on."
    );
    stands(&bot, &question, "processing").await;

    ben.says_in_thread(&question, "And for me?").await;
    bot.slack.next(is_in_line).await;
    ben.stops(&question).await;
    stopped(&bot).await;
    gate.open();
    bot.slack
        .next(|one| one.visible_text().starts_with("For Ada."))
        .await;
    stands(&bot, &question, "active").await;
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn slacks_own_stop_where_nothing_is_at_work_says_nothing() {
    let bot = ada().await;
    bot.router.will_say("Nothing.");
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "What is new?").await;
    assert_eq!(bot.answer(&question).await, "Nothing.");
    stands(&bot, &question, "active").await;
    ada.stops(&question).await;
    bot.slack
        .until("a word to Slack", |_| told(&bot).len() == 3)
        .await;
    assert_eq!(told(&bot), ["processing", "active", "active"]);
    bot.finish().await;
}

#[tokio::test]
async fn a_guest_who_presses_slacks_own_stop_is_told_nothing() {
    let bot = ada().await;
    let gate = Gate::closed();
    will_say_after(&bot, &gate, "For Ada.");
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Think for a long time").await;
    stands(&bot, &question, "processing").await;
    bot.slack.person("grace").stops(&question).await;
    bot.slack
        .until("a word to Slack", |_| told(&bot).len() == 2)
        .await;
    gate.open();
    assert_eq!(bot.answer(&question).await, "For Ada.");
    bot.finish().await;
}
