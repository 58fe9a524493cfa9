//! Killed before, between and after what is said over a connection.

use valet_sim::router::{Gate, Turn};
use valet_sim::slack::RetryPolicy;

use super::{foreign, world};
use crate::bot::{Bot, Process};

async fn ada_and() -> (Bot, Process) {
    let bot = world().await;
    let first = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    (bot, first)
}

#[tokio::test]
async fn killed_after_the_acknowledgement_the_question_is_answered_after_the_restart() {
    let (bot, first) = ada_and().await;
    let gate = Gate::closed();
    bot.router.expect(Turn::says("Never said.").held_by(&gate));
    let question = bot.slack.person("ada").direct("Will this be lost?").await;
    assert_eq!(question.delivered.as_ref().unwrap().status, Some(200));
    bot.router.asked(1).await;
    first.kill();
    gate.open();

    bot.router.will_say("Nothing is lost.");
    let second = Process::serve(&bot.settings).await;
    assert_eq!(bot.answer(&question).await, "Nothing is lost.");
    assert_eq!(bot.slack.thread(&question).len(), 2);
    let tries = bot.slack.deliveries();
    assert!(tries.iter().all(|one| one.retry == 0), "{tries:?}");
    second.ended_after_stop().await;
    bot.finish().await;
}

#[tokio::test]
async fn killed_before_the_acknowledgement_arrives_the_question_is_brought_again_and_answered_once()
{
    let (bot, first) = ada_and().await;
    bot.slack.expect_failed_deliveries();
    bot.slack.set_retries(RetryPolicy::Never);
    bot.slack.sockets().loses_acknowledgements(1);
    let gate = Gate::closed();
    bot.router.expect(Turn::says("Never said.").held_by(&gate));
    let ada = bot.slack.person("ada");
    let asking = ada.direct("Did you hear?");
    let killing = async {
        // It is on disk, and as far as Slack knows nobody heard it.
        bot.router.asked(1).await;
        first.kill();
        gate.open();
    };
    let (question, ()) = tokio::join!(asking, killing);
    let failure = question.delivered.as_ref().unwrap().failure;
    assert!(failure.is_some(), "{failure:?}");

    bot.router.will_say("Once.");
    let second = Process::serve(&bot.settings).await;
    let again = bot.slack.redeliver(&question.event_id).await;
    assert_eq!(again.status, Some(200));
    assert_eq!(bot.answer(&question).await, "Once.");
    second.ended_after_stop().await;
    assert_eq!(bot.slack.thread(&question).len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn killed_in_the_middle_of_an_envelope_it_is_brought_again() {
    let (bot, first) = ada_and().await;
    bot.slack.expect_failed_deliveries();
    let sockets = bot.slack.sockets();
    let half = sockets.envelope("canary-half", "events_api", &foreign("What is half?"));
    sockets.begins_to_say(&half);
    first.kill();
    sockets.until(1, 0).await;

    bot.router.will_say("Whole.");
    let second = Process::serve(&bot.settings).await;
    let question = bot.slack.person("ada").direct("What is half?").await;
    assert_eq!(bot.answer(&question).await, "Whole.");
    second.ended_after_stop().await;
    bot.finish().await;
}
