//! What people do in Slack.

use serde_json::{Value, json};

use super::deliver::{COMMANDS, Delivered, INTERACTIONS};
use super::envelope::{form, payload_form};
use super::message::{Author, Button, Message, buttons};
use super::state::StreamState;
use super::text::typed;
use super::workspace::{BOT_USER, Channel, Kind, Profile};
use super::world::{Draft, Shared};

/// Somebody who does things in Slack.
#[derive(Clone)]
pub struct Person {
    pub(crate) world: Shared,
    pub key: String,
    pub id: String,
    /// Their home.
    pub team: String,
}

/// A message somebody wrote, and how the app took the event.
#[derive(Debug, Clone)]
pub struct MessageRef {
    pub channel: String,
    pub ts: String,
    pub thread_ts: Option<String>,
    /// Of the (first) event; empty if it made none.
    pub event_id: String,
    pub delivered: Option<Delivered>,
}

impl MessageRef {
    /// The `ts` of the thread it belongs to, or heads.
    pub fn root(&self) -> &str {
        self.thread_ts.as_deref().unwrap_or(&self.ts)
    }
}

impl From<&Message> for MessageRef {
    fn from(message: &Message) -> Self {
        Self {
            channel: message.channel.clone(),
            ts: message.ts.clone(),
            thread_ts: message.thread_ts.clone(),
            event_id: String::new(),
            delivered: None,
        }
    }
}

/// How a slash command was answered.
#[derive(Debug, Clone)]
pub struct CommandAnswer {
    pub status: Option<u16>,
    /// What the person sees at once, and nobody else.
    pub body: String,
    pub response_url: String,
    pub trigger_id: String,
}

/// What came of pressing a button.
#[derive(Debug, Clone)]
pub struct Clicked {
    pub status: Option<u16>,
    pub body: String,
    /// Where the button leads, if it is a link.
    pub url: Option<String>,
    /// As it was delivered, for delivering it again.
    pub payload: Value,
}

impl Person {
    /// Writes `@valet` and this in a channel.
    pub async fn mentions_in(&self, channel: &str, text: &str) -> MessageRef {
        let channel = self.find(channel);
        let text = format!("<@{BOT_USER}> {}", typed(text));
        self.posts(&channel, None, &text).await
    }

    /// Writes `@valet` and this in a thread.
    pub async fn says_in_thread(&self, thread: &MessageRef, text: &str) -> MessageRef {
        let channel = self.find(&thread.channel);
        let text = if channel.direct.is_some() {
            typed(text)
        } else {
            format!("<@{BOT_USER}> {}", typed(text))
        };
        self.posts(&channel, Some(thread.root()), &text).await
    }

    /// Writes this in a thread, without a mention.
    pub async fn replies(&self, thread: &MessageRef, text: &str) -> MessageRef {
        let channel = self.find(&thread.channel);
        self.posts(&channel, Some(thread.root()), &typed(text))
            .await
    }

    /// Writes this in a channel, without a mention.
    pub async fn writes_in(&self, channel: &str, text: &str) -> MessageRef {
        let channel = self.find(channel);
        self.posts(&channel, None, &typed(text)).await
    }

    /// Writes this to the bot alone.
    pub async fn direct(&self, text: &str) -> MessageRef {
        let channel = self.find(&self.direct_channel());
        self.posts(&channel, None, &typed(text)).await
    }

    /// Puts a message where somebody can read it, and delivers nothing: for whoever does
    /// the delivering by hand. `"dm"` is the direct messages; only there nobody mentions.
    pub fn puts(&self, channel: &str, thread: Option<&str>, text: &str) -> MessageRef {
        let (channel, text) = match channel {
            "dm" => (self.direct_channel(), typed(text)),
            named => (
                self.find(named).id,
                format!("<@{BOT_USER}> {}", typed(text)),
            ),
        };
        MessageRef::from(&self.world.post(Draft {
            thread_ts: thread.map(str::to_owned),
            ..Draft::new(&channel, Author::Person(self.id.clone()), &text)
        }))
    }

    /// Puts a message, raw as Slack would keep it, and delivers what it causes.
    pub async fn posts(&self, channel: &Channel, thread: Option<&str>, text: &str) -> MessageRef {
        let profile = self.profile();
        assert!(
            profile.kind != Kind::Deactivated,
            "{} is deactivated and cannot write",
            self.key
        );
        assert!(
            profile.kind != Kind::Stranger || channel.shared || channel.direct.is_some(),
            "{} is of another workspace and not in {}",
            self.key,
            channel.name
        );
        let author = if profile.kind == Kind::Bot {
            Author::OtherBot(self.id.clone())
        } else {
            Author::Person(self.id.clone())
        };
        let message = self.world.post(Draft {
            thread_ts: thread.map(str::to_owned),
            ..Draft::new(&channel.id, author, text)
        });
        let mut posted = MessageRef::from(&message);
        let mention = channel.direct.is_none() && text.contains(&format!("<@{BOT_USER}>"));
        let twin = channel.direct.is_some() || self.world.state().switches.twins;
        let mention = mention.then(|| self.event(&message, "app_mention"));
        let twin = twin.then(|| self.event(&message, "message"));
        let first = mention.as_ref().or(twin.as_ref());
        if let Some(event_id) = first.and_then(|one| one["event_id"].as_str()) {
            posted.event_id = event_id.to_owned();
        }
        let deliver = async |envelope: Option<Value>| match envelope {
            Some(envelope) => Some(self.world.deliver_event(envelope).await),
            None => None,
        };
        let (mention, twin) = futures_util::future::join(deliver(mention), deliver(twin)).await;
        posted.delivered = mention.or(twin);
        posted
    }

    fn event(&self, message: &Message, kind: &str) -> Value {
        let mut event = self.world.message_event(message, kind);
        if let Author::OtherBot(_) = message.author {
            // How old bots appear: no user, a subtype where there is room for one.
            if let Some(fields) = event.as_object_mut() {
                fields.shift_remove("user");
            }
            if kind == "message" {
                event["subtype"] = json!("bot_message");
                event["username"] = json!(self.key);
            }
        }
        self.world.envelope(event)
    }

    /// Types a slash command in a channel, or in the direct messages (`"dm"`).
    pub async fn command(&self, command: &str, text: &str, channel: &str) -> CommandAnswer {
        let profile = self.profile();
        assert!(
            profile.kind != Kind::Stranger,
            "only members of the workspace can run its commands"
        );
        let channel = match channel {
            "dm" => self.find(&self.direct_channel()),
            named => self.find(named),
        };
        let fields = self
            .world
            .command_fields(&profile, &channel, (command, text));
        let field = |wanted: &str| {
            fields
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.clone())
                .unwrap_or_default()
        };
        let (response_url, trigger_id) = (field("response_url"), field("trigger_id"));
        let answered = self.world.deliver_form(COMMANDS, form(&fields)).await;
        CommandAnswer {
            status: answered.status,
            body: answered.body,
            response_url,
            trigger_id,
        }
    }

    /// Presses a button of a message this person can see.
    pub async fn clicks(&self, message: &Message, action_id: &str) -> Clicked {
        let sees = message
            .ephemeral_for
            .as_ref()
            .is_none_or(|one| *one == self.id);
        assert!(sees, "{} does not see {message:#?}", self.key);
        let button = message.button(action_id);
        self.clicks_button(message, button).await
    }

    /// The same, where several buttons of one name differ in their value.
    pub async fn clicks_of(&self, message: &Message, action_id: &str, value: &str) -> Clicked {
        let button = named(&message.buttons(), action_id, Some(value));
        self.clicks_button(message, button).await
    }

    /// Presses one of the thumbs below a message: up or down.
    pub async fn gives_feedback(&self, message: &Message, good: bool) -> Clicked {
        let elements = message
            .blocks
            .iter()
            .filter_map(|one| one["elements"].as_array());
        let thumbs = elements
            .flatten()
            .find(|one| one["type"] == "feedback_buttons")
            .unwrap_or_else(|| panic!("no thumbs below {message:#?}"));
        let name = if good {
            "positive_button"
        } else {
            "negative_button"
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let button = Button {
            label: text(&thumbs[name]["text"]["text"]),
            action_id: text(&thumbs["action_id"]),
            block_id: "thumbs".to_owned(),
            value: Some(text(&thumbs[name]["value"])),
            url: None,
            style: None,
        };
        let mut action = self.action(&button);
        action["type"] = json!("feedback_buttons");
        let payload = self.world.block_actions(&self.profile(), message, action);
        self.presses(button, payload).await
    }

    async fn clicks_button(&self, message: &Message, button: Button) -> Clicked {
        let action = self.action(&button);
        let payload = self.world.block_actions(&self.profile(), message, action);
        self.presses(button, payload).await
    }

    /// Presses a button of this person's App Home.
    pub async fn clicks_home(&self, action_id: &str) -> Clicked {
        self.clicks_at_home(action_id, None).await
    }

    /// The same, where several buttons of one name differ in their value.
    pub async fn clicks_home_of(&self, action_id: &str, value: &str) -> Clicked {
        self.clicks_at_home(action_id, Some(value)).await
    }

    async fn clicks_at_home(&self, action_id: &str, value: Option<&str>) -> Clicked {
        let home = self.world.state().homes.get(&self.id).cloned();
        let home = home.unwrap_or_else(|| panic!("{} has no home yet", self.key));
        let blocks = home["blocks"].as_array().cloned().unwrap_or_default();
        let button = named(&buttons(&blocks), action_id, value);
        let mut payload = self.world.interaction("block_actions", &self.profile());
        payload["container"] = json!({ "type": "view", "view_id": home["id"] });
        payload["view"] = home;
        payload["actions"] = json!([self.action(&button)]);
        self.presses(button, payload).await
    }

    fn action(&self, button: &Button) -> Value {
        let mut action = json!({
            "action_id": button.action_id,
            "block_id": button.block_id,
            "text": { "type": "plain_text", "text": button.label, "emoji": true },
            "type": "button",
            "action_ts": self.world.next_ts(),
        });
        for (name, value) in [
            ("value", &button.value),
            ("url", &button.url),
            ("style", &button.style),
        ] {
            if let Some(value) = value {
                action[name] = json!(value);
            }
        }
        action
    }

    async fn presses(&self, button: Button, payload: Value) -> Clicked {
        let body = payload_form(&payload);
        let answered = self.world.deliver_form(INTERACTIONS, body).await;
        Clicked {
            status: answered.status,
            body: answered.body,
            url: button.url,
            payload,
        }
    }

    /// Changes the words of a message of theirs.
    pub async fn edits(&self, message: &MessageRef, text: &str) -> Option<Delivered> {
        let previous = self.own(message);
        // What was typed in front of the words stays there.
        let mention = format!("<@{BOT_USER}> ");
        let prefix = if previous.text.starts_with(&mention) {
            mention.as_str()
        } else {
            ""
        };
        let text = format!("{prefix}{}", typed(text));
        let now = self
            .world
            .change(&message.channel, &message.ts, |one| {
                one.text = text;
                one.edited = true;
            })
            .expect("it was there a moment ago");
        let event = self.world.changed_event(&now, &previous);
        self.deliver_if_subscribed(&message.channel, event).await
    }

    /// Takes a message of theirs back.
    pub async fn deletes(&self, message: &MessageRef) -> Option<Delivered> {
        let previous = self.own(message);
        self.world.remove(&message.channel, &message.ts);
        let event = self.world.deleted_event(&previous);
        self.deliver_if_subscribed(&message.channel, event).await
    }

    async fn deliver_if_subscribed(&self, channel: &str, event: Value) -> Option<Delivered> {
        let subscribed = {
            let state = self.world.state();
            state.switches.twins || state.channel(channel)?.direct.is_some()
        };
        if !subscribed {
            return None;
        }
        let envelope = self.world.envelope(event);
        Some(self.world.deliver_event(envelope).await)
    }

    fn own(&self, message: &MessageRef) -> Message {
        let found = {
            let state = self.world.state();
            state.message(&message.channel, &message.ts).cloned()
        };
        let found = found.expect("a message that is there");
        assert_eq!(found.user, self.id, "people change their own words only");
        found
    }

    /// Opens the app's Home tab.
    pub async fn opens_home(&self) -> Delivered {
        self.opens("home").await
    }

    /// Opens the app's Messages tab.
    pub async fn opens_messages(&self) -> Delivered {
        self.opens("messages").await
    }

    async fn opens(&self, tab: &str) -> Delivered {
        let mut event = json!({
            "type": "app_home_opened",
            "user": self.id,
            "channel": self.direct_channel(),
            "tab": tab,
            "event_ts": self.world.next_ts(),
        });
        let home = self.world.state().homes.get(&self.id).cloned();
        if let (Some(home), "home") = (home, tab) {
            event["view"] = home;
        }
        let envelope = self.world.envelope(event);
        self.world.deliver_event(envelope).await
    }

    /// Presses Slack's own Stop in this thread: Slack ends its streams and tells the app.
    pub async fn stops(&self, thread: &MessageRef) -> Delivered {
        let stopped: Vec<String> = {
            let mut state = self.world.state();
            let here: Vec<String> = state
                .thread(&thread.channel, thread.root())
                .into_iter()
                .filter(|one| one.streaming)
                .map(|one| one.ts)
                .collect();
            for ts in &here {
                let key = (thread.channel.clone(), ts.clone());
                if let Some(stream) = state.streams.get_mut(&key) {
                    stream.state = StreamState::StoppedByUser;
                }
            }
            here
        };
        for ts in &stopped {
            self.world
                .change(&thread.channel, ts, |one| one.streaming = false);
        }
        let event = json!({
            "type": "agent_session_stopped",
            "user": self.id,
            "channel": thread.channel,
            "thread_ts": thread.root(),
            "streaming_message_ts": stopped,
            "event_ts": self.world.next_ts(),
        });
        let envelope = self.world.envelope(event);
        self.world.deliver_event(envelope).await
    }

    /// The id of this person's direct messages with the bot.
    pub fn direct_channel(&self) -> String {
        self.world.state().direct_channel(&self.id).id
    }

    pub fn profile(&self) -> Profile {
        let mut profile = self
            .world
            .state()
            .person(&self.id)
            .cloned()
            .expect("everybody has a profile");
        profile.team.clone_from(&self.team);
        profile
    }

    fn find(&self, channel: &str) -> Channel {
        let found = self.world.state().channel_named(channel).cloned();
        found.unwrap_or_else(|| panic!("there is no channel {channel}"))
    }
}

/// The first of these buttons with this name and, if one is asked for, this value.
fn named(buttons: &[Button], action_id: &str, value: Option<&str>) -> Button {
    let fits = |one: &&Button| {
        one.action_id == action_id && value.is_none_or(|value| one.value.as_deref() == Some(value))
    };
    let found = buttons.iter().find(fits).cloned();
    found.unwrap_or_else(|| panic!("no button {action_id} {value:?} among {buttons:#?}"))
}
