//! The journal of a run, and what it says about where the run stands.

use std::mem;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::agent::Line;
use crate::ids::{ChannelId, ConnectionName, MessageTs};
use crate::ledger::{Fate, Intent, Ledger};

/// A message of ours, as Slack names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Posted {
    pub(crate) channel: ChannelId,
    pub(crate) ts: MessageTs,
}

/// One step of a run, written down as it happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// It had waited in line, and from now on something may be said of it.
    Begun,
    /// The person sees that work has begun.
    Placed(Posted),
    /// The model spoke, or a call came back.
    Said(Line),
    /// The run waits for an account.
    Parked {
        connection: ConnectionName,
        until: Timestamp,
    },
    /// What will be said is decided. It may not be said yet.
    Concluded(Conclusion),
    /// This many parts of the answer have been said.
    PartsSaid(usize),
    /// A command was obeyed. The person may not know of it yet.
    Done(Deed),
    /// A write is about to be sent.
    Intended(Intent),
    /// What came of it, and what the model is told; nothing when the call is still to be made.
    Wrote { fate: Fate, content: Option<String> },
    /// Slack did not tell which words of this run stand there already.
    NotFoundOut,
}

/// What a command does that must not be done again only because it could not be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deed {
    Disconnected(ConnectionName),
    LinkSent(ConnectionName),
}

/// How a run ends for the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Conclusion {
    /// The model's Markdown.
    Answer(String),
    /// It could not be done; the reason has words of its own.
    Failed(Failure),
    /// The person said stop.
    Stopped,
}

/// Why a run ended without an answer. Each has one sentence in `slack::render`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Failure {
    /// Slack does not take what was to be said.
    AnswerRefused,
    /// The account was not connected in time.
    ConnectTimedOut,
    /// The person disconnected the account that it waited for.
    Disconnected,
    /// Slack does not let us write to the person, so the link cannot be sent.
    DirectMessageRefused,
    /// The model broke off or answered nonsense.
    ModelBrokeOff,
    /// Slack does not tell who asks.
    NotChecked,
    /// The model had nothing to say.
    NoAnswer,
    /// The vault has no connection of the name that it would take.
    NotSetUp,
    /// It took longer than a run may.
    OutOfTime,
    /// Eight turns were not enough.
    OutOfTurns,
    /// The router has no credit left, or refuses our key.
    RouterAccount,
    /// The router asks for patience.
    RouterBusy,
    /// The router has failed so often that it is not even asked.
    RouterDown,
    /// The router or its guardrails refused the question.
    RouterRefused,
    /// The router does not answer.
    RouterUnavailable,
    /// The store failed.
    Store,
    /// It could not be answered for a whole day.
    TooLate,
    /// Its person has this many questions open already, which is all there may be.
    TooManyOpen { most: usize },
    /// A part of Valet stopped on the way.
    Unexpected,
    /// The vault asks for patience.
    VaultBusy,
    /// The vault has failed so often that it is not even asked.
    VaultDown,
    /// The vault refuses our credentials or does not know the connection.
    VaultMisconfigured,
    /// The vault does not answer.
    VaultUnavailable,
}

/// Where a run stands, by its journal.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Progress {
    /// How many steps the journal holds: the place of the next one.
    pub(crate) steps: u32,
    pub(crate) placed: Option<Posted>,
    /// What model and tools said so far.
    pub(crate) lines: Vec<Line>,
    /// The accounts this run has asked for.
    pub(crate) waited_for: Vec<ConnectionName>,
    /// Whether nothing has happened since it began to wait.
    pub(crate) waits: bool,
    /// When the wait for the last of them is up.
    pub(crate) parked_until: Option<Timestamp>,
    pub(crate) conclusion: Option<Conclusion>,
    pub(crate) parts_said: usize,
    pub(crate) done: Option<Deed>,
    pub(crate) ledger: Ledger,
    /// How often Slack could not be asked what stands there.
    pub(crate) not_found_out: u32,
}

/// Accounts that one run waits for: the one it needs, and one more. What it reads on the way
/// could otherwise have its person sign in again and again.
const MOST_WAITS: usize = 2;

/// Whether a run that has asked for these accounts may ask for this one: for each once, and
/// for few in all.
pub(crate) fn may_wait_for(waited_for: &[ConnectionName], connection: &ConnectionName) -> bool {
    waited_for.len() < MOST_WAITS && !waited_for.contains(connection)
}

impl Progress {
    pub(crate) fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        let mut progress = Self::default();
        for step in steps {
            progress.take(step);
        }
        progress
    }

    pub(crate) fn take(&mut self, step: Step) {
        self.steps += 1;
        self.waits = matches!(step, Step::Parked { .. });
        match step {
            Step::Begun => {}
            Step::Placed(posted) => self.placed = Some(posted),
            Step::Said(line) => self.lines.push(line),
            Step::Parked { connection, until } => {
                self.waited_for.push(connection);
                self.parked_until = Some(until);
            }
            Step::Concluded(conclusion) => self.conclusion = Some(conclusion),
            Step::PartsSaid(count) => self.parts_said = count,
            Step::Done(deed) => self.done = Some(deed),
            Step::Intended(intent) => self.ledger = mem::take(&mut self.ledger).begun(intent),
            Step::Wrote { fate, content } => self.wrote(fate, content),
            Step::NotFoundOut => self.not_found_out += 1,
        }
    }

    /// The outcome and what the model reads of it are one step: neither is ever without
    /// the other.
    fn wrote(&mut self, fate: Fate, content: Option<String>) {
        let call_id = self.ledger.open().map(|intent| intent.call_id.clone());
        self.ledger = mem::take(&mut self.ledger).ended(fate);
        if let (Some(call_id), Some(content)) = (call_id, content) {
            self.lines.push(Line::ToolResult { call_id, content });
        }
    }
}
