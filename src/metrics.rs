//! The figures for whoever runs Valet. Labels are few and never personal.

mod labels;
mod parts;
mod socket;
mod times;

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

pub(crate) use labels::{
    BudgetMet, Decided, Feedback, Refused, RunOutcome, Service, ToolEffect, ToolOutcome, Trouble,
    TurnOutcome,
};
pub(crate) use times::FlushTimes;

use labels::{
    BudgetLabels, DecidedLabels, FeedbackLabels, RefusedLabels, RunLabels, ServiceLabels,
    TokenKind, TokenLabels, ToolLabels, TroubleLabels, TurnLabels,
};
use parts::{counters, disk, feedback, gauges, register, services, spending};
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
        let refused = counters(Refused::ALL.map(|bound| RefusedLabels { bound }));
        registry.register(
            "events_refused",
            "Deliveries that were not acknowledged and left nothing behind, by the bound they met",
            refused.clone(),
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
        let runs = counters(RunOutcome::ALL.map(|outcome| RunLabels { outcome }));
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
