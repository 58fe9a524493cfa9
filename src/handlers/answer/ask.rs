//! Writes that need the person's word: asked for with a card in the thread.

use std::collections::HashMap;

use super::super::connections;
use super::super::post;
use super::super::whose::whoami;
use super::caller::Caller;
use super::run::Running;
use super::turns::Accounts;
use super::write::Vouched;
use super::{Interrupted, Unsaid};
use crate::agent::{ProposedCall, Refusal, ToolCall};
use crate::approval::{Approval, Proposal, Subject, Why};
use crate::audit::Cause;
use crate::handlers::context::is_active;
use crate::ids::{ApprovalId, ConnectionName};
use crate::ledger::fingerprint;
use crate::line::Try;
use crate::random::Digest;
use crate::run::{Posted, Step};
use crate::slack::render;
use crate::slack::{self, Message, Slot};
use crate::store::Durability;

impl Running<'_> {
    /// The open approval under which the person was asked about this call, if they were.
    pub(super) fn open_approval(
        &self,
        call: &ProposedCall,
    ) -> Result<Option<Approval>, Interrupted> {
        let Some(id) = self.progress.asked_about(&call.id) else {
            return Ok(None);
        };
        let open = self.context.store.approvals.open_of(self.run)?;
        Ok(open.into_iter().find(|approval| approval.id == id))
    }

    /// Asks for the person's word on these calls, each with a card of its own.
    pub(super) async fn ask(
        &mut self,
        calls: &[(&ProposedCall, ToolCall<'_>)],
        caller: &Caller<'_>,
    ) -> Result<(), Interrupted> {
        if self.may_be_private() && !calls.is_empty() {
            self.keep_private().await;
        }
        let mut whose = HashMap::new();
        for (call, made) in calls {
            let connection = &made.tool.connection;
            if !whose.contains_key(connection) {
                let name = self.account_name(connection, caller.accounts).await;
                whose.insert(connection.clone(), name);
            }
            let account = whose.get(connection).cloned().flatten();
            let fingerprint = fingerprint(&made.tool.name, &made.tool.connection, &made.arguments);
            if self.progress.ledger.before(&fingerprint).is_some() {
                // Nobody need be asked to hear that it was done already.
                self.write(call, (made, Vouched::ByPolicy), caller).await?;
            } else {
                self.ask_about(call, made, account).await?;
            }
        }
        self.gather().await
    }

    async fn ask_about(
        &mut self,
        call: &ProposedCall,
        made: &ToolCall<'_>,
        account: Option<String>,
    ) -> Result<(), Interrupted> {
        let (id, now) = (
            self.context.randomness.approval_id(),
            self.context.clock.now(),
        );
        let batch = self.batch()?.unwrap_or(id);
        let approval = Approval::asked(id, batch, self.subject(call, made), now);
        let proposal = Proposal {
            arguments: made.arguments.clone(),
            schema: made.tool.schema(),
            account,
            name: self.asker.name().to_owned(),
            zone: self.asker.zone().iana_name().map(str::to_owned),
        };
        let Some(card) = render::card(&approval, &proposal) else {
            let refused = Refusal::TooLongToShow.content();
            return self.came_back(call, refused, Durability::Batched).await;
        };
        let asked = Step::Asked {
            call_id: call.id.clone(),
            approval: id,
        };
        // Together with the approval, which is on disk before its card can be seen.
        self.record(asked, Durability::Batched).await?;
        self.context
            .store
            .approvals
            .ask(&approval, &proposal)
            .await?;
        self.show_first(call, &approval, &card, Try::First).await
    }

    /// What is asked about belongs to this call of this run, and to nothing else.
    pub(super) fn subject(&self, call: &ProposedCall, made: &ToolCall<'_>) -> Subject {
        let (tool, connection) = (&made.tool.name, &made.tool.connection);
        Subject {
            run: self.run,
            person: self.asker.person().clone(),
            call: Digest::of(&call.id),
            tool: tool.clone(),
            connection: connection.clone(),
            fingerprint: fingerprint(tool, connection, &made.arguments),
        }
    }

    /// The first of those that wait already.
    fn batch(&self) -> Result<Option<ApprovalId>, Interrupted> {
        let open = self.context.store.approvals.open_of(self.run)?;
        let mut waiting = open.iter().filter(|approval| approval.waits());
        Ok(waiting.next().map(|approval| approval.batch))
    }

    async fn account_name(
        &self,
        connection: &ConnectionName,
        accounts: &Accounts,
    ) -> Option<String> {
        let (person, identifier) = (self.asker.person(), &accounts.identifier);
        if let Some(known) = connections::whose(self.context, person, connection) {
            return Some(known);
        }
        let account = self.context.vault.account(connection, identifier).await;
        let account = account.ok().flatten()?;
        let account = is_active(Some(&account)).then_some(account)?;
        let (whom, cause) = ((person, identifier), Cause::Run(self.run));
        whoami(self.context, whom, connection, &account, cause).await
    }

    /// Posts a card, once. One that cannot be posted, or of which nobody knows where it
    /// stands, is a no: whoever should decide may never see it.
    pub(super) async fn show_first(
        &mut self,
        call: &ProposedCall,
        approval: &Approval,
        card: &Message,
        tried: Try,
    ) -> Result<(), Interrupted> {
        match self.post_once(card, self.slot(approval), tried).await {
            Ok(posted) => {
                let shown = self
                    .context
                    .store
                    .approvals
                    .advance(approval.id, |one| one.shown(posted.clone()));
                shown.await?;
                Ok(())
            }
            Err(unsaid) => {
                tracing::warn!(run.id = %self.run, approval.id = %approval.id, error = &unsaid as &dyn std::error::Error, "a card could not be posted");
                let denied = self.never_sent(approval, Why::NotShown).await?;
                self.deny(call, &denied).await
            }
        }
    }

    pub(super) fn slot(&self, approval: &Approval) -> Slot {
        let asked = self.progress.asked.iter();
        Slot::Card(asked.take_while(|(_, id)| *id != approval.id).count())
    }

    /// A post whose outcome is unknown is looked for at once.
    async fn post_once(
        &mut self,
        words: &Message,
        slot: Slot,
        tried: Try,
    ) -> Result<Posted, Unsaid> {
        let target = self.place_of_cards();
        if tried == Try::Again
            && let Some(posted) = self.look(target).await?.at(slot)
        {
            return Ok(posted.clone());
        }
        let posted = self
            .context
            .slack
            .post(target, words, self.work.mark(slot))
            .await;
        match posted {
            Err(unsaid) if unsaid.may_be_done() => {
                let mark = self.work.mark(slot);
                let found =
                    post::search_repeatedly(self.context, target, mark.of, self.work.since).await?;
                found.at(slot).cloned().ok_or(unsaid)
            }
            posted => posted,
        }
    }

    /// The buttons for all of them, below the last of several cards. They are a
    /// convenience: each card has its own.
    async fn gather(&mut self) -> Result<(), Interrupted> {
        let Some(batch) = self.batch()? else {
            return Ok(());
        };
        let open = self.context.store.approvals.open_of(self.run)?;
        let waiting = open.iter().filter(|one| one.waits() && one.batch == batch);
        let count = waiting.count();
        if count < 2 || self.progress.gathered.is_some() {
            return Ok(());
        }
        let slot = self.slot_of_buttons();
        self.lost_buttons = true;
        match self
            .post_once(&render::cards(batch, count), slot, self.work.tried)
            .await
        {
            Ok(posted) => {
                self.lost_buttons = false;
                self.note(Step::Gathered(Some(posted)), Durability::Batched)
                    .await;
            }
            Err(unsaid) => {
                tracing::warn!(run.id = %self.run, error = &unsaid as &dyn std::error::Error, "the buttons for several cards could not be posted");
            }
        }
        Ok(())
    }

    pub(super) fn slot_of_buttons(&self) -> Slot {
        Slot::Cards(self.progress.asked.len())
    }

    /// Takes the buttons for all away once there is nothing left for them to decide.
    pub(super) async fn scatter(&mut self) -> Result<(), Interrupted> {
        let open = self.context.store.approvals.open_of(self.run)?;
        let Some(gathered) = self.progress.gathered.clone() else {
            return Ok(());
        };
        if open.iter().any(Approval::waits) {
            return Ok(());
        }
        match self.context.slack.delete(&gathered).await {
            Ok(()) | Err(slack::Error::Refused { .. }) => {}
            Err(unsaid) => return Err(Interrupted::Unsaid(unsaid)),
        }
        self.note(Step::Gathered(None), Durability::Batched).await;
        Ok(())
    }
}
