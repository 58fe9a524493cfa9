//! Which handler answers which address.

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use super::{Door, LONGEST_WALK, pages, slack, walk};
use crate::addresses::{
    OPENID_CALLBACK, SLACK_COMMANDS, SLACK_EVENTS, SLACK_INTERACTIONS, START, VAULT_CALLBACK,
};

/// Everything on the public listener. `for_slack` is how long a request of Slack may take.
pub(crate) fn public_routes(door: Door, for_slack: Duration) -> Router {
    Router::new()
        .merge(slack_routes(for_slack))
        .merge(browser_routes())
        .fallback(pages::not_found)
        .with_state(door)
        .layer(CatchPanicLayer::custom(pages::after_panic))
        .layer(always(header::CACHE_CONTROL, "no-store"))
        .layer(always(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

fn slack_routes(for_slack: Duration) -> Router<Door> {
    Router::new()
        .route(SLACK_EVENTS, post(slack::events))
        .route(SLACK_COMMANDS, post(slack::commands))
        .route(SLACK_INTERACTIONS, post(slack::interactions))
        .layer(within(for_slack))
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
        .layer(within(LONGEST_WALK))
        .layer(always(
            header::CONTENT_SECURITY_POLICY,
            pages::SECURITY_POLICY,
        ))
        // `same-origin` and not `no-referrer`: the latter makes a browser send `Origin: null`
        // with the form, which could then not be told from a stranger's.
        .layer(always(header::REFERRER_POLICY, "same-origin"))
        .layer(always(header::X_FRAME_OPTIONS, "DENY"))
        .layer(always(
            HeaderName::from_static("x-robots-tag"),
            "noindex, nofollow",
        ))
}

fn within(time: Duration) -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, time)
}

fn always(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
