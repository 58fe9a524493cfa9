//! How long things take, in seconds.

use std::fmt;
use std::time::Duration;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::labels::{ToolLabels, TurnLabels};

/// A turn waits for a model; three minutes is its deadline.
const OF_TURNS: [f64; 11] = [
    0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 180.0,
];

/// A call waits for a provider; a minute is its deadline.
const OF_TOOLS: [f64; 11] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0];

/// Slack waits three seconds for what waits for a flush.
const OF_FLUSHES: [f64; 11] = [
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 3.0,
];

/// How long flushes take. A cheap handle; one by itself is read by nobody.
#[derive(Clone)]
pub(crate) struct FlushTimes(Histogram);

impl FlushTimes {
    pub(crate) fn took(&self, so_long: Duration) {
        self.0.observe(so_long.as_secs_f64());
    }
}

impl Default for FlushTimes {
    fn default() -> Self {
        Self(Histogram::new(OF_FLUSHES))
    }
}

impl fmt::Debug for FlushTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FlushTimes")
    }
}

/// A family says by what its members are made.
type Of<L> = Family<L, Histogram, fn() -> Histogram>;

#[derive(Clone)]
pub(super) struct Times {
    pub(super) turns: Of<TurnLabels>,
    pub(super) tools: Of<ToolLabels>,
    pub(super) flushes: FlushTimes,
}

impl Times {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let times = Self {
            turns: Family::new_with_constructor(|| Histogram::new(OF_TURNS)),
            tools: Family::new_with_constructor(|| Histogram::new(OF_TOOLS)),
            flushes: FlushTimes::default(),
        };
        registry.register(
            "turn_seconds",
            "From asking the model for a turn to its end, tries and all, by outcome",
            times.turns.clone(),
        );
        registry.register(
            "tool_seconds",
            "From sending a call to the vault to its end, by effect and outcome",
            times.tools.clone(),
        );
        registry.register(
            "flush_seconds",
            "From a flush of the store to its being on disk",
            times.flushes.0.clone(),
        );
        times
    }
}
