//! An answer is shown while it is written, and in the end it is all there, once.

mod dying;
mod killed;
mod safe;
mod steps;
mod stopped;

use std::time::Duration;

use serde_json::Value;
use valet_sim::router::{Gate, Turn};
use valet_sim::slack::{Message, MessageRef};

use crate::bot::{Bot, LONG, Settings, is_placeholder};

/// Shows words at once, and waits for a model whose words are held back.
async fn bot_with(settings: impl FnOnce(&mut Settings)) -> Bot {
    bot_with_slack(LONG, settings).await
}

/// The same, and it waits so long for Slack.
async fn bot_with_slack(slack: Duration, settings: impl FnOnce(&mut Settings)) -> Bot {
    let bot = Bot::start_with_both(settings, |patience| {
        patience.slack = slack;
        patience.words = Duration::ZERO;
        patience.router = Duration::from_mins(1);
        patience.reply = Duration::from_mins(1);
    })
    .await;
    bot.connects("ada", "gmail").await;
    bot
}

async fn bot() -> Bot {
    bot_with(|_| {}).await
}

/// So many numbered sentences.
fn lines(count: usize) -> Vec<String> {
    (0..count)
        .map(|n| format!("Line {n} of the answer is here."))
        .collect()
}

/// The message that grows in the thread of this question, once it begins like this.
async fn grows(bot: &Bot, question: &MessageRef, beginning: &str) -> Message {
    bot.slack
        .until("a stream", |slack| {
            let there = growing(slack, question);
            there.is_some_and(|one| one.visible_text().starts_with(beginning))
        })
        .await;
    growing(&bot.slack, question).expect("it was there")
}

fn growing(slack: &valet_sim::slack::Slack, question: &MessageRef) -> Option<Message> {
    let messages = slack.messages(&question.channel);
    messages.into_iter().find(|one| one.streaming)
}

/// How often each of these methods was called since.
fn calls(bot: &Bot) -> Vec<String> {
    let requests = bot.slack.all_requests();
    requests
        .into_iter()
        .map(|one| one.method)
        .filter(|method| method.starts_with("chat."))
        .collect()
}

/// Waits until so many messages stand below the question: a sign of life goes after the word
/// has come.
async fn has_below(bot: &Bot, question: &MessageRef, count: usize) {
    bot.slack
        .until("the word alone", |slack| {
            let there = slack.messages(&question.channel);
            let below = there.iter().filter(|one| {
                one.thread_ts.as_ref() == Some(&question.ts) && one.ts != question.ts
            });
            below.count() == count
        })
        .await;
}

/// Waits for the word that it has stopped, where the stream was, and until with it so many
/// messages stand below the question.
async fn is_stopped(bot: &Bot, question: &MessageRef, count: usize) {
    let stopped = bot
        .slack
        .next(|one| one.visible_text().starts_with("Stopped"))
        .await;
    assert!(!stopped.streaming);
    has_below(bot, question, count).await;
}

/// Waits until the question and one message stand there, which says all of this.
async fn becomes_whole(bot: &Bot, question: &MessageRef, answer: &str) {
    bot.slack
        .until("the whole answer", |slack| {
            let there = slack.messages(&question.channel);
            let mut said = there.iter().filter(|one| {
                one.thread_ts.as_ref() == Some(&question.ts) && one.ts != question.ts
            });
            let whole = said
                .next()
                .is_some_and(|one| !one.streaming && one.visible_text() == answer);
            whole && said.next().is_none()
        })
        .await;
    is_answered_by(bot, question, answer);
}

/// The question and one message, which says this, and is an ordinary message by now.
fn is_answered_by(bot: &Bot, question: &MessageRef, answer: &str) {
    let thread = bot.slack.thread(question);
    assert_eq!(thread.len(), 2, "{thread:#?}");
    assert_eq!(thread[1].visible_text(), answer);
    assert!(!thread[1].streaming);
}

fn texts_of(requests: &[Value]) -> String {
    requests
        .iter()
        .filter_map(|one| one["chunks"][0]["text"].as_str())
        .collect()
}

#[tokio::test]
async fn an_answer_is_shown_while_it_is_written() {
    let bot = bot().await;
    let gate = Gate::closed();
    let answer = lines(40).join("\n");
    bot.router.expect(Turn::says(&answer).held_midway_by(&gate));
    let before = calls(&bot).len();
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Tell me everything").await;

    let half = grows(&bot, &question, "Line 0 of the answer is here.\nLine 1 of").await;
    assert!(answer.starts_with(half.visible_text().trim_end()));
    gate.open();

    assert_eq!(bot.answer(&question).await, answer);
    bot.slack
        .until("the placeholder is gone", |slack| {
            slack
                .messages(&question.channel)
                .iter()
                .all(|one| !is_placeholder(one))
        })
        .await;
    is_answered_by(&bot, &question, &answer);
    let made = calls(&bot).split_off(before);
    assert_eq!(
        made.iter()
            .filter(|one| *one != "chat.appendStream")
            .collect::<Vec<_>>(),
        [
            "chat.postMessage",
            "chat.startStream",
            "chat.delete",
            "chat.stopStream"
        ]
    );
    let starts = bot.slack.requests("chat.startStream");
    assert_eq!(starts[0]["recipient_user_id"], "U0ADA");
    assert_eq!(starts[0]["recipient_team_id"], "T0ACME");
    bot.finish().await;
}

#[tokio::test]
async fn it_comes_in_few_pieces_and_not_word_by_word() {
    let bot = bot().await;
    let answer = lines(200).join("\n");
    bot.router.will_say(&answer);
    let ada = bot.slack.person("ada");
    let question = ada.direct("Tell me everything").await;
    assert_eq!(bot.answer(&question).await, answer);
    let appended = bot.slack.requests("chat.appendStream");
    assert!(appended.len() <= answer.len() / 256, "{}", appended.len());
    for piece in &appended {
        assert!(texts_of(std::slice::from_ref(piece)).len() >= 256);
    }
    bot.slack.thread(&question);
    bot.finish().await;
}

#[tokio::test]
async fn a_few_words_take_no_more_calls_than_they_always_did() {
    let bot = bot().await;
    bot.router.will_say("You are **Ada**.");
    let before = calls(&bot).len();
    let question = bot.slack.person("ada").direct("Who am I?").await;
    assert_eq!(bot.answer(&question).await, "You are **Ada**.");
    let made = calls(&bot).split_off(before);
    assert_eq!(made, ["chat.postMessage", "chat.update"]);
    bot.slack.thread(&question);
    bot.finish().await;
}

#[tokio::test]
async fn words_before_a_call_give_way_to_the_answer() {
    let bot = bot().await;
    let preamble = "Let me have a look at who you are in your mail before I answer. ".repeat(3);
    let gate = Gate::closed();
    bot.router
        .expect(Turn::calls("gmail_get_profile", &serde_json::json!({})).and_says(&preamble));
    let answer = lines(30).join("\n");
    bot.router.expect(Turn::says(&answer).held_midway_by(&gate));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Who am I?").await;
    grows(&bot, &question, "Line 0").await;
    gate.open();
    bot.slack
        .until("the answer", |slack| growing(slack, &question).is_none())
        .await;
    is_answered_by(&bot, &question, &answer);
    bot.finish().await;
}

#[tokio::test]
async fn what_the_model_says_anew_takes_the_place_of_what_was_shown() {
    use valet_sim::router::Form;
    let bot = bot().await;
    let gate = Gate::closed();
    let first = lines(30).join("\n");
    bot.router.expect(
        Turn::says(&first)
            .in_form(Form::CutMidway)
            .held_midway_by(&gate),
    );
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Tell me").await;
    grows(&bot, &question, "Line 0").await;
    // The same request asked again gets the turn whole.
    gate.open();
    assert_eq!(bot.answer(&question).await, first);
    is_answered_by(&bot, &question, &first);
    bot.finish().await;
}

#[tokio::test]
async fn stop_ends_what_grows() {
    let bot = bot().await;
    let gate = Gate::closed();
    bot.router
        .expect(Turn::says(lines(40).join("\n")).held_midway_by(&gate));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Tell me everything").await;
    grows(&bot, &question, "Line 0").await;
    ada.says_in_thread(&question, "stop").await;
    // What she said, and the word on it.
    is_stopped(&bot, &question, 2).await;
    gate.open();
    bot.slack.thread(&question);
    bot.finish().await;
}

#[tokio::test]
async fn a_very_long_answer_with_tables_and_code_is_all_there_once() {
    let bot = bot().await;
    // Few spaces: the model streams word by word.
    let section = |n: usize| {
        let rows: Vec<String> = (0..6).map(|row| format!("|cell-{n}-{row}|`x`|")).collect();
        format!(
            "## Part-{n}-{}\n\n|what|how|\n|---|---|\n{}\n\n```rust\nlet part_{n}=\"<&>\";\n```\n\nWords-of-part-{n} with [a-link](https://a.example/{n}).",
            "long-".repeat(16),
            rows.join("\n")
        )
    };
    let sections: Vec<String> = (0..170).map(section).collect();
    let answer = sections.join("\n\n");
    assert!(answer.len() > 40_000);
    bot.router.will_say(&answer);
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Tell me everything").await;
    bot.slack
        .until("the last words", |slack| {
            let said = slack.messages(&question.channel);
            said.iter()
                .any(|one| one.visible_text().contains("Words-of-part-169"))
        })
        .await;
    let thread = bot.slack.thread(&question);
    let said: Vec<String> = thread.iter().skip(1).map(Message::visible_text).collect();
    let said = said.join("\n");
    for n in 0..170 {
        for once in [
            format!("## Part-{n}-long"),
            format!("let part_{n}="),
            format!("Words-of-part-{n} with"),
            format!("|cell-{n}-5|"),
        ] {
            assert_eq!(said.matches(&once).count(), 1, "{once}");
        }
    }
    assert_eq!(
        bot.slack.requests("chat.update").len(),
        0,
        "it was all shown as it came"
    );
    bot.finish().await;
}
