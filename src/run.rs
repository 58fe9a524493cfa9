//! The journal of a run, and what it says about where the run stands.

use std::collections::BTreeSet;
use std::mem;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::agent::{Line, Trace, Usage, trace};
use crate::ids::{ApprovalId, ChannelId, ConnectionName, MessageTs, RunId};
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
    /// The answer is about to be shown while it is written. Its message may stand there, and
    /// nobody knows where.
    Streaming,
    /// It is shown here, in the place of what showed that work had begun.
    Streamed(Posted),
    /// Nothing grows there any more, or nothing ever did.
    Unstreamed,
    /// What the stream took the place of is gone.
    Cleared,
    /// From now on Slack may show the thread as a session that is at work.
    InSession,
    /// What comes of it is for its person alone.
    InPrivate,
    /// The model spoke, or a call came back.
    Said(Line),
    /// Its person said this meanwhile, as a question of its own, which is over with that.
    Steered { by: RunId, words: String },
    /// A turn of this model has taken this much, after it, or another one, was asked. What it
    /// said follows. Without a model: tries that came to nothing.
    Spent {
        model: String,
        #[serde(default)]
        asked: String,
        usage: Usage,
    },
    /// The run waits for an account.
    Parked {
        connection: ConnectionName,
        until: Timestamp,
    },
    /// The person is asked for their word on this call. Their card may not stand there yet.
    Asked {
        call_id: String,
        approval: ApprovalId,
    },
    /// The message stands there by which several are decided together, or is gone again.
    Gathered(Option<Posted>),
    /// The sign of life is gone: the thread waits for its person.
    Unplaced,
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
    /// The question has used up what one may.
    RunBudget,
    /// Its person has used up what one may in a day.
    PersonBudget { until: Timestamp },
    /// Everybody together has used up what they may in a day.
    WorkspaceBudget { until: Timestamp },
    /// The vault asks for patience.
    VaultBusy,
    /// The vault has failed so often that it is not even asked.
    VaultDown,
    /// The vault refuses our credentials or does not know the connection.
    VaultMisconfigured,
    /// The vault does not answer.
    VaultUnavailable,
}

/// Whether a message of this run grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Stream {
    /// It may have begun, and nobody knows where.
    Begun,
    #[default]
    None,
    /// What is placed may still grow, and cannot be changed before that is ended.
    Open,
}

/// Where a run stands, by its journal.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Progress {
    /// How many steps the journal holds: the place of the next one.
    pub(crate) steps: u32,
    /// What the answer will take the place of.
    pub(crate) placed: Option<Posted>,
    pub(crate) stream: Stream,
    /// What a stream took the place of, and may still stand there.
    pub(crate) replaced: Vec<Posted>,
    pub(crate) in_session: bool,
    /// What comes of it is for its person alone, whatever else holds by now.
    pub(crate) in_private: bool,
    /// What model and tools said so far.
    pub(crate) lines: Vec<Line>,
    /// The models that were asked for what the model said, in order.
    pub(crate) said_by: Vec<String>,
    asked_model: String,
    /// What its person asked meanwhile, which has become part of it.
    pub(crate) steered_by: Vec<RunId>,
    /// What its turns have taken.
    pub(crate) usage: Usage,
    /// The models that answered.
    pub(crate) models: BTreeSet<String>,
    /// The accounts this run has asked for.
    pub(crate) waited_for: Vec<ConnectionName>,
    /// The calls that the person was asked about, in order, and under which approval.
    pub(crate) asked: Vec<(String, ApprovalId)>,
    /// Where several are decided together.
    pub(crate) gathered: Option<Posted>,
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

/// Models whose names are kept for one run.
const MOST_MODELS: usize = 8;

/// Longest name of a model that is kept.
const LONGEST_MODEL: usize = 128;

/// What a router puts in a name's place is text of others, and not for the record.
fn is_model(name: &str) -> bool {
    let is_lawful = |byte: u8| byte.is_ascii_alphanumeric() || b"/_.:@-".contains(&byte);
    (1..=LONGEST_MODEL).contains(&name.len()) && name.bytes().all(is_lawful)
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
            Step::InSession => self.in_session = true,
            Step::InPrivate => self.in_private = true,
            Step::Placed(posted) => self.placed = Some(posted),
            Step::Streaming => self.stream = Stream::Begun,
            Step::Streamed(posted) => {
                self.stream = Stream::Open;
                self.replaced.extend(self.placed.replace(posted));
            }
            Step::Unstreamed => self.stream = Stream::None,
            Step::Cleared => self.replaced.clear(),
            Step::Said(line) => self.said(line),
            Step::Steered { by, words } => {
                self.steered_by.push(by);
                self.lines.push(Line::Steered(words));
            }
            Step::Spent {
                model,
                asked,
                usage,
            } => self.spent(model, asked, usage),
            Step::Parked { connection, until } => {
                self.waited_for.push(connection);
                self.parked_until = Some(until);
            }
            Step::Asked { call_id, approval } => self.asked.push((call_id, approval)),
            Step::Gathered(posted) => self.gathered = posted,
            Step::Unplaced => {
                self.placed = None;
                self.stream = Stream::None;
            }
            Step::Concluded(conclusion) => self.conclusion = Some(conclusion),
            Step::PartsSaid(count) => self.parts_said = count,
            Step::Done(deed) => self.done = Some(deed),
            Step::Intended(intent) => self.ledger = mem::take(&mut self.ledger).begun(intent),
            Step::Wrote { fate, content } => self.wrote(fate, content),
            Step::NotFoundOut => self.not_found_out += 1,
        }
    }

    /// Under which approval its person was asked about this call, the last time.
    pub(crate) fn asked_about(&self, call_id: &str) -> Option<ApprovalId> {
        let asked = self.asked.iter().rev();
        let mut asked = asked.filter(|(call, _)| call == call_id);
        asked.next().map(|(_, approval)| *approval)
    }

    /// What the write has left behind that was made under this approval.
    pub(crate) fn trace_of(&self, approval: ApprovalId) -> Option<Trace> {
        let (call, _) = self.asked.iter().find(|(_, one)| *one == approval)?;
        self.lines.iter().rev().find_map(|line| match line {
            Line::ToolResult { call_id, content } if call_id == call => trace(content),
            Line::Assistant(_) | Line::Steered(_) | Line::ToolResult { .. } => None,
        })
    }

    /// Whether a call of it came back, so that what it says may come from an account.
    pub(crate) fn has_looked(&self) -> bool {
        let is_result = |line: &Line| matches!(line, Line::ToolResult { .. });
        self.lines.iter().any(is_result)
    }

    fn said(&mut self, line: Line) {
        if matches!(line, Line::Assistant(_)) {
            self.said_by.push(self.asked_model.clone());
        }
        self.lines.push(line);
    }

    fn spent(&mut self, model: String, asked: String, usage: Usage) {
        self.asked_model = asked;
        self.usage = self.usage.and(usage);
        if self.models.len() < MOST_MODELS && is_model(&model) {
            self.models.insert(model);
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
