//! Which event is worked on, and whether it was worked on before.

use jiff::{SignedDuration, Timestamp};

use crate::ids::RunId;
use crate::line::Try;
use crate::slack::{Mark, Of, Slot};
use crate::store::Entry;

/// Slack's clock and ours differ by no more, or its requests would not be accepted.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);

/// The event at work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    pub(crate) run: RunId,
    pub(crate) tried: Try,
    /// Nothing of this was said earlier, by Slack's clock.
    pub(crate) since: Timestamp,
}

impl Work {
    pub(super) fn on(entry: &Entry, tried: Try) -> Self {
        Self {
            run: entry.run,
            tried,
            since: before(entry.accepted_at),
        }
    }

    pub(super) fn mark(&self, slot: Slot) -> Mark {
        Mark {
            of: Of::Run(self.run),
            slot,
        }
    }
}

/// The earliest time of Slack's that can be this one of ours.
pub(super) fn before(time: Timestamp) -> Timestamp {
    time.saturating_sub(CLOCKS_DIFFER).unwrap_or(time)
}
