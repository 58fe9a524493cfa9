//! The router's side of HTTP.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode, header};
use axum::routing::{get, post};
use futures_util::stream;
use serde_json::json;

use super::desk::{Answer, Desk, refusal};
use super::reply::{End, Reply};
use super::turn::Gate;

pub(super) fn routes(desk: Arc<Desk>) -> axum::Router {
    axum::Router::new()
        .route("/api/v1/chat/completions", post(complete))
        .route("/api/v1/models", get(models))
        .fallback(nothing_here)
        .layer(DefaultBodyLimit::max(4 << 20))
        .with_state(desk)
}

async fn complete(State(desk): State<Arc<Desk>>, head: Parts, body: Bytes) -> Response<Body> {
    desk.keep(&head, &body);
    if let Err(refused) = desk.admit(&head) {
        return send(refused.into(), Duration::ZERO);
    }
    let json = head.headers.get(header::CONTENT_TYPE);
    if !json.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json")) {
        desk.note("a request whose content type is not JSON".to_owned());
    }
    let answer = desk.answer(&body);
    if let Some(gate) = &answer.before {
        gate.pass().await;
    }
    take(desk.pace().thinking).await;
    send(answer, desk.pace().word)
}

async fn models(State(desk): State<Arc<Desk>>, head: Parts) -> Response<Body> {
    desk.keep(&head, b"");
    if let Err(refused) = desk.admit(&head) {
        return send(refused.into(), Duration::ZERO);
    }
    let body = json!({"object": "list", "data": [
        {"id": "openai/gpt-4o-mini", "object": "model", "owned_by": "simulated"},
    ]});
    let reply = Reply {
        status: 200,
        content_type: "application/json",
        pieces: vec![body.to_string().into_bytes()],
        end: End::Clean,
    };
    send(reply.into(), Duration::ZERO)
}

async fn nothing_here(State(desk): State<Arc<Desk>>, head: Parts) -> Response<Body> {
    desk.keep(&head, b"");
    desk.note(format!("a request to {} {}", head.method, head.uri.path()));
    let nothing = refusal(StatusCode::NOT_FOUND, "there is nothing here");
    send(nothing.into(), Duration::ZERO)
}

/// A model takes its time, where it was told to.
async fn take(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

/// Sends it, a word at a time.
fn send(answer: Answer, word: Duration) -> Response<Body> {
    Response::builder()
        .status(answer.reply.status)
        .header(header::CONTENT_TYPE, answer.reply.content_type)
        .header("x-generation-id", "gen")
        .body(Body::from_stream(stream::unfold(
            Sending::new(answer, word),
            Sending::next,
        )))
        .expect("a reply is a response")
}

/// A body on its way, piece by piece.
struct Sending {
    pieces: std::vec::IntoIter<Vec<u8>>,
    /// Pieces to go before the gate.
    until_gate: usize,
    gate: Option<Gate>,
    word: Duration,
    end: Option<End>,
}

impl Sending {
    fn new(answer: Answer, word: Duration) -> Self {
        let (reply, gate) = (answer.reply, answer.midway);
        Self {
            until_gate: reply.pieces.len() / 2,
            pieces: reply.pieces.into_iter(),
            gate,
            word,
            end: Some(reply.end),
        }
    }

    async fn next(mut self) -> Option<(io::Result<Bytes>, Self)> {
        // Lets the server write what it has, so that pieces stay pieces.
        tokio::task::yield_now().await;
        if self.until_gate == 0
            && let Some(gate) = self.gate.take()
        {
            gate.pass().await;
        }
        self.until_gate = self.until_gate.saturating_sub(1);
        if let Some(piece) = self.pieces.next() {
            take(self.word).await;
            return Some((Ok(Bytes::from(piece)), self));
        }
        match self.end.take()? {
            End::Clean => None,
            End::Cut => Some((Err(io::ErrorKind::ConnectionReset.into()), self)),
            End::Silent => std::future::pending().await,
        }
    }
}
