//! The listener for whoever runs Valet: health, readiness, metrics.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::addresses::{HEALTH, METRICS, READINESS};
use crate::handlers::Context;
use crate::metrics::Metrics;

/// What the routes share.
#[derive(Clone)]
pub(crate) struct Ops {
    pub(crate) context: Context,
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

/// Events can be accepted and answered: the store takes writes, Slack and the vault know us.
async fn readyz(State(ops): State<Ops>) -> Response {
    let problems = ops.context.problems().await;
    if problems.is_empty() {
        return "ready\n".into_response();
    }
    let mut lines = problems.join("\n");
    lines.push('\n');
    (StatusCode::SERVICE_UNAVAILABLE, lines).into_response()
}

async fn metrics(State(ops): State<Ops>) -> Response {
    ops.metrics.measured(ops.context.load());
    (
        [(
            header::CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        ops.metrics.encode(),
    )
        .into_response()
}
