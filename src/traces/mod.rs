//! Traces of runs for whoever collects them by OTLP; off unless a place to send them to is
//! set. A trace holds when, how long, which model, which tool, and no more: nothing that was
//! said, and nobody's name.
//!
//! The id of a trace is that of its run, and each part hangs on the run itself, so that
//! nothing has to be carried along, also not over a restart. See
//! `docs/decisions/0049-traces-without-an-sdk.md`.

mod exporter;
mod pairs;
mod span;
mod wire;

pub(crate) use exporter::{Destination, Exporter};
pub(crate) use pairs::pairs;
pub(crate) use span::{Attribute, Kind, Part, Span};

use tokio::sync::mpsc::Sender;

use crate::metrics::Metrics;
use crate::random::Randomness;

/// A cheap handle on where traces go, if they go anywhere.
#[derive(Clone, Default)]
pub(crate) struct Traces(Option<Way>);

#[derive(Clone)]
struct Way {
    spans: Sender<Span>,
    randomness: Randomness,
    metrics: Metrics,
}

impl Traces {
    fn into(spans: Sender<Span>, randomness: Randomness, metrics: Metrics) -> Self {
        Self(Some(Way {
            spans,
            randomness,
            metrics,
        }))
    }

    /// Sends on what happened, if somebody collects it. Nobody waits for it: where too much
    /// is on its way already it is lost, and counted.
    pub(crate) fn record(&self, span: impl FnOnce(&Randomness) -> Span) {
        let Some(way) = &self.0 else { return };
        if way.spans.try_send(span(&way.randomness)).is_err() {
            way.metrics.spans_lost(1);
        }
    }
}
