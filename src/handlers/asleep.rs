//! Runs that a crash caught while they fell asleep. They wait for an account, and their link
//! may never have been sent; or for a word, and may still say that they are worked on.

use super::{Context, journal};
use crate::ids::RunId;
use crate::store::Error;

/// Those that wait and have not written down that their link was sent. Asked for before
/// any run is at work, since one that falls asleep just now looks the same.
pub(crate) fn half_asleep(context: &Context) -> Result<Vec<RunId>, Error> {
    let mut runs: Vec<RunId> = context.store.parked.runs()?.into_iter().collect();
    runs.retain(|run| !journal::progress(context, *run).waits);
    Ok(runs)
}

/// Those that wait for a word, and whose sign of life was not taken away before.
pub(crate) fn half_at_rest(context: &Context) -> Result<Vec<RunId>, Error> {
    let mut runs: Vec<RunId> = context.store.approvals.resting()?.into_iter().collect();
    runs.retain(|run| {
        let progress = journal::progress(context, *run);
        // In private it stays, and says what is waited for.
        progress.placed.is_some() && !progress.in_private
    });
    Ok(runs)
}

/// They wait no more, so that the sweep takes them up; they look for their link then.
pub(crate) async fn wake(context: &Context, runs: Vec<RunId>) -> Result<(), Error> {
    for run in runs {
        context.store.parked.take_run(run).await?;
    }
    Ok(())
}
