//! A look at what a real router is asked: passes everything on to it and back, and keeps
//! what was asked.

use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, Response, StatusCode, header};
use futures_util::stream;
use serde_json::Value;

use crate::client;
use crate::server::Server;

/// Longest request that is passed on, in bytes.
const LONGEST: usize = 4 << 20;

/// Not passed on. The encoding is that of who reads along: none.
const OF_ONE_HOP: [HeaderName; 5] = [
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::HOST,
    header::TRANSFER_ENCODING,
];

/// Before every path.
const PREFIX: &str = "/api/v1";

/// A running relay.
#[derive(Debug)]
pub struct Relay {
    server: Server,
    seen: Arc<Seen>,
}

#[derive(Debug)]
struct Seen {
    base: String,
    client: reqwest::Client,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    requests: Vec<Value>,
    /// Heads and bodies as they came, keys aside.
    text: String,
}

impl Relay {
    /// In front of the router with this base, such as `https://router.example/api/v1`.
    pub async fn start(base: &str) -> Self {
        let seen = Arc::new(Seen {
            base: base.trim_end_matches('/').to_owned(),
            client: client::builder().build().expect("a client"),
            kept: Mutex::default(),
        });
        let routes = axum::Router::new()
            .fallback(pass)
            .with_state(Arc::clone(&seen));
        let server = Server::start(routes).await;
        Self { server, seen }
    }

    /// The base to which clients add `/chat/completions`.
    pub fn url(&self) -> String {
        format!("{}{PREFIX}", self.server.url())
    }

    /// The bodies of all requests that had one, in order.
    pub fn requests(&self) -> Vec<Value> {
        self.seen.lock().requests.clone()
    }

    /// All that was asked, heads too (the key aside), to be searched.
    pub fn all_text(&self) -> String {
        self.seen.lock().text.clone()
    }
}

impl Seen {
    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().expect("no panic while keeping")
    }

    fn keep(&self, head: &axum::http::request::Parts, body: &[u8]) {
        let mut kept = self.lock();
        let mut text = vec![format!("{} {}", head.method, head.uri)];
        for (name, value) in &head.headers {
            if *name != header::AUTHORIZATION {
                let value = String::from_utf8_lossy(value.as_bytes());
                text.push(format!("{name}: {value}"));
            }
        }
        text.push(String::from_utf8_lossy(body).into_owned());
        kept.text += &text.join("\n");
        kept.text.push('\n');
        kept.requests.extend(serde_json::from_slice(body).ok());
    }
}

async fn pass(State(seen): State<Arc<Seen>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST).await else {
        return answer(StatusCode::PAYLOAD_TOO_LARGE, Body::empty());
    };
    seen.keep(&head, &body);
    let path = head.uri.to_string();
    let url = format!("{}{}", seen.base, path.trim_start_matches(PREFIX));
    let mut passed = seen.client.request(head.method, url).body(body);
    for (name, value) in &head.headers {
        if !OF_ONE_HOP.contains(name) {
            passed = passed.header(name, value);
        }
    }
    let Ok(mut response) = passed.send().await else {
        return answer(StatusCode::BAD_GATEWAY, Body::empty());
    };
    let (status, mut headers) = (response.status(), std::mem::take(response.headers_mut()));
    for name in &OF_ONE_HOP {
        headers.remove(name);
    }
    let pieces = stream::unfold(response, |mut response| async {
        let piece: Result<Bytes, reqwest::Error> = response.chunk().await.transpose()?;
        Some((piece, response))
    });
    let mut answer = answer(status, Body::from_stream(pieces));
    *answer.headers_mut() = headers;
    answer
}

fn answer(status: StatusCode, body: Body) -> Response<Body> {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer
}
