//! Answers that their asker reads first, alone: which they are, what is said of them where
//! everybody reads, and what is said in the direct messages.

use super::super::{Context, Unsaid};
use super::run::Running;
use crate::event::Said;
use crate::policy::MadeWith;
use crate::run::{Progress, Step};
use crate::sharing::Private;
use crate::slack::{Message, Slot, Target};
use crate::store::Durability;

/// Whether what comes of a run is for its person alone, as far as it has come.
pub(in crate::handlers) fn is_private(context: &Context, said: &Said, progress: &Progress) -> bool {
    let made_with = if progress.has_looked() {
        MadeWith::Accounts
    } else {
        MadeWith::Nothing
    };
    let held_back = context
        .policy
        .private_first()
        .holds_back(said.surface, made_with);
    progress.in_private || held_back
}

impl<'a> Running<'a> {
    /// Whether what comes of it is for its person alone, as far as it has come.
    pub(super) fn is_private(&self) -> bool {
        is_private(self.context, self.said, &self.progress)
    }

    /// Whether it may yet become so: what others read of it meanwhile has nothing of an
    /// account.
    pub(super) fn may_be_private(&self) -> bool {
        let policy = &self.context.policy;
        let held_back = policy
            .private_first()
            .holds_back(self.said.surface, MadeWith::Accounts);
        self.progress.in_private || held_back
    }

    /// From here on it is, whatever the policy says after a restart.
    pub(super) async fn keep_private(&mut self) {
        if !self.progress.in_private {
            self.note(Step::InPrivate, Durability::Batched).await;
        }
    }

    /// Where its person is asked for their word: a card shows what the model wants to do with
    /// what it has read.
    pub(super) fn place_of_cards(&self) -> Target<'a> {
        if self.may_be_private() {
            Target::Direct(&self.said.actor.user)
        } else {
            Target::Thread(&self.said.thread)
        }
    }

    /// Says this to its person alone, unless it stands there.
    pub(super) async fn say_alone(&mut self, number: usize, words: &Message) -> Result<(), Unsaid> {
        let target = Target::Direct(&self.said.actor.user);
        if self.work.tried == crate::line::Try::Again && self.alone.is_none() {
            self.alone = Some(self.look(target).await?);
        }
        let slot = Slot::Private(number);
        if self
            .alone
            .as_ref()
            .is_some_and(|alone| alone.at(slot).is_some())
        {
            return Ok(());
        }
        let mark = self.work.mark(slot);
        self.context.slack.post(target, words, mark).await?;
        Ok(())
    }

    /// What is kept of an answer that may be shared later.
    pub(super) fn kept(&self, markdown: &str) -> Private {
        let parts = self.answer(markdown);
        let parts = parts.iter().map(Message::to_share).collect();
        Private::offered(self.said.thread.clone(), parts)
    }
}
