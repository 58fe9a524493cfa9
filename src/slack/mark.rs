//! By what a message of ours is known again. Slack has no key for posts, but keeps what
//! stands in their metadata: whose word it is, and which.

use std::fmt;

use serde_json::{Value, json};

use super::json::text;
use crate::connect::AttemptId;
use crate::ids::RunId;

/// The name of our kind of metadata.
const EVENT_TYPE: &str = "valet_run";

/// Whose word a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Attempt(AttemptId),
    Run(RunId),
}

/// Which of its words. Nobody says two under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Slot {
    /// What its person is asked for their word on; the how-manieth of its run.
    Card(usize),
    /// The buttons for several of them, from that one on.
    Cards(usize),
    /// That it is given up.
    End,
    /// How connecting ended.
    Ending,
    /// The link to connect an account; by how many the run asked for before.
    Link(usize),
    /// A part of the answer.
    Part(usize),
    /// The sign of life.
    Placeholder,
    /// What its person alone is told of what came of it.
    Private(usize),
    /// The word on a command.
    Reply,
    /// A stream that is to be taken away: what it was to become stands elsewhere.
    Stray,
}

/// The mark of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) of: Of,
    pub(crate) slot: Slot,
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Card(number) => write!(f, "card-{number}"),
            Self::Cards(number) => write!(f, "cards-{number}"),
            Self::End => f.write_str("end"),
            Self::Ending => f.write_str("ending"),
            Self::Link(number) => write!(f, "link-{number}"),
            Self::Part(number) => write!(f, "part-{number}"),
            Self::Placeholder => f.write_str("placeholder"),
            Self::Private(number) => write!(f, "private-{number}"),
            Self::Reply => f.write_str("reply"),
            Self::Stray => f.write_str("stray"),
        }
    }
}

impl Of {
    fn named(self) -> (&'static str, String) {
        match self {
            Self::Attempt(attempt) => ("attempt", attempt.to_string()),
            Self::Run(run) => ("run", run.to_string()),
        }
    }

    /// The name of the slot, if a message with this metadata is a word of this.
    pub(super) fn slot_of(self, metadata: &Value) -> Option<&str> {
        let (kind, id) = self.named();
        let is_ours = text(metadata, &["event_type"]) == Some(EVENT_TYPE)
            && text(metadata, &["event_payload", kind]) == Some(&id);
        text(metadata, &["event_payload", "slot"]).filter(|_| is_ours)
    }
}

impl Mark {
    /// As Slack keeps it. Texts alone: other values make some libraries lose the message.
    pub(super) fn metadata(self) -> Value {
        let (kind, id) = self.of.named();
        let slot = self.slot.to_string();
        json!({"event_type": EVENT_TYPE, "event_payload": {kind: id, "slot": slot}})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Randomness;

    #[test]
    fn a_mark_is_known_again_and_nothing_else_is() {
        let bits = Randomness::seeded(1);
        let run = || Of::Run(bits.run_id(jiff::Timestamp::UNIX_EPOCH));
        let attempt = Of::Attempt(AttemptId::of(&bits.nonce().digest()));
        let (one, other) = (run(), run());
        let mark = Mark {
            of: one,
            slot: Slot::Part(2),
        };
        let metadata = mark.metadata();
        assert_eq!(one.slot_of(&metadata), Some("part-2"));
        assert_eq!(other.slot_of(&metadata), None);
        assert_eq!(attempt.slot_of(&metadata), None);
        let of_attempt = Mark {
            of: attempt,
            slot: Slot::Ending,
        };
        assert_eq!(attempt.slot_of(&of_attempt.metadata()), Some("ending"));

        let mut foreign = metadata.clone();
        foreign["event_type"] = json!("other_app");
        let mut odd = metadata;
        odd["event_payload"]["slot"] = json!(2);
        for nothing in [
            foreign,
            odd,
            json!(null),
            json!([]),
            json!({"event_payload": 1}),
        ] {
            assert_eq!(one.slot_of(&nothing), None, "{nothing}");
        }
    }
}
