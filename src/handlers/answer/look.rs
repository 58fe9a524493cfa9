//! Which words of a run stand there already although nothing is written down of them.

use super::super::{Unsaid, post};
use super::run::Running;
use crate::line::Try;
use crate::run::{Conclusion, Posted, Step, Stream};
use crate::slack::{self, Slot, Standing, Target};
use crate::store::Durability;

impl Running<'_> {
    /// A run taken up again finds out what it has said.
    pub(super) async fn look_back(&mut self) -> Result<(), Unsaid> {
        if self.work.tried == Try::First || !self.may_have_spoken() {
            return Ok(());
        }
        self.standing = self.look(Target::Thread(&self.said.thread)).await?;
        self.find_stream().await?;
        let placeholder = self.standing.at(Slot::Placeholder).cloned();
        let (None, Some(placeholder)) = (&self.progress.placed, placeholder) else {
            return Ok(());
        };
        if self.progress.parts_said > 0 || self.standing.at(Slot::Part(0)).is_some() {
            self.take_away(&placeholder).await?;
        } else {
            self.found(placeholder).await;
        }
        Ok(())
    }

    /// Whether a life before this one can have said what it did not write down: the sign of
    /// life, or one of the parts behind the one that takes its place.
    fn may_have_spoken(&self) -> bool {
        if self.progress.stream == Stream::Begun {
            return true;
        }
        let Some(conclusion) = &self.progress.conclusion else {
            return self.progress.placed.is_none();
        };
        self.progress.placed.is_none() || self.words(conclusion).len() > 1
    }

    /// Looks for the sign of life or the stream whose post came to an unknown end, before
    /// the answer is said without it. `false` if that could not be found out.
    pub(super) async fn look_for_lost(&mut self) -> bool {
        let placeholder_is_lost = self.progress.placed.is_none() && self.lost_placeholder;
        if !placeholder_is_lost && self.progress.stream != Stream::Begun {
            return true;
        }
        match self.look(Target::Thread(&self.said.thread)).await {
            Ok(standing) => {
                self.standing = standing;
                if placeholder_is_lost
                    && let Some(placeholder) = self.standing.at(Slot::Placeholder).cloned()
                {
                    self.found(placeholder).await;
                }
                self.find_stream().await.is_ok()
            }
            Err(cause) => {
                tracing::warn!(run.id = %self.run, error = &cause as &dyn std::error::Error, "whether what was begun stands there could not be found out");
                false
            }
        }
    }

    /// What stands there of this run.
    pub(super) async fn look(&mut self, target: Target<'_>) -> Result<Standing, Unsaid> {
        let before = self.progress.not_found_out;
        let found = post::look(self.context, &self.work, target, before).await;
        if found.as_ref().is_err_and(post::was_asked) {
            self.note(Step::NotFoundOut, Durability::Now).await;
        }
        found
    }

    /// A stream that was begun to an unknown end is now known, or was none. It is not to
    /// take the place of what was said without it.
    async fn find_stream(&mut self) -> Result<(), Unsaid> {
        if self.progress.stream != Stream::Begun {
            return Ok(());
        }
        let placed = self.progress.placed.as_ref();
        let stray = self.standing.at(Slot::Stray);
        let stream = stray.or_else(|| self.standing.begun_behind(placed));
        let stream = stream.cloned();
        if let Some(stream) = stream {
            if self.progress.parts_said == 0 {
                self.note(Step::Streamed(stream), Durability::Now).await;
                return Ok(());
            }
            // It is known by that again if it cannot be taken away.
            let mark = self.work.mark(Slot::Stray);
            let ended = self
                .context
                .slack
                .stop_stream(&stream, (&[], None), mark)
                .await;
            if let Err(cause) = ended {
                tracing::info!(run.id = %self.run, error = &cause as &dyn std::error::Error, "a stream was not ended");
            }
            self.take_away(&stream).await?;
        }
        self.note(Step::Unstreamed, Durability::Batched).await;
        Ok(())
    }

    async fn found(&mut self, placeholder: Posted) {
        self.note(Step::Placed(placeholder), Durability::Now).await;
    }

    /// Nothing is worked on any more where it says so. An error is to be tried again: it would
    /// say so for good.
    async fn take_away(&self, placeholder: &Posted) -> Result<(), Unsaid> {
        match self.context.slack.delete(placeholder).await {
            Ok(()) => Ok(()),
            Err(slack::Error::Refused { code }) => {
                tracing::warn!(run.id = %self.run, code = %code, "a sign of life that came too late could not be taken away: {code}");
                Ok(())
            }
            Err(unsaid) => Err(unsaid),
        }
    }

    /// Writes a step down whose loss costs a word said twice at most.
    pub(super) async fn note(&mut self, step: Step, durability: Durability) {
        if let Err(cause) = self.record(step.clone(), durability).await {
            tracing::error!(run.id = %self.run, error = &cause as &dyn std::error::Error, "the store failed");
            self.progress.take(step);
        }
    }

    /// What will be said is on disk before it is said.
    pub(super) async fn conclude(&mut self, conclusion: &Conclusion) {
        let step = Step::Concluded(conclusion.clone());
        self.note(step, Durability::Now).await;
    }
}
