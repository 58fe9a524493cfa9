//! A write needs the word of the person who asked, on exactly what it would do.

mod changing;
mod crowded;
mod deciding;
mod granting;
mod lapsing;
mod restarting;

use serde_json::{Value, json};
use valet_sim::router::Turn;
use valet_sim::slack::{Message, MessageRef};

use crate::bot::{Bot, impatient, is_placeholder};

pub const TOOL: &str = "gmail_send_message";

pub fn mail(to: &str) -> Value {
    json!({"to": to, "subject": "Lunch", "body": "At one?"})
}

/// Ada and her mailbox.
pub async fn ada() -> Bot {
    connected(Bot::start().await).await
}

/// The same where services fall silent.
pub async fn impatient_ada() -> Bot {
    connected(Bot::start_in(&impatient()).await).await
}

async fn connected(bot: Bot) -> Bot {
    bot.connects("ada", "gmail").await;
    bot
}

/// Ada asks for a mail to Ben, and gets a card.
pub async fn asks_for_a_mail(bot: &Bot) -> (MessageRef, Message) {
    bot.router.will_call(TOOL, &mail("ben@example.com"));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Invite Ben").await;
    let card = next_card(bot).await;
    (question, card)
}

/// The next card that waits for somebody.
pub async fn next_card(bot: &Bot) -> Message {
    bot.slack
        .next(|one| has_button(one, "approve") && one.revision == 0)
        .await
}

pub fn has_button(message: &Message, action: &str) -> bool {
    message.buttons().iter().any(|one| one.action_id == action)
}

/// What stands on a card now, once this stands there too. Times are left out.
pub async fn record(bot: &Bot, card: &Message, words: &str) -> String {
    let record = bot
        .slack
        .next(|one| {
            one.ts == card.ts && one.channel == card.channel && one.visible_text().contains(words)
        })
        .await;
    assert!(record.buttons().is_empty(), "{record:?}");
    timeless(&record.visible_text())
}

/// `23 November 2026 at 14:05 GMT` becomes `then`.
pub fn timeless(words: &str) -> String {
    let words: Vec<&str> = words.split(' ').collect();
    let (mut out, mut at): (Vec<String>, usize) = (Vec::new(), 0);
    while at < words.len() {
        let rest = &words[at..];
        let is_time = rest.len() > 5 && rest[3] == "at" && rest[4].contains(':');
        if is_time && rest[2].starts_with("20") {
            let zone = rest[5].trim_start_matches(|c: char| c.is_alphanumeric());
            let before = rest[0].trim_end_matches(|c: char| c.is_ascii_digit());
            out.push(format!("{before}then{zone}"));
            at += 6;
        } else {
            out.push(rest[0].to_owned());
            at += 1;
        }
    }
    out.join(" ")
}

/// The model says this, whatever came of its calls; its last result is to hold these words.
pub fn then_says(bot: &Bot, told: &'static str, answer: &'static str) {
    bot.router.will_do(move |asked| {
        let outcomes = asked.outcomes();
        let last = &outcomes.last().unwrap().content;
        assert!(last.contains(told), "{last}");
        Turn::says(answer)
    });
}

/// Comes back once nothing in this thread says that it is being worked on.
pub async fn rests(bot: &Bot, question: &MessageRef) {
    bot.slack
        .until("rest", |slack| {
            let thread = slack.messages(&question.channel);
            let mut thread = thread.iter().filter(|one| one.root() == question.root());
            !thread.any(is_placeholder)
        })
        .await;
}

/// The word of the bot in this thread that begins so, once it stands.
pub async fn said_below(bot: &Bot, thread: &MessageRef, words: &str) -> String {
    let said = bot
        .slack
        .next(|one| one.root() == thread.root() && one.visible_text().starts_with(words))
        .await;
    timeless(&said.visible_text())
}
