//! Valet stops, is killed, and starts again.

mod connecting;
mod steps;

use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::router::{Gate, Turn};

use crate::bot::{Bot, Process, asks_to_connect, has_happened};

#[tokio::test]
async fn killed_between_the_200_and_the_answer_the_question_is_answered_after_the_restart() {
    let bot = Bot::world(|_| {}).await;
    let first = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    let gate = Gate::closed();
    bot.router.expect(Turn::says("Never said.").held_by(&gate));
    let question = bot
        .slack
        .person("ada")
        .mentions_in("general", "Will this be lost?")
        .await;
    assert_eq!(question.delivered.as_ref().unwrap().status, Some(200));
    bot.router.asked(1).await;
    first.kill();
    gate.open();

    bot.router.will_say("Nothing is lost.");
    let second = Process::serve(&bot.settings).await;

    assert_eq!(bot.answer(&question).await, "Nothing is lost.");
    assert_eq!(
        bot.slack.thread(&question).len(),
        2,
        "one placeholder, one answer in its place"
    );
    let (code, _) = second.stop().await;
    assert_eq!(code, Some(0));
    bot.finish().await;
}

#[tokio::test]
async fn a_question_at_work_does_not_end_because_slack_cannot_say_who_asked() {
    let mut bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let gate = Gate::closed();
    bot.router.expect(Turn::says("Never said.").held_by(&gate));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Is it still me?").await;
    bot.router.asked(1).await;
    // As often as one try asks.
    bot.slack
        .faults()
        .times(3, "users.info", Fault::status(500));
    bot.router.will_say("It is.");
    bot.restart().await;
    gate.open();

    assert_eq!(bot.answer(&question).await, "It is.");
    assert_eq!(bot.slack.thread(&question).len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn whoever_was_told_that_they_are_unknown_is_not_answered_as_well() {
    let mut bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    // Until now it knew who Ada is.
    bot.restart().await;
    bot.slack
        .faults()
        .times(3, "users.info", Fault::status(500));
    bot.slack
        .faults()
        .once("chat.postMessage", Fault::ActThenStall);
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Is it still me?").await;
    has_happened(bot.slack.faults()).await;
    bot.restart().await;

    assert!(bot.answer(&question).await.contains("who you are"));
    bot.router.will_say("Nothing else.");
    let after = ada.says_in_thread(&question, "What else?").await;
    assert_eq!(bot.answer(&after).await, "Nothing else.");
    assert_eq!(bot.slack.thread(&question).len(), 4);
    bot.finish().await;
}

#[tokio::test]
async fn a_link_and_a_waiting_question_survive_a_restart() {
    let mut bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    bot.router.will_say("Here I am again.");
    let question = ada.mentions_in("general", "What is in my mail?").await;
    let link = ada.next_dm().await.link();
    bot.restart().await;
    bot.browser_of("ada").await.connects(&link).await;
    ada.next_dm().await;
    let answer = bot
        .slack
        .next(|one| one.visible_text() == "Here I am again.")
        .await;
    assert_eq!(answer.thread_ts.as_deref(), Some(question.ts.as_str()));
    assert_eq!(bot.slack.thread(&question).len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn a_person_keeps_their_identifier() {
    let mut bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    bot.restart().await;
    bot.router.will_call("gmail_get_profile", &json!({}));
    bot.router.will_say("Still you.");
    let question = bot.slack.person("ada").direct("Is it still me?").await;
    assert_eq!(bot.answer(&question).await, "Still you.");
    assert_eq!(bot.vault.identifiers().len(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn a_redelivery_after_a_restart_is_still_the_same_event() {
    let mut bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    bot.router.will_say("Once.");
    let question = bot
        .slack
        .person("ada")
        .mentions_in("general", "How often?")
        .await;
    assert_eq!(bot.answer(&question).await, "Once.");
    bot.restart().await;
    bot.slack.redeliver(&question.event_id).await;
    assert_eq!(bot.slack.thread(&question).len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn a_second_process_on_the_same_data_is_told_so() {
    let bot = Bot::world(|_| {}).await;
    let first = Process::serve(&bot.settings).await;
    let mut other = bot.settings.clone();
    other.set("VALET_LISTEN", "127.0.0.1:0");
    other.set("VALET_OPS_LISTEN", "127.0.0.1:0");
    let (code, log) = Process::spawn(&other).wait();
    assert_eq!(code, Some(1));
    assert!(log.contains("another process works in"), "{log}");
    first.stop().await;
    bot.finish().await;
}

#[tokio::test]
async fn of_two_reads_the_one_that_is_back_is_not_asked_again() {
    let mut bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let before = bot.vault.executions().len();
    bot.vault.faults().after(1, "/execute_tool", Fault::Stall);
    bot.router.will_call_many([
        ("gmail_get_profile", json!({})),
        ("gmail_list_labels", json!({})),
    ]);
    bot.router.will_say("Ada, with labels.");
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Who am I?").await;
    has_happened(bot.vault.faults()).await;
    bot.restart().await;
    assert_eq!(bot.answer(&question).await, "Ada, with labels.");
    assert_eq!(bot.vault.executions().len(), before + 2);
    assert_eq!(bot.slack.thread(&question).len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn restarted_between_any_two_pages_the_walk_goes_on() {
    let mut bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let link = asks_to_connect(&ada, "gmail").await;
    let browser = bot.browser_of("ada").await;
    bot.restart().await;
    let mut page = browser.get(&link).await;
    for label in ["Continue", "Allow", "Allow"] {
        bot.restart().await;
        if page.can_press(label) {
            page = page.press(label).await;
        }
    }
    assert!(
        page.text().contains("gmail is connected"),
        "{}",
        page.text()
    );
    bot.restart().await;
    let told = ada.next_dm().await.visible_text();
    assert!(told.contains("is connected"), "{told}");
    bot.finish().await;
}
