//! What is being done is told where it takes its time: with cards where messages grow, and
//! in words where they do not.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};
use valet_sim::fault::Fault;
use valet_sim::router::Turn;
use valet_sim::slack::{Message, MessageRef};

use super::{growing, is_answered_by, lines};
use crate::approving::{TOOL, has_button, mail, next_card, rests};
use crate::bot::{Bot, Process, has_happened};

/// Every read is told of, and every word shown as it comes.
async fn bot() -> Bot {
    let bot = Bot::start_with_patience(|patience| {
        patience.tools = Duration::from_secs(2);
        patience.steps = Duration::ZERO;
        patience.words = Duration::ZERO;
    })
    .await;
    bot.connects("ada", "gmail").await;
    bot
}

/// The model looks for this in the mail; the vault takes its time.
fn will_look_for(bot: &Bot, query: &str) {
    let faults = bot.vault.faults();
    faults.once("/execute_tool", Fault::Stall);
    let query = json!({"query": query, "max_results": 5});
    bot.router.will_call("gmail_fetch_mails", &query);
}

async fn asks(bot: &Bot) -> MessageRef {
    let ada = bot.slack.person("ada");
    ada.mentions_in("general", "What about pricing?").await
}

/// The titles of the cards and how they stand.
fn cards(message: &Message) -> Vec<(String, String)> {
    let cards = message
        .blocks
        .iter()
        .filter(|one| one["type"] == "task_card");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    cards
        .map(|one| (text(&one["title"]["text"]), text(&one["status"])))
        .collect()
}

fn refused(code: &str) -> Fault {
    Fault::json(200, &json!({"ok": false, "error": code}))
}

#[tokio::test]
async fn what_takes_its_time_is_shown_as_a_card_above_the_answer() {
    let bot = bot().await;
    will_look_for(&bot, "pricing <!here>");
    bot.router.will_say("Nothing new.");
    let question = asks(&bot).await;
    bot.slack
        .until("a card", |slack| {
            growing(slack, &question).is_some_and(|one| !cards(&one).is_empty())
        })
        .await;
    let growing = growing(&bot.slack, &question).unwrap();
    let title = "Searching gmail for “pricing !here”".to_owned();
    assert_eq!(cards(&growing), [(title.clone(), "in_progress".to_owned())]);
    let answer = bot.answer_where(&question, "Nothing new.").await;
    assert_eq!(cards(&answer), [(title, "complete".to_owned())]);
    assert_snapshot!(answer.visible_text(), @"
    Searching gmail for “pricing !here”
    Nothing new.
    ");
    assert_eq!(
        bot.slack.requests("chat.startStream")[0]["task_display_mode"],
        "timeline"
    );
    assert_eq!(bot.slack.thread(&question).len(), 2);
    bot.finish().await;
}

impl Bot {
    /// The message in this thread that ends so and grows no more.
    async fn answer_where(&self, question: &MessageRef, end: &str) -> Message {
        let stands = |one: &Message| {
            one.root() == question.root() && !one.streaming && one.visible_text().ends_with(end)
        };
        self.slack
            .until("the answer", |slack| {
                slack.messages(&question.channel).iter().any(stands)
            })
            .await;
        self.slack
            .until("the rest is gone", |slack| {
                let all = slack.messages(&question.channel);
                all.iter()
                    .filter(|one| one.root() == question.root())
                    .count()
                    == 2
            })
            .await;
        let all = self.slack.messages(&question.channel);
        all.into_iter().find(stands).unwrap()
    }
}

#[tokio::test]
async fn several_turns_of_reads_stand_in_one_message_with_the_answer() {
    let bot = bot().await;
    let answer = lines(40).join("\n");
    will_look_for(&bot, "pricing");
    let query = json!({"query": "offers", "max_results": 5});
    bot.router.will_call("gmail_fetch_mails", &query);
    bot.router.expect(Turn::says(&answer));
    bot.vault.faults().once("/execute_tool", Fault::Stall);
    let question = asks(&bot).await;
    let whole = bot.answer_where(&question, &answer).await;
    let complete = |what: &str| {
        let title = format!("Searching gmail for “{what}”");
        (title, "complete".to_owned())
    };
    assert_eq!(cards(&whole), [complete("pricing"), complete("offers")]);
    assert_eq!(bot.slack.requests("chat.startStream").len(), 1);
    bot.slack.thread(&question);
    bot.finish().await;
}

#[tokio::test]
async fn where_nothing_grows_it_is_told_in_words() {
    for fault in [refused("channel_type_not_supported"), Fault::too_many(60)] {
        let bot = bot().await;
        bot.slack.faults().always("chat.startStream", fault);
        will_look_for(&bot, "pricing <!here>");
        bot.router.will_say("Nothing new.");
        let question = asks(&bot).await;
        bot.slack.next_reply(&question).await;
        let step = bot.slack.next_reply(&question).await.visible_text();
        assert_eq!(step, "Searching *gmail* for “pricing <!here>”…");
        assert_eq!(bot.answer(&question).await, "Nothing new.");
        bot.slack.thread(&question);
        bot.finish().await;
    }
}

#[tokio::test]
async fn whatever_becomes_of_the_cards_the_answer_is_there_once_and_nothing_spins() {
    for (name, fault) in [
        ("dead", refused("message_not_in_streaming_state")),
        ("stopped", refused("stopped_by_user")),
        ("limited", Fault::too_many(60)),
        ("cut", Fault::Cut),
        ("cut behind it", Fault::ActThenCut),
    ] {
        let bot = bot().await;
        bot.slack.faults().once("chat.appendStream", fault);
        will_look_for(&bot, "pricing");
        let answer = lines(40).join("\n");
        bot.router.expect(Turn::says(&answer));
        let question = asks(&bot).await;
        let whole = bot.answer_where(&question, &answer).await;
        for (_, status) in cards(&whole) {
            assert_eq!(status, "complete", "{name}");
        }
        assert_eq!(
            whole.visible_text().matches("Line 0 of").count(),
            1,
            "{name}"
        );
        bot.slack.thread(&question);
        bot.finish().await;
    }
}

#[tokio::test]
async fn killed_with_a_card_at_work_the_answer_takes_its_place() {
    let bot = Bot::world(|_| {}).await;
    let first = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    let answer = lines(40).join("\n");
    // Longer than two seconds, by which a service tells of it.
    bot.vault.faults().once("/execute_tool", Fault::Stall);
    let query = json!({"query": "pricing", "max_results": 5});
    bot.router.will_call("gmail_fetch_mails", &query);
    bot.slack
        .faults()
        .once("chat.startStream", Fault::ActThenStall);
    let question = asks(&bot).await;
    has_happened(bot.slack.faults()).await;
    first.kill();
    bot.router.will_say(&answer);
    let second = Process::serve(&bot.settings).await;
    super::becomes_whole(&bot, &question, &answer).await;
    second.stop().await;
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn nothing_grows_while_somebody_is_waited_for() {
    let bot = bot().await;
    will_look_for(&bot, "pricing");
    bot.router.will_call(TOOL, &mail("ben@example.com"));
    let question = asks(&bot).await;
    let card = next_card(&bot).await;
    rests(&bot, &question).await;
    bot.slack
        .until("nothing grows", |slack| {
            let all = slack.messages(&question.channel);
            let mut thread = all.iter().filter(|one| one.root() == question.root());
            thread.all(|one| !one.streaming && cards(one).is_empty())
        })
        .await;
    bot.router.will_say("Then not.");
    let ada = bot.slack.person("ada");
    ada.clicks(&card, "deny").await;
    bot.slack
        .next(|one| one.visible_text() == "Then not.")
        .await;
    assert!(!has_button(
        bot.slack.thread(&question).last().unwrap(),
        "approve"
    ));
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn an_account_that_is_missing_is_said_in_the_place_of_the_cards() {
    let bot = bot().await;
    will_look_for(&bot, "pricing");
    bot.router
        .will_call("connect_account", &json!({"connection": "github"}));
    let question = asks(&bot).await;
    bot.slack
        .until("what is waited for", |slack| {
            let all = slack.messages(&question.channel);
            all.iter()
                .any(|one| one.visible_text().contains("will answer here"))
        })
        .await;
    let ada = bot.slack.person("ada");
    ada.says_in_thread(&question, "stop").await;
    bot.slack
        .next(|one| one.visible_text().starts_with("Stopped"))
        .await;
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn words_before_a_call_and_cards_give_way_to_the_answer() {
    let bot = bot().await;
    let preamble = "Let me have a look at what is in your mail before I answer. ".repeat(3);
    let query = json!({"query": "pricing", "max_results": 5});
    bot.vault.faults().once("/execute_tool", Fault::Stall);
    bot.router
        .expect(Turn::calls("gmail_fetch_mails", &query).and_says(&preamble));
    let answer = lines(40).join("\n");
    bot.router.expect(Turn::says(&answer));
    let question = asks(&bot).await;
    let whole = bot.answer_where(&question, &answer).await;
    assert!(!whole.visible_text().contains("Let me have a look"));
    is_answered_by(&bot, &question, &whole.visible_text());
    bot.finish().await;
}
