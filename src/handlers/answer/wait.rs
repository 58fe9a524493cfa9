//! A run that has nothing to do before its person has said a word.

use super::run::Running;
use super::{Interrupted, Rest};
use crate::approval::Approval;
use crate::run::Step;
use crate::slack::render;
use crate::store::Durability;

impl Running<'_> {
    /// Whether something waits for the person, so that nothing else need be shown.
    pub(super) fn waits_for_word(&self) -> bool {
        let open = self.context.store.approvals.open_of(self.run);
        open.is_ok_and(|open| open.iter().any(Approval::waits))
    }

    /// Nothing is worked on until the person has said a word: no sign of life says so. It is
    /// on disk that there is none before it goes: an answer that was to take its place would
    /// be posted in vain, and then once more. One that stays is found when work goes on, or
    /// is stopped in the midst of this.
    pub(super) async fn wait_for_word(&mut self) -> Result<Rest, Interrupted> {
        if self.is_private() {
            self.tell_asked_alone().await;
            return Ok(Rest::Waiting);
        }
        if let Err(cause) = self.let_stand().await {
            tracing::warn!(run.id = %self.run, error = &cause as &dyn std::error::Error, "a stream could not be ended");
        }
        if let Some(placed) = self.progress.placed.clone() {
            self.lost_placeholder = true;
            self.record(Step::Unplaced, Durability::Now).await?;
            match self.context.slack.delete(&placed).await {
                Ok(()) => self.lost_placeholder = false,
                Err(cause) => {
                    tracing::warn!(run.id = %self.run, error = &cause as &dyn std::error::Error, "a sign of life could not be taken away");
                }
            }
        }
        Ok(Rest::Waiting)
    }

    /// Where the cards are not in the thread, it says so.
    async fn tell_asked_alone(&self) {
        let Some(placed) = &self.progress.placed else {
            return;
        };
        let words = render::asked_alone();
        if let Err(cause) = self.context.slack.update(placed, &words).await {
            tracing::warn!(run.id = %self.run, error = &cause as &dyn std::error::Error, "a thread could not be told what it waits for");
        }
    }
}
