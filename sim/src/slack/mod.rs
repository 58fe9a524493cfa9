//! Slack, simulated: a workspace with people, channels and threads, the Web API a bot
//! calls, the signed requests it receives, and Sign in with Slack.
//!
//! It keeps state, refuses what Slack refuses, and notes what Slack would let pass but
//! Valet must not do. [`Slack::finish`] fails a story in which something was said that
//! nobody read, sent that nobody expected, or planned that never happened.

mod api;
mod blocks;
mod check;
mod deliver;
mod envelope;
mod message;
mod modal;
mod openid;
mod person;
mod reading;
mod respond;
mod setup;
mod sign;
mod socket;
mod state;
mod text;
mod workspace;
mod world;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get, post};
use serde_json::Value;
use tokio::sync::watch;

use self::deliver::{COMMANDS, EVENTS, INTERACTIONS};
use self::world::{Draft, Shared, World};
use crate::fault::Faults;
use crate::server::Server;

pub use self::deliver::{Delivered, Delivery, RetryPolicy};
pub(crate) use self::message::buttons;
pub use self::message::{Author, Button, Message};
pub use self::modal::modal_text;
pub use self::openid::BadToken;
pub use self::person::{Clicked, CommandAnswer, MessageRef, Person};
pub use self::setup::SlackSetup;
pub use self::sign::Signing;
pub use self::socket::Sockets;
pub use self::state::{Request, Session};
pub use self::workspace::{
    ACME, APP_ID, BOT_ID, BOT_USER, Channel, GLOBEX, Kind, OTHER, Profile, Team,
};

/// The simulated Slack; it stops when it is dropped.
pub struct Slack {
    server: Server,
    world: Shared,
}

impl Slack {
    pub async fn start(setup: SlackSetup) -> Self {
        let world = Arc::new(World::new(setup, deliver::client()));
        let routes = Router::new()
            .route("/api/{method}", any(api::serve))
            .route("/response/{key}", post(respond::serve))
            .route("/link", get(socket::upgrade))
            .route("/openid/connect/authorize", get(openid::authorize))
            .route("/openid/connect/keys", get(openid::jwks))
            .route("/.well-known/openid-configuration", get(openid::discovery))
            .route("/test/sign-in", get(openid::sign_in))
            .with_state(Arc::clone(&world));
        let server = Server::start(routes).await;
        world
            .url
            .set(server.url())
            .expect("a world has one address");
        Self { server, world }
    }

    /// `http://127.0.0.1:PORT`: the issuer; the Web API is below `/api`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// What `SLACK_API_URL` is set to.
    pub fn api_url(&self) -> String {
        format!("{}/api", self.url())
    }

    pub fn setup(&self) -> &SlackSetup {
        &self.world.setup
    }

    pub fn faults(&self) -> &Faults {
        self.server.faults()
    }

    /// From now on connections are refused.
    pub async fn down(&self) {
        self.world.cut_links();
        self.server.down().await;
    }

    /// Serves again, at the same address.
    pub fn up(&self) {
        self.server.up();
    }

    /// Where the app receives; also makes `{url}/slack/openid/callback` its redirect.
    pub fn set_app_url(&self, url: &str) {
        let url = url.trim_end_matches('/').to_owned();
        self.world.state().app_url = Some(url);
    }

    /// How many seconds Slack's clock is ahead.
    pub fn set_time_offset(&self, seconds: i64) {
        self.world.set_offset(seconds);
    }

    /// Somebody, by key: `ada`, `ben`, `grace` (a guest), `mallory`, `olivia` (of
    /// Globex), `rota` (another bot), `walter` (deactivated), or somebody added.
    pub fn person(&self, key: &str) -> Person {
        let profile = self.world.state().person_by_key(key).cloned();
        let profile = profile.unwrap_or_else(|| panic!("there is no {key}"));
        Person {
            world: Arc::clone(&self.world),
            key: profile.key,
            id: profile.id,
            team: profile.team,
        }
    }

    /// Lets somebody join; [`Profile::member`] makes one.
    pub fn add_person(&self, profile: Profile) -> Person {
        let key = profile.key.clone();
        {
            let mut state = self.world.state();
            state.people.push(profile);
            state.names = workspace::Names::new(&state.people, &state.channels);
        }
        self.person(&key)
    }

    /// A step of a workflow writes `@valet` and this in a channel.
    pub async fn workflow_mentions_in(&self, channel: &str, text: &str) -> MessageRef {
        let found = self.world.state().channel_named(channel).cloned();
        let channel = found.unwrap_or_else(|| panic!("there is no channel {channel}"));
        let author = Author::OtherBot("U0FLOW".to_owned());
        let text = format!("<@{BOT_USER}> {text}");
        let message = self.world.post(Draft::new(&channel.id, author, &text));
        let mut event = self.world.message_event(&message, "app_mention");
        event["subtype"] = serde_json::json!("bot_message");
        event["username"] = serde_json::json!("Weekly report");
        if let Some(fields) = event.as_object_mut() {
            fields.shift_remove("user");
        }
        let mut posted = MessageRef::from(&message);
        posted.delivered = Some(self.deliver_event(self.envelope(event)).await);
        posted
    }

    /// From now on somebody is something else in the workspace: deactivated, a guest…
    pub fn becomes(&self, key: &str, kind: Kind) {
        let mut state = self.world.state();
        let person = state.people.iter_mut().find(|one| one.key == key);
        person.unwrap_or_else(|| panic!("there is no {key}")).kind = kind;
    }

    /// The user group with this id has these people, by their keys, and nobody else.
    pub fn set_group(&self, id: &str, keys: &[&str]) {
        let users = keys.iter().map(|key| self.person(key).id).collect();
        self.world.state().groups.insert(id.to_owned(), users);
    }

    /// Opens a public channel with this name, and the bot in it.
    pub fn add_channel(&self, name: &str) {
        let mut state = self.world.state();
        state.channels.push(Channel::public(name));
        state.names = workspace::Names::new(&state.people, &state.channels);
    }

    /// Where a browser goes to belong to this person from then on, in this workspace.
    pub fn sign_in_url(&self, key: &str, team: &str) -> String {
        format!("{}/test/sign-in?person={key}&team={team}", self.url())
    }

    /// Everybody there is.
    pub fn people(&self) -> Vec<Profile> {
        self.world.state().people.clone()
    }

    /// All channels, direct messages included once they were opened.
    pub fn channels(&self) -> Vec<Channel> {
        self.world.state().channels.clone()
    }

    /// Counts what can be seen of Slack; a page that shows it waits for this.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.world.changes()
    }
}

/// Raw doors, for what Slack's own people never do.
impl Slack {
    /// A full envelope around an event, to be bent.
    pub fn envelope(&self, event: Value) -> Value {
        self.world.envelope(event)
    }

    /// The event of a message that stands in a channel: `app_mention` or `message`.
    pub fn event_of(&self, message: &MessageRef, kind: &str) -> Value {
        let found = {
            let state = self.world.state();
            state.message(&message.channel, &message.ts).cloned()
        };
        self.world
            .message_event(&found.expect("a message that is there"), kind)
    }

    /// The fields of a slash command, to be bent.
    pub fn command_fields(
        &self,
        who: &Person,
        channel: &str,
        words: (&str, &str),
    ) -> Vec<(String, String)> {
        let found = self.world.state().channel_named(channel).cloned();
        let channel = found.unwrap_or_else(|| panic!("there is no channel {channel}"));
        self.world.command_fields(&who.profile(), &channel, words)
    }

    /// The payload of a pressed button, to be bent.
    pub fn interaction(&self, who: &Person, message: &Message, action: Value) -> Value {
        self.world.block_actions(&who.profile(), message, action)
    }

    /// Delivers an envelope as Slack does, retries included.
    pub async fn deliver_event(&self, envelope: Value) -> Delivered {
        self.world.deliver_event(envelope).await
    }

    /// Delivers this event once more, under the same `event_id`, as a retry.
    pub async fn redeliver(&self, event_id: &str) -> Delivered {
        self.world.redeliver(event_id).await
    }

    /// Delivers a message once more as a new event: another `event_id` and kind, the
    /// same channel and `ts`.
    pub async fn deliver_twin(&self, message: &MessageRef) -> Delivered {
        let envelope = self.envelope(self.event_of(message, "message"));
        self.world.deliver_event(envelope).await
    }

    /// One request to the door for events; neither repeated nor recorded.
    pub async fn deliver_event_raw(
        &self,
        body: impl Into<Vec<u8>>,
        signing: Signing,
        headers: &[(String, String)],
    ) -> Delivered {
        let body = body.into();
        self.world.send(EVENTS, body, signing, headers).await
    }

    /// One request to the door for commands; see [`Slack::command_fields`].
    pub async fn deliver_command_raw(
        &self,
        body: impl Into<Vec<u8>>,
        signing: Signing,
        headers: &[(String, String)],
    ) -> Delivered {
        let body = body.into();
        self.world.send(COMMANDS, body, signing, headers).await
    }

    /// One request to the door for interactions; see [`Slack::interaction`].
    pub async fn deliver_interaction_raw(
        &self,
        body: impl Into<Vec<u8>>,
        signing: Signing,
        headers: &[(String, String)],
    ) -> Delivered {
        let body = body.into();
        self.world.send(INTERACTIONS, body, signing, headers).await
    }

    /// The headers with which this body would come, for a request made by hand.
    pub fn signed(&self, body: &[u8], signing: Signing) -> Vec<(String, String)> {
        let secret = &self.world.setup.signing_secret;
        signing.headers(secret, self.world.seconds(), body)
    }

    /// The form body of these fields.
    pub fn form(fields: &[(String, String)]) -> Vec<u8> {
        envelope::form(fields)
    }

    /// The form body of this interaction.
    pub fn payload_form(payload: &Value) -> Vec<u8> {
        envelope::payload_form(payload)
    }
}
