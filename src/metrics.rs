//! The figures for whoever runs Valet. Labels are few and never personal.

mod labels;
mod socket;
mod times;

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Metric, Registry};

pub(crate) use labels::{
    BudgetMet, Decided, Feedback, Refused, RunOutcome, Service, ToolEffect, ToolOutcome, Trouble,
    TurnOutcome,
};
pub(crate) use times::FlushTimes;

use labels::{
    BudgetLabels, DecidedLabels, FeedbackLabels, RefusedLabels, RunLabels, ServiceLabels,
    TokenKind, TokenLabels, ToolLabels, TroubleLabels, TurnLabels,
};
use socket::SocketMetrics;
use times::Times;

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
    troubles: Family<TroubleLabels, Counter>,
    times: Times,
    stored: Gauge,
    free: Gauge,
    spans_lost: Counter,
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

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("valet");
        let accepted = register(
            &mut registry,
            "events_accepted",
            "Events on disk before Slack got its answer",
        );
        let duplicates = register(
            &mut registry,
            "events_duplicate",
            "Deliveries of events that were accepted before",
        );
        let refused = register(
            &mut registry,
            "events_refused",
            "Deliveries that were not acknowledged and left nothing behind, by the bound they met",
        );
        let turned_down = register(
            &mut registry,
            "questions_turned_down",
            "Questions of people who had too many open",
        );
        let held_back = register(
            &mut registry,
            "events_held_back",
            "Notices of Slack that it holds events back",
        );
        let runs = Family::<RunLabels, Counter>::default();
        for outcome in RunOutcome::ALL {
            drop(runs.get_or_create(&RunLabels { outcome }));
        }
        registry.register("runs", "Runs that ended, by outcome", runs.clone());
        let damaged = register(
            &mut registry,
            "records_damaged",
            "Records of the store that could not be read",
        );
        let decided = register(
            &mut registry,
            "approvals",
            "Writes that people were asked about and that are decided, by verdict",
        );
        let feedback = feedback(&mut registry);
        let (tokens, cost, budgets) = spending(&mut registry);
        let [open, at_work, waiting, oldest_wait, approvals] = gauges(&mut registry);
        let socket = SocketMetrics::registered(&mut registry);
        let (down, troubles) = services(&mut registry);
        let times = Times::registered(&mut registry);
        let [stored, free] = disk(&mut registry);
        let spans_lost = register(
            &mut registry,
            "trace_spans_lost",
            "Parts of traces that could not be sent on",
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
            troubles,
            times,
            stored,
            free,
            spans_lost,
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

    /// A try at a service came to nothing.
    pub(crate) fn troubled(&self, service: Service, why: Trouble) {
        self.troubles
            .get_or_create(&TroubleLabels { service, why })
            .inc();
    }

    /// Asking the model for a turn took so long.
    pub(crate) fn turned(&self, outcome: TurnOutcome, took: Duration) {
        let turns = self.times.turns.get_or_create(&TurnLabels { outcome });
        turns.observe(took.as_secs_f64());
    }

    /// A call at the vault took so long.
    pub(crate) fn called(&self, effect: ToolEffect, outcome: ToolOutcome, took: Duration) {
        let calls = ToolLabels { effect, outcome };
        let calls = self.times.tools.get_or_create(&calls);
        calls.observe(took.as_secs_f64());
    }

    /// For whoever flushes.
    pub(crate) fn flush_times(&self) -> FlushTimes {
        self.times.flushes.clone()
    }

    /// What the store takes up, and what is free where it lies, in bytes.
    pub(crate) fn disk(&self, stored: u64, free: u64) {
        self.stored.set(i64::try_from(stored).unwrap_or(i64::MAX));
        self.free.set(i64::try_from(free).unwrap_or(i64::MAX));
    }

    /// So many parts of traces reached nobody.
    pub(crate) fn spans_lost(&self, count: usize) {
        self.spans_lost
            .inc_by(u64::try_from(count).unwrap_or(u64::MAX));
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

/// A figure, from now on among those that are read.
fn register<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
    let figure = M::default();
    registry.register(name, help, figure.clone());
    figure
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

/// How the services outside do. Each figure is there from the start, at 0: what begins with
/// its first failure shows no increase.
fn services(
    registry: &mut Registry,
) -> (Family<ServiceLabels, Gauge>, Family<TroubleLabels, Counter>) {
    let down = Family::<ServiceLabels, Gauge>::default();
    let troubles = Family::<TroubleLabels, Counter>::default();
    for service in Service::ALL {
        drop(down.get_or_create(&ServiceLabels { service }));
        for why in Trouble::ALL {
            drop(troubles.get_or_create(&TroubleLabels { service, why }));
        }
    }
    registry.register(
        "circuits_open",
        "Circuits that are open because a service is taken to be down",
        down.clone(),
    );
    registry.register(
        "calls_failed",
        "Tries of calls that came to nothing, by service and why",
        troubles.clone(),
    );
    (down, troubles)
}

/// What is measured with each look at the disk.
fn disk(registry: &mut Registry) -> [Gauge; 2] {
    let gauges: [Gauge; 2] = Default::default();
    let [stored, free] = gauges.clone();
    registry.register("store_bytes", "What the store takes up on the disk", stored);
    registry.register("disk_free_bytes", "What is free where the store lies", free);
    gauges
}
