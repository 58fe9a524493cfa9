//! The clock of Valet's machine jumps, forward and back, and the world's goes on.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::router::{Gate, Turn};

use crate::bot::{Bot, asks_to_connect};

/// Seconds.
const HOUR: i64 = 3_600;

async fn ada_is_connected() -> Bot {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    bot
}

#[tokio::test]
async fn a_question_at_work_is_answered_once_whatever_the_clock_does() {
    for jump in [HOUR, -HOUR] {
        let bot = ada_is_connected().await;
        let gate = Gate::closed();
        bot.router
            .expect(Turn::calls("gmail_list_labels", &json!({})).held_by(&gate));
        bot.router.will_say("Here they are.");
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "Which labels do I have?").await;
        bot.router.asked(1).await;
        bot.clock.valets_is_wrong_by(jump);
        gate.open();
        assert_eq!(bot.answer(&question).await, "Here they are.");
        assert_eq!(bot.slack.thread(&question).len(), 2);
        // The event is still known when the clock is right again.
        bot.clock.valets_is_wrong_by(0);
        let again = bot.slack.redeliver(&question.event_id).await;
        assert_eq!(again.status, Some(200));
        assert_eq!(bot.figure("valet_events_duplicate_total").await, 1);
        bot.finish().await;
    }
}

#[tokio::test]
async fn while_the_clock_is_wrong_slack_is_turned_away_and_comes_again() {
    for jump in [HOUR, -HOUR] {
        let bot = ada_is_connected().await;
        bot.slack.expect_failed_deliveries();
        bot.clock.valets_is_wrong_by(jump);
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "Are you there?").await;
        let delivered = question.delivered.as_ref().and_then(|one| one.status);
        assert_eq!(delivered, Some(401));
        bot.clock.valets_is_wrong_by(0);
        bot.router.will_say("I am.");
        let again = bot.slack.redeliver(&question.event_id).await;
        assert_eq!(again.status, Some(200));
        assert_eq!(bot.answer(&question).await, "I am.");
        bot.finish().await;
    }
}

#[tokio::test]
async fn a_jump_forward_ends_an_open_link_and_its_person_is_told() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Which labels do I have?").await;
    let link = ada.next_dm().await.link();
    bot.clock.valets_is_wrong_by(HOUR);
    let told = bot
        .slack
        .next(|one| one.root() == question.root() && one.visible_text().contains("in time"))
        .await;
    assert_snapshot!(told.visible_text(), @"The account was not connected in time, so I stopped waiting: please ask again, and use the new link within 15 minutes.");
    let page = bot.browser_of("ada").await.get(&link).await;
    assert_eq!(page.status, 400);
    assert_eq!(bot.vault.active_accounts(), []);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn after_a_jump_back_nobody_is_signed_in_until_the_clock_is_right() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let link = asks_to_connect(&ada, "gmail").await;
    bot.clock.valets_is_wrong_by(-HOUR);
    let browser = bot.browser_of("ada").await;
    // Slack's token seems to come from the future.
    assert_eq!(browser.connects(&link).await.status, 400);
    assert_eq!(bot.vault.active_accounts(), []);
    bot.clock.valets_is_wrong_by(0);
    assert_eq!(browser.connects(&link).await.status, 200);
    ada.next_dm().await;
    bot.finish().await;
}

#[tokio::test]
async fn a_link_lives_no_longer_than_the_clock_was_set_back() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let link = asks_to_connect(&ada, "gmail").await;
    bot.clock.valets_is_wrong_by(-HOUR);
    bot.later(Duration::from_mins(76));
    let page = bot.browser_of("ada").await.get(&link).await;
    assert_eq!(page.status, 400, "an hour and a quarter");
    bot.finish().await;
}

#[tokio::test]
async fn the_machine_token_is_renewed_when_it_ends_whatever_our_clock_says() {
    for jump in [HOUR, -HOUR] {
        let bot = ada_is_connected().await;
        let tokens = bot.vault.token_calls();
        let gate = Gate::closed();
        bot.router
            .expect(Turn::calls("gmail_list_labels", &json!({})).held_by(&gate));
        bot.router.will_say("Here they are.");
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "Which labels do I have?").await;
        bot.router.asked(1).await;
        bot.clock.valets_is_wrong_by(jump);
        bot.vault.expire_tokens();
        gate.open();
        assert_eq!(bot.answer(&question).await, "Here they are.");
        assert_eq!(bot.vault.token_calls(), tokens + 1);
        bot.finish().await;
    }
}

#[tokio::test]
async fn a_thread_is_remembered_in_order_although_the_clock_is_set_back() {
    let bot = ada_is_connected().await;
    let ada = bot.slack.person("ada");
    bot.router.will_say("The first answer.");
    let first = ada.mentions_in("general", "The first question?").await;
    bot.answer(&first).await;
    // As far as Slack's signatures allow.
    bot.clock.valets_is_wrong_by(-240);
    for (question, answer) in [
        ("The second question?", "The second answer."),
        ("The third?", "Yes."),
    ] {
        bot.router.will_say(answer);
        let asked = ada.says_in_thread(&first, question).await;
        bot.answer(&asked).await;
    }
    let last = bot.router.requests().pop().unwrap()["messages"].to_string();
    let places = [
        "The first question?",
        "The first answer.",
        "The second question?",
        "The second answer.",
        "The third?",
    ]
    .map(|words| last.find(words));
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "{last}"
    );
    bot.finish().await;
}
