//! What the simulated Slack remembers.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Instant;

use serde_json::Value;

use super::deliver::{Delivery, RetryPolicy};
use super::message::Message;
use super::openid::OpenId;
use super::socket::SocketState;
use super::workspace::{self, Channel, Names, Profile, Team};

/// A request the app sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// `chat.postMessage`, or a path such as `openid/connect/keys`.
    pub method: String,
    pub body: Value,
}

/// What can be switched on and off in the middle of a story.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for itself")]
pub(crate) struct Switches {
    pub(crate) agents: bool,
    pub(crate) consent_page: bool,
    pub(crate) echoes: bool,
    pub(crate) failed_deliveries_expected: bool,
    pub(crate) unfinished_expected: bool,
    pub(crate) rate_limits: bool,
    pub(crate) streams: bool,
    pub(crate) twins: bool,
}

#[derive(Debug)]
pub(crate) struct ResponseUrl {
    pub(crate) channel: String,
    pub(crate) user: String,
    /// The message a pressed button belongs to.
    pub(crate) message: Option<String>,
    /// Seconds.
    pub(crate) expires: i64,
    pub(crate) uses: u32,
}

/// A one-time ticket to open a modal.
#[derive(Debug)]
pub(crate) struct Trigger {
    pub(crate) user: String,
    /// Seconds.
    pub(crate) ends: i64,
}

/// A modal that was opened.
#[derive(Debug, Clone)]
pub(crate) struct Modal {
    /// Who sees it.
    pub(crate) user: String,
    pub(crate) view: Value,
    /// Neither sent nor closed.
    pub(crate) open: bool,
}

/// A conversation the app declared to be a session of an agent.
#[derive(Debug, Clone, Default)]
pub struct Session {
    pub status: String,
    pub title: Option<String>,
    /// For whom it began.
    pub initiator: Option<String>,
    /// When its status was said last, in seconds.
    pub(crate) said_at: i64,
}

#[derive(Debug)]
pub(crate) struct Stream {
    /// Seconds.
    pub(crate) started: i64,
    pub(crate) state: StreamState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StreamState {
    Open,
    Stopped,
    StoppedByUser,
}

/// What a token may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    Bot,
    /// Of this person, from Sign in with Slack.
    SignIn(String),
    /// For Socket Mode, and nothing else.
    App,
}

pub(crate) struct State {
    pub(crate) teams: Vec<Team>,
    pub(crate) people: Vec<Profile>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) names: Names,
    /// Ids of people by the ids of user groups.
    pub(crate) groups: BTreeMap<String, Vec<String>>,
    pub(crate) messages: HashMap<String, Vec<Message>>,
    /// What the bot said and nobody read: each state of each message.
    pub(crate) unread: VecDeque<Message>,
    pub(crate) homes: BTreeMap<String, Value>,
    pub(crate) unread_homes: BTreeSet<String>,
    pub(crate) modals: Vec<Modal>,
    /// Of these, so many were looked at.
    pub(crate) modals_read: usize,
    pub(crate) sessions: BTreeMap<(String, String), Session>,
    pub(crate) streams: HashMap<(String, String), Stream>,
    pub(crate) triggers: HashMap<String, Trigger>,
    pub(crate) response_urls: HashMap<String, ResponseUrl>,
    pub(crate) tokens: HashMap<String, Token>,
    pub(crate) allowed_mentions: BTreeSet<String>,
    pub(crate) requests: Vec<Request>,
    pub(crate) violations: Vec<String>,
    pub(crate) unexpected: Vec<String>,
    pub(crate) deliveries: Vec<Delivery>,
    /// Every event delivered, for delivering it again.
    pub(crate) envelopes: HashMap<String, Value>,
    pub(crate) app_url: Option<String>,
    pub(crate) retries: RetryPolicy,
    pub(crate) switches: Switches,
    /// When the bot last posted to a channel. A limit is about real time: a story's
    /// clock may stand still.
    pub(crate) last_post: HashMap<String, Instant>,
    pub(crate) openid: OpenId,
    pub(crate) socket: SocketState,
    pub(crate) counter: u64,
    /// Microseconds.
    pub(crate) last_ts: i64,
}

impl State {
    pub(crate) fn new(bot_token: &str, app_token: &str) -> Self {
        let (people, channels) = (workspace::people(), workspace::channels());
        Self {
            teams: workspace::teams(),
            names: Names::new(&people, &channels),
            people,
            channels,
            groups: BTreeMap::new(),
            messages: HashMap::new(),
            unread: VecDeque::new(),
            homes: BTreeMap::new(),
            unread_homes: BTreeSet::new(),
            modals: Vec::new(),
            modals_read: 0,
            sessions: BTreeMap::new(),
            streams: HashMap::new(),
            triggers: HashMap::new(),
            response_urls: HashMap::new(),
            tokens: HashMap::from([
                (bot_token.to_owned(), Token::Bot),
                (app_token.to_owned(), Token::App),
            ]),
            allowed_mentions: BTreeSet::new(),
            requests: Vec::new(),
            violations: Vec::new(),
            unexpected: Vec::new(),
            deliveries: Vec::new(),
            envelopes: HashMap::new(),
            app_url: None,
            retries: RetryPolicy::AtOnce,
            switches: Switches {
                agents: true,
                consent_page: false,
                echoes: true,
                failed_deliveries_expected: false,
                unfinished_expected: false,
                rate_limits: false,
                streams: true,
                twins: false,
            },
            last_post: HashMap::new(),
            openid: OpenId::default(),
            socket: SocketState::default(),
            counter: 0,
            last_ts: 0,
        }
    }

    pub(crate) fn person(&self, id: &str) -> Option<&Profile> {
        self.people.iter().find(|one| one.id == id)
    }

    pub(crate) fn person_by_key(&self, key: &str) -> Option<&Profile> {
        self.people.iter().find(|one| one.key == key)
    }

    pub(crate) fn team(&self, id: &str) -> Option<&Team> {
        self.teams.iter().find(|one| one.id == id)
    }

    pub(crate) fn channel(&self, id: &str) -> Option<&Channel> {
        self.channels.iter().find(|one| one.id == id)
    }

    /// By id, by name, or by `#name`.
    pub(crate) fn channel_named(&self, name: &str) -> Option<&Channel> {
        let bare = name.trim_start_matches('#');
        self.channels
            .iter()
            .find(|one| one.id == name || (one.direct.is_none() && one.name == bare))
    }

    /// This person's direct messages with the bot, opened on demand.
    pub(crate) fn direct_channel(&mut self, user: &str) -> Channel {
        let known = self
            .channels
            .iter()
            .find(|one| one.direct.as_deref() == Some(user));
        if let Some(known) = known {
            return known.clone();
        }
        let id = format!("D{}", user.get(1..).unwrap_or_default());
        let channel = Channel::direct(id, user);
        self.channels.push(channel.clone());
        channel
    }

    pub(crate) fn message(&self, channel: &str, ts: &str) -> Option<&Message> {
        self.messages
            .get(channel)?
            .iter()
            .rev()
            .find(|one| one.ts == ts)
    }

    pub(crate) fn message_mut(&mut self, channel: &str, ts: &str) -> Option<&mut Message> {
        self.messages
            .get_mut(channel)?
            .iter_mut()
            .rev()
            .find(|one| one.ts == ts)
    }

    /// The messages of a thread that everybody in the channel sees, first to last.
    pub(crate) fn thread(&self, channel: &str, root: &str) -> Vec<Message> {
        self.messages
            .get(channel)
            .into_iter()
            .flatten()
            .filter(|one| one.root() == root)
            .cloned()
            .collect()
    }
}
