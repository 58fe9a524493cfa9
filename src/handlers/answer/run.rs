//! A run at work: its question, and its journal so far.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::super::Context;
use super::super::gate::Asker;
use super::super::sessions::{self, Had};
use super::super::work::Work;
use super::stream::Shown;
use crate::event::Said;
use crate::ids::{Identifier, RunId};
use crate::router::Lost;
use crate::run::{Progress, Step};
use crate::slack::{Message, Slot, Standing, Target};
use crate::store::{Durability, Error};

/// A run, and all it knows about itself.
pub(super) struct Running<'a> {
    pub(super) context: &'a Context,
    pub(super) run: RunId,
    pub(super) work: Work,
    pub(super) said: &'a Said,
    pub(super) asker: &'a Asker,
    pub(super) question: &'a str,
    pub(super) progress: Progress,
    /// Held while a write is on its way, during which the run is not stopped.
    pub(super) writing: Arc<Semaphore>,
    /// What was found there of an earlier try.
    pub(super) standing: Standing,
    /// The same in its person's direct messages, once that was looked for.
    pub(super) alone: Option<Standing>,
    /// What stands in a message that this life has begun and that grows.
    pub(super) shown: Option<Shown>,
    /// The sign of life may stand there, and nobody knows where.
    pub(super) lost_placeholder: bool,
    /// The same of the buttons for several cards.
    pub(super) lost_buttons: bool,
    /// What the model was asked in vain.
    pub(super) lost: Lost,
}

impl<'a> Running<'a> {
    pub(super) fn open(
        context: &'a Context,
        work: &Work,
        said: &'a Said,
        asker: &'a Asker,
        question: &'a str,
    ) -> Result<Self, Error> {
        let progress = Progress::of(context.store.journal.steps(work.run)?);
        Ok(Self {
            progress,
            ..Self::unread(context, work, said, asker, question)
        })
    }

    /// The same without its journal: enough to say that it is lost.
    pub(super) fn unread(
        context: &'a Context,
        work: &Work,
        said: &'a Said,
        asker: &'a Asker,
        question: &'a str,
    ) -> Self {
        Self {
            context,
            run: work.run,
            work: *work,
            said,
            asker,
            question,
            progress: Progress::default(),
            writing: Arc::new(Semaphore::new(1)),
            standing: Standing::default(),
            alone: None,
            shown: None,
            lost_placeholder: false,
            lost_buttons: false,
            lost: Lost::default(),
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
        let mark = self.work.mark(Slot::Placeholder);
        let placed = match self.context.slack.post(target, words, mark).await {
            Ok(placed) => placed,
            Err(cause) if !cause.may_be_done() => return Err(cause),
            Err(cause) => {
                // It may stand there; it is looked for before the answer is said.
                self.lost_placeholder = true;
                tracing::warn!(run.id = %self.run, error = &cause as &dyn std::error::Error, "no sign of life was posted");
                return Ok(());
            }
        };
        self.note(Step::Placed(placed), Durability::Now).await;
        Ok(())
    }

    /// Lets Slack show that work has begun, at once, and before anything is said.
    pub(super) async fn begin_session(&mut self) {
        let had = if self.progress.in_session {
            Had::One
        } else {
            Had::None
        };
        if !sessions::begin(self.context, self.run, &self.said.thread, had) {
            return;
        }
        if had == Had::None {
            self.note(Step::InSession, Durability::Batched).await;
        }
        sessions::show_begun(self.context, self.said, self.question);
    }

    pub(super) async fn identifier(&self) -> Result<Identifier, Error> {
        self.context
            .store
            .people
            .identifier_of(self.asker.person())
            .await
    }
}
