//! How a simulated Slack is set up, what can be switched, and how a story ends.

use std::time::Duration;

use serde_json::{Value, json};

use super::deliver::{Delivered, Delivery, RetryPolicy};
use super::openid::{BadToken, KeyRing};
use super::state::{Request, Session, Token};
use super::{BOT_USER, MessageRef, Slack};
use crate::now::Now;

/// Seconds after which a session that is at work is taken for over.
const LONGEST_PROCESSING: i64 = 3_600;

/// What the app and Slack must agree on, and what this Slack is like.
#[derive(Debug, Clone)]
pub struct SlackSetup {
    pub signing_secret: String,
    pub bot_token: String,
    /// What `SLACK_APP_TOKEN` is set to, for Socket Mode.
    pub app_token: String,
    pub client_id: String,
    pub client_secret: String,
    /// A second app, for signing in alone: id and secret.
    pub login_client: Option<(String, String)>,
    /// Registered besides the app's own `/slack/openid/callback`.
    pub redirect_uris: Vec<String>,
    /// Acme belongs to this enterprise.
    pub enterprise: Option<String>,
    /// The app is installed in all workspaces of that enterprise at once.
    pub org_wide: bool,
    /// What `x-oauth-scopes` says; empty: it is not there.
    pub scopes: String,
    /// How long Slack waits for the app.
    pub patience: Duration,
    pub now: Now,
}

impl Default for SlackSetup {
    fn default() -> Self {
        Self {
            signing_secret: "canary-signing-secret".to_owned(),
            bot_token: "xoxb-canary-bot-token".to_owned(),
            app_token: "xapp-1-canary-app-token".to_owned(),
            client_id: "1111.2222".to_owned(),
            client_secret: "canary-client-secret".to_owned(),
            login_client: Some(("3333.4444".to_owned(), "canary-login-secret".to_owned())),
            redirect_uris: Vec::new(),
            enterprise: None,
            org_wide: false,
            scopes: "app_mentions:read,assistant:write,channels:history,chat:write,commands,\
                     im:history,im:read,im:write,reactions:write,users:read"
                .to_owned(),
            patience: Duration::from_secs(3),
            now: Now::default(),
        }
    }
}

/// Switches.
impl Slack {
    /// What becomes of events the app does not take. At first: [`RetryPolicy::AtOnce`].
    pub fn set_retries(&self, policy: RetryPolicy) {
        self.world.state().retries = policy;
    }

    /// The app is declared an agent; if not, its calls about sessions are refused.
    pub fn set_agents(&self, on: bool) {
        self.world.state().switches.agents = on;
    }

    /// Messages can be streamed; if not, streams are refused.
    pub fn set_streams(&self, on: bool) {
        self.world.state().switches.streams = on;
    }

    /// A mention also arrives as a `message` event of its channel. At first: no.
    pub fn set_twins(&self, on: bool) {
        self.world.state().switches.twins = on;
    }

    /// The app is told of its own messages, where it listens. At first: yes.
    pub fn set_echoes(&self, on: bool) {
        self.world.state().switches.echoes = on;
    }

    /// One message a second and channel. At first: no limit.
    pub fn set_rate_limits(&self, on: bool) {
        self.world.state().switches.rate_limits = on;
    }

    /// Sign in with Slack asks everybody once. At first: everybody agreed before.
    pub fn set_consent_page(&self, on: bool) {
        self.world.state().switches.consent_page = on;
    }

    /// The next `id_token` is wrong in this way; several calls queue up.
    pub fn next_id_token(&self, bad: BadToken) {
        self.world.state().openid.bad.push_back(bad);
    }

    /// Slack signs with a new key from now on, and lists the old one beside it.
    pub fn add_key(&self) {
        self.world.state().openid.ring = KeyRing::Both;
    }

    /// Slack signs with a new key from now on, and no longer lists the old one.
    pub fn rotate_keys(&self) {
        self.world.state().openid.ring = KeyRing::Second;
    }

    /// The bot may mention this person anywhere.
    pub fn allow_mention(&self, user: &str) {
        let user = user.to_owned();
        self.world.state().allowed_mentions.insert(user);
    }

    /// In this story the app is down or fails: [`Slack::finish`] does not mind events
    /// it did not take.
    pub fn expect_failed_deliveries(&self) {
        self.world.state().switches.failed_deliveries_expected = true;
    }

    /// In this story work is left unfinished: [`Slack::finish`] does not mind sessions that
    /// are still at work.
    pub fn expect_unfinished_work(&self) {
        self.world.state().switches.unfinished_expected = true;
    }

    /// The workspace throws the app out: tokens dead, and both words of it.
    pub async fn uninstalls(&self) -> [Delivered; 2] {
        self.revoke_tokens();
        [
            self.deliver_event(self.tokens_revoked(&[BOT_USER])).await,
            self.deliver_event(self.app_uninstalled()).await,
        ]
    }

    /// No token is good any more, and nobody has been told yet.
    pub fn revoke_tokens(&self) {
        let mut state = self.world.state();
        // The app's own token belongs to no workspace.
        state.tokens.retain(|_, token| *token == Token::App);
        // Nothing can be said of them any more.
        state.sessions.clear();
    }

    /// The word that the tokens of these bots are dead, to be delivered.
    pub fn tokens_revoked(&self, bots: &[&str]) -> Value {
        self.farewell(json!({
            "type": "tokens_revoked",
            "tokens": { "oauth": [], "bot": bots },
            "event_ts": self.world.next_ts(),
        }))
    }

    /// The word that the app is gone, to be delivered.
    pub fn app_uninstalled(&self) -> Value {
        self.farewell(json!({
            "type": "app_uninstalled",
            "event_ts": self.world.next_ts(),
        }))
    }

    /// Of an installation that is in many workspaces, no workspace is named.
    fn farewell(&self, event: Value) -> Value {
        let mut envelope = self.envelope(event);
        if self.world.setup.org_wide {
            envelope["team_id"] = Value::Null;
        }
        envelope
    }

    /// The workspace takes the app in again. Returns its new token.
    pub fn installs_again(&self) -> String {
        let token = format!("xoxb-canary-bot-token-{}", self.world.number());
        let mut state = self.world.state();
        state.tokens.insert(token.clone(), Token::Bot);
        token
    }
}

/// What was sent, and how the story ends.
impl Slack {
    /// Every request of the app for this method (`chat.postMessage`, `response_url`,
    /// `openid/connect/authorize`, …), with its arguments. A request failed by a fault
    /// before it had an effect is not among them.
    pub fn requests(&self, method: &str) -> Vec<Value> {
        self.world
            .state()
            .requests
            .iter()
            .filter(|one| one.method == method)
            .map(|one| one.body.clone())
            .collect()
    }

    pub fn all_requests(&self) -> Vec<Request> {
        self.world.state().requests.clone()
    }

    /// Every event, command and interaction the app was sent, with its answer.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.world.state().deliveries.clone()
    }

    /// Forgets what was sent and what was not read, so that a long story fits into memory.
    pub fn forget_record(&self) {
        let mut state = self.world.state();
        state.requests.clear();
        state.deliveries.clear();
        state.unread.clear();
    }

    /// The session the app declared a thread to be.
    pub fn session(&self, thread: &MessageRef) -> Option<Session> {
        let key = (thread.channel.clone(), thread.root().to_owned());
        let now = self.world.seconds();
        let mut session = self.world.state().sessions.get(&key).cloned()?;
        if session.status == "processing" && now - session.said_at >= LONGEST_PROCESSING {
            "active".clone_into(&mut session.status);
        }
        Some(session)
    }

    /// The modals that were opened, as Slack answered.
    pub fn modals(&self) -> Vec<Value> {
        let state = self.world.state();
        state.modals.iter().map(|one| one.view.clone()).collect()
    }

    /// What was noted so far of that which must not be.
    pub fn violations(&self) -> Vec<String> {
        self.world.state().violations.clone()
    }

    /// Takes back what was noted, for a story that is about it.
    pub fn take_violations(&self) -> Vec<String> {
        std::mem::take(&mut self.world.state().violations)
    }

    /// Fails the story over anything left: violations, unexpected requests, words of the
    /// bot nobody read, planned faults that never happened, events the app did not take.
    pub fn finish(&self) {
        let mut left = Vec::new();
        {
            let state = self.world.state();
            left.extend(
                state
                    .violations
                    .iter()
                    .map(|one| format!("violation: {one}")),
            );
            left.extend(
                state
                    .unexpected
                    .iter()
                    .map(|one| format!("unexpected: {one}")),
            );
            for one in &state.unread {
                left.push(format!(
                    "unread in {}, {}: {}",
                    one.channel,
                    one.ts,
                    one.visible_text()
                ));
            }
            for ((channel, thread), session) in &state.sessions {
                if session.status == "processing" && !state.switches.unfinished_expected {
                    left.push(format!("still at work for Slack: {thread} in {channel}"));
                }
            }
            for one in state.messages.values().flatten() {
                if one.spins() && !state.switches.unfinished_expected {
                    left.push(format!("a task that spins in {}, {}", one.channel, one.ts));
                }
            }
            if state.modals_read < state.modals.len() {
                left.push("a modal that nobody looked at".to_owned());
            }
            left.extend(
                state
                    .openid
                    .bad
                    .iter()
                    .map(|one| format!("unused: {one:?}")),
            );
            if !state.switches.failed_deliveries_expected {
                left.extend(
                    state
                        .deliveries
                        .iter()
                        .filter(|one| !one.delivered.accepted())
                        .map(|one| {
                            let Delivered {
                                status, failure, ..
                            } = &one.delivered;
                            format!("not taken: {} ({status:?}, {failure:?})", one.path)
                        }),
                );
            }
        }
        let unused = self.faults().unused();
        left.extend(unused.into_iter().map(|one| format!("unused fault: {one}")));
        assert!(
            left.is_empty(),
            "the story leaves something behind:\n{}\n{}",
            left.join("\n"),
            self.world.printout()
        );
    }
}

impl Drop for Slack {
    fn drop(&mut self) {
        self.world.end();
    }
}
