//! What Slack's requests look like.

use serde_json::{Value, json};

use super::message::{Author, Message};
use super::workspace::{ACME, APP_ID, BOT_USER, Channel, Profile};
use super::world::World;

impl World {
    /// A full envelope around this event, under an id of its own.
    pub(crate) fn envelope(&self, event: Value) -> Value {
        let shared = event["channel"]
            .as_str()
            .and_then(|id| self.state().channel(id).map(|one| one.shared))
            .unwrap_or(false);
        let number = self.number();
        let mut envelope = json!({
            "token": "canary-verification-token",
            "team_id": ACME,
            "context_team_id": ACME,
            "context_enterprise_id": self.setup.enterprise,
            "api_app_id": APP_ID,
            "event": null,
            "type": "event_callback",
            "event_id": format!("Ev0{number:08}"),
            "event_time": self.seconds(),
            "authorizations": [{
                "enterprise_id": self.setup.enterprise,
                "team_id": ACME,
                "user_id": BOT_USER,
                "is_bot": true,
                "is_enterprise_install": false,
            }],
            "is_ext_shared_channel": shared,
            "event_context": format!("4-canary-context-{number}"),
        });
        envelope["event"] = event;
        if let Some(enterprise) = &self.setup.enterprise {
            envelope["enterprise_id"] = json!(enterprise);
        }
        if self.setup.org_wide {
            envelope["context_team_id"] = Value::Null;
            envelope["authorizations"][0]["team_id"] = Value::Null;
            envelope["authorizations"][0]["is_enterprise_install"] = json!(true);
        }
        envelope
    }

    /// The event for a message: `app_mention`, or `message` with the kind of channel.
    pub(crate) fn message_event(&self, message: &Message, kind: &str) -> Value {
        let (direct, shared, parent) = {
            let state = self.state();
            let channel = state.channel(&message.channel);
            let parent = message
                .thread_ts
                .as_ref()
                .and_then(|root| state.message(&message.channel, root))
                .map(|root| root.user.clone());
            (
                channel.is_some_and(|one| one.direct.is_some()),
                channel.is_some_and(|one| one.shared),
                parent,
            )
        };
        let mut event = message.to_wire();
        event["type"] = json!(kind);
        event["channel"] = json!(message.channel);
        event["event_ts"] = json!(message.ts);
        if kind == "message" {
            event["channel_type"] = json!(if direct { "im" } else { "channel" });
            if let Some(parent) = parent {
                event["parent_user_id"] = json!(parent);
            }
        }
        if shared {
            event["user_team"] = json!(message.team);
            event["source_team"] = json!(message.team);
        }
        if let (true, Some(metadata)) = (kind == "message", &message.metadata) {
            event["metadata"] = metadata.clone();
        }
        if message.author != Author::TheBot && event["blocks"].is_null() {
            event["blocks"] = rich_text(&message.text);
        }
        event
    }

    /// The event for a changed message.
    pub(crate) fn changed_event(&self, message: &Message, previous: &Message) -> Value {
        let mut event = self.around(message, "message_changed");
        event["message"] = message.to_wire();
        event["previous_message"] = previous.to_wire();
        event
    }

    /// The event for a message that is gone.
    pub(crate) fn deleted_event(&self, previous: &Message) -> Value {
        let mut event = self.around(previous, "message_deleted");
        event["deleted_ts"] = json!(previous.ts);
        event["previous_message"] = previous.to_wire();
        event
    }

    fn around(&self, message: &Message, subtype: &str) -> Value {
        let ts = self.next_ts();
        let direct = self
            .state()
            .channel(&message.channel)
            .is_some_and(|one| one.direct.is_some());
        json!({
            "type": "message",
            "subtype": subtype,
            "hidden": true,
            "channel": message.channel,
            "channel_type": if direct { "im" } else { "channel" },
            "ts": ts,
            "event_ts": ts,
        })
    }

    /// The fields of a slash command.
    pub(crate) fn command_fields(
        &self,
        who: &Profile,
        channel: &Channel,
        words: (&str, &str),
    ) -> Vec<(String, String)> {
        let domain = {
            let state = self.state();
            state.team(&who.team).map(|team| team.domain.clone())
        };
        let mut fields = vec![
            ("token", "canary-verification-token".to_owned()),
            ("team_id", who.team.clone()),
            ("team_domain", domain.unwrap_or_default()),
            ("channel_id", channel.id.clone()),
            ("channel_name", channel.name.clone()),
            ("user_id", who.id.clone()),
            ("user_name", who.key.clone()),
            ("command", words.0.to_owned()),
            ("text", words.1.to_owned()),
            ("api_app_id", APP_ID.to_owned()),
            ("is_enterprise_install", self.setup.org_wide.to_string()),
            (
                "response_url",
                self.response_url(&channel.id, &who.id, None),
            ),
            ("trigger_id", self.trigger(&who.id)),
        ];
        if let Some(enterprise) = &self.setup.enterprise {
            fields.push(("enterprise_id", enterprise.clone()));
            fields.push(("enterprise_name", "Acme Group".to_owned()));
        }
        fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// What every interaction begins with.
    pub(crate) fn interaction(&self, kind: &str, who: &Profile) -> Value {
        let enterprise = self.setup.enterprise.as_ref();
        json!({
            "type": kind,
            "user": {
                "id": who.id,
                "username": who.key,
                "name": who.key,
                "team_id": who.team,
            },
            "api_app_id": APP_ID,
            "token": "canary-verification-token",
            "trigger_id": self.trigger(&who.id),
            "team": if self.setup.org_wide {
                Value::Null
            } else {
                json!({ "id": ACME, "domain": "acme" })
            },
            "enterprise": enterprise.map(|id| json!({ "id": id, "name": "Acme Group" })),
            "is_enterprise_install": self.setup.org_wide,
        })
    }

    /// A button of a message was pressed.
    pub(crate) fn block_actions(&self, who: &Profile, message: &Message, action: Value) -> Value {
        let mut payload = self.interaction("block_actions", who);
        let ephemeral = message.ephemeral_for.is_some();
        let mut container = json!({
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": ephemeral,
        });
        if let Some(thread_ts) = &message.thread_ts {
            container["thread_ts"] = json!(thread_ts);
        }
        payload["container"] = container;
        let name = {
            let state = self.state();
            state
                .channel(&message.channel)
                .map_or_else(String::new, |one| one.name.clone())
        };
        payload["channel"] = json!({ "id": message.channel, "name": name });
        // Slack does not keep ephemeral messages.
        if !ephemeral {
            payload["message"] = message.to_wire();
        }
        payload["state"] = json!({ "values": {} });
        payload["response_url"] =
            json!(self.response_url(&message.channel, &who.id, Some(&message.ts)));
        payload["actions"] = Value::Array(vec![action]);
        payload
    }
}

/// What the composer makes of typed words.
fn rich_text(text: &str) -> Value {
    let mut elements = Vec::new();
    let mut rest = text;
    if let Some((user, after)) = text
        .strip_prefix("<@")
        .and_then(|inside| inside.split_once('>'))
    {
        elements.push(json!({ "type": "user", "user_id": user }));
        rest = after;
    }
    if !rest.is_empty() {
        elements.push(json!({ "type": "text", "text": super::text::decode(rest) }));
    }
    json!([{
        "type": "rich_text",
        "block_id": "rt1",
        "elements": [{ "type": "rich_text_section", "elements": elements }],
    }])
}

/// A form body.
pub(crate) fn form(fields: &[(String, String)]) -> Vec<u8> {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
        .into_bytes()
}

/// An interaction's body.
pub(crate) fn payload_form(payload: &Value) -> Vec<u8> {
    form(&[("payload".to_owned(), payload.to_string())])
}
