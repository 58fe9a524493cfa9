//! What the thread reads, what the asker reads, and when.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::router::Turn;
use valet_sim::slack::Message;

use super::{SECRET, asks, bot, bot_under, is_told_in_channel, policy, thread, told_alone};
use crate::approving::{TOOL, has_button, mail, timeless};
use crate::bot::{Bot, is_placeholder};

#[tokio::test]
async fn what_was_made_with_an_account_goes_to_whoever_asked_alone() {
    let bot = bot().await;
    let (question, offer) = asks(&bot).await;
    assert_snapshot!(offer.visible_text(), @"
    This answers what you asked me in #general. Nobody else reads it there unless you share it.
    [Share in thread]
    ");
    assert_snapshot!(thread(&bot, &question).join("\n"), @"I have sent the answer to you alone: look at your direct messages. You can share it here from there.");
    assert!(!is_told_in_channel(&bot, &question.channel, SECRET));
    bot.finish().await;
}

#[tokio::test]
async fn where_no_account_was_looked_into_it_depends_on_the_policy() {
    for (private_first, alone) in [("never", false), ("channels", false), ("always", true)] {
        let bot = bot_under(private_first).await;
        bot.router.will_say("Two and two is four.");
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "What is 2 + 2?").await;
        if alone {
            told_alone(&bot, &question).await;
            let answer = ada.next_dm().await;
            assert_eq!(answer.visible_text(), "Two and two is four.");
            ada.next_dm().await;
        } else {
            assert_eq!(bot.answer(&question).await, "Two and two is four.");
        }
        bot.finish().await;
    }
}

#[tokio::test]
async fn in_a_direct_message_an_answer_is_alone_with_its_asker_anyway() {
    let bot = bot_under("always").await;
    bot.router.will_call("gmail_get_profile", &json!({}));
    bot.router.will_say("You are Ada.");
    let question = bot.slack.person("ada").direct("Who am I?").await;
    assert_eq!(bot.answer(&question).await, "You are Ada.");
    assert_eq!(bot.slack.thread(&question).len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn neither_steps_nor_a_growing_answer_tell_the_thread_what_was_found() {
    let bot = Bot::start_with_both(
        |settings| settings.policy(&policy("channels")),
        |patience| {
            patience.words = Duration::ZERO;
            patience.steps = Duration::ZERO;
            patience.tools = Duration::from_secs(2);
        },
    )
    .await;
    bot.connects("ada", "gmail").await;
    bot.vault.faults().once("/execute_tool", Fault::Stall);
    let query = json!({"query": SECRET, "max_results": 5});
    bot.router.will_call("gmail_fetch_mails", &query);
    let line = format!("It says {SECRET}, and some words more. ");
    bot.router.expect(Turn::says(line.repeat(40)));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "What is the quote?").await;
    bot.slack.next_reply(&question).await;
    let step = bot.slack.next_reply(&question).await.visible_text();
    assert_eq!(step, "Looking in *gmail*…");
    told_alone(&bot, &question).await;
    assert!(!is_told_in_channel(&bot, &question.channel, SECRET));
    assert!(ada.next_dm().await.visible_text().contains(SECRET));
    ada.next_dm().await;
    assert_eq!(bot.slack.requests("chat.startStream").len(), 0);
    bot.finish().await;
}

#[tokio::test]
async fn a_card_is_shown_to_whoever_asked_alone_too() {
    let mut bot = bot().await;
    bot.router.will_call(TOOL, &mail("ben@example.com"));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Invite Ben").await;
    let card = ada.next_dm().await;
    assert!(has_button(&card, "approve"));
    let asked = bot
        .slack
        .next(|one| one.visible_text().starts_with("I need your word"))
        .await;
    assert_eq!(asked.root(), question.root());
    assert!(!is_told_in_channel(
        &bot,
        &question.channel,
        "ben@example.com"
    ));

    bot.restart().await;
    bot.router.will_say("It is sent.");
    ada.clicks(&card, "approve").await;
    bot.slack
        .next(|one| {
            one.visible_text()
                .starts_with("I have sent the answer to you alone")
        })
        .await;
    assert_eq!(bot.vault.sent_mail().len(), 1);
    bot.slack
        .until("the record", |slack| {
            let all = slack.messages(&card.channel);
            let mut card = all.iter().filter(|one| one.ts == card.ts);
            card.any(|one| timeless(&one.visible_text()).contains("It is done."))
        })
        .await;
    assert!(!is_told_in_channel(
        &bot,
        &question.channel,
        "ben@example.com"
    ));
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn what_began_in_private_stays_so_under_another_policy() {
    let mut bot = bot().await;
    bot.router.will_call(TOOL, &mail("ben@example.com"));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Invite Ben").await;
    let card = ada.next_dm().await;
    bot.slack
        .next(|one| one.visible_text().starts_with("I need your word"))
        .await;
    bot.settings.policy(&policy("never"));
    bot.restart().await;
    bot.router.will_say(&format!("Not sent, and {SECRET}."));
    ada.clicks(&card, "deny").await;
    bot.slack
        .next(|one| {
            one.visible_text()
                .starts_with("I have sent the answer to you alone")
        })
        .await;
    assert!(!is_told_in_channel(&bot, &question.channel, SECRET));
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_stop_is_a_no_to_what_was_asked_in_private() {
    let bot = bot().await;
    bot.router.will_call(TOOL, &mail("ben@example.com"));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Invite Ben").await;
    let card = ada.next_dm().await;
    bot.slack
        .next(|one| one.visible_text().starts_with("I need your word"))
        .await;
    ada.says_in_thread(&question, "stop").await;
    let stopped = bot
        .slack
        .next(|one| one.visible_text().starts_with("Stopped. Ask"))
        .await;
    assert_eq!(stopped.root(), question.root());
    bot.slack
        .next(|one| one.ts == card.ts && one.visible_text().contains("Stopped by Ada"))
        .await;
    assert!(!is_told_in_channel(
        &bot,
        &question.channel,
        "ben@example.com"
    ));
    assert_eq!(bot.vault.sent_mail().len(), 0);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn what_was_done_before_a_failure_is_told_to_whoever_asked_alone() {
    let bot = Bot::start_with(|settings| {
        settings.policy(&format!(
            "[tools]\n{TOOL} = \"read\"\n{}",
            policy("channels")
        ));
    })
    .await;
    bot.connects("ada", "gmail").await;
    bot.router.will_call(TOOL, &mail("ben@example.com"));
    bot.router
        .faults()
        .after(1, "/chat/completions", Fault::status(402));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Invite Ben").await;
    let alone = ada.next_dm().await.visible_text();
    assert!(alone.contains("Done before that:"), "{alone}");
    assert!(alone.contains("to ben@example.com"), "{alone}");
    let told = bot.answer(&question).await;
    assert!(!told.contains("ben@example.com"), "{told}");
    assert!(!is_told_in_channel(
        &bot,
        &question.channel,
        "ben@example.com"
    ));
    bot.finish().await;
}

#[tokio::test]
async fn where_no_direct_message_reaches_them_the_thread_says_so_and_nothing_of_it() {
    let bot = bot().await;
    super::will_look_and_say(&bot, &format!("Look: {SECRET}."));
    let refusal = Fault::json(200, &json!({"ok": false, "error": "cannot_dm_bot"}));
    // Behind the sign of life; with the thumbs, and without.
    bot.slack
        .faults()
        .after(1, "chat.postMessage", refusal.clone());
    bot.slack.faults().once("chat.postMessage", refusal);
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "What is the quote?").await;
    assert_snapshot!(bot.answer(&question).await, @"I have an answer for you alone, but Slack does not take my direct message: please allow direct messages from me, or ask whoever runs me, and then ask again.");
    assert!(
        bot.slack
            .thread(&question)
            .iter()
            .all(|one| !is_placeholder(one))
    );
    let direct = bot.slack.messages(&ada.direct_channel());
    let direct: Vec<String> = direct.iter().map(Message::visible_text).collect();
    assert!(!direct.join("\n").contains(SECRET), "{direct:#?}");
    bot.finish().await;
}

#[tokio::test]
async fn a_long_answer_is_all_there_once_and_shared_as_it_was_read() {
    let bot = bot().await;
    let lines: Vec<String> = (0..900)
        .map(|n| format!("Line {n} of the answer is here."))
        .collect();
    super::will_look_and_say(&bot, &lines.join("\n\n"));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Tell me everything").await;
    told_alone(&bot, &question).await;
    let direct = bot.slack.messages(&ada.direct_channel());
    let offer = direct.last().unwrap();
    ada.clicks(offer, "share").await;
    bot.slack
        .until("shared", |slack| {
            let all = slack.messages(&ada.direct_channel());
            all.last()
                .unwrap()
                .visible_text()
                .starts_with("You have shared")
        })
        .await;
    let said = thread(&bot, &question).join("\n");
    let told: Vec<String> = direct.iter().map(Message::visible_text).collect();
    let told = told.join("\n");
    for line in &lines {
        assert_eq!(said.matches(line.as_str()).count(), 1, "{line}");
        assert_eq!(told.matches(line.as_str()).count(), 1, "{line}");
    }
    bot.slack.read_all();
    bot.finish().await;
}
