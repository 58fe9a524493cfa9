//! What is done for a run before its turn, or instead of it.

use super::super::gate::Asker;
use super::super::work::Work;
use super::super::{Context, Unsaid};
use super::run::Running;
use crate::event::Said;
use crate::ids::{ConnectionName, Person, RunId};
use crate::run::{Conclusion, Failure, Progress, Step};
use crate::slack::render;
use crate::store::{Durability, Error};

/// Why a run ends before it has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unbegun {
    Stopped,
    /// What it waited for will not come.
    WaitedInVain(Failure),
    TooManyOpen {
        most: usize,
    },
}

/// Writes down how a run ends on which nobody works. Once its turn comes it says so.
pub(crate) async fn conclude_unbegun(
    context: &Context,
    run: RunId,
    why: Unbegun,
) -> Result<(), Error> {
    let progress = Progress::of(context.store.journal.steps(run)?);
    if progress.conclusion.is_some() {
        return Ok(());
    }
    let step = Step::Concluded(match why {
        Unbegun::Stopped => Conclusion::Stopped,
        Unbegun::WaitedInVain(why) => Conclusion::Failed(why),
        Unbegun::TooManyOpen { most } => Conclusion::Failed(Failure::TooManyOpen { most }),
    });
    context
        .store
        .journal
        .append(run, progress.steps, &step, Durability::Now)
        .await
}

/// Ends the runs that wait for this account; each says so itself.
pub(in crate::handlers) async fn end_waiting(
    context: &Context,
    person: &Person,
    connection: &ConnectionName,
    why: Failure,
) -> Result<(), Error> {
    let parked = &context.store.parked;
    // While they sleep nobody else writes into their journals. One that is only falling
    // asleep is woken without a word, and finds out itself that its account is gone.
    for run in parked.waiting_for(person, connection)? {
        if Progress::of(context.store.journal.steps(run)?).waits {
            conclude_unbegun(context, run, Unbegun::WaitedInVain(why)).await?;
        }
    }
    for run in parked.take(person, connection).await? {
        // When nobody listens we are stopping, and the run is found open at the next start.
        let _ = context.resumed.send(run).await;
    }
    Ok(())
}

/// Whether this person has seen a sign of life already, or is about to hear the end of it.
/// A journal that cannot be read is none of ours: the run will say so.
pub(in crate::handlers) fn is_shown(context: &Context, run: RunId) -> bool {
    context.store.journal.steps(run).map_or(true, |steps| {
        let progress = Progress::of(steps);
        progress.placed.is_some() || progress.conclusion.is_some()
    })
}

/// Shows that a question is in line. What is posted here is what the answer will replace.
pub(in crate::handlers) async fn place_in_line(
    context: &Context,
    work: &Work,
    said: &Said,
    asker: &Asker,
    question: &str,
) -> Result<(), Unsaid> {
    match Running::open(context, work, said, asker, question) {
        Ok(mut running) => {
            running.look_back().await?;
            running.place(&render::in_line()).await
        }
        Err(cause) => {
            tracing::error!(run.id = %work.run, error = &cause as &dyn std::error::Error, "a journal could not be read");
            Ok(())
        }
    }
}
