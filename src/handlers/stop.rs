//! `stop`: the asker's word that ends what runs or waits for them in this thread.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use super::gate::{self, Asker, Gated};
use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, answer, sessions};
use crate::event::{Actor, Said, SessionStopped};
use crate::ids::{RunId, Thread};
use crate::line::{Stopped, Who};
use crate::slack::render;
use crate::store::Error;

/// The runs at work, so that their askers can stop them.
#[derive(Clone, Default)]
pub(crate) struct AtWork(Arc<Mutex<HashMap<RunId, Signals>>>);

#[derive(Clone, Default)]
struct Signals {
    stop: CancellationToken,
    /// It is at work no more.
    over: CancellationToken,
}

impl AtWork {
    /// From now on it can be stopped.
    pub(crate) fn begin(&self, run: RunId) {
        self.lock().entry(run).or_default();
    }

    pub(crate) fn end(&self, run: RunId) {
        if let Some(signals) = self.lock().remove(&run) {
            signals.over.cancel();
        }
    }

    /// Cancelled when this run is to stop.
    pub(super) fn stop_of(&self, run: RunId) -> CancellationToken {
        let signals = self.lock().get(&run).cloned();
        signals.unwrap_or_default().stop
    }

    /// Tells it to stop, or as soon as it begins; cancelled when it is over.
    fn stop(&self, run: RunId) -> CancellationToken {
        let signals = self.lock().entry(run).or_default().clone();
        signals.stop.cancel();
        signals.over
    }

    /// Tells all but one to stop. Each of these is cancelled when one of them is over.
    pub(super) fn stop_all_but(&self, run: RunId) -> Vec<CancellationToken> {
        let at_work = self.lock();
        let others = at_work.iter().filter(|(other, _)| **other != run);
        others
            .map(|(_, signals)| {
                signals.stop.cancel();
                signals.over.clone()
            })
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, Signals>> {
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
    if !stop_theirs(context, work, &said.thread, &said.actor).await {
        return ReplyTo::to(said)
            .say(context, work, &render::nothing_to_stop())
            .await;
    }
    tracing::info!(person = %asker.person(), "{} stopped what was open in a thread", asker.person());
    Ok(Outcome::Settled)
}

/// Slack's own Stop: the same as the word, for whoever pressed it. What others have asked
/// there goes on. It is obeyed once: tried again, it could end what was asked since.
pub(super) async fn by_slack(context: &Context, work: &Work, stopped: &SessionStopped) -> Outcome {
    let SessionStopped { actor, thread } = stopped;
    if stop_theirs(context, work, thread, actor).await {
        tracing::info!(user = %actor.user, "{} stopped what was open in a thread", actor.user);
        sessions::show(context, thread).await;
        return Outcome::Settled;
    }
    let Ok(admitted) = gate::admit(context, actor).await else {
        return Outcome::Settled;
    };
    if matches!(admitted, Err(Gated::NotOurs)) {
        return Outcome::Settled;
    }
    // How the session stands is left to us by Slack, whatever came of it.
    sessions::show(context, thread).await;
    if admitted.is_ok() && context.line.with(|line| line.is_open_in(thread)) {
        let told = ReplyTo::alone(actor);
        let told = told.say(context, work, &render::not_yours_to_stop()).await;
        if let Err(unsaid) = told {
            tracing::warn!(run.id = %work.run, error = &unsaid as &dyn std::error::Error, "somebody could not be told that others are at work");
        }
    }
    Outcome::Settled
}

/// Ends what this person has open in this thread; `false` if that is nothing.
async fn stop_theirs(context: &Context, work: &Work, thread: &Thread, actor: &Actor) -> bool {
    let (stopped, under_way) = stop_all(context, work, thread, actor);
    if stopped.is_nothing() {
        return false;
    }
    end_held(context, stopped).await;
    // As long as it is only in memory that they stop, this word is still to be obeyed: after
    // a crash they would go on.
    for over in under_way {
        over.cancelled().await;
    }
    // One that could not say so, or fell asleep just then, is found resting.
    let (resting, _) = stop_all(context, work, thread, actor);
    end_held(context, resting).await;
    true
}

/// What this word stops, and what tells when each run is over that stops by itself.
fn stop_all(
    context: &Context,
    work: &Work,
    thread: &Thread,
    actor: &Actor,
) -> (Stopped, Vec<CancellationToken>) {
    let who = Who::of(actor);
    context.line.with(|line| {
        let stopped = line.stop(work.run, thread, &who);
        let under_way = stopped.at_work.iter().chain(&stopped.soon);
        let under_way = under_way.map(|run| context.at_work.stop(*run)).collect();
        (stopped, under_way)
    })
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
