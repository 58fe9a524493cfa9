//! How Valet behaves in Slack beside what it says: what Slack shows of a thread, and what
//! people can do there without a word.

mod feedback;
mod sessions;
mod steering;
mod stopping;

use serde_json::Value;
use valet_sim::router::{Gate, Turn};
use valet_sim::slack::{MessageRef, Slack};

use crate::bot::Bot;

/// Ada and her mailbox, with patience for a router that is held back.
pub async fn ada() -> Bot {
    let bot = Bot::start_with_room(|_| {}).await;
    bot.connects("ada", "gmail").await;
    bot
}

/// The model will say this once the gate is open.
pub fn will_say_after(bot: &Bot, gate: &Gate, words: &str) {
    bot.router.expect(Turn::says(words).held_by(gate));
}

/// Comes back once Slack shows the thread so.
pub async fn stands(bot: &Bot, thread: &MessageRef, status: &str) {
    let is_so = |slack: &Slack| {
        slack
            .session(thread)
            .is_some_and(|one| one.status == status)
    };
    bot.slack.until(status, is_so).await;
}

/// What Slack was told of sessions, in order.
pub fn told(bot: &Bot) -> Vec<String> {
    let told = bot.slack.requests("agents.sessions.setStatus");
    let status = |one: &Value| one["status"].as_str().unwrap().to_owned();
    told.iter().map(status).collect()
}
