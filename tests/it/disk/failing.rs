//! The disk does not take a write in the middle of the work.

use valet_sim::router::{Gate, Turn};
use valet_sim::slack::{Message, MessageRef, RetryPolicy};

use super::{Disk, on, until_it_says};
use crate::bot::{Bot, Process};

const FAILED: &str = "does not take writes";

#[tokio::test]
async fn a_disk_that_is_full_in_the_middle_of_a_run_ends_no_process_and_loses_no_question() {
    let Some(disk) = Disk::of_mib(96) else { return };
    let (bot, process) = on(&disk).await;
    let at_work = full_in_the_middle(&bot, &disk).await;
    let refused = turned_away(&bot).await;

    bot.router.will_say("Said once.");
    disk.empty();
    until_it_says(&bot, "ready").await;
    well_again(bot, process, &at_work, &refused).await;
}

#[tokio::test]
async fn a_disk_that_comes_back_read_only_is_waited_for() {
    let Some(disk) = Disk::of_mib(96) else { return };
    let (bot, process) = on(&disk).await;
    let at_work = full_in_the_middle(&bot, &disk).await;
    disk.read_only();
    until_it_says(&bot, "Read-only file system").await;
    let refused = turned_away(&bot).await;

    bot.router.will_say("Said once.");
    disk.writable();
    until_it_says(&bot, "ready").await;
    well_again(bot, process, &at_work, &refused).await;
}

#[tokio::test]
async fn valet_can_be_stopped_while_the_disk_fails() {
    let Some(disk) = Disk::of_mib(96) else { return };
    let (bot, process) = on(&disk).await;
    let at_work = full_in_the_middle(&bot, &disk).await;
    let (code, log) = process.stop().await;
    assert_eq!(code, Some(0), "{log}");

    bot.router.will_say("Said once.");
    disk.empty();
    let second = Process::serve(&bot.settings).await;
    is_said_once(&bot, &at_work).await;
    let (code, log) = second.stop().await;
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(bot.slack.thread(&at_work).len(), 2);
    bot.finish().await;
}

/// Ada's question is at work when the last byte of the disk is used up.
async fn full_in_the_middle(bot: &Bot, disk: &Disk) -> MessageRef {
    bot.connects("ada", "gmail").await;
    let gate = Gate::closed();
    // Longer than what is left of the last page that the disk has given out.
    let answer = "Never said. ".repeat(2_000);
    bot.router.expect(Turn::says(&answer).held_by(&gate));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Will this be lost?").await;
    bot.router.asked(1).await;
    disk.fill_but_for(0);
    gate.open();
    until_it_says(bot, FAILED).await;
    question
}

/// It takes the place of what was shown of the answer that the disk did not take.
async fn is_said_once(bot: &Bot, question: &MessageRef) {
    let is_answer =
        |one: &Message| one.root() == question.root() && one.visible_text() == "Said once.";
    bot.slack.next(is_answer).await;
}

/// Nothing is acknowledged, and a browser gets a page.
async fn turned_away(bot: &Bot) -> MessageRef {
    bot.slack.expect_failed_deliveries();
    bot.slack.set_retries(RetryPolicy::Never);
    let refused = bot.slack.person("ada").direct("help").await;
    assert_eq!(refused.delivered.as_ref().unwrap().status, Some(503));
    let page = reqwest::get(format!("{}/connect/x", bot.settings.public_url()));
    let page = page.await.expect("the process answers");
    assert_eq!(page.status().as_u16(), 503);
    assert!(page.text().await.unwrap().contains("Try again"));
    refused
}

/// Each is answered once, by the process that was there all along.
async fn well_again(bot: Bot, process: Process, at_work: &MessageRef, refused: &MessageRef) {
    is_said_once(&bot, at_work).await;
    let again = bot.slack.redeliver(&refused.event_id).await;
    assert_eq!(again.status, Some(200));
    bot.slack.next_reply(refused).await;
    let (code, log) = process.stop().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("the disk is well again"), "{log}");
    assert_eq!(bot.slack.thread(at_work).len(), 2);
    assert_eq!(bot.slack.thread(refused).len(), 2);
    bot.slack.read_all();
    bot.finish().await;
}
