//! What a person says while their run is at work steers that run.

use serde_json::{Value, json};
use valet_sim::fault::Fault;
use valet_sim::router::{Gate, Turn};
use valet_sim::slack::Message;

use super::{ada, will_say_after};
use crate::bot::{Bot, Process, has_happened, is_in_line, is_placeholder};

/// What the person said, as the model was told.
fn words_of_users(request: &Value) -> Vec<String> {
    let all = request["messages"].as_array().unwrap();
    let users = all.iter().filter(|one| one["role"] == "user");
    users
        .map(|one| one["content"].as_str().unwrap().to_owned())
        .collect()
}

/// The model looks at the profile, once the gate is open.
fn will_look_after(bot: &Bot, gate: &Gate) {
    let looks = Turn::calls("gmail_get_profile", &json!({}));
    bot.router.expect(looks.held_by(gate));
}

#[tokio::test]
async fn what_is_said_meanwhile_is_taken_in_before_the_next_turn() {
    let bot = ada().await;
    let gate = Gate::closed();
    will_look_after(&bot, &gate);
    bot.router.will_say("In French: rien.");
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "What is new?").await;
    bot.router.asked(1).await;

    let added = ada
        .says_in_thread(&question, "Say it in French, as <@U0BEN> does")
        .await;
    assert_eq!(added.delivered.unwrap().status, Some(200));
    gate.open();

    assert_eq!(bot.answer(&question).await, "In French: rien.");
    let asked = bot.router.last_request().unwrap();
    assert_eq!(
        words_of_users(&asked),
        ["What is new?", "Say it in French, as @Ben does"]
    );
    let roles = asked["messages"].as_array().unwrap().iter();
    let roles: Vec<&str> = roles.map(|one| one["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool", "user"]);
    assert_eq!(
        bot.slack.thread(&question).len(),
        3,
        "and nothing else is said"
    );
    bot.finish().await;
}

#[tokio::test]
async fn several_are_taken_in_in_order_and_remembered_with_the_question() {
    let bot = ada().await;
    let gate = Gate::closed();
    will_look_after(&bot, &gate);
    bot.router.will_say("One, two, three.");
    let ada = bot.slack.person("ada");
    let question = ada.direct("Count").await;
    bot.router.asked(1).await;
    for words in ["From one", "To three"] {
        ada.says_in_thread(&question, words).await;
    }
    gate.open();
    assert_eq!(bot.answer(&question).await, "One, two, three.");
    bot.router.will_say("Four.");
    ada.says_in_thread(&question, "And then?").await;
    bot.slack
        .next(|one| one.visible_text().starts_with("Four."))
        .await;
    let told = words_of_users(&bot.router.last_request().unwrap());
    assert!(told[0].contains(r"Count\nFrom one\nTo three"), "{told:?}");
    assert_eq!(told[1], "And then?");
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn what_comes_with_the_last_turn_is_a_question_of_its_own() {
    let bot = ada().await;
    let gate = Gate::closed();
    will_say_after(&bot, &gate, "Nothing.");
    bot.router.will_say("Rien.");
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "What is new?").await;
    bot.router.asked(1).await;
    ada.says_in_thread(&question, "In French, please").await;
    gate.open();
    for words in ["Nothing.", "Rien."] {
        bot.slack.next(|one| one.visible_text() == words).await;
    }
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn what_somebody_else_says_there_is_a_question_of_their_own() {
    let bot = ada().await;
    bot.connects("ben", "gmail").await;
    let gate = Gate::closed();
    will_look_after(&bot, &gate);
    bot.router.will_say("For Ada.");
    bot.router.will_say("For Ben.");
    let question = bot
        .slack
        .person("ada")
        .mentions_in("general", "What is new?")
        .await;
    bot.router.asked(1).await;
    let ben = bot.slack.person("ben");
    ben.says_in_thread(&question, "Say it in French").await;
    bot.slack.next(is_in_line).await;
    gate.open();
    for words in ["For Ada.", "For Ben."] {
        bot.slack
            .next(|one| one.visible_text().starts_with(words))
            .await;
    }
    let told = bot.router.requests();
    assert_eq!(words_of_users(&told[1]), ["What is new?"]);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_stop_ends_what_was_added_with_the_run() {
    for taken_in in [false, true] {
        let bot = ada().await;
        let (first, second) = (Gate::closed(), Gate::closed());
        will_look_after(&bot, &first);
        will_say_after(&bot, &second, "Too late.");
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "What is new?").await;
        bot.router.asked(1).await;
        ada.says_in_thread(&question, "In French, please").await;
        if taken_in {
            first.open();
            bot.router.asked(2).await;
        }
        ada.stops(&question).await;
        let words = if taken_in { 1 } else { 2 };
        for _ in 0..words {
            bot.slack
                .next(|one| one.visible_text().starts_with("Stopped"))
                .await;
        }
        first.open();
        second.open();
        bot.router.forget_planned();
        bot.slack.read_all();
        bot.finish().await;
    }
}

#[tokio::test]
async fn killed_at_any_step_of_it_what_was_added_is_answered_once() {
    for (step, asked) in [("taken in", 1), ("about to be taken in", 0)] {
        let bot = Bot::world(|_| {}).await;
        let first = Process::serve(&bot.settings).await;
        bot.connects("ada", "gmail").await;
        let gate = Gate::closed();
        will_look_after(&bot, &gate);
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "What is new?").await;
        bot.router.asked(1).await;
        ada.says_in_thread(&question, "In French, please").await;
        if asked == 1 {
            bot.router.faults().once("/chat/completions", Fault::Stall);
            gate.open();
            has_happened(bot.router.faults()).await;
        }
        first.kill();
        gate.open();
        bot.router.forget_planned();
        bot.router.will_do(|asked| {
            let french = asked.last_words().contains("French");
            Turn::says(if french { "Rien." } else { "Nothing." })
        });
        if asked == 0 {
            bot.router.will_say("Rien.");
        }
        let second = Process::serve(&bot.settings).await;
        bot.slack.next(|one| one.visible_text() == "Rien.").await;
        second.stop().await;
        let thread = bot.slack.thread(&question);
        let said: Vec<String> = thread
            .iter()
            .filter(|one| !is_placeholder(one))
            .map(Message::visible_text)
            .collect();
        assert_eq!(said.len(), 4 - asked, "{step}: {said:?}");
        bot.slack.read_all();
        bot.finish().await;
    }
}

/// What was taken in must not be in line again, however short the time was to end it.
#[tokio::test]
async fn killed_just_as_it_is_taken_in_nobody_is_told_that_it_is_in_line() {
    let bot = Bot::world(|_| {}).await;
    let first = Process::serve_until(&bot.settings, "a run was steered").await;
    bot.connects("ada", "gmail").await;
    let (gate, never) = (Gate::closed(), Gate::closed());
    will_look_after(&bot, &gate);
    // It may get as far as that before it is dead.
    will_say_after(&bot, &never, "Never said.");
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "What is new?").await;
    bot.router.asked(1).await;
    let added = ada.says_in_thread(&question, "In French, please").await;
    assert_eq!(added.delivered.unwrap().status, Some(200));
    gate.open();
    let killed = tokio::task::spawn_blocking(|| first.join());
    let log = killed.await.unwrap().unwrap();
    assert!(log.contains("a run was steered"), "{log}");

    bot.router.forget_planned();
    bot.router.will_do(|asked| {
        assert_eq!(words_of_users(asked.body()).len(), 2);
        Turn::says("Rien.")
    });
    let second = Process::serve(&bot.settings).await;
    assert_eq!(bot.answer(&question).await, "Rien.");
    second.stop().await;
    let thread = bot.slack.thread(&question);
    assert_eq!(thread.len(), 3, "{thread:?}");
    bot.finish().await;
}
