//! Which handler answers which address.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use super::{Door, LONGEST_WALK, pages, slack, walk, webhook};
use crate::addresses::{
    OPENID_CALLBACK, SLACK_COMMANDS, SLACK_EVENTS, SLACK_INTERACTIONS, START, VAULT_CALLBACK,
    VAULT_REPORTS,
};

/// Everything on the public listener. `for_slack` is how long a request of Slack may take,
/// or one of the vault, which waits as long.
pub(crate) fn public_routes(door: Door, for_slack: Duration) -> Router {
    let slack = match door.signing_secret {
        Some(_) => slack_routes(),
        None => Router::new(),
    };
    let reports = match door.webhook_secret {
        Some(_) => Router::new().route(VAULT_REPORTS, post(webhook::reports)),
        None => Router::new(),
    };
    Router::new()
        .merge(signed(slack.merge(reports), for_slack))
        .merge(browser_routes())
        .fallback(pages::not_found)
        .with_state(door)
}

fn slack_routes() -> Router<Door> {
    Router::new()
        .route(SLACK_EVENTS, post(slack::events))
        .route(SLACK_COMMANDS, post(slack::commands))
        .route(SLACK_INTERACTIONS, post(slack::interactions))
}

/// Routes for programs: an answer without words will do.
fn signed(routes: Router<Door>, time: Duration) -> Router<Door> {
    routes
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            time,
        ))
        .layer(CatchPanicLayer::custom(slack::after_panic))
}

fn browser_routes() -> Router<Door> {
    Router::new()
        .route(START, get(walk::start).post(walk::go_on))
        // Whoever asks for the head alone is no browser on its way back.
        .route(
            OPENID_CALLBACK,
            get(walk::back_from_slack).head(pages::not_found),
        )
        .route(
            VAULT_CALLBACK,
            get(walk::back_from_vault).head(pages::not_found),
        )
        .layer(middleware::from_fn(in_time))
        .layer(CatchPanicLayer::custom(pages::after_panic))
}

/// Whoever waits too long gets a page all the same.
async fn in_time(request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(LONGEST_WALK, next.run(request)).await;
    answered.unwrap_or_else(|_| pages::failed())
}
