//! One write: on disk before it is sent, and its outcome on disk before anything is made
//! of it; in the person's chain and in the run's journal, with one wait for both.

use jiff::tz::TimeZone;

use super::Interrupted;
use super::caller::{Caller, CameBack};
use super::run::Running;
use crate::agent::{self, ProposedCall, ToolCall};
use crate::approval::How;
use crate::audit::What;
use crate::ids::{ApprovalId, ConnectionName};
use crate::ledger::{Before, Fate, Intent, fingerprint, in_words};
use crate::run::Step;
use crate::slack::render::ConnectReason;
use crate::store::{Durability, Error};

/// Who vouches for a write.
#[derive(Debug, Clone, Copy)]
pub(super) enum Vouched {
    /// Its person, by their word on this very call.
    ByPerson(ApprovalId, How),
    /// The operator, or a standing grant of its person.
    ByPolicy,
}

impl Vouched {
    fn approval(self) -> Option<ApprovalId> {
        match self {
            Self::ByPerson(approval, _) => Some(approval),
            Self::ByPolicy => None,
        }
    }

    /// What came of it, for the model, which proposed something else perhaps.
    fn told(self, made: &ToolCall<'_>, content: String) -> String {
        match self {
            Self::ByPerson(_, How::Changed) => agent::changed_by_person(&made.arguments, &content),
            Self::ByPerson(_, How::Always | How::AsAsked) | Self::ByPolicy => content,
        }
    }
}

impl Running<'_> {
    /// Makes a write, unless the same was done, or may have been, for this question. The
    /// account it needs comes back if it was not done for want of one.
    ///
    /// From the first to the last line the run is not stopped: the outcome of what is on
    /// its way is still to be learnt.
    pub(super) async fn write(
        &mut self,
        call: &ProposedCall,
        (made, vouched): (&ToolCall<'_>, Vouched),
        caller: &Caller<'_>,
    ) -> Result<Option<(ConnectionName, ConnectReason)>, Interrupted> {
        let writing = self.writing.clone();
        // The semaphore is never closed.
        let _writing = writing.acquire().await;
        let fingerprint = fingerprint(&made.tool.name, &made.tool.connection, &made.arguments);
        if let Some(before) = self.progress.ledger.before(&fingerprint) {
            let content = match before {
                Before::Done(intent) => agent::done_before(&what(intent)),
                Before::Unknown(intent) => agent::unknown_before(&what(intent)),
            };
            self.came_back(call, content, Durability::Batched).await?;
            return Ok(None);
        }
        let noted = caller.note(What::Write, made)?;
        let intent = Intent {
            call_id: call.id.clone(),
            tool: made.tool.name.clone(),
            target: agent::target(&made.arguments),
            at: self.context.clock.now(),
            fingerprint,
            entry: Some(noted.number()),
            approval: vouched.approval(),
        };
        let what = what(&intent);
        // If the disk does not take it, it is not sent.
        self.record(Step::Intended(intent), Durability::Now).await?;
        let (fate, came_back) = caller.write(made, &noted).await;
        let (content, needs) = match (fate, came_back) {
            (Fate::Unknown, _) => (Some(agent::outcome_unknown(&what)), None),
            (_, CameBack::Content(content)) => (Some(content), None),
            (_, CameBack::Needs(connection, reason)) => (None, Some((connection, reason))),
        };
        let content = content.map(|content| vouched.told(made, content));
        self.record_outcome(fate, content).await?;
        Ok(needs)
    }

    /// Whatever a life before this one was about to send, and did not write the outcome of,
    /// may have been done.
    pub(super) async fn own_up(&mut self) -> Result<(), Error> {
        let Some(intent) = self.progress.ledger.open() else {
            return Ok(());
        };
        tracing::warn!(run.id = %self.run, tool.name = %intent.tool, "the outcome of a write was not written down");
        let content = agent::outcome_unknown(&what(intent));
        self.record_outcome(Fate::Unknown, Some(content)).await
    }

    /// An outcome is known, and said, also when the disk does not take it.
    async fn record_outcome(&mut self, fate: Fate, content: Option<String>) -> Result<(), Error> {
        let ended = self.end_entry(fate);
        let step = Step::Wrote { fate, content };
        let written = self.record(step.clone(), Durability::Now).await;
        if written.is_err() {
            self.progress.take(step);
        }
        ended.and(written)
    }

    /// Adds what became of it to the person's chain.
    fn end_entry(&self, fate: Fate) -> Result<(), Error> {
        let Some(entry) = self.progress.ledger.open().and_then(|open| open.entry) else {
            return Ok(());
        };
        let (person, now) = (self.asker.person(), self.context.clock.now());
        self.context
            .store
            .audit
            .end(person, entry, fate.into(), now)
    }
}

/// Tool, target and time, for the model.
fn what(intent: &Intent) -> String {
    let at = in_words(intent.at, &TimeZone::UTC);
    match &intent.target {
        Some(target) => format!("{} {target}, {at}", intent.tool),
        None => format!("{}, {at}", intent.tool),
    }
}
