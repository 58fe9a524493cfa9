//! The figures for whoever runs Valet. Labels are few and never personal.

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use std::sync::Arc;

/// A cheap handle on all figures.
#[derive(Clone)]
pub(crate) struct Metrics {
    registry: Arc<Registry>,
    accepted: Counter,
    duplicates: Counter,
    runs: Family<RunLabels, Counter>,
    damaged: Counter,
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
        let runs = Family::default();
        registry.register("runs", "Runs that ended, by outcome", runs.clone());
        let damaged = Counter::default();
        registry.register(
            "records_damaged",
            "Records of the store that could not be read",
            damaged.clone(),
        );
        Self {
            registry: Arc::new(registry),
            accepted,
            duplicates,
            runs,
            damaged,
        }
    }

    pub(crate) fn accepted(&self) {
        self.accepted.inc();
    }

    pub(crate) fn duplicate(&self) {
        self.duplicates.inc();
    }

    pub(crate) fn run_ended(&self, outcome: RunOutcome) {
        self.runs.get_or_create(&RunLabels { outcome }).inc();
    }

    /// As many records as the store has set aside until now.
    pub(crate) fn damaged(&self, records: u64) {
        let news = records.saturating_sub(self.damaged.get());
        self.damaged.inc_by(news);
    }

    /// As Prometheus reads them.
    pub(crate) fn encode(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
