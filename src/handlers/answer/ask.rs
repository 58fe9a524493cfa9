//! Writes that need the person's word: asked for with a card in the thread, and done when
//! they have said yes, once, with exactly what the card showed.

use std::collections::HashMap;

use super::super::cards;
use super::super::connections;
use super::super::post;
use super::super::whose::whoami;
use super::caller::Caller;
use super::run::Running;
use super::turns::Accounts;
use super::write::Vouched;
use super::{Interrupted, Rest, Unsaid};
use crate::agent::{Chosen, Offer, ProposedCall, Refusal, ToolCall};
use crate::approval::{Approval, How, NotUsable, Proposal, State, Subject, Why};
use crate::audit::Cause;
use crate::handlers::context::is_active;
use crate::ids::{ApprovalId, ConnectionName};
use crate::ledger::fingerprint;
use crate::line::Try;
use crate::policy::Verdict;
use crate::random::Digest;
use crate::run::{Posted, Step};
use crate::slack::render::{self, ConnectReason};
use crate::slack::{self, Message, Slot};
use crate::store::Durability;

/// What has become of a call that the person was asked about.
pub(super) enum Heard {
    /// The word was used up, and the call not made after all: they are asked anew.
    AskAgain,
    Needs(ConnectionName, ConnectReason),
    /// Its result is in the journal.
    Settled,
    /// Nobody has said anything yet.
    Waits,
}

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
    fn subject(&self, call: &ProposedCall, made: &ToolCall<'_>) -> Subject {
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
    async fn show_first(
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

    fn slot(&self, approval: &Approval) -> Slot {
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
        let slot = Slot::Cards(self.progress.asked.len());
        match self
            .post_once(&render::cards(batch, count), slot, self.work.tried)
            .await
        {
            Ok(posted) => {
                self.note(Step::Gathered(Some(posted)), Durability::Batched)
                    .await;
            }
            Err(unsaid) => {
                tracing::warn!(run.id = %self.run, error = &unsaid as &dyn std::error::Error, "the buttons for several cards could not be posted");
            }
        }
        Ok(())
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

    /// What the person has said about a call, and what follows from it.
    pub(super) async fn hear(
        &mut self,
        call: &ProposedCall,
        offer: &Offer<'_>,
        caller: &Caller<'_>,
    ) -> Result<Heard, Interrupted> {
        let now = self.context.clock.now();
        let approvals = &self.context.store.approvals;
        let Some(mut current) = self.open_approval(call)? else {
            return Ok(Heard::AskAgain);
        };
        if current.waits() && now >= current.until {
            let expired = approvals
                .advance(current.id, |one| one.expired(now))
                .await?;
            let expired = expired.unwrap_or_else(|| current.clone());
            cards::count(self.context, &current, &expired);
            current = expired;
        }
        if let State::Replaced(by) = current.state() {
            let Some(by) = approvals.find(*by)? else {
                return Ok(Heard::AskAgain);
            };
            let asked = Step::Asked {
                call_id: call.id.clone(),
                approval: by.id,
            };
            self.record(asked, Durability::Now).await?;
            self.context.store.approvals.note(&current)?;
            current = by;
        }
        match current.state() {
            State::Waiting => {
                self.show_if_missing(call, &current).await?;
                Ok(Heard::Waits)
            }
            State::Begun(_) | State::Granted(_) => {
                self.use_word(call, current, offer, caller).await
            }
            State::Denied(_) => {
                self.deny(call, &current).await?;
                Ok(Heard::Settled)
            }
            State::Replaced(_) | State::Used(..) => {
                self.turn(&current).await?;
                Ok(Heard::AskAgain)
            }
        }
    }

    /// A life before this one may have ended before the card was posted, or before it was
    /// known where it stands.
    async fn show_if_missing(
        &mut self,
        call: &ProposedCall,
        approval: &Approval,
    ) -> Result<(), Interrupted> {
        if approval.card.is_some() {
            return Ok(());
        }
        let proposal = self.context.store.approvals.proposal(approval.id)?;
        let card = proposal.and_then(|proposal| render::card(approval, &proposal));
        if let Some(card) = card {
            return self.show_first(call, approval, &card, Try::Again).await;
        }
        let denied = self.never_sent(approval, Why::NotShown).await?;
        self.deny(call, &denied).await
    }

    /// They said yes. What is done is what the card showed, if it is still possible.
    async fn use_word(
        &mut self,
        call: &ProposedCall,
        approval: Approval,
        offer: &Offer<'_>,
        caller: &Caller<'_>,
    ) -> Result<Heard, Interrupted> {
        if self.progress.ledger.made_under(approval.id).is_some() {
            // It was used, and the call not made after all for want of an account.
            let used = cards::end(self.context, &self.progress, &approval, Why::RunOver).await?;
            self.turn(&used).await?;
            return Ok(Heard::AskAgain);
        }
        let connection = &approval.subject.connection;
        let proposal = self.context.store.approvals.proposal(approval.id)?;
        let why = match (proposal, caller.accounts.active.contains(connection)) {
            (_, false) => Why::AccountChanged,
            (None, true) => Why::NoLongerPossible,
            (Some(proposal), true) => {
                let shown = ProposedCall {
                    id: call.id.clone(),
                    name: call.name.clone(),
                    arguments: serde_json::Value::Object(proposal.arguments).to_string(),
                };
                match offer.choose(&shown) {
                    Chosen::Tool(made) if self.is_allowed(&made) => {
                        match self.begin(call, &approval, &made).await? {
                            Ok(how) => {
                                return self.carry_out(call, (&approval, how), &made, caller).await;
                            }
                            Err(why) => why,
                        }
                    }
                    Chosen::Connect(_)
                    | Chosen::Mistaken(_)
                    | Chosen::ReadMore(..)
                    | Chosen::SearchTools(_)
                    | Chosen::Tool(_)
                    | Chosen::Unknown => Why::NoLongerPossible,
                }
            }
        };
        let denied = self.never_sent(&approval, why).await?;
        self.deny(call, &denied).await?;
        Ok(Heard::Settled)
    }

    fn is_allowed(&self, made: &ToolCall<'_>) -> bool {
        self.context.policy.verdict(&made.tool.name, made.effect) != Verdict::Deny
    }

    /// Uses the word up, for this very call.
    async fn begin(
        &self,
        call: &ProposedCall,
        approval: &Approval,
        made: &ToolCall<'_>,
    ) -> Result<Result<How, Why>, Interrupted> {
        let (subject, now) = (self.subject(call, made), self.context.clock.now());
        let begun = self
            .context
            .store
            .approvals
            .change(approval.id, |one| one.begun(&subject, now));
        Ok(match begun.await? {
            Some(Ok(begun)) => match begun.state() {
                State::Begun(yes) => Ok(yes.how),
                State::Denied(_)
                | State::Granted(_)
                | State::Replaced(_)
                | State::Used(..)
                | State::Waiting => Err(Why::NoLongerPossible),
            },
            Some(Err(NotUsable::Expired)) => Err(Why::Expired),
            Some(Err(NotUsable::NotGranted | NotUsable::Used)) | None => Err(Why::NoLongerPossible),
        })
    }

    async fn carry_out(
        &mut self,
        call: &ProposedCall,
        (approval, how): (&Approval, How),
        made: &ToolCall<'_>,
        caller: &Caller<'_>,
    ) -> Result<Heard, Interrupted> {
        let vouched = Vouched::ByPerson(approval.id, how);
        let needs = self.write(call, (made, vouched), caller).await?;
        let ended = cards::end(
            self.context,
            &self.progress,
            approval,
            Why::NoLongerPossible,
        );
        let ended = ended.await?;
        self.turn(&ended).await?;
        Ok(match needs {
            Some((connection, reason)) => Heard::Needs(connection, reason),
            None => Heard::Settled,
        })
    }

    async fn never_sent(&self, approval: &Approval, why: Why) -> Result<Approval, Interrupted> {
        Ok(cards::end(self.context, &self.progress, approval, why).await?)
    }

    /// Tells the model that it is not to be done, and the thread why.
    async fn deny(&mut self, call: &ProposedCall, approval: &Approval) -> Result<(), Interrupted> {
        let refusal = match approval.state() {
            State::Denied(no) => match no.why {
                Why::AccountChanged => Refusal::AccountChanged,
                Why::Expired => Refusal::NotInTime,
                Why::NotShown => Refusal::NotShown,
                Why::Person | Why::Stopped => Refusal::Denied,
                Why::NoLongerPossible | Why::RunOver => Refusal::NoLongerPossible,
            },
            State::Begun(_)
            | State::Granted(_)
            | State::Replaced(_)
            | State::Used(..)
            | State::Waiting => Refusal::NoLongerPossible,
        };
        self.came_back(call, refusal.content(), Durability::Now)
            .await?;
        self.turn(approval).await
    }

    /// The card becomes a record, and the approval is open no more.
    async fn turn(&self, approval: &Approval) -> Result<(), Interrupted> {
        cards::show(self.context, approval)
            .await
            .map_err(Interrupted::Unsaid)?;
        Ok(self.context.store.approvals.note(approval)?)
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

    /// Whether something waits for the person, so that nothing else need be shown.
    pub(super) fn waits_for_word(&self) -> bool {
        let open = self.context.store.approvals.open_of(self.run);
        open.is_ok_and(|open| open.iter().any(Approval::waits))
    }

    /// Nothing is worked on until the person has said a word: no sign of life says so. It is
    /// on disk that there is none before it goes: an answer that was to take its place would
    /// be posted in vain, and then once more. One that stays is found when work goes on.
    pub(super) async fn wait_for_word(&mut self) -> Result<Rest, Interrupted> {
        if self.is_private() {
            self.tell_asked_alone().await;
            return Ok(Rest::Waiting);
        }
        if let Err(cause) = self.let_stand().await {
            tracing::warn!(run.id = %self.run, error = &cause as &dyn std::error::Error, "a stream could not be ended");
        }
        if let Some(placed) = self.progress.placed.clone() {
            self.record(Step::Unplaced, Durability::Now).await?;
            if let Err(cause) = self.context.slack.delete(&placed).await {
                tracing::warn!(run.id = %self.run, error = &cause as &dyn std::error::Error, "a sign of life could not be taken away");
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

    /// The run is over: whatever was not said yes to by now is a no, on disk.
    pub(super) async fn withdraw_all(&mut self, why: Why) -> Result<(), Interrupted> {
        for approval in self.context.store.approvals.open_of(self.run)? {
            self.never_sent(&approval, why).await?;
        }
        Ok(())
    }

    /// A word to stop may have come while a card was on its way to Slack.
    async fn find_cards(&mut self) -> Result<(), Interrupted> {
        let open = self.context.store.approvals.open_of(self.run)?;
        if open.iter().all(|approval| approval.card.is_some()) {
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
