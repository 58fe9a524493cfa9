//! What was asked and is not to be done any more, or was done already: the cards say so.

use super::super::cards;
use super::Interrupted;
use super::run::Running;
use crate::approval::{Approval, Why};
use crate::run::Step;
use crate::store::Durability;

impl Running<'_> {
    pub(super) async fn never_sent(
        &self,
        approval: &Approval,
        why: Why,
    ) -> Result<Approval, Interrupted> {
        Ok(cards::end(self.context, &self.progress, approval, why).await?)
    }

    /// What a life before this one has done or heard, and had not shown yet.
    pub(super) async fn catch_up(&mut self) -> Result<(), Interrupted> {
        for approval in self.context.store.approvals.open_of(self.run)? {
            if self.progress.ledger.made_under(approval.id).is_some() {
                let used = self.never_sent(&approval, Why::RunOver).await?;
                self.turn(&used).await?;
            }
        }
        self.scatter().await
    }

    /// None of the person's accounts is there any more: nothing they were asked about is
    /// done in whichever they connect next.
    pub(super) async fn lapse_all(&mut self) -> Result<(), Interrupted> {
        for approval in self.context.store.approvals.open_of(self.run)? {
            let lapsed = self.never_sent(&approval, Why::AccountChanged).await?;
            self.turn(&lapsed).await?;
        }
        Ok(())
    }

    /// The run is over: whatever was not said yes to by now is a no, on disk.
    pub(super) async fn withdraw_all(&mut self, why: Why) -> Result<(), Interrupted> {
        for approval in self.context.store.approvals.open_of(self.run)? {
            self.never_sent(&approval, why).await?;
        }
        Ok(())
    }

    /// A word to stop may have come while a card was on its way to Slack, or the buttons for
    /// several.
    async fn find_cards(&mut self) -> Result<(), Interrupted> {
        let open = self.context.store.approvals.open_of(self.run)?;
        if open.iter().all(|approval| approval.card.is_some()) && !self.lost_buttons {
            return Ok(());
        }
        let target = self.place_of_cards();
        let standing = self.look(target).await.map_err(Interrupted::Unsaid)?;
        for approval in open {
            if let Some(posted) = standing.at(self.slot(&approval)).cloned() {
                let approvals = &self.context.store.approvals;
                let shown = approvals.advance(approval.id, |one| one.shown(posted.clone()));
                shown.await?;
            }
        }
        if self.lost_buttons
            && let Some(posted) = standing.at(self.slot_of_buttons()).cloned()
        {
            self.note(Step::Gathered(Some(posted)), Durability::Batched)
                .await;
        }
        Ok(())
    }

    /// And the cards say so.
    pub(super) async fn turn_all(&mut self) -> Result<(), Interrupted> {
        self.find_cards().await?;
        for approval in self.context.store.approvals.open_of(self.run)? {
            self.turn(&approval).await?;
        }
        self.scatter().await
    }
}
