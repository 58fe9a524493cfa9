//! What figures are told apart by: few words, all of them known beforehand, none personal.

use std::fmt;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RefusedLabels {
    pub(super) bound: Refused,
}

/// Which bound an event met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Refused {
    Full,
    Person,
}

impl Refused {
    pub(super) const ALL: [Self; 2] = [Self::Full, Self::Person];
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct DecidedLabels {
    pub(super) verdict: Decided,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct TokenLabels {
    pub(super) kind: TokenKind,
}

/// Which way tokens went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(super) enum TokenKind {
    Completion,
    Prompt,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct BudgetLabels {
    pub(super) budget: BudgetMet,
}

/// Whose budget was used up when a turn was to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum BudgetMet {
    Person,
    Run,
    Workspace,
}

impl BudgetMet {
    pub(super) const ALL: [Self; 3] = [Self::Person, Self::Run, Self::Workspace];
}

/// How something ended that a person was asked for their word on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Decided {
    Denied,
    Expired,
    Granted,
    /// Nobody said anything, and it was over: stopped, not shown, or no longer possible.
    Withdrawn,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct FeedbackLabels {
    pub(super) verdict: Feedback,
}

/// What somebody thinks of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Feedback {
    Bad,
    Good,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RunLabels {
    pub(super) outcome: RunOutcome,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum RunOutcome {
    Answered,
    Failed,
    Stopped,
}

impl RunOutcome {
    pub(super) const ALL: [Self; 3] = [Self::Answered, Self::Failed, Self::Stopped];
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ServiceLabels {
    pub(super) service: Service,
}

/// What Valet cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Service {
    Router,
    Slack,
    Vault,
}

impl Service {
    pub(super) const ALL: [Self; 3] = [Self::Router, Self::Slack, Self::Vault];
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Router => "router",
            Self::Slack => "Slack API",
            Self::Vault => "vault",
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct TroubleLabels {
    pub(super) service: Service,
    pub(super) why: Trouble,
}

/// Why a try at a service came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Trouble {
    /// It could not be reached, broke off, answered 5xx or nonsense.
    Failed,
    /// It says that we ask too often.
    Limited,
    /// It understood, and declined.
    Refused,
    /// It did not answer in time.
    Silent,
}

impl Trouble {
    pub(super) const ALL: [Self; 4] = [Self::Failed, Self::Limited, Self::Refused, Self::Silent];
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct TurnLabels {
    pub(super) outcome: TurnOutcome,
}

/// What came of asking the model for a turn, tries and other models included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum TurnOutcome {
    Failed,
    Taken,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ToolLabels {
    pub(super) effect: ToolEffect,
    pub(super) outcome: ToolOutcome,
}

/// What a tool does, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum ToolEffect {
    Read,
    Write,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum ToolOutcome {
    Done,
    Failed,
    /// It may have been done.
    Unknown,
}
