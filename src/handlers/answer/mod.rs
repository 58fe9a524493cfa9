//! Answering a question: the run, from its journal to the last word in the thread.

mod ask;
mod caller;
mod calls;
mod early;
mod failure;
mod hear;
mod look;
mod park;
mod private;
mod recall;
mod run;
mod say;
mod spend;
mod steer;
mod steps;
mod stream;
mod turns;
mod wait;
mod withdraw;
mod words;
mod write;

use std::sync::Arc;

use super::gate::Asker;
use super::work::Work;
use super::{Context, Outcome, Unsaid};
use crate::event::Said;
use crate::run::{Conclusion, Failure};
use crate::slack::render;
use crate::store::Error;

pub(crate) use early::{Unbegun, conclude_unbegun};
pub(super) use early::{end_waiting, is_shown, place_in_line};
pub(super) use failure::{store_failed, vault_failed};
pub(super) use private::is_private;
pub(crate) use steer::end_taken_in;

use run::Running;

/// Takes a run up where its journal stands, and brings it to its next rest: an answer, a
/// clear word, or waiting for an account.
pub(super) async fn answer(
    context: &Context,
    work: &Work,
    said: &Said,
    asker: &Asker,
    question: &str,
) -> Result<Outcome, Unsaid> {
    let mut running = match Running::open(context, work, said, asker, question) {
        Ok(running) => running,
        Err(cause) => {
            tracing::error!(run.id = %work.run, error = &cause as &dyn std::error::Error, "a journal could not be read");
            return Running::unread(context, work, said, asker, question)
                .say(&Conclusion::Failed(Failure::Store))
                .await;
        }
    };
    running.look_back().await?;
    if let Some(conclusion) = running.progress.conclusion.clone() {
        return running.end(&conclusion).await;
    }
    if let Err(cause) = running.let_stand().await {
        tracing::warn!(run.id = %work.run, error = &cause as &dyn std::error::Error, "a stream of a life before this one could not be ended");
    }
    running.begin_session().await;
    if !running.waits_for_word() {
        running.place(&render::working()).await?;
    }
    let (stop, writing) = (
        context.at_work.stop_of(work.run),
        Arc::clone(&running.writing),
    );
    let stopped = async {
        stop.cancelled().await;
        // A write that is on its way comes to its end first.
        let _ = writing.acquire().await;
    };
    let worked = tokio::select! {
        worked = running.work() => worked,
        () = stopped => Ok(Rest::Concluded(Conclusion::Stopped)),
    };
    let conclusion = match worked {
        Ok(Rest::Concluded(conclusion)) => conclusion,
        Ok(Rest::Waiting) => return Ok(Outcome::Waiting),
        Ok(Rest::Again) => return Ok(Outcome::Later),
        Err(Interrupted::Failed(failure)) => Conclusion::Failed(failure),
        Err(Interrupted::Unsaid(unsaid)) => return Err(unsaid),
    };
    // A stop comes in the midst of a try.
    if let Err(cause) = running.count_lost().await {
        tracing::error!(run.id = %work.run, error = &cause as &dyn std::error::Error, "the store failed");
    }
    running.conclude(&conclusion).await;
    running.end(&conclusion).await
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
