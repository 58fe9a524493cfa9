//! The state of the simulated Slack, and the few ways to change it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::SlackSetup;
use super::message::{Author, Message};
use super::state::{Request, ResponseUrl, State, Trigger};
use super::workspace::ACME;

/// What everything shares: the servers' routes, the people's handles, the story.
pub(crate) struct World {
    pub(crate) setup: SlackSetup,
    pub(crate) http: reqwest::Client,
    pub(crate) url: OnceLock<String>,
    state: Mutex<State>,
    changes: watch::Sender<u64>,
    /// Seconds the clock is ahead.
    offset: AtomicI64,
    /// Deliveries nobody waits for.
    background: Mutex<JoinSet<()>>,
}

impl World {
    pub(crate) fn new(setup: SlackSetup, http: reqwest::Client) -> Self {
        let state = State::new(&setup.bot_token, &setup.app_token);
        Self {
            setup,
            http,
            url: OnceLock::new(),
            state: Mutex::new(state),
            changes: watch::Sender::new(0),
            offset: AtomicI64::new(0),
            background: Mutex::new(JoinSet::new()),
        }
    }

    /// Held for a few lines, never across an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A story that failed while it held the lock is told as it stood.
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn url(&self) -> &str {
        self.url.get().expect("set before the first request")
    }

    pub(crate) fn set_offset(&self, seconds: i64) {
        self.offset.store(seconds, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Timestamp {
        let ahead = self.offset.load(Ordering::SeqCst);
        self.setup.now.get() + jiff::SignedDuration::from_secs(ahead)
    }

    pub(crate) fn seconds(&self) -> i64 {
        self.now().as_second()
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Tell everybody who waits that something can be seen.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|seen| *seen += 1);
    }

    /// A number nobody had before.
    pub(crate) fn number(&self) -> u64 {
        let mut state = self.state();
        state.counter += 1;
        state.counter
    }

    /// A time stamp nobody had before, later than all others.
    pub(crate) fn next_ts(&self) -> String {
        let now = self.now().as_microsecond();
        let mut state = self.state();
        state.last_ts = now.max(state.last_ts + 1);
        let ts = state.last_ts;
        drop(state);
        format!("{}.{:06}", ts / 1_000_000, ts % 1_000_000)
    }

    pub(crate) fn note_request(&self, method: &str, body: Value) {
        self.state().requests.push(Request {
            method: method.to_owned(),
            body,
        });
        self.changed();
    }

    pub(crate) fn note_violation(&self, violation: String) {
        self.state().violations.push(violation);
        self.changed();
    }

    /// Does this on the side, until it is done or the world ends.
    pub(crate) fn on_the_side(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut background = self.background.lock().expect("not poisoned");
        while background.try_join_next().is_some() {}
        background.spawn(task);
    }

    pub(crate) fn end(&self) {
        if let Ok(mut background) = self.background.lock() {
            background.abort_all();
        }
    }

    /// A one-time ticket to open a modal for this person, good for three seconds.
    pub(crate) fn trigger(&self, user: &str) -> String {
        let trigger = format!("{}.1.canarytrigger", self.number());
        let known = Trigger {
            user: user.to_owned(),
            ends: self.seconds() + 3,
        };
        self.state().triggers.insert(trigger.clone(), known);
        trigger
    }

    /// An address that answers in this channel, five times within half an hour.
    pub(crate) fn response_url(&self, channel: &str, user: &str, message: Option<&str>) -> String {
        let key = format!("canary-response-{}", self.number());
        let url = format!("{}/response/{key}", self.url());
        let known = ResponseUrl {
            channel: channel.to_owned(),
            user: user.to_owned(),
            message: message.map(str::to_owned),
            expires: self.seconds() + 1800,
            uses: 0,
        };
        self.state().response_urls.insert(key, known);
        url
    }

    /// Puts a message into its channel.
    pub(crate) fn post(&self, draft: Draft) -> Message {
        let ts = self.next_ts();
        let message = {
            let mut state = self.state();
            let team = match state.person(draft.author.user()) {
                Some(profile) => profile.team.clone(),
                None => ACME.to_owned(),
            };
            let message = Message {
                channel: draft.channel,
                ts,
                thread_ts: draft.thread_ts,
                user: draft.author.user().to_owned(),
                author: draft.author,
                team,
                text: draft.text,
                blocks: named(draft.blocks),
                metadata: draft.metadata,
                edited: false,
                ephemeral_for: draft.ephemeral_for,
                streaming: draft.streaming,
                reactions: Vec::new(),
                revision: 0,
                names: state.names.clone(),
            };
            if message.author == Author::TheBot {
                state.unread.push_back(message.clone());
            }
            let channel = message.channel.clone();
            state
                .messages
                .entry(channel)
                .or_default()
                .push(message.clone());
            message
        };
        self.changed();
        message
    }

    /// Changes a message; what the bot changed is to be read again.
    pub(crate) fn change(
        &self,
        channel: &str,
        ts: &str,
        change: impl FnOnce(&mut Message),
    ) -> Option<Message> {
        let changed = {
            let mut state = self.state();
            let message = state.message_mut(channel, ts)?;
            change(message);
            message.revision += 1;
            message.blocks = named(std::mem::take(&mut message.blocks));
            let message = message.clone();
            if message.author == Author::TheBot {
                state.unread.push_back(message.clone());
            }
            message
        };
        self.changed();
        Some(changed)
    }

    /// Lets a stream grow: one reading of all that came since it was last read.
    pub(crate) fn grow(
        &self,
        stream: &Message,
        change: impl FnOnce(&mut Message),
    ) -> Option<Message> {
        {
            let mut state = self.state();
            state
                .unread
                .retain(|one| one.channel != stream.channel || one.ts != stream.ts);
        }
        self.change(&stream.channel, &stream.ts, change)
    }

    /// Sticks a reaction to a message; nobody has to read it.
    pub(crate) fn react(&self, channel: &str, ts: &str, name: &str) {
        if let Some(message) = self.state().message_mut(channel, ts) {
            message.reactions.push(name.to_owned());
        }
        self.changed();
    }

    /// Takes a message away; nobody can read it any more.
    pub(crate) fn remove(&self, channel: &str, ts: &str) -> Option<Message> {
        let removed = {
            let mut state = self.state();
            state
                .unread
                .retain(|one| one.channel != channel || one.ts != ts);
            let messages = state.messages.get_mut(channel)?;
            let at = messages.iter().rposition(|one| one.ts == ts)?;
            messages.remove(at)
        };
        self.changed();
        Some(removed)
    }
}

/// A message about to be posted.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) channel: String,
    pub(crate) thread_ts: Option<String>,
    pub(crate) author: Author,
    pub(crate) text: String,
    pub(crate) blocks: Vec<Value>,
    pub(crate) metadata: Option<Value>,
    pub(crate) ephemeral_for: Option<String>,
    pub(crate) streaming: bool,
}

impl Draft {
    pub(crate) fn new(channel: &str, author: Author, text: &str) -> Self {
        Self {
            channel: channel.to_owned(),
            thread_ts: None,
            author,
            text: text.to_owned(),
            blocks: Vec::new(),
            metadata: None,
            ephemeral_for: None,
            streaming: false,
        }
    }
}

/// Slack names the blocks and actions that came without a name.
pub(crate) fn named(mut blocks: Vec<Value>) -> Vec<Value> {
    for (at, block) in blocks.iter_mut().enumerate() {
        // On a markdown block an id is ignored.
        if block["type"] == "markdown" {
            if let Some(fields) = block.as_object_mut() {
                fields.shift_remove("block_id");
            }
        } else if block["block_id"].is_null() {
            block["block_id"] = json!(format!("b{at}"));
        }
        if let Some(elements) = block["elements"].as_array_mut() {
            for (nth, element) in elements.iter_mut().enumerate() {
                if element["type"] == "button" && element["action_id"].is_null() {
                    element["action_id"] = json!(format!("a{at}{nth}"));
                }
            }
        }
    }
    blocks
}

/// Spares the handles a generic parameter.
pub(crate) type Shared = Arc<World>;
