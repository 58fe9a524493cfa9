//! The figures for whoever runs Valet. Labels are few and never personal.

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::Arc;

/// A cheap handle on all figures.
#[derive(Clone)]
pub(crate) struct Metrics {
    registry: Arc<Registry>,
    accepted: Counter,
    duplicates: Counter,
    refused: Family<RefusedLabels, Counter>,
    turned_down: Counter,
    held_back: Counter,
    runs: Family<RunLabels, Counter>,
    damaged: Counter,
    decided: Family<DecidedLabels, Counter>,
    feedback: Family<FeedbackLabels, Counter>,
    tokens: Family<TokenLabels, Counter>,
    cost: Counter,
    budgets: Family<BudgetLabels, Counter>,
    open: Gauge,
    at_work: Gauge,
    waiting: Gauge,
    oldest_wait: Gauge,
    approvals: Gauge,
    down: Family<ServiceLabels, Gauge>,
    socket: SocketMetrics,
}

/// Of Socket Mode; at 0 without it.
#[derive(Clone, Default)]
struct SocketMetrics {
    connections: Gauge,
    not_opened: Counter,
    odd: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusedLabels {
    bound: Refused,
}

/// Which bound an event met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Refused {
    Full,
    Person,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DecidedLabels {
    verdict: Decided,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabels {
    kind: TokenKind,
}

/// Which way tokens went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
enum TokenKind {
    Completion,
    Prompt,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BudgetLabels {
    budget: BudgetMet,
}

/// Whose budget was used up when a turn was to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum BudgetMet {
    Person,
    Run,
    Workspace,
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
struct FeedbackLabels {
    verdict: Feedback,
}

/// What somebody thinks of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Feedback {
    Bad,
    Good,
}

/// What is open now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) open: usize,
    pub(crate) at_work: usize,
    pub(crate) waiting: usize,
    /// In seconds.
    pub(crate) oldest_wait: i64,
    /// Writes that wait for their person's word.
    pub(crate) approvals: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RunLabels {
    outcome: RunOutcome,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum RunOutcome {
    Answered,
    Failed,
    Stopped,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ServiceLabels {
    service: Service,
}

/// What Valet cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Service {
    Router,
    Slack,
    Vault,
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

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("valet");
        let accepted = Counter::default();
        registry.register(
            "events_accepted",
            "Events on disk before Slack got its answer",
            accepted.clone(),
        );
        let duplicates = Counter::default();
        registry.register(
            "events_duplicate",
            "Deliveries of events that were accepted before",
            duplicates.clone(),
        );
        let refused = Family::default();
        registry.register(
            "events_refused",
            "Deliveries that were not acknowledged and left nothing behind, by the bound they met",
            refused.clone(),
        );
        let turned_down = Counter::default();
        registry.register(
            "questions_turned_down",
            "Questions of people who had too many open",
            turned_down.clone(),
        );
        let held_back = Counter::default();
        registry.register(
            "events_held_back",
            "Notices of Slack that it holds events back",
            held_back.clone(),
        );
        let runs = Family::default();
        registry.register("runs", "Runs that ended, by outcome", runs.clone());
        let damaged = Counter::default();
        registry.register(
            "records_damaged",
            "Records of the store that could not be read",
            damaged.clone(),
        );
        let decided = Family::default();
        registry.register(
            "approvals",
            "Writes that people were asked about and that are decided, by verdict",
            decided.clone(),
        );
        let feedback = feedback(&mut registry);
        let (tokens, cost, budgets) = spending(&mut registry);
        let [open, at_work, waiting, oldest_wait, approvals] = gauges(&mut registry);
        let socket = socket(&mut registry);
        let down = Family::<ServiceLabels, Gauge>::default();
        for service in [Service::Router, Service::Slack, Service::Vault] {
            // It is there from the start, at 0.
            drop(down.get_or_create(&ServiceLabels { service }));
        }
        registry.register(
            "circuits_open",
            "Circuits that are open because a service is taken to be down",
            down.clone(),
        );
        Self {
            registry: Arc::new(registry),
            accepted,
            duplicates,
            refused,
            turned_down,
            held_back,
            runs,
            damaged,
            decided,
            feedback,
            tokens,
            cost,
            budgets,
            open,
            at_work,
            waiting,
            oldest_wait,
            approvals,
            down,
            socket,
        }
    }

    pub(crate) fn accepted(&self) {
        self.accepted.inc();
    }

    pub(crate) fn duplicate(&self) {
        self.duplicates.inc();
    }

    pub(crate) fn refused(&self, bound: Refused) {
        self.refused.get_or_create(&RefusedLabels { bound }).inc();
    }

    pub(crate) fn turned_down(&self) {
        self.turned_down.inc();
    }

    pub(crate) fn held_back(&self) {
        self.held_back.inc();
    }

    pub(crate) fn measured(&self, load: Load) {
        let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
        self.open.set(number(load.open));
        self.at_work.set(number(load.at_work));
        self.waiting.set(number(load.waiting));
        self.oldest_wait.set(load.oldest_wait);
        self.approvals.set(number(load.approvals));
    }

    pub(crate) fn run_ended(&self, outcome: RunOutcome) {
        self.runs.get_or_create(&RunLabels { outcome }).inc();
    }

    pub(crate) fn decided(&self, verdict: Decided) {
        self.decided.get_or_create(&DecidedLabels { verdict }).inc();
    }

    pub(crate) fn feedback(&self, verdict: Feedback) {
        self.feedback
            .get_or_create(&FeedbackLabels { verdict })
            .inc();
    }

    /// A turn of the model took this much.
    pub(crate) fn spent(&self, prompt_tokens: u64, completion_tokens: u64, nano_usd: u64) {
        for (kind, tokens) in [
            (TokenKind::Prompt, prompt_tokens),
            (TokenKind::Completion, completion_tokens),
        ] {
            let counter = self.tokens.get_or_create(&TokenLabels { kind });
            counter.inc_by(tokens);
        }
        self.cost.inc_by(nano_usd);
    }

    pub(crate) fn budget_met(&self, budget: BudgetMet) {
        self.budgets.get_or_create(&BudgetLabels { budget }).inc();
    }

    /// As many records as the store has set aside until now.
    pub(crate) fn damaged(&self, records: u64) {
        let news = records.saturating_sub(self.damaged.get());
        self.damaged.inc_by(news);
    }

    pub(crate) fn circuit_opened(&self, service: Service) {
        self.down.get_or_create(&ServiceLabels { service }).inc();
    }

    pub(crate) fn circuit_closed(&self, service: Service) {
        self.down.get_or_create(&ServiceLabels { service }).dec();
    }

    /// So many connections of Socket Mode stand now.
    pub(crate) fn socket_connections(&self, count: i64) {
        self.socket.connections.set(count);
    }

    pub(crate) fn socket_not_opened(&self) {
        self.socket.not_opened.inc();
    }

    pub(crate) fn socket_odd(&self) {
        self.socket.odd.inc();
    }

    /// As Prometheus reads them.
    pub(crate) fn encode(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// How Slack reaches us over Socket Mode.
fn socket(registry: &mut Registry) -> SocketMetrics {
    let metrics = SocketMetrics::default();
    registry.register(
        "socket_connections",
        "Connections of Socket Mode that stand",
        metrics.connections.clone(),
    );
    registry.register(
        "socket_not_opened",
        "Tries to open a connection of Socket Mode that failed",
        metrics.not_opened.clone(),
    );
    registry.register(
        "socket_messages_odd",
        "Messages of Socket Mode that were not understood",
        metrics.odd.clone(),
    );
    metrics
}

/// What people think of answers.
fn feedback(registry: &mut Registry) -> Family<FeedbackLabels, Counter> {
    let feedback = Family::default();
    registry.register(
        "feedback",
        "Presses of the buttons below answers, by verdict",
        feedback.clone(),
    );
    feedback
}

/// What the model takes.
fn spending(
    registry: &mut Registry,
) -> (
    Family<TokenLabels, Counter>,
    Counter,
    Family<BudgetLabels, Counter>,
) {
    let tokens = Family::default();
    registry.register(
        "router_tokens",
        "Tokens of finished turns, by kind",
        tokens.clone(),
    );
    let cost = Counter::default();
    registry.register(
        "router_cost_nano_usd",
        "What finished turns cost, as far as the router says so, in billionths of a US dollar",
        cost.clone(),
    );
    let budgets = Family::default();
    registry.register(
        "budgets_met",
        "Questions that ended because a budget was used up, by budget",
        budgets.clone(),
    );
    (tokens, cost, budgets)
}

/// What is measured when somebody looks.
fn gauges(registry: &mut Registry) -> [Gauge; 5] {
    let gauges: [Gauge; 5] = Default::default();
    let [open, at_work, waiting, oldest_wait, approvals] = gauges.clone();
    registry.register("events_open", "Events on disk that are not settled", open);
    registry.register("runs_at_work", "Runs at work", at_work);
    registry.register("runs_waiting", "Runs whose turn has not come", waiting);
    registry.register(
        "runs_oldest_wait_seconds",
        "How long the run has waited that has waited longest for its turn",
        oldest_wait,
    );
    registry.register(
        "approvals_pending",
        "Writes that wait for their person's word",
        approvals,
    );
    gauges
}
