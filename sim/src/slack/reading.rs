//! Reading what the bot said. Every state of every message of the bot is to be read by
//! the story; reading waits for it, so no story sleeps.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

use super::Slack;
use super::message::{Author, Message, visible};
use super::person::{MessageRef, Person};
use super::world::World;

/// How long a story waits for words that should come.
const GUARD: Duration = Duration::from_secs(20);

impl World {
    /// What `look` finds, as soon as it finds something.
    pub(crate) async fn wait<T: Send>(
        &self,
        wanted: &str,
        mut look: impl FnMut(&Self) -> Option<T> + Send,
    ) -> T {
        let mut changes = self.changes();
        let found = async {
            loop {
                changes.borrow_and_update();
                if let Some(found) = look(self) {
                    return found;
                }
                if changes.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        let found = tokio::time::timeout(GUARD, found).await.ok();
        found.unwrap_or_else(|| panic!("waited in vain for {wanted}; {}", self.printout()))
    }

    /// The first unread word of the bot that is wanted; now it is read.
    pub(crate) async fn read(
        &self,
        wanted: &str,
        is: impl Fn(&Message) -> bool + Send + Sync,
    ) -> Message {
        self.wait(wanted, |world| {
            let mut state = world.state();
            let at = state.unread.iter().position(&is)?;
            state.unread.remove(at)
        })
        .await
    }

    /// All there is, for somebody who has to find out why a story failed.
    pub(crate) fn printout(&self) -> String {
        let state = self.state();
        let mut out = "here is all there is\n".to_owned();
        for channel in &state.channels {
            for one in state.messages.get(&channel.id).into_iter().flatten() {
                let unread = state
                    .unread
                    .iter()
                    .any(|unread| unread.channel == one.channel && unread.ts == one.ts);
                let _ = writeln!(
                    out,
                    "{}{} {}{}{}{}: {}",
                    if one.thread_ts.is_some() { "    " } else { "" },
                    channel.id,
                    one.ts,
                    if unread { " UNREAD" } else { "" },
                    one.ephemeral_for
                        .as_ref()
                        .map_or_else(String::new, |user| format!(" (only {user})")),
                    format_args!(" {}", state.names.of(&one.user)),
                    one.visible_text(),
                );
            }
        }
        let _ = writeln!(out, "violations: {:#?}", state.violations);
        let _ = writeln!(out, "unexpected: {:#?}", state.unexpected);
        for one in state.deliveries.iter().rev().take(10).rev() {
            let _ = writeln!(
                out,
                "delivered {} {} (retry {}): {:?} {:?}",
                one.path,
                one.event_id.as_deref().unwrap_or(""),
                one.retry,
                one.delivered.status,
                one.delivered.failure,
            );
        }
        let methods: Vec<&str> = state
            .requests
            .iter()
            .map(|one| one.method.as_str())
            .collect();
        let _ = writeln!(out, "requests: {methods:?}");
        out
    }
}

impl Slack {
    /// The next unread word of the bot for which this holds.
    pub async fn next(&self, is: impl Fn(&Message) -> bool + Send + Sync) -> Message {
        self.world.read("a message", is).await
    }

    /// The next unread word of the bot in this thread that everybody sees: a new
    /// message, or a change of one.
    pub async fn next_reply(&self, to: &MessageRef) -> Message {
        self.world
            .read("a reply", |one| {
                one.ephemeral_for.is_none() && to.heads(one)
            })
            .await
    }

    /// The answer to this, once it is more than a placeholder and no longer streaming.
    /// What stood in its place before counts as read.
    pub async fn final_answer(
        &self,
        to: &MessageRef,
        is_placeholder: impl Fn(&Message) -> bool + Send + Sync,
    ) -> Message {
        self.world
            .wait("the final answer", |world| {
                let mut state = world.state();
                let found = state
                    .unread
                    .iter()
                    .map(|one| (one.channel.clone(), one.ts.clone()))
                    .filter_map(|(channel, ts)| state.message(&channel, &ts))
                    .find(|one| {
                        one.ephemeral_for.is_none()
                            && to.heads(one)
                            && one.ts > to.ts
                            && !one.streaming
                            && !is_placeholder(one)
                    })
                    .cloned()?;
                state
                    .unread
                    .retain(|one| one.channel != found.channel || one.ts != found.ts);
                Some(found)
            })
            .await
    }

    /// The whole thread as it stands, people's words included; now it is read.
    pub fn thread(&self, of: &MessageRef) -> Vec<Message> {
        let mut state = self.world.state();
        state.unread.retain(|one| !of.heads(one));
        state.thread(&of.channel, of.root())
    }

    /// All messages of a channel, by its name or id; this reads nothing.
    pub fn messages(&self, channel: &str) -> Vec<Message> {
        let state = self.world.state();
        let id = state.channel_named(channel).map(|one| one.id.clone());
        id.and_then(|id| state.messages.get(&id).cloned())
            .unwrap_or_default()
    }

    /// Looks at all messages of a channel, by its name or id, without taking a copy of
    /// them. Slack stands still meanwhile.
    pub fn look<T>(&self, channel: &str, look: impl FnOnce(&[Message]) -> T) -> T {
        let state = self.world.state();
        let id = state.channel_named(channel).map(|one| one.id.as_str());
        let messages = id.and_then(|id| state.messages.get(id));
        look(messages.map_or(&[], Vec::as_slice))
    }

    /// What the bot said and nobody read.
    pub fn unread(&self) -> Vec<Message> {
        self.world.state().unread.iter().cloned().collect()
    }

    /// Takes everything as read.
    pub fn read_all(&self) {
        self.world.state().unread.clear();
    }

    /// Waits until this holds of the whole of Slack.
    pub async fn until(&self, wanted: &str, holds: impl Fn(&Self) -> bool + Send + Sync) {
        self.world.wait(wanted, |_| holds(self).then_some(())).await;
    }
}

impl Person {
    /// The next unread word of the bot in this person's direct messages.
    pub async fn next_dm(&self) -> Message {
        let channel = self.direct_channel();
        self.world
            .read("a direct message", |one| one.channel == channel)
            .await
    }

    /// The next unread word that only this person sees.
    pub async fn next_ephemeral(&self) -> Message {
        self.world
            .read("an ephemeral message", |one| {
                one.ephemeral_for.as_deref() == Some(&self.id)
            })
            .await
    }

    /// This person's App Home, if it was ever published; this reads nothing.
    pub fn home(&self) -> Option<Value> {
        self.world.state().homes.get(&self.id).cloned()
    }

    /// This person's App Home once it was published again, as `views.publish` sent it.
    pub async fn next_home(&self) -> Value {
        self.world
            .wait("a home", |world| {
                let mut state = world.state();
                state
                    .unread_homes
                    .remove(&self.id)
                    .then(|| state.homes.get(&self.id).cloned().unwrap_or_default())
            })
            .await
    }

    /// This person's App Home as it stands, as a person reads it.
    pub fn home_text(&self) -> Option<String> {
        let state = self.world.state();
        let blocks = state.homes.get(&self.id)?["blocks"].as_array()?;
        Some(visible(blocks, &state.names))
    }
}

impl MessageRef {
    /// This word of the bot belongs to the thread.
    fn heads(&self, one: &Message) -> bool {
        one.author == Author::TheBot && one.channel == self.channel && one.root() == self.root()
    }
}
