//! What a person who connects and disconnects does in Slack, besides asking.

use std::time::{Duration, Instant};

use valet_sim::slack::{Author, Message, Person};

use crate::town::Town;

/// How long somebody looks for a word before they go on; the reckoning at the end looks
/// for it without a limit.
const LOOKS: Duration = Duration::from_secs(12);
/// The same where it may never come, because of what was planted.
const LOOKS_PLANTED: Duration = Duration::from_secs(3);

/// Somebody, and where they stand in their direct messages.
pub struct Restless<'a> {
    pub town: &'a Town,
    pub person: Person,
    pub direct: String,
    /// Messages that had been there when they did the last thing.
    pub from: usize,
}

impl<'a> Restless<'a> {
    pub fn new(town: &'a Town, key: &str) -> Self {
        let person = town.slack.person(key);
        let direct = person.direct_channel();
        Self {
            town,
            person,
            direct,
            from: 0,
        }
    }

    /// Begins something: what they read from here on is new to them.
    pub fn begins(&mut self) {
        self.from = self.town.slack.look(&self.direct, <[Message]>::len);
    }

    /// Types a command, and waits for the word on it.
    pub async fn types(&mut self, command: &str, text: &str) {
        self.begins();
        let in_public = self.town.slack.look("general", <[Message]>::len);
        self.town.counts.commands.add();
        let answer = self.person.command(command, text, "general").await;
        self.waits_for_a_word(answer.status, in_public).await;
    }

    /// Presses a button of theirs, and waits for the word on it.
    pub async fn presses(&mut self, message: &Message, action: &str) {
        self.begins();
        let in_public = self.town.slack.look("general", <[Message]>::len);
        self.town.counts.clicks.add();
        let clicked = self.person.clicks(message, action).await;
        self.waits_for_a_word(clicked.status, in_public).await;
    }

    /// Presses a button whose word is a link, which is counted among the links.
    pub async fn presses_for_a_link(&mut self, message: &Message, action: &str) {
        self.begins();
        self.town.counts.clicks.add();
        self.person.clicks(message, action).await;
    }

    async fn waits_for_a_word(&self, status: Option<u16>, in_public: usize) {
        self.town.book.obeyed(&self.person.key, status);
        if status != Some(200) {
            return;
        }
        let alone = |one: &Message| one.ephemeral_for.as_deref() == Some(&self.person.id);
        self.looks_for(|who| {
            let there = who.town.slack.look("general", |messages| {
                let since = messages.get(in_public..).unwrap_or_default();
                since.iter().any(alone)
            });
            (there || who.newest(is_word).is_some()).then_some(())
        })
        .await;
    }

    /// The link they were sent since they began.
    pub async fn link(&self) -> Option<String> {
        self.looks_for(|who| {
            let found = who.newest(is_link)?;
            found.buttons().into_iter().find_map(|button| button.url)
        })
        .await
    }

    /// The newest message since they began that is such a one.
    pub fn newest(&self, is: impl Fn(&Message) -> bool) -> Option<Message> {
        self.town.slack.look(&self.direct, |messages| {
            let since = messages.get(self.from..).unwrap_or_default();
            since.iter().rev().find(|one| is(one)).cloned()
        })
    }

    /// The newest of all with this button.
    pub fn newest_with(&self, action: &str) -> Option<Message> {
        let has = |one: &&Message| {
            one.buttons()
                .iter()
                .any(|button| button.action_id == action)
        };
        self.town.slack.look(&self.direct, |messages| {
            messages.iter().rev().find(has).cloned()
        })
    }

    /// What `look` finds, or nothing after a while.
    pub async fn looks_for<T>(&self, look: impl Fn(&Self) -> Option<T>) -> Option<T> {
        let looks = match self.town.plant {
            Some(_) => LOOKS_PLANTED,
            None => LOOKS,
        };
        let began = Instant::now();
        while began.elapsed() < looks {
            if let Some(found) = look(self) {
                return Some(found);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        None
    }

    pub fn is_over(&self) -> bool {
        self.town.is_closing()
    }
}

/// A direct message with a link to connect.
pub fn is_link(one: &Message) -> bool {
    let links = ["button below, and I will", "button below. The button"];
    one.author == Author::TheBot && links.iter().any(|words| one.text.contains(words))
}

/// A direct message on how connecting ended well.
pub fn is_connected(one: &Message) -> bool {
    one.author == Author::TheBot && one.text.contains(" is connected")
}

/// A direct message on how it did not.
pub fn is_failed(one: &Message) -> bool {
    one.author == Author::TheBot && one.text.contains("could not be connected")
}

/// A word on a command or a click, where it could not be said in the channel.
pub fn is_word(one: &Message) -> bool {
    one.author == Author::TheBot
        && one.thread_ts.is_none()
        && !is_link(one)
        && !is_connected(one)
        && !is_failed(one)
}
