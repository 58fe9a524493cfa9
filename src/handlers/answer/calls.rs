//! The calls of one turn: checked, made with the asker's own identifier, and turned into
//! what the model may read of them. First the reads, all at once, then the writes, one by
//! one; each result is written down when it is there.

use std::pin::pin;

use futures_util::future::FusedFuture as _;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};

use super::Interrupted;
use super::caller::{Caller, CameBack};
use super::hear::Heard;
use super::run::Running;
use super::turns::{Accounts, Made};
use super::write::Vouched;
use crate::agent::{
    self, Chosen, Effect, Line, MOST_CALLS, Offer, ProposedCall, Refusal, ToolCall,
};
use crate::backoff::rest;
use crate::ids::ConnectionName;
use crate::policy::Verdict;
use crate::run::{Step, may_wait_for};
use crate::slack::render::ConnectReason;
use crate::store::{Durability, Error};

/// A call of the turn, as far as it could be decided without the vault.
enum Decided<'a> {
    /// The person is asked first.
    Ask(ToolCall<'a>),
    /// The model is told this.
    Content(String),
    Needs(ConnectionName, ConnectReason),
    Read(ToolCall<'a>),
    Write(ToolCall<'a>),
}

impl Running<'_> {
    /// Makes the calls of a turn. The results are in the journal when this returns; a call
    /// that needs an account stays open, and with it the writes behind it.
    pub(super) async fn make_calls(
        &mut self,
        offer: &mut Offer<'_>,
        calls: &[ProposedCall],
        accounts: &Accounts,
    ) -> Result<Made, Interrupted> {
        let caller = Caller {
            context: self.context,
            run: self.run,
            person: self.asker.person(),
            accounts,
            waited_for: self.progress.waited_for.clone(),
        };
        let (mut reads, mut writes) = (Vec::new(), Vec::new());
        let (mut asks, mut asked) = (Vec::new(), Vec::new());
        let mut needs = None;
        for (number, call) in calls.iter().enumerate() {
            // What was asked is not done without an answer, whatever else allows it by now.
            if self.open_approval(call)?.is_some() {
                asked.push(call);
                continue;
            }
            match self.decide(number, call, offer, accounts).await? {
                Decided::Ask(made) => asks.push((call, made)),
                // Nobody has to be asked for it again.
                Decided::Content(content) => {
                    self.came_back(call, content, Durability::Batched).await?;
                }
                Decided::Needs(connection, reason) => {
                    needs.get_or_insert((connection, reason));
                }
                Decided::Read(made) => reads.push((call, made)),
                Decided::Write(made) => writes.push((call, made)),
            }
        }
        if let Some(needed) = self.make_reads(&reads, &caller).await? {
            needs.get_or_insert(needed);
        }
        for (call, made) in &writes {
            if needs.is_none() {
                let made = (made, Vouched::ByPolicy);
                needs = self.write(call, made, &caller).await?;
            }
        }
        for call in asked {
            match self.hear(call, offer, &caller).await? {
                Heard::AskAgain => match self.decide(0, call, offer, accounts).await? {
                    Decided::Ask(made) => asks.push((call, made)),
                    Decided::Content(content) => {
                        self.came_back(call, content, Durability::Now).await?;
                    }
                    Decided::Needs(connection, reason) => {
                        needs.get_or_insert((connection, reason));
                    }
                    Decided::Read(made) | Decided::Write(made) => {
                        let made = (&made, Vouched::ByPolicy);
                        needs = self.write(call, made, &caller).await?;
                    }
                },
                Heard::Needs(connection, reason) => {
                    needs.get_or_insert((connection, reason));
                }
                Heard::Settled | Heard::Waits => {}
            }
        }
        self.scatter().await?;
        if needs.is_none() {
            self.ask(&asks, &caller).await?;
        }
        Ok(match needs {
            Some((connection, reason)) => Made::Needs(connection, reason),
            None if calls.iter().all(|call| self.has_result(call)) => Made::All,
            None => Made::Waits,
        })
    }

    /// Makes the reads of a turn, all at once. Returns the first account that one of them
    /// turned out to need.
    async fn make_reads(
        &mut self,
        reads: &[(&ProposedCall, ToolCall<'_>)],
        caller: &Caller<'_>,
    ) -> Result<Option<(ConnectionName, ConnectReason)>, Interrupted> {
        let told = self.told_of(reads.iter().map(|(_, made)| made));
        let mut slow = pin!(rest(self.context.untold).fuse());
        let mut reads: FuturesUnordered<_> = reads
            .iter()
            .map(|(call, made)| async { (*call, caller.read(made).await) })
            .collect();
        let mut needs = None;
        let mut early = Vec::new();
        let made = loop {
            let read = if let Some(read) = early.pop() {
                Some(read)
            } else {
                tokio::select! {
                    biased;
                    read = reads.next() => read,
                    () = &mut slow, if !slow.is_terminated() => {
                        if let Some(told) = &told {
                            early = self.tell(told, &mut reads).await;
                        }
                        continue;
                    }
                }
            };
            let Some((call, came_back)) = read else {
                break Ok(());
            };
            let noted = match came_back {
                Ok(CameBack::Content(content)) => {
                    self.came_back(call, content, Durability::Now).await
                }
                Ok(CameBack::Needs(connection, reason)) => {
                    needs.get_or_insert((connection, reason));
                    Ok(())
                }
                Err(cause) => Err(cause.into()),
            };
            if noted.is_err() {
                break noted;
            }
        };
        self.end_steps().await;
        made.map(|()| needs)
    }

    /// Whether the result of a call of this turn is in the journal.
    fn has_result(&self, call: &ProposedCall) -> bool {
        let turn = self.progress.lines.iter().rev();
        turn.take_while(|line| !matches!(line, Line::Assistant(_)))
            .any(|line| matches!(line, Line::ToolResult { call_id, .. } if *call_id == call.id))
    }

    /// Writes a result down.
    pub(super) async fn came_back(
        &mut self,
        call: &ProposedCall,
        content: String,
        durability: Durability,
    ) -> Result<(), Interrupted> {
        let call_id = call.id.clone();
        let step = Step::Said(Line::ToolResult { call_id, content });
        Ok(self.record(step, durability).await?)
    }

    async fn decide<'a>(
        &self,
        number: usize,
        call: &ProposedCall,
        offer: &mut Offer<'a>,
        accounts: &Accounts,
    ) -> Result<Decided<'a>, Error> {
        if number >= MOST_CALLS {
            return Ok(Decided::Content(Refusal::TooManyCalls.content()));
        }
        if let Some(wished) = agent::wished_account(call)
            && accounts.active.contains(&wished)
        {
            return Ok(Decided::Content(agent::account_is_there(&wished)));
        }
        Ok(match offer.choose(call) {
            Chosen::Connect(connection) if may_wait_for(&self.progress.waited_for, &connection) => {
                Decided::Needs(connection, ConnectReason::Needed)
            }
            Chosen::Connect(_) => Decided::Content(Refusal::NotConnected.content()),
            Chosen::Mistaken(mistake) => {
                Decided::Content(agent::mistake_content(&mistake.for_model()))
            }
            Chosen::ReadMore(result, page) => {
                let results = &self.context.remembered.results;
                Decided::Content(results.page(self.run, &result, page).await)
            }
            Chosen::SearchTools(query) => Decided::Content(offer.search(&query)),
            Chosen::Tool(made) => self.by_policy(made)?,
            Chosen::Unknown => Decided::Content(Refusal::UnknownTool.content()),
        })
    }

    /// The policy says whether a call is made, and for what it leaves to the person, the
    /// person's standing grants. What it does is not theirs to say: all that is not known to
    /// read is made as a write.
    fn by_policy<'a>(&self, made: ToolCall<'a>) -> Result<Decided<'a>, Error> {
        let verdict = self.context.policy.verdict(&made.tool.name, made.effect);
        Ok(match (verdict, made.effect) {
            (Verdict::Read, Effect::Read) => Decided::Read(made),
            (Verdict::Read, Effect::Write) => Decided::Write(made),
            (Verdict::Ask, _) if self.is_granted(&made)? => Decided::Write(made),
            (Verdict::Ask, _) => Decided::Ask(made),
            (Verdict::Deny, _) => Decided::Content(Refusal::UnknownTool.content()),
        })
    }

    /// A grant from before a tool was known to reach others is none.
    fn is_granted(&self, made: &ToolCall<'_>) -> Result<bool, Error> {
        let (person, tool) = (self.asker.person(), made.tool);
        let grants = &self.context.store.grants;
        Ok(agent::may_be_always_allowed(&tool.name)
            && grants.has(person, &tool.connection, &tool.name)?)
    }

    /// The writes that the person could not be asked about, for them to know of.
    pub(super) fn writes_not_shown(&self) -> Vec<String> {
        agent::writes_not_shown(&self.progress.lines)
    }
}
