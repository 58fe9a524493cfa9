//! The journals of events that are no questions, and of questions from outside their run.

use super::Context;
use crate::ids::RunId;
use crate::run::{Progress, Step};
use crate::store::Durability;

/// Where it stands. One that cannot be read stands at its beginning.
pub(super) fn progress(context: &Context, run: RunId) -> Progress {
    let steps = context.store.journal.steps(run).unwrap_or_else(|cause| {
        tracing::error!(run.id = %run, error = &cause as &dyn std::error::Error, "the store failed");
        Vec::new()
    });
    Progress::of(steps)
}

/// Writes a step down. What it speaks of has happened: a store that fails changes nothing.
pub(super) async fn note(context: &Context, run: RunId, step: &Step) {
    let place = progress(context, run).steps;
    let journal = &context.store.journal;
    if let Err(cause) = journal.append(run, place, step, Durability::Now).await {
        tracing::error!(run.id = %run, error = &cause as &dyn std::error::Error, "the store failed");
    }
}
