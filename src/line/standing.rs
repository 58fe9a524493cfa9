//! Where an open event stands.

use jiff::{SignedDuration, Timestamp};

use super::item::{Arrival, Errand, Item, Start, Try};
use crate::ids::RunId;

/// Why nothing more is accepted. Slack is told to come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Full {
    #[error("too many events are open")]
    ForAll,
    #[error("too many events of one person are open")]
    ForOne,
}

/// How something leaves the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leave {
    /// Settled.
    Over,
    /// It waits for an account, or could not be said.
    Resting,
}

/// What a word to stop has found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Stopped {
    /// To be told to stop.
    pub(crate) at_work: Vec<RunId>,
    /// To be written down as stopped, and then let go.
    pub(crate) held: Vec<RunId>,
    /// They are stopped as soon as they can be.
    pub(crate) soon: Vec<RunId>,
}

impl Stopped {
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// For whoever runs Valet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) at_work: usize,
    pub(crate) waiting: usize,
    /// How long whoever has waited longest for their turn has waited.
    pub(crate) oldest_wait: SignedDuration,
}

/// An open event.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) item: Item,
    /// It entered as this one.
    pub(super) number: u64,
    pub(super) place: Place,
    pub(super) errand: Errand,
    pub(super) tried: Try,
    pub(super) standing: Standing,
}

/// Which room it takes up while it is at work, and waits for before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    None,
    Question,
    Quick,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    AtWork {
        /// What it waits for came before it had fallen asleep.
        woken: bool,
    },
    /// It may not begin yet: its person is being told something, or it is being stopped.
    Held,
    /// It waits for something else than its turn.
    Resting,
    Waiting {
        since: Timestamp,
        word: Word,
    },
}

/// Whether its person knows that it is in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Due,
    Said,
    /// They see the run ahead of it at work, which it steers.
    Spared,
    UnderWay,
}

impl Open {
    /// At work already; what has to wait is told so by the line.
    pub(super) fn new(item: Item, place: Place, arrival: Arrival) -> Self {
        let tried = match arrival {
            Arrival::Again | Arrival::Woken => Try::Again,
            Arrival::Fresh => Try::First,
        };
        Self {
            item,
            number: 0,
            place,
            errand: Errand::Work,
            tried,
            standing: Standing::AtWork { woken: false },
        }
    }

    pub(super) fn is_being_told(&self) -> bool {
        let word = Word::UnderWay;
        matches!(self.standing, Standing::Waiting { word: now, .. } if now == word)
    }

    pub(super) fn start(&self) -> Start {
        Start {
            run: self.item.run,
            errand: self.errand,
            tried: self.tried,
        }
    }
}
