//! The vault's door. Nothing of a body is parsed before its signature is checked, and
//! nothing is answered with 200 before it is on disk.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::slack::refuse;
use super::{Door, body};
use crate::handlers::webhook::{self, Taken};
use crate::scalekit::Report;

const DOOR: &str = "webhooks";

pub(super) async fn reports(State(door): State<Door>, headers: HeaderMap, body: Body) -> Response {
    let Some(secret) = &door.webhook_secret else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let body = match body::read(&headers, body).await {
        Ok(body) => body,
        Err(bad) => return refuse(DOOR, &bad, bad.status()),
    };
    let signed = match secret.verify(&headers, body, door.clock.now()) {
        Ok(signed) => signed,
        Err(not_reported) => return refuse(DOOR, &not_reported, StatusCode::UNAUTHORIZED),
    };
    let Some(report) = Report::read(&signed) else {
        tracing::debug!("a report of the vault starts nothing");
        return StatusCode::OK.into_response();
    };
    match webhook::take(&door.context, report).await {
        Ok(Taken::Kept) => StatusCode::OK.into_response(),
        Ok(Taken::NotOurs) => {
            tracing::debug!("a report of the vault is about nobody we know");
            StatusCode::OK.into_response()
        }
        Err(cause) => refuse(DOOR, &cause, StatusCode::SERVICE_UNAVAILABLE),
    }
}
