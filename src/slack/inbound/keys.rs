//! The keys under which a thing that happened is claimed, so that it happens once.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::ids::{ChannelId, MessageTs, TeamId, UserId};

/// One or two names of the same happening: whoever claims all of them first answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClaimKeys {
    deed: String,
    delivery: Option<String>,
}

impl ClaimKeys {
    /// Both are to be claimed, or none.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.deed.as_str()).chain(self.delivery.as_deref())
    }

    /// `message:…` is the same for the twins of one message, `event:…` for all deliveries
    /// of one of them.
    pub(super) fn of_message(
        team: &TeamId,
        channel: &ChannelId,
        ts: &MessageTs,
        event_id: Option<&str>,
    ) -> Self {
        Self {
            deed: format!("message:{team}:{channel}:{ts}"),
            delivery: event_id.map(|id| format!("event:{}", bounded(id))),
        }
    }

    /// An event that is no message: all its deliveries have one id.
    pub(super) fn of_event(event_id: Option<&str>, envelope: &Value) -> Self {
        match event_id {
            Some(id) => Self::single(format!("event:{}", bounded(id))),
            None => Self::of_body(envelope.to_string().as_bytes()),
        }
    }

    pub(super) fn of_trigger(trigger_id: &str) -> Self {
        Self::single(format!("trigger:{}", bounded(trigger_id)))
    }

    /// A press without a trigger: who pressed, where, and when to the microsecond.
    pub(super) fn of_press(action_ts: &str, message: Option<&MessageTs>, user: &UserId) -> Self {
        let message = message.map_or("-", MessageTs::as_str);
        Self::single(format!("press:{}:{message}:{user}", bounded(action_ts)))
    }

    /// A form that was sent, in one of its states.
    pub(super) fn of_form(view: &str, hash: &str) -> Self {
        Self::single(format!("form:{}:{}", bounded(view), bounded(hash)))
    }

    /// The last resort: the same bytes are the same happening.
    pub(super) fn of_body(body: &[u8]) -> Self {
        Self::single(format!("body:{}", hex_digest(body)))
    }

    fn single(deed: String) -> Self {
        Self {
            deed,
            delivery: None,
        }
    }
}

/// Longer than any id Slack gives; what is longer or odd is kept as its digest, so that a
/// key stays short and cannot be mistaken for another.
const LONGEST: usize = 128;

fn bounded(id: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if id.len() <= LONGEST && id.bytes().all(plain) {
        id.to_owned()
    } else {
        format!("#{}", hex_digest(id.as_bytes()))
    }
}

fn hex_digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing into a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_id_cannot_be_mistaken_for_another_key() {
        let plain = ClaimKeys::of_trigger("13345224609.738474920.8088930838d88f008e0");
        let odd = ClaimKeys::of_trigger("a:b\nc");
        let long = ClaimKeys::of_trigger(&"x".repeat(4_000));
        assert_eq!(
            plain.iter().collect::<Vec<_>>(),
            ["trigger:13345224609.738474920.8088930838d88f008e0"]
        );
        for keys in [odd, long] {
            let key = keys.iter().next().unwrap().to_owned();
            assert!(key.starts_with("trigger:#"), "{key}");
            assert_eq!(key.len(), "trigger:#".len() + 64);
        }
    }
}
