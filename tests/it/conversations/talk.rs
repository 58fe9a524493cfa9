//! A conversation, written down as people read it.

use valet_sim::slack::{Message, MessageRef};

use crate::approving::{has_button, next_card, record, timeless};
use crate::bot::{Bot, is_placeholder};

pub struct Talk<'a> {
    bot: &'a Bot,
    thread: Option<MessageRef>,
    lines: Vec<String>,
}

impl<'a> Talk<'a> {
    pub fn of(bot: &'a Bot) -> Self {
        Self {
            bot,
            thread: None,
            lines: Vec::new(),
        }
    }

    /// Mentions the bot in the thread, or begins one in the channel.
    pub async fn says(&mut self, who: &str, words: &str) {
        let person = self.bot.slack.person(who);
        self.lines.push(format!("{who}: {words}"));
        match &self.thread {
            Some(thread) => drop(person.says_in_thread(thread, words).await),
            None => self.thread = Some(person.mentions_in("general", words).await),
        }
    }

    /// Says it to the bot alone, and goes on there.
    pub async fn whispers(&mut self, who: &str, words: &str) {
        self.lines
            .push(format!("{who}, in a direct message: {words}"));
        self.thread = Some(self.bot.slack.person(who).direct(words).await);
    }

    /// The next word of the bot in this thread that is no card.
    pub async fn hears(&mut self) {
        let thread = self.thread.clone().unwrap();
        let is_answer = |one: &Message| {
            let words = one.visible_text();
            one.root() == thread.root()
                && !one.streaming
                && !is_placeholder(one)
                && !words.contains("may I do this?")
                && !words.contains("wait for your word")
        };
        let answer = self.bot.slack.next(is_answer).await;
        self.lines
            .push(format!("valet: {}", timeless(&answer.visible_text())));
    }

    pub async fn asks_and_hears(&mut self, who: &str, words: &str) {
        self.says(who, words).await;
        self.hears().await;
    }

    /// The next card.
    pub async fn is_asked(&mut self) -> Message {
        let card = next_card(self.bot).await;
        assert!(has_button(&card, "deny"));
        self.lines
            .push(format!("valet: {}", timeless(&card.visible_text())));
        card
    }

    /// Presses this, after which these words stand on the card.
    pub async fn presses(&mut self, who: &str, (card, button): (&Message, &str), words: &str) {
        self.bot.slack.person(who).clicks(card, button).await;
        self.lines.push(format!("{who} presses {button}"));
        self.card_becomes(card, words).await;
    }

    pub async fn card_becomes(&mut self, card: &Message, words: &str) {
        let record = record(self.bot, card, words).await;
        let last = record.lines().last().unwrap_or_default().to_owned();
        self.lines.push(format!("the card: {last}"));
    }

    /// Somebody else does something meanwhile.
    pub fn happens(&mut self, what: &str) {
        self.lines.push(format!("({what})"));
    }

    pub fn transcript(self) -> String {
        self.bot.slack.read_all();
        self.lines.join("\n\n")
    }
}
