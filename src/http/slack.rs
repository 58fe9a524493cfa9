//! Slack's three doors. Nothing of a body is parsed before its signature is checked, and
//! nothing is answered with 200 before it is on disk.

use std::any::Any;
use std::fmt;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::{Door, body};
use crate::dispatch::Taken;
use crate::slack::{EventRequest, Genuine, read_command, read_event, read_interaction};

pub(super) async fn events(State(door): State<Door>, headers: HeaderMap, body: Body) -> Response {
    door.take("events", &headers, body, read_event).await
}

pub(super) async fn commands(State(door): State<Door>, headers: HeaderMap, body: Body) -> Response {
    door.take("commands", &headers, body, read_command).await
}

pub(super) async fn interactions(
    State(door): State<Door>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    door.take("interactions", &headers, body, read_interaction)
        .await
}

impl Door {
    async fn take(
        self,
        door: &'static str,
        headers: &HeaderMap,
        body: Body,
        read: fn(&Genuine) -> EventRequest,
    ) -> Response {
        let body = match body::read(headers, body).await {
            Ok(body) => body,
            Err(bad) => return refuse(door, &bad, bad.status()),
        };
        // Without a secret nothing leads here.
        let Some(secret) = &self.signing_secret else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let signed = match secret.verify(headers, body, self.clock.now()) {
            Ok(signed) => signed,
            Err(not_signed) => return refuse(door, &not_signed, StatusCode::UNAUTHORIZED),
        };
        self.answer(door, read(&signed)).await
    }

    async fn answer(self, door: &'static str, request: EventRequest) -> Response {
        match self.dispatch.take(door, request).await {
            Ok(Taken::Challenge(challenge)) => {
                ([(header::CONTENT_TYPE, "text/plain")], challenge).into_response()
            }
            Ok(Taken::Complained(why)) => (
                [(header::CONTENT_TYPE, "application/json")],
                why.to_string(),
            )
                .into_response(),
            Ok(Taken::Done) => StatusCode::OK.into_response(),
            Err(not_accepted) => refuse(door, &not_accepted, StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

/// The panic's own words stay inside.
pub(super) fn after_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// A short answer and one log line.
pub(super) fn refuse(
    door: &'static str,
    reason: &dyn fmt::Display,
    status: StatusCode,
) -> Response {
    tracing::warn!(door, status = status.as_u16(), %reason, "a request was refused: {reason}");
    status.into_response()
}
