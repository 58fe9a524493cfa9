//! What Slack sends, read tolerantly: every field may be missing or of an odd shape, and
//! only what is needed to act is asked for. Each reader takes a [`Genuine`] and fails in
//! no other way than by saying why nothing happened.
//!
//! [`Genuine`]: super::Genuine

mod commands;
mod events;
mod home;
mod interactions;
mod keys;
mod removal;
mod stopped;

pub(crate) use commands::read_command;
pub(crate) use events::read_event;
pub(crate) use interactions::read_interaction;
pub(crate) use keys::ClaimKeys;

use std::fmt;

use serde_json::Value;

use crate::event::{Actor, Event, Pressed};

/// What a signed request turned out to be. Each of them is answered with 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EventRequest {
    /// Slack tries the address out: answer with this text.
    Challenge(String),
    /// Somebody did something: claim the keys, keep the event, then answer.
    Happened { event: Event, keys: ClaimKeys },
    /// Nothing for us. Not to be claimed: its twin may be.
    Ignored(Ignored),
    /// Worth one log line; sent again it would not be understood either.
    NotUnderstood(NotUnderstood),
    /// Slack holds events back, since there are too many of them.
    RateLimited,
    /// Somebody has sent a form: it is read by its schema first, which may refuse it.
    Sent { form: SentForm, keys: ClaimKeys },
    /// Slack tries the certificate out.
    SslCheck,
    /// Somebody wants a form, within three seconds. It changes nothing, and is not kept.
    WantsForm { pressed: Pressed, trigger: Trigger },
}

/// With it a form can be opened, once and within three seconds.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Trigger(String);

impl Trigger {
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trigger(hidden)")
    }
}

/// A form as it was sent; nothing in it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SentForm {
    pub(crate) actor: Actor,
    /// What we put into the form; anybody can have changed it.
    pub(crate) approval: String,
    /// What stands in its fields, as Slack words it.
    pub(crate) values: Value,
}

/// Why something starts nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Ignored {
    #[error("said by a bot")]
    Bot,
    #[error("hidden from people")]
    Hidden,
    #[error("no person did it")]
    NoPerson,
    #[error("said in a channel, not to us")]
    NotToUs,
    #[error("a kind of event that starts nothing")]
    OtherEvent,
    #[error("a kind of interaction that starts nothing")]
    OtherInteraction,
    /// An edit, a deletion, somebody joining…
    #[error("a kind of message that starts nothing")]
    OtherMessage,
    /// We keep none, so that there is nothing to forget.
    #[error("tokens of people, of which Valet keeps none")]
    TokensOfPeople,
}

/// What is wrong with a request that Slack did sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotUnderstood {
    #[error("`{field}` is missing or odd")]
    Field { field: &'static str },
    #[error("the body is not JSON")]
    NotJson,
    #[error("an unknown outer type")]
    OuterType,
}

/// A field without which nobody can be answered.
fn needed<T>(value: Option<T>, field: &'static str) -> Result<T, NotUnderstood> {
    value.ok_or(NotUnderstood::Field { field })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use url::form_urlencoded;

    use super::*;
    use crate::slack::verify::tests::signed;

    /// JSON in which the words of Slack stand in all the wrong places.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[UCDT<]?[A-Z0-9.]{0,6}".prop_map(Value::from),
            "app_mention|message|block_actions|im|1\\.1".prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        let name = prop_oneof![
            "type|event|user|channel|ts|text|subtype|team_id|authorizations|bot_id",
            "team|id|actions|action_id|value|trigger_id|container|message|enterprise",
            "[a-z_]{1,6}",
        ];
        leaf.prop_recursive(4, 32, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((name.clone(), inner), 0..6)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_json_makes_a_reader_panic(any in any_json(), inner in any_json()) {
            let event = json!({"type": "event_callback", "team_id": "T1", "event": inner});
            for body in [&any, &event] {
                read_event(&signed(body.to_string()));
            }
            let form = form_urlencoded::Serializer::new(String::new())
                .append_pair("payload", &any.to_string())
                .finish();
            read_interaction(&signed(form));
        }

        #[test]
        fn no_bytes_make_a_reader_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            read_event(&signed(body.clone()));
            read_command(&signed(body.clone()));
            read_interaction(&signed(body));
        }
    }
}
