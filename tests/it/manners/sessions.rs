//! Slack shows that a thread is worked on, that it waits for its person, and that it is over.

use std::time::Duration;

use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::router::Gate;

use super::{ada, stands, told, will_say_after};
use crate::approving::{asks_for_a_mail, impatient_ada, then_says};
use crate::bot::{Bot, Process, has_happened};

#[tokio::test]
async fn work_is_shown_at_once_under_the_first_question_and_then_its_end() {
    let bot = ada().await;
    let gate = Gate::closed();
    will_say_after(&bot, &gate, "Nothing.");
    let ada = bot.slack.person("ada");
    let question = ada
        .mentions_in("general", "What did <@U0BEN> write\nto me?")
        .await;
    stands(&bot, &question, "processing").await;
    let session = bot.slack.session(&question).unwrap();
    assert_eq!(
        session.title.as_deref(),
        Some("What did @someone write to me?")
    );
    assert_eq!(session.initiator.as_deref(), Some("U0ADA"));
    gate.open();
    assert_eq!(bot.answer(&question).await, "Nothing.");
    stands(&bot, &question, "active").await;
    assert_eq!(told(&bot), ["processing", "active"]);
    bot.finish().await;
}

#[tokio::test]
async fn what_fails_is_over_too() {
    let bot = ada().await;
    bot.router
        .faults()
        .always("/chat/completions", Fault::status(401));
    let question = bot.slack.person("ada").direct("What is new?").await;
    bot.answer(&question).await;
    stands(&bot, &question, "active").await;
    bot.finish().await;
}

#[tokio::test]
async fn what_waits_for_a_word_is_suspended_whoever_else_asks_there() {
    let mut bot = ada().await;
    bot.connects("ben", "gmail").await;
    let (question, card) = asks_for_a_mail(&bot).await;
    stands(&bot, &question, "suspended").await;
    for (time, words) in ["before", "after"].iter().zip(["One.", "Two."]) {
        let gate = Gate::closed();
        will_say_after(&bot, &gate, words);
        let ben = bot.slack.person("ben");
        ben.says_in_thread(&question, "What is new?").await;
        stands(&bot, &question, "processing").await;
        gate.open();
        stands(&bot, &question, "suspended").await;
        if *time == "before" {
            bot.restart().await;
        }
    }
    then_says(&bot, "SENT", "Done.");
    bot.slack.person("ada").clicks(&card, "approve").await;
    bot.slack
        .next(|one| one.visible_text().starts_with("Done."))
        .await;
    stands(&bot, &question, "active").await;
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn what_waits_for_an_account_is_suspended() {
    let bot = Bot::start().await;
    bot.router.will_say("Here I am.");
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Read my mail").await;
    let link = ada.next_dm().await.link();
    stands(&bot, &question, "suspended").await;
    bot.browser_of("ada").await.connects(&link).await;
    ada.next_dm().await;
    assert_eq!(bot.answer_after_waiting(&question).await, "Here I am.");
    stands(&bot, &question, "active").await;
    bot.finish().await;
}

#[tokio::test]
async fn where_slack_has_no_sessions_people_are_answered_as_ever_and_it_is_asked_seldom() {
    let bot = ada().await;
    bot.slack.set_agents(false);
    let ada = bot.slack.person("ada");
    for words in ["One.", "Two.", "Three."] {
        bot.router.will_say(words);
        let question = ada.direct("What is new?").await;
        assert_eq!(bot.answer(&question).await, words);
    }
    assert_eq!(told(&bot), ["processing"]);
    bot.slack.set_agents(true);
    bot.later(Duration::from_mins(11));
    bot.router.will_say("Four.");
    let question = ada.direct("What is new?").await;
    assert_eq!(bot.answer(&question).await, "Four.");
    stands(&bot, &question, "active").await;
    bot.finish().await;
}

#[tokio::test]
async fn a_slack_that_fails_over_sessions_delays_no_answer() {
    for fault in [
        Fault::Cut,
        Fault::Stall,
        Fault::too_many(1_000),
        Fault::json(200, &json!({"ok": false, "error": "never_seen"})),
    ] {
        let bot = impatient_ada().await;
        bot.slack.expect_unfinished_work();
        bot.slack
            .faults()
            .always("agents.sessions.setStatus", fault.clone());
        let ada = bot.slack.person("ada");
        bot.router.will_say("One.");
        let question = ada.mentions_in("general", "What is new?").await;
        assert_eq!(bot.answer(&question).await, "One.", "{fault:?}");
        bot.router.will_say("Two.");
        let more = ada.says_in_thread(&question, "And then?").await;
        let next = bot
            .slack
            .next(|one| one.visible_text().starts_with("Two."))
            .await;
        assert_eq!(next.root(), more.root(), "{fault:?}");
        bot.slack.read_all();
        bot.finish().await;
    }
}

#[tokio::test]
async fn after_a_crash_no_session_is_left_at_work() {
    for (at, path) in [
        ("at work", "/chat/completions"),
        ("answering", "chat.update"),
        ("telling Slack that it is over", "agents.sessions.setStatus"),
    ] {
        let bot = Bot::world(|_| {}).await;
        let first = Process::serve(&bot.settings).await;
        bot.connects("ada", "gmail").await;
        let faults = if path.starts_with('/') {
            bot.router.faults()
        } else {
            bot.slack.faults()
        };
        let passed = u32::from(path.starts_with("agents"));
        faults.after(passed, path, Fault::Stall);
        bot.router.will_say("Nothing.");
        let question = bot.slack.person("ada").direct("What is new?").await;
        has_happened(faults).await;
        first.kill();
        let second = Process::serve(&bot.settings).await;
        assert_eq!(bot.answer(&question).await, "Nothing.", "{at}");
        stands(&bot, &question, "active").await;
        // The answer may have been given twice, in the same place.
        bot.slack.read_all();
        second.stop().await;
        bot.finish().await;
    }
}

#[tokio::test]
async fn work_that_takes_long_is_shown_again_before_slack_takes_it_for_over() {
    let bot = ada().await;
    let gate = Gate::closed();
    will_say_after(&bot, &gate, "At last.");
    let question = bot.slack.person("ada").direct("Think hard").await;
    stands(&bot, &question, "processing").await;
    bot.later(Duration::from_mins(50));
    bot.slack
        .until("another word", |_| told(&bot).len() == 2)
        .await;
    bot.later(Duration::from_mins(20));
    stands(&bot, &question, "processing").await;
    gate.open();
    assert_eq!(bot.answer(&question).await, "At last.");
    stands(&bot, &question, "active").await;
    assert_eq!(told(&bot), ["processing", "processing", "active"]);
    bot.finish().await;
}
