//! The calls of one turn: checked, made with the asker's own identifier, and turned into
//! what the model may read of them. First the reads, all at once, then the writes, one by
//! one; each result is written down when it is there.

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::Interrupted;
use super::caller::{Caller, CameBack};
use super::run::Running;
use super::turns::{Accounts, Made};
use crate::agent::{
    self, Chosen, Effect, Line, MOST_CALLS, Offer, ProposedCall, Refusal, ToolCall,
};
use crate::ids::ConnectionName;
use crate::policy::Verdict;
use crate::run::{Step, may_wait_for};
use crate::slack::render::ConnectReason;
use crate::store::Durability;

/// A call of the turn, as far as it could be decided without the vault.
enum Decided<'a> {
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
        let mut needs = None;
        for (number, call) in calls.iter().enumerate() {
            match self.decide(number, call, offer, accounts) {
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
        let mut reads: FuturesUnordered<_> = reads
            .iter()
            .map(|(call, made)| async { (*call, caller.read(made).await) })
            .collect();
        while let Some((call, came_back)) = reads.next().await {
            match came_back? {
                CameBack::Content(content) => {
                    self.came_back(call, content, Durability::Now).await?;
                }
                CameBack::Needs(connection, reason) => {
                    needs.get_or_insert((connection, reason));
                }
            }
        }
        for (call, made) in &writes {
            if needs.is_none() {
                needs = self.write(call, made, &caller).await?;
            }
        }
        Ok(match needs {
            Some((connection, reason)) => Made::Needs(connection, reason),
            None => Made::All,
        })
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

    fn decide<'a>(
        &self,
        number: usize,
        call: &ProposedCall,
        offer: &mut Offer<'a>,
        accounts: &Accounts,
    ) -> Decided<'a> {
        if number >= MOST_CALLS {
            return Decided::Content(Refusal::TooManyCalls.content());
        }
        if let Some(wished) = agent::wished_account(call)
            && accounts.active.contains(&wished)
        {
            return Decided::Content(agent::account_is_there(&wished));
        }
        match offer.choose(call) {
            Chosen::Connect(connection) if may_wait_for(&self.progress.waited_for, &connection) => {
                Decided::Needs(connection, ConnectReason::Needed)
            }
            Chosen::Connect(_) => Decided::Content(Refusal::NotConnected.content()),
            Chosen::Mistaken(mistake) => {
                Decided::Content(agent::mistake_content(&mistake.for_model()))
            }
            Chosen::SearchTools(query) => Decided::Content(offer.search(&query)),
            Chosen::Tool(made) => self.by_policy(made),
            Chosen::Unknown => Decided::Content(Refusal::UnknownTool.content()),
        }
    }

    /// The policy says whether a call is made. What it does is not the policy's to say:
    /// all that is not known to read is made as a write.
    fn by_policy<'a>(&self, made: ToolCall<'a>) -> Decided<'a> {
        let verdict = self.context.policy.verdict(&made.tool.name, made.effect);
        match (verdict, made.effect) {
            (Verdict::Read, Effect::Read) => Decided::Read(made),
            (Verdict::Read, Effect::Write) => Decided::Write(made),
            (Verdict::Ask | Verdict::Deny, _) => Decided::Content(Refusal::WritesAreOff.content()),
        }
    }

    /// The writes that were refused, for the person to know of.
    pub(super) fn refused_writes(&self) -> Vec<String> {
        agent::refused_writes(&self.progress.lines)
    }
}
