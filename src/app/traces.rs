//! Traces of runs, where the operator has said who collects them.

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use super::clients::http_client;
use super::patience::Surroundings;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::traces::{Exporter, Traces};

/// The handle for who records, and who sends it on, if anybody does.
pub(super) fn traces(
    config: &Config,
    surroundings: &Surroundings,
    metrics: &Metrics,
) -> anyhow::Result<(Traces, Option<Exporter>)> {
    let Some(destination) = config.traces.clone() else {
        return Ok((Traces::default(), None));
    };
    let http = http_client().context("the HTTP client for traces cannot be made")?;
    let randomness = surroundings.randomness.clone();
    let gather = surroundings.patience.spans;
    let means = (randomness, metrics.clone());
    let (traces, exporter) = Exporter::new(http, destination, gather, means);
    Ok((traces, Some(exporter)))
}

/// Until it is time to stop.
pub(super) async fn send_on(exporter: Option<Exporter>, stop: CancellationToken) {
    if let Some(exporter) = exporter {
        exporter.run(stop).await;
    }
}
