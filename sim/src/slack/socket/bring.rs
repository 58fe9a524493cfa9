//! What is brought over a connection, and how the app acknowledges it.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::Message;

use super::super::deliver::{Delivered, Door, EVENTS, INTERACTIONS};
use super::super::world::World;
use super::{Brought, Order};

/// How the app answered, or did not.
enum Answer {
    Acknowledged(Value),
    /// There was no connection, or it ended.
    NoConnection,
    TimedOut,
}

/// Why an envelope is sent.
enum Sent {
    Again(u32, &'static str),
    /// It tells of what the app did itself.
    Echo,
    First,
}

impl World {
    /// Tells the app of its own words over one of the connections, and minds nothing.
    pub(crate) async fn bring_echo(&self, body: &[u8]) {
        let (kind, payload) = unpacked(EVENTS, body);
        self.brought(kind, payload, Sent::Echo).await;
    }

    /// Brings this over one of the connections, once.
    pub(crate) async fn bring(
        &self,
        door: Door,
        body: &[u8],
        retry: Option<(u32, &'static str)>,
    ) -> Delivered {
        let (kind, payload) = unpacked(door, body);
        let began = Instant::now();
        let sent = retry.map_or(Sent::First, |(retry, reason)| Sent::Again(retry, reason));
        let answer = self.brought(kind, payload, sent).await;
        let latency = began.elapsed();
        match answer {
            Answer::Acknowledged(payload) => Delivered::acknowledged(&payload, latency),
            Answer::NoConnection => Delivered::failed("connection_failed", latency),
            Answer::TimedOut => Delivered::failed("http_timeout", latency),
        }
    }

    async fn brought(&self, kind: &str, payload: Value, sent: Sent) -> Answer {
        let patience = self.setup.patience;
        let Some(over) = self.whose_turn(patience).await else {
            return Answer::NoConnection;
        };
        let envelope_id = format!("canary-envelope-{}", self.number());
        let takes_payload = kind == "slash_commands" || payload["type"] == "view_submission";
        let mut envelope = json!({
            "envelope_id": envelope_id,
            "type": kind,
            "accepts_response_payload": takes_payload,
            "payload": payload,
        });
        if kind == "events_api" {
            let (attempt, reason) = match sent {
                Sent::Again(retry, reason) => (retry, reason),
                Sent::Echo | Sent::First => (0, ""),
            };
            envelope["retry_attempt"] = json!(attempt);
            envelope["retry_reason"] = json!(reason);
        }
        let (waiting, answer) = oneshot::channel();
        let brought = Brought {
            over,
            takes_payload,
            waiting: Some(waiting),
            acknowledged: false,
            gets_lost: !matches!(sent, Sent::Echo) && self.loses_one(),
        };
        self.state().socket.brought.insert(envelope_id, brought);
        self.order(over, Order::Send(Message::text(envelope.to_string())));
        match tokio::time::timeout(patience, answer).await {
            Ok(Ok(payload)) => Answer::Acknowledged(payload),
            Ok(Err(_)) => Answer::NoConnection,
            Err(_) => Answer::TimedOut,
        }
    }

    /// Whether an acknowledgement is to get lost. That of an echo is none that a story loses:
    /// nobody knows when it comes.
    fn loses_one(&self) -> bool {
        let mut state = self.state();
        let losing = &mut state.socket.losing;
        let is_lost = *losing > 0;
        *losing = losing.saturating_sub(1);
        is_lost
    }

    /// One connection after the other; waits for one as long as Slack waits for an app.
    async fn whose_turn(&self, patience: Duration) -> Option<u64> {
        let mut changes = self.changes();
        let turn = async {
            loop {
                if let Some(link) = self.next_link() {
                    return link;
                }
                if changes.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::time::timeout(patience, turn).await.ok()
    }

    fn next_link(&self) -> Option<u64> {
        let mut state = self.state();
        let socket = &mut state.socket;
        let taking: Vec<u64> = socket
            .links
            .iter()
            .filter(|one| one.taking)
            .map(|one| one.number)
            .collect();
        socket.turn = socket.turn.wrapping_add(1);
        taking.get(socket.turn.checked_rem(taking.len())?).copied()
    }

    /// The app said something over a connection.
    pub(super) fn acknowledged(&self, over: u64, text: &str) {
        if let Err(violation) = self.settle(over, text) {
            self.note_violation(format!("over Socket Mode: {violation}"));
        }
        self.changed();
    }

    fn settle(&self, over: u64, text: &str) -> Result<(), String> {
        let said: Map<String, Value> =
            serde_json::from_str(text).map_err(|_| "what is no JSON object".to_owned())?;
        if let Some(odd) = said
            .keys()
            .find(|name| !["envelope_id", "payload"].contains(&name.as_str()))
        {
            return Err(format!("an unknown field {odd}"));
        }
        let id = said.get("envelope_id").and_then(Value::as_str);
        let id = id.ok_or("an acknowledgement of nothing")?;
        let mut state = self.state();
        let socket = &mut state.socket;
        let brought = socket.brought.get_mut(id);
        let brought = brought.ok_or("an acknowledgement of what was never brought")?;
        if brought.gets_lost {
            return Ok(());
        }
        if brought.over != over {
            return Err("an acknowledgement over another connection".to_owned());
        }
        if std::mem::replace(&mut brought.acknowledged, true) {
            return Err("acknowledged twice".to_owned());
        }
        let payload = said.get("payload").cloned().unwrap_or_default();
        if !payload.is_null() && !brought.takes_payload {
            return Err("a payload where none is taken".to_owned());
        }
        if let Some(waiting) = brought.waiting.take() {
            // Too late for Slack's patience.
            let _ = waiting.send(payload);
        }
        Ok(())
    }
}

/// A request to a door, as an envelope has it.
fn unpacked(door: Door, body: &[u8]) -> (&'static str, Value) {
    if door == EVENTS {
        let payload = serde_json::from_slice(body).expect("an event is JSON");
        return ("events_api", payload);
    }
    let mut fields = url::form_urlencoded::parse(body);
    if door == INTERACTIONS {
        let (_, payload) = fields
            .find(|(name, _)| name == "payload")
            .expect("an interaction has a payload");
        let payload = serde_json::from_str(&payload).expect("a payload is JSON");
        return ("interactive", payload);
    }
    let fields = fields.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())));
    ("slash_commands", Value::Object(fields.collect()))
}
