//! How long turns and calls take, for the figures.

use std::time::{Duration, Instant};

use crate::agent::{Effect, Reply};
use crate::ledger::Fate;
use crate::metrics::{Metrics, ToolEffect, ToolOutcome, TurnOutcome};
use crate::router;

/// When something was begun.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun(Instant);

impl Begun {
    pub(super) fn now() -> Self {
        Self(Instant::now())
    }

    /// It is over: how long it took.
    pub(super) fn over(self) -> Duration {
        self.0.elapsed()
    }
}

/// The model was asked for a turn.
pub(super) fn turn(metrics: &Metrics, took: Duration, reply: &Result<Reply, router::Error>) {
    let outcome = match reply {
        Ok(_) => TurnOutcome::Taken,
        Err(_) => TurnOutcome::Failed,
    };
    metrics.turned(outcome, took);
}

/// A call was sent to the vault.
pub(super) fn call(metrics: &Metrics, took: Duration, effect: Effect, fate: Fate) {
    let outcome = match fate {
        Fate::Done => ToolOutcome::Done,
        Fate::NotDone => ToolOutcome::Failed,
        Fate::Unknown => ToolOutcome::Unknown,
    };
    let effect = match effect {
        Effect::Read => ToolEffect::Read,
        Effect::Write => ToolEffect::Write,
    };
    metrics.called(effect, outcome, took);
}
