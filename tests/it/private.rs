//! Answers that go to whoever asked alone, where the operator wants that, and are shared by
//! their own press.

mod asking;
mod forgotten;
mod killed;
mod remembered;
mod sharing;

use serde_json::json;
use valet_sim::slack::{Message, MessageRef};

use crate::bot::{Bot, is_placeholder};

/// Stands in Ada's mail, and nowhere else.
const SECRET: &str = "the-quote-is-4711";

fn policy(private_first: &str) -> String {
    format!("[answers]\nprivate_first = \"{private_first}\"\n")
}

/// Ada and Ben, where answers made with accounts go to whoever asked alone.
async fn bot() -> Bot {
    bot_under("channels").await
}

async fn bot_under(private_first: &str) -> Bot {
    let bot = Bot::start_with(|settings| settings.policy(&policy(private_first))).await;
    bot.connects("ada", "gmail").await;
    bot.connects("ben", "gmail").await;
    bot
}

/// The model looks into the mail, and says this.
fn will_look_and_say(bot: &Bot, answer: &str) {
    bot.router.will_call("gmail_get_profile", &json!({}));
    bot.router.will_say(answer);
}

/// Ada asks something in the channel and gets an answer with the secret, to her alone.
async fn asks(bot: &Bot) -> (MessageRef, Message) {
    will_look_and_say(bot, &format!("Look: {SECRET}."));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "What is the quote?").await;
    let answer = ada.next_dm().await;
    assert_eq!(answer.visible_text(), format!("Look: {SECRET}."));
    let offer = ada.next_dm().await;
    told_alone(bot, &question).await;
    (question, offer)
}

/// Comes back once the thread says that the answer went to its asker alone.
async fn told_alone(bot: &Bot, question: &MessageRef) {
    let told = bot.answer(question).await;
    assert!(
        told.starts_with("I have sent the answer to you alone"),
        "{told}"
    );
}

/// The texts that stand in this thread, without the question.
fn thread(bot: &Bot, question: &MessageRef) -> Vec<String> {
    let thread = bot.slack.thread(question);
    thread.iter().skip(1).map(Message::visible_text).collect()
}

/// All that was ever sent to the channel, whatever became of it.
fn is_told_in_channel(bot: &Bot, channel: &str, words: &str) -> bool {
    let requests = bot.slack.all_requests();
    let mut there = requests.iter().filter(|one| one.body["channel"] == channel);
    there.any(|one| one.body.to_string().contains(words))
}

fn shared(bot: &Bot, question: &MessageRef) -> Vec<String> {
    let mut there = bot.slack.messages(&question.channel);
    there.retain(|one| one.root() == question.root() && !is_placeholder(one));
    let shared = there.iter().map(Message::visible_text);
    shared.filter(|one| one.contains("shares what")).collect()
}
