//! The listener for whoever runs Valet: health, readiness, metrics.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tokio::sync::watch;

use crate::addresses::{HEALTH, METRICS, READINESS};
use crate::metrics::Metrics;

use super::Behind;

/// What else keeps events away, in a line: no connection of Socket Mode.
pub(crate) type Besides = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// What the routes share.
#[derive(Clone)]
pub(crate) struct Ops {
    pub(crate) behind: watch::Receiver<Behind>,
    pub(crate) besides: Besides,
    pub(crate) metrics: Metrics,
}

/// Everything on the ops listener.
pub(crate) fn routes(ops: Ops) -> Router {
    Router::new()
        .route(HEALTH, get(healthz))
        .route(READINESS, get(readyz))
        .route(METRICS, get(metrics))
        .with_state(ops)
}

/// The process answers.
async fn healthz() -> &'static str {
    "ok\n"
}

/// Events can be accepted and answered: the disk takes writes and has room, Slack and the
/// vault know us.
async fn readyz(State(ops): State<Ops>) -> Response {
    // Cloned, so that nothing is locked while Slack and the vault are asked.
    let behind = ops.behind.borrow().clone();
    let mut problems = behind.problems().await;
    problems.extend((ops.besides)());
    if problems.is_empty() {
        return "ready\n".into_response();
    }
    let mut lines = problems.join("\n");
    lines.push('\n');
    (StatusCode::SERVICE_UNAVAILABLE, lines).into_response()
}

async fn metrics(State(ops): State<Ops>) -> Response {
    if let Some(load) = ops.behind.borrow().load() {
        ops.metrics.measured(load);
    }
    (
        [(
            header::CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        ops.metrics.encode(),
    )
        .into_response()
}
