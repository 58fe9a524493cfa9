//! Stopping in order: no new work, what runs may finish, nothing is lost, nobody is
//! waited for too long.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::router::{Gate, Turn};
use valet_sim::slack::{RetryPolicy, Signing};

use super::wire::{begun, head};
use crate::bot::{Bot, Process, asks_to_connect, has_happened, patient};

#[tokio::test]
async fn told_to_stop_it_finishes_the_run_at_work_and_takes_no_new_one() {
    let bot = Bot::world(|_| {}).await;
    let valet = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    let gate = Gate::closed();
    bot.router
        .expect(Turn::says("Just in time.").held_by(&gate));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Is there time?").await;
    bot.router.asked(1).await;

    valet.tell_to_stop();
    until_closed(bot.settings.value("VALET_LISTEN")).await;
    bot.slack.expect_failed_deliveries();
    bot.slack.set_retries(RetryPolicy::Never);
    let late = ada.mentions_in("general", "And for this?").await;
    let refused = late.delivered.clone().unwrap();
    assert_eq!(refused.failure, Some("connection_failed"), "{refused:?}");
    gate.open();

    assert_eq!(bot.answer(&question).await, "Just in time.");
    let (code, log) = valet.ended().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("no new work is taken"), "{log}");

    bot.router.will_say("Now there is.");
    let next = Process::serve(&bot.settings).await;
    let again = bot.slack.redeliver(&late.event_id).await;
    assert_eq!(again.status, Some(200));
    assert_eq!(bot.answer(&late).await, "Now there is.");
    assert_eq!(bot.slack.thread(&question).len(), 2, "answered once");
    let (code, _) = next.stop().await;
    assert_eq!(code, Some(0));
    bot.finish().await;
}

#[tokio::test]
async fn interrupted_from_a_terminal_it_stops_as_well() {
    let bot = Bot::world(|_| {}).await;
    let valet = Process::serve(&bot.settings).await;
    valet.tell("INT");
    let (code, log) = valet.ended().await;
    assert_eq!(code, Some(0), "{log}");
    bot.finish().await;
}

#[tokio::test]
async fn a_run_that_cannot_finish_in_time_goes_on_after_the_restart_where_it_stood() {
    let mut bot = Bot::start_with_patience(|patience| {
        patience.drain = Duration::from_millis(200);
    })
    .await;
    bot.connects("ada", "gmail").await;
    let gate = Gate::closed();
    bot.router.will_call("gmail_list_labels", &json!({}));
    bot.router.expect(Turn::says("Never said.").held_by(&gate));
    let question = bot
        .slack
        .person("ada")
        .direct("How long can it take?")
        .await;
    bot.router.asked(2).await;
    let read = bot.vault.executions().len();

    bot.router.will_say("As long as it has to.");
    bot.restart_in(&patient()).await;

    assert_eq!(bot.answer(&question).await, "As long as it has to.");
    assert_eq!(bot.vault.executions().len(), read, "nothing is read again");
    assert_eq!(bot.slack.thread(&question).len(), 2);
    gate.open();
    bot.finish().await;
}

#[tokio::test]
async fn nobody_keeps_it_from_stopping_by_being_slow() {
    let mut bot = Bot::start_with_patience(|patience| {
        patience.drain = Duration::from_millis(300);
        patience.head = Duration::from_mins(1);
        patience.request = Duration::from_mins(1);
    })
    .await;
    let whole = head(&bot, b"{}", "content-length: 2\r\n");
    let slow = [
        begun(&bot, b""),
        begun(&bot, &whole.as_bytes()[..40]),
        begun(&bot, (whole.clone() + "{").as_bytes()),
    ];
    // All three are being served by the time this is answered.
    let challenge = br#"{"type":"url_verification","challenge":"x"}"#;
    bot.slack
        .deliver_event_raw(*challenge, Signing::Good, &[])
        .await;
    let began = Instant::now();
    bot.restart().await;
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    drop(slow);
    bot.finish().await;
}

#[tokio::test]
async fn a_vault_that_does_not_answer_keeps_it_from_stopping_no_longer_than_runs_do() {
    let mut bot = Bot::start_with_patience(|patience| {
        patience.drain = Duration::from_millis(300);
        patience.vault = Duration::from_mins(1);
    })
    .await;
    let ada = bot.slack.person("ada");
    let link = asks_to_connect(&ada, "gmail").await;
    bot.vault.faults().once("/user/verify", Fault::Stall);
    let browser = bot.browser_of("ada").await;
    let walk = tokio::spawn(async move { browser.connects(&link).await });
    has_happened(bot.vault.faults()).await;
    let began = Instant::now();
    for _ in 0..2 {
        // Each life takes it up again.
        bot.vault.faults().once("/user/verify", Fault::Stall);
        bot.restart().await;
        has_happened(bot.vault.faults()).await;
    }
    bot.restart().await;
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    ada.next_dm().await;
    walk.abort();
    bot.finish().await;
}

/// Waits until nobody listens there.
async fn until_closed(address: &str) {
    while TcpStream::connect(address).is_ok() {
        tokio::task::yield_now().await;
    }
}
