//! What a command has done. When Slack does not take the words about it they are said
//! again later, and the deed is not done again for that.

use super::Context;
use crate::ids::RunId;
use crate::run::{Deed, Progress, Step};
use crate::store::Durability;

/// Whether this very event has done this already.
pub(super) fn is_done(context: &Context, run: RunId, deed: &Deed) -> bool {
    match context.store.journal.steps(run) {
        Ok(steps) => Progress::of(steps).done.as_ref() == Some(deed),
        Err(cause) => {
            tracing::error!(run.id = %run, error = &cause as &dyn std::error::Error, "the store failed");
            false
        }
    }
}

/// Writes it down before it is spoken of. It is done: a store that fails changes nothing.
pub(super) async fn note(context: &Context, run: RunId, deed: Deed) {
    let step = Step::Done(deed);
    let noted = context.store.journal.append(run, 0, &step, Durability::Now);
    if let Err(cause) = noted.await {
        tracing::error!(run.id = %run, error = &cause as &dyn std::error::Error, "the store failed");
    }
}
