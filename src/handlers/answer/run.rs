//! A run at work: its question, and its journal so far.

use super::super::Context;
use super::super::gate::Asker;
use crate::event::Said;
use crate::ids::{Identifier, RunId};
use crate::run::{Conclusion, Progress, Step};
use crate::slack::{Message, Target};
use crate::store::{Durability, Error};

/// A run, and all it knows about itself.
pub(super) struct Running<'a> {
    pub(super) context: &'a Context,
    pub(super) run: RunId,
    pub(super) said: &'a Said,
    pub(super) asker: &'a Asker,
    pub(super) question: &'a str,
    pub(super) progress: Progress,
}

impl<'a> Running<'a> {
    pub(super) fn open(
        context: &'a Context,
        run: RunId,
        said: &'a Said,
        asker: &'a Asker,
        question: &'a str,
    ) -> Result<Self, Error> {
        let progress = Progress::of(context.store.journal.steps(run)?);
        Ok(Self {
            progress,
            ..Self::unread(context, run, said, asker, question)
        })
    }

    /// The same without its journal: enough to say that it is lost.
    pub(super) fn unread(
        context: &'a Context,
        run: RunId,
        said: &'a Said,
        asker: &'a Asker,
        question: &'a str,
    ) -> Self {
        Self {
            context,
            run,
            said,
            asker,
            question,
            progress: Progress::default(),
        }
    }

    /// Writes a step down, then counts it.
    pub(super) async fn record(&mut self, step: Step, durability: Durability) -> Result<(), Error> {
        self.context
            .store
            .journal
            .append(self.run, self.progress.steps, &step, durability)
            .await?;
        self.progress.take(step);
        Ok(())
    }

    /// Shows that work has begun, or will. What is posted here is what the answer will replace.
    pub(super) async fn place(&mut self, words: &Message) -> Result<(), super::Unsaid> {
        if self.progress.placed.is_some() {
            return Ok(());
        }
        let target = Target::Thread(&self.said.thread);
        let placed = match self.context.slack.post(target, words, Some(self.run)).await {
            Ok(placed) => placed,
            Err(cause) if !cause.may_be_done() => return Err(cause),
            Err(cause) => {
                // It may stand there; the answer can still be a message of its own.
                tracing::warn!(run.id = %self.run, error = &cause as &dyn std::error::Error, "no sign of life was posted");
                return Ok(());
            }
        };
        if let Err(cause) = self.record(Step::Placed(placed), Durability::Now).await {
            // The work can go on: at worst a restart places a second one.
            tracing::error!(run.id = %self.run, error = &cause as &dyn std::error::Error, "the store failed");
        }
        Ok(())
    }

    /// What will be said is on disk before it is said.
    pub(super) async fn conclude(&mut self, conclusion: &Conclusion) {
        let step = Step::Concluded(conclusion.clone());
        if let Err(cause) = self.record(step, Durability::Now).await {
            tracing::error!(run.id = %self.run, error = &cause as &dyn std::error::Error, "the store failed");
        }
    }

    pub(super) async fn identifier(&self) -> Result<Identifier, Error> {
        self.context
            .store
            .people
            .identifier_of(self.asker.person())
            .await
    }
}
