//! `stop`: the asker's word that ends what runs or waits for them in this thread.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use super::gate::Asker;
use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, answer};
use crate::event::Said;
use crate::ids::RunId;
use crate::line::{Stopped, Who};
use crate::slack::render;
use crate::store::Error;

/// The runs at work, so that their askers can stop them.
#[derive(Clone, Default)]
pub(crate) struct AtWork(Arc<Mutex<HashMap<RunId, CancellationToken>>>);

impl AtWork {
    /// From now on it can be stopped.
    pub(crate) fn begin(&self, run: RunId) {
        self.lock().insert(run, CancellationToken::new());
    }

    pub(crate) fn end(&self, run: RunId) {
        self.lock().remove(&run);
    }

    /// Cancelled when this run is to stop.
    pub(super) fn stop_of(&self, run: RunId) -> CancellationToken {
        self.lock().get(&run).cloned().unwrap_or_default()
    }

    fn stop(&self, run: RunId) {
        if let Some(stop) = self.lock().get(&run) {
            stop.cancel();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stops what is at work, in line or asleep for this person in this thread; each run says
/// so itself.
pub(super) async fn stop(
    context: &Context,
    work: &Work,
    said: &Said,
    asker: &Asker,
) -> Result<Outcome, Unsaid> {
    let who = Who::of(&said.actor);
    let stopped = context.line.with(|line| {
        let stopped = line.stop(work.run, &said.thread, &who);
        for run in &stopped.at_work {
            context.at_work.stop(*run);
        }
        stopped
    });
    if stopped.is_nothing() {
        return ReplyTo::to(said)
            .say(context, work, &render::nothing_to_stop())
            .await;
    }
    tracing::info!(person = %asker.person(), "{} stopped what was open in a thread", asker.person());
    end_held(context, stopped).await;
    Ok(Outcome::Settled)
}

/// It is on disk that they were stopped, before they or this word to stop are settled.
async fn end_held(context: &Context, stopped: Stopped) {
    for run in stopped.held {
        if let Err(cause) = end(context, run).await {
            tracing::error!(run.id = %run, error = &cause as &dyn std::error::Error, "the store failed");
        }
        context.line.with(|line| line.let_go(run));
        // Whoever dispatches looks at the line again.
        let _ = context.resumed.send(run).await;
    }
}

async fn end(context: &Context, run: RunId) -> Result<(), Error> {
    context.store.parked.take_run(run).await?;
    answer::conclude_unbegun(context, run, answer::Unbegun::Stopped).await
}
