//! What happened in a run, from when to when.

use std::time::Duration;

use jiff::Timestamp;

use crate::ids::RunId;
use crate::random::Randomness;

/// The run itself, or a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The parent of all parts, whose id follows from the run's.
    Whole,
    /// With an id of its own.
    Piece([u8; 8]),
}

impl Part {
    pub(crate) fn piece(randomness: &Randomness) -> Self {
        Self::Piece(randomness.span_id())
    }
}

/// Which side of a call this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A request to a service outside.
    Client,
    /// Work of our own.
    Internal,
}

/// One thing that is known of it. Names are those of OpenTelemetry's conventions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Attribute {
    Count(&'static str, u64),
    Text(&'static str, String),
}

/// A part of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) run: RunId,
    pub(crate) part: Part,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) begun: Timestamp,
    pub(crate) took: Duration,
    pub(crate) attributes: Vec<Attribute>,
    /// Why it came to nothing: the name of the error.
    pub(crate) failed: Option<String>,
}

impl Span {
    /// In nanoseconds since 1970.
    pub(super) fn times(&self) -> (u64, u64) {
        let begun = u64::try_from(self.begun.as_nanosecond()).unwrap_or_default();
        let took = u64::try_from(self.took.as_nanos()).unwrap_or(u64::MAX);
        (begun, begun.saturating_add(took))
    }

    /// Its own id, and that of the part it belongs to.
    pub(super) fn ids(&self) -> ([u8; 8], Option<[u8; 8]>) {
        let whole = self.run.last_bytes();
        match self.part {
            Part::Piece(own) => (own, Some(whole)),
            Part::Whole => (whole, None),
        }
    }
}
