//! Socket Mode: Slack brings everything over a connection that Valet opens.

mod changing;
mod hostile;
mod killed;
mod over_tls;
mod refused;

use std::time::Duration;

use serde_json::{Value, json};
use valet_sim::router::{Gate, Turn};
use valet_sim::slack::{RetryPolicy, Signing, SlackSetup};

use crate::bot::{Bot, Settings};

/// In a workspace whose app has Socket Mode switched on, and no door for Slack.
async fn start() -> Bot {
    world().await.begin().await
}

/// The same, and no Valet in it yet.
async fn world() -> Bot {
    let bot = Bot::world(Settings::over_socket).await;
    bot.slack.set_socket_mode(true);
    bot
}

/// The same, where Slack has less patience.
async fn hurried() -> Bot {
    let mut bot = Bot::world_in(SlackSetup {
        patience: Duration::from_millis(300),
        ..SlackSetup::default()
    })
    .await;
    bot.settings.over_socket();
    bot.slack.set_socket_mode(true);
    bot
}

/// What `/readyz` says.
async fn readiness(bot: &Bot) -> (u16, String) {
    let ready = format!("http://{}/readyz", bot.settings.value("VALET_OPS_LISTEN"));
    let answer = reqwest::get(ready).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// Waits until `/readyz` says this, and gives all of it.
async fn until_it_says(bot: &Bot, words: &str) -> String {
    loop {
        let (_, told) = readiness(bot).await;
        if told.contains(words) {
            return told;
        }
        tokio::task::yield_now().await;
    }
}

/// Ada asks this, and is answered once.
async fn is_answered(bot: &Bot, question: &str) {
    let answer = format!("On {question:?}: yes.");
    bot.router.will_say(&answer);
    let ada = bot.slack.person("ada");
    let asked = ada.mentions_in("general", question).await;
    assert_eq!(bot.answer(&asked).await, answer);
    assert_eq!(bot.slack.thread(&asked).len(), 2, "{question}");
}

/// A message that nobody in this world has written, as an event.
fn foreign(text: &str) -> Value {
    json!({
        "type": "event_callback", "team_id": "T0ACME", "event_id": "Ev0FOREIGN",
        "event": {"type": "message", "channel_type": "im", "user": "U0ADA", "text": text},
    })
}

#[tokio::test]
async fn everything_a_person_does_reaches_valet_over_one_connection() {
    let bot = start().await;
    let ada = bot.slack.person("ada");
    // A command, a walk in the browser, a direct message.
    bot.connects("ada", "gmail").await;
    bot.router.will_call("gmail_get_profile", &json!({}));
    bot.router.will_say("You are Ada.");
    let question = ada.mentions_in("general", "Who am I?").await;
    assert_eq!(bot.answer(&question).await, "You are Ada.");
    // A button.
    let told = crate::bot::disconnects(&ada, "gmail").await;
    assert!(told.contains("disconnected"), "{told}");
    // A tab.
    ada.opens_home().await;
    ada.next_home().await;
    let paths: Vec<&str> = bot.slack.deliveries().iter().map(|one| one.path).collect();
    for door in ["/slack/events", "/slack/commands", "/slack/interactions"] {
        assert!(paths.contains(&door), "{paths:?}");
    }
    assert_eq!(bot.slack.sockets().opened(), 1);
    assert_eq!(bot.figure("valet_socket_connections").await, 1);
    assert_eq!(readiness(&bot).await, (200, "ready\n".to_owned()));
    bot.finish().await;
}

#[tokio::test]
async fn an_event_that_is_brought_five_times_is_answered_once() {
    let bot = start().await;
    bot.connects("ada", "gmail").await;
    bot.router.will_say("Once.");
    let question = bot.slack.person("ada").direct("How often?").await;
    assert_eq!(bot.answer(&question).await, "Once.");
    for _ in 0..4 {
        let again = bot.slack.redeliver(&question.event_id).await;
        assert_eq!(again.status, Some(200));
    }
    assert_eq!(bot.figure("valet_events_duplicate_total").await, 4);
    assert_eq!(bot.slack.thread(&question).len(), 2);
    bot.finish().await;
}

/// What the door for events answers to a request that Slack has signed.
async fn by_http(bot: &Bot) -> Option<u16> {
    let body = foreign("help").to_string();
    let answered = bot.slack.deliver_event_raw(body, Signing::Good, &[]).await;
    answered.status
}

#[tokio::test]
async fn without_a_signing_secret_there_is_no_door_for_slack() {
    let bot = start().await;
    assert_eq!(by_http(&bot).await, Some(404));
    let forged = bot
        .slack
        .deliver_event_raw(foreign("help").to_string(), Signing::Missing, &[])
        .await;
    assert_eq!(forged.status, Some(404));
    // Browsers are led in all the same.
    bot.connects("ada", "gmail").await;
    bot.finish().await;
}

#[tokio::test]
async fn with_a_signing_secret_too_both_ways_lead_in_and_what_comes_by_both_counts_once() {
    let mut bot = world().await;
    let secret = bot.slack.setup().signing_secret.clone();
    bot.settings.set("SLACK_SIGNING_SECRET", &secret);
    let bot = bot.begin().await;
    bot.connects("ada", "gmail").await;
    bot.router.will_say("Once.");
    let question = bot.slack.person("ada").direct("By which way?").await;
    assert_eq!(bot.answer(&question).await, "Once.");
    // As where Socket Mode was switched on between two deliveries of one event.
    bot.slack.set_socket_mode(false);
    let again = bot.slack.redeliver(&question.event_id).await;
    assert_eq!(again.status, Some(200));
    assert_eq!(bot.figure("valet_events_duplicate_total").await, 1);
    bot.finish().await;
}

#[tokio::test]
async fn what_does_not_fit_is_not_acknowledged_and_brought_again() {
    let mut bot = hurried().await;
    bot.room_for(|room| room.open = 1);
    // The model thinks for as long as the story wants.
    bot.patience.router = Duration::from_mins(1);
    let bot = bot.begin().await;
    bot.connects("ada", "gmail").await;
    bot.slack.expect_failed_deliveries();
    bot.slack.set_retries(RetryPolicy::Never);
    let gate = Gate::closed();
    bot.router.expect(Turn::says("First.").held_by(&gate));
    let first = bot.slack.person("ada").direct("First?").await;
    bot.router.asked(1).await;

    let second = bot.slack.person("ada").direct("Second?").await;
    let refused = second.delivered.as_ref().unwrap();
    assert_eq!(refused.failure, Some("http_timeout"));
    assert_eq!(
        bot.figure("valet_events_refused_total{bound=\"Full\"}")
            .await,
        1
    );
    gate.open();
    assert_eq!(bot.answer(&first).await, "First.");
    while bot.figure("valet_events_open").await > 0 {
        tokio::task::yield_now().await;
    }

    bot.router.will_say("Second.");
    let again = bot.slack.redeliver(&second.event_id).await;
    assert_eq!(again.status, Some(200));
    assert_eq!(bot.answer(&second).await, "Second.");
    bot.finish().await;
}
