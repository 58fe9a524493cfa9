//! Answering a question: the run, from its journal to the last word in the thread.

mod calls;
mod failure;
mod park;
mod run;
mod say;
mod turns;

use super::gate::Asker;
use super::{Context, Outcome, Unsaid};
use crate::event::{Event, Said};
use crate::ids::RunId;
use crate::run::{Conclusion, Failure, Step};
use crate::store::{Durability, Entry, Error};

pub(super) use failure::{store_failed, vault_failed};

use run::Running;

/// Takes a run up where its journal stands, and brings it to its next rest: an answer, a
/// clear word, or waiting for an account.
pub(super) async fn answer(
    context: &Context,
    run: RunId,
    said: &Said,
    asker: &Asker,
    question: &str,
) -> Result<Outcome, Unsaid> {
    let begun = context.at_work.begin(&said.thread, asker.person());
    let mut running = match Running::open(context, run, said, asker, question) {
        Ok(running) => running,
        Err(cause) => {
            tracing::error!(run.id = %run, error = &cause as &dyn std::error::Error, "a journal could not be read");
            return Running::unread(context, run, said, asker, question)
                .say(&Conclusion::Failed(Failure::Store))
                .await;
        }
    };
    if let Some(conclusion) = running.progress.conclusion.clone() {
        return running.say(&conclusion).await;
    }
    running.place().await?;
    let worked = tokio::select! {
        worked = running.work() => worked,
        () = begun.stopped() => Ok(Rest::Concluded(Conclusion::Stopped)),
    };
    let conclusion = match worked {
        Ok(Rest::Concluded(conclusion)) => conclusion,
        Ok(Rest::Waiting) => return Ok(Outcome::Waiting),
        Ok(Rest::Again) => return Ok(Outcome::Later),
        Err(Interrupted::Failed(failure)) => Conclusion::Failed(failure),
        Err(Interrupted::Unsaid(unsaid)) => return Err(unsaid),
    };
    running.conclude(&conclusion).await;
    running.say(&conclusion).await
}

/// Where a run comes to rest.
enum Rest {
    /// Nowhere yet: the account it was to wait for is there.
    Again,
    Concluded(Conclusion),
    Waiting,
}

/// Why a run comes to no rest by itself.
enum Interrupted {
    Failed(Failure),
    Unsaid(Unsaid),
}

impl From<Error> for Interrupted {
    fn from(cause: Error) -> Self {
        tracing::error!(error = &cause as &dyn std::error::Error, "the store failed");
        Self::Failed(Failure::Store)
    }
}

/// Ends this person's runs in this thread that wait for an account. `true` when there
/// were any: each then says itself that it was stopped.
pub(super) async fn stop_waiting(
    context: &Context,
    stopper: RunId,
    said: &Said,
) -> Result<bool, Error> {
    let mut any = false;
    for entry in context.store.inbox.entries()? {
        if entry.run == stopper || !is_by_the_same_in_the_same_thread(&entry, said) {
            continue;
        }
        if context.store.parked.take_run(entry.run).await? {
            let place = context.store.journal.steps(entry.run)?.len();
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            let step = Step::Concluded(Conclusion::Stopped);
            context
                .store
                .journal
                .append(entry.run, place, &step, Durability::Now)
                .await?;
            let _ = context.resumed.send(entry.run).await;
            any = true;
        }
    }
    Ok(any)
}

fn is_by_the_same_in_the_same_thread(entry: &Entry, said: &Said) -> bool {
    match &entry.event {
        Event::Said(other) => other.thread == said.thread && other.actor.user == said.actor.user,
        Event::Commanded(_) | Event::Pressed(_) => false,
    }
}
