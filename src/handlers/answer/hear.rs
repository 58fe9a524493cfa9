//! What the person has said about a call that they were asked about, and what follows from
//! it: it is done, once, with exactly what the card showed, or not at all.

use super::super::cards;
use super::Interrupted;
use super::caller::Caller;
use super::run::Running;
use super::write::Vouched;
use crate::agent::{Chosen, Offer, ProposedCall, Refusal, ToolCall};
use crate::approval::{Approval, How, NotUsable, State, Why};
use crate::ids::ConnectionName;
use crate::line::Try;
use crate::policy::Verdict;
use crate::run::Step;
use crate::slack::render::{self, ConnectReason};
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

    /// Tells the model that it is not to be done, and the thread why.
    pub(super) async fn deny(
        &mut self,
        call: &ProposedCall,
        approval: &Approval,
    ) -> Result<(), Interrupted> {
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
    pub(super) async fn turn(&self, approval: &Approval) -> Result<(), Interrupted> {
        cards::show(self.context, approval)
            .await
            .map_err(Interrupted::Unsaid)?;
        Ok(self.context.store.approvals.note(approval)?)
    }
}
