//! The turns of a run: ask the model, make its calls, ask again.

use std::sync::Arc;
use std::time::Instant;

use super::failure::of_vault;
use super::run::Running;
use super::{Interrupted, Rest};
use crate::account::Standing;
use crate::agent::{self, Budget, Catalogue, Line, Offer, Transcript, next_step};
use crate::ids::{ConnectionName, Identifier};
use crate::run::{Conclusion, Failure, Step};
use crate::slack::render::ConnectReason;
use crate::store::Durability;
use crate::suggest;

/// The person's accounts, as they are at the beginning of the work.
pub(super) struct Accounts {
    pub(super) identifier: Identifier,
    pub(super) active: Vec<ConnectionName>,
    /// Those that can be connected.
    unconnected: Vec<ConnectionName>,
    /// Those of them that were connected once.
    lapsed: Vec<ConnectionName>,
}

impl Running<'_> {
    /// Works until the run comes to rest.
    pub(super) async fn work(&mut self) -> Result<Rest, Interrupted> {
        self.own_up().await?;
        self.catch_up().await?;
        // An account that comes and goes all the time is for the sweep to look at again.
        for _ in 0..self.context.connections.len() {
            match self.work_on().await? {
                Rest::Again => {}
                rest @ (Rest::Concluded(_) | Rest::Waiting) => return Ok(rest),
            }
        }
        Ok(Rest::Again)
    }

    /// Goes on where the journal stands. Whatever it holds is not done again.
    async fn work_on(&mut self) -> Result<Rest, Interrupted> {
        let accounts = self.accounts().await?;
        if accounts.active.is_empty() {
            self.lapse_all().await?;
            let wanted = suggest::wanted(self.question, &accounts.unconnected).cloned();
            let wanted = wanted.ok_or(Interrupted::Failed(Failure::NotSetUp))?;
            let reason = if accounts.lapsed.contains(&wanted) {
                ConnectReason::Lapsed
            } else {
                ConnectReason::Needed
            };
            return self.park(&wanted, reason).await;
        }
        let catalogue = self.catalogue(&accounts).await?;
        let mut offer = catalogue.offer(
            self.question,
            &accounts.unconnected,
            self.context.policy.limits().tools_per_request(),
        );
        let mut transcript = self.transcript(&accounts).await?;
        let mut budget = Budget::default();
        for line in &self.progress.lines {
            if matches!(line, Line::Assistant(_)) {
                budget.spend();
            }
            offer_for(&mut offer, line);
            transcript.push(line.clone());
        }
        search_again(&mut offer, &transcript);
        let began = Instant::now();
        loop {
            // Nothing is under way here that would be cut off.
            if began.elapsed() >= self.context.longest_run {
                return Err(Interrupted::Failed(Failure::OutOfTime));
            }
            read_on(&mut offer, &transcript);
            let open = transcript.open_calls();
            if !open.is_empty() {
                let known = self.progress.lines.len();
                match self.make_calls(&mut offer, &open, &accounts).await? {
                    Made::All => {}
                    Made::Needs(connection, reason) => return self.park(&connection, reason).await,
                    Made::Waits => return self.wait_for_word().await,
                }
                for line in self.progress.lines.iter().skip(known) {
                    transcript.push(line.clone());
                }
                read_on(&mut offer, &transcript);
            }
            let known = self.progress.lines.len();
            self.take_in().await?;
            for line in self.progress.lines.iter().skip(known) {
                offer_for(&mut offer, line);
                transcript.push(line.clone());
            }
            let reply = self
                .take_turn(&transcript.messages(), &offer.definitions())
                .await?;
            budget.spend();
            if let Some(conclusion) = conclusion(next_step(&reply, budget.turns_left())) {
                return Ok(Rest::Concluded(conclusion));
            }
            let line = Line::Assistant(reply.message);
            transcript.push(line.clone());
            // Before its calls are made.
            self.record(Step::Said(line), Durability::Now).await?;
        }
    }

    async fn accounts(&self) -> Result<Accounts, Interrupted> {
        let identifier = self.identifier().await?;
        let accounts = self
            .context
            .accounts(&identifier)
            .await
            .map_err(|cause| Interrupted::Failed(of_vault(&cause)))?;
        let mut found = Accounts {
            identifier,
            active: Vec::new(),
            unconnected: Vec::new(),
            lapsed: Vec::new(),
        };
        for (connection, account) in accounts {
            let standing = Standing::of(account.as_ref());
            if standing == Standing::Connected {
                found.active.push(connection);
                continue;
            }
            if standing.has_lapsed() {
                found.lapsed.push(connection.clone());
            }
            // What nobody can connect nobody is asked to.
            if self.context.is_set_up(&connection) {
                found.unconnected.push(connection);
            }
        }
        Ok(found)
    }

    /// Every tool of every account that is active, less those the policy denies. A listing
    /// that fails is a failure: it does not mean that there are no tools.
    async fn catalogue(&self, accounts: &Accounts) -> Result<Arc<Catalogue>, Interrupted> {
        let person = self.asker.person();
        let listed = accounts
            .active
            .iter()
            .map(|connection| self.context.tools(person, connection, &accounts.identifier));
        let listed = futures_util::future::try_join_all(listed)
            .await
            .map_err(|cause| Interrupted::Failed(of_vault(&cause)))?;
        Ok(self.context.catalogue(&listed).await)
    }

    async fn transcript(&mut self, accounts: &Accounts) -> Result<Transcript, Interrupted> {
        let now = self.context.clock.now();
        let now = now.to_zoned(self.asker.zone().clone());
        let prompt = self.context.policy.prompt().filled(
            &now,
            &agent::Asker {
                display_name: Some(self.asker.name()),
                connected: &accounts.active,
                unconnected: &accounts.unconnected,
            },
        );
        let before = self.recall().await?;
        if before.private {
            // What it goes on from, others have not read.
            self.keep_private().await;
        }
        let earlier = (before.earlier.as_slice(), before.more);
        let question = self.readable(self.question).await;
        Ok(Transcript::new(&prompt, earlier, &question))
    }

    /// Turns of the model so far, for the log.
    pub(super) fn turns_taken(&self) -> usize {
        let is_turn = |line: &&Line| matches!(line, Line::Assistant(_));
        self.progress.lines.iter().filter(is_turn).count()
    }
}

/// What came of the calls of one turn.
pub(super) enum Made {
    All,
    /// One of them needs an account that is not there, and the run has to wait for it.
    Needs(ConnectionName, ConnectReason),
    /// At least one waits for the person's word.
    Waits,
}

/// The end of the run, if this is one.
fn conclusion(step: agent::Step<'_>) -> Option<Conclusion> {
    match step {
        agent::Step::Answer(text) => Some(Conclusion::Answer(text.to_owned())),
        agent::Step::MakeCalls(_) => None,
        agent::Step::OutOfTurns => Some(Conclusion::Failed(Failure::OutOfTurns)),
        agent::Step::Silent => Some(Conclusion::Failed(Failure::NoAnswer)),
    }
}

/// What is said meanwhile may need other tools than the question.
fn offer_for(offer: &mut Offer<'_>, line: &Line) {
    if let Line::Steered(words) = line {
        offer.search(words);
    }
}

/// Whatever was too long to be told at once can be read on.
fn read_on(offer: &mut Offer<'_>, transcript: &Transcript) {
    if transcript.can_be_read_on() {
        offer.let_read_on();
    }
}

/// A run taken up again is offered what it had found before.
fn search_again(offer: &mut Offer<'_>, transcript: &Transcript) {
    for call in transcript.calls() {
        if let agent::Chosen::SearchTools(query) = offer.choose(&call) {
            offer.search(&query);
        }
    }
}
