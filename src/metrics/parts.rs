//! The figures by name, and what each says.

use std::hash::Hash;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Metric, Registry};

use super::labels::{
    BudgetLabels, BudgetMet, FeedbackLabels, Service, ServiceLabels, TokenLabels, Trouble,
    TroubleLabels,
};

/// A figure, from now on among those that are read.
pub(super) fn register<M: Metric + Clone + Default>(
    registry: &mut Registry,
    name: &str,
    help: &str,
) -> M {
    let figure = M::default();
    registry.register(name, help, figure.clone());
    figure
}

/// Figures that are all there from the start, at 0: what begins with its first event shows
/// no increase to who looks for one.
pub(super) fn counters<L: Clone + Eq + Hash>(
    all: impl IntoIterator<Item = L>,
) -> Family<L, Counter> {
    let family = Family::default();
    for labels in all {
        drop(family.get_or_create(&labels));
    }
    family
}

/// What people think of answers.
pub(super) fn feedback(registry: &mut Registry) -> Family<FeedbackLabels, Counter> {
    let feedback = Family::default();
    registry.register(
        "feedback",
        "Presses of the buttons below answers, by verdict",
        feedback.clone(),
    );
    feedback
}

/// What the model takes.
pub(super) fn spending(
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
    let budgets = counters(BudgetMet::ALL.map(|budget| BudgetLabels { budget }));
    registry.register(
        "budgets_met",
        "Questions that ended because a budget was used up, by budget",
        budgets.clone(),
    );
    (tokens, cost, budgets)
}

/// What is measured when somebody looks.
pub(super) fn gauges(registry: &mut Registry) -> [Gauge; 5] {
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

/// How the services outside do.
pub(super) fn services(
    registry: &mut Registry,
) -> (Family<ServiceLabels, Gauge>, Family<TroubleLabels, Counter>) {
    let down = Family::<ServiceLabels, Gauge>::default();
    for service in Service::ALL {
        drop(down.get_or_create(&ServiceLabels { service }));
    }
    let each = |service| Trouble::ALL.map(|why| TroubleLabels { service, why });
    let troubles = counters(Service::ALL.into_iter().flat_map(each));
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
pub(super) fn disk(registry: &mut Registry) -> [Gauge; 2] {
    let gauges: [Gauge; 2] = Default::default();
    let [stored, free] = gauges.clone();
    registry.register("store_bytes", "What the store takes up on the disk", stored);
    registry.register("disk_free_bytes", "What is free where the store lies", free);
    gauges
}
