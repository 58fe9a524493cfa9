//! A vault of a few lines that counts what it is sent.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::audit::Noted;
use crate::backoff::Backoff;
use crate::circuit::{Breaker, Trust};
use crate::clock::{Clock, Time};
use crate::ids::{ConnectionName, Identifier};
use crate::metrics::{Metrics, Service};
use crate::random::Randomness;

use super::super::{Deadlines, Error, Execute, Vault};

/// What arrived, except for tokens.
pub(super) struct Arrived {
    pub(super) path_and_query: String,
    pub(super) body: Value,
}

type Answering = dyn Fn(usize, &Arrived, &HeaderMap) -> Response + Send + Sync;

struct Counted {
    tokens: AtomicUsize,
    token: Box<dyn Fn(usize) -> Response + Send + Sync>,
    arrived: Mutex<Vec<Arrived>>,
    answer: Box<Answering>,
}

/// A vault that gives out the tokens `t1`, `t2`, … and answers by script.
pub(super) struct FakeVault {
    pub(super) vault: Vault,
    counted: Arc<Counted>,
    pub(super) clock: HandMoved,
    _tasks: TaskTracker,
}

#[derive(Clone)]
pub(super) struct HandMoved(pub(super) Arc<Mutex<Timestamp>>);

impl Time for HandMoved {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

async fn serve(State(counted): State<Arc<Counted>>, request: Request) -> Response {
    let path_and_query = request.uri().to_string();
    let headers = request.headers().clone();
    let bytes: Bytes = axum::body::to_bytes(request.into_body(), usize::MAX)
        .await
        .unwrap();
    let answer = if path_and_query == "/oauth/token" {
        assert!(bytes.starts_with(b"grant_type=client_credentials&client_id=skc_1&client_secret="));
        (counted.token)(counted.tokens.fetch_add(1, Ordering::SeqCst) + 1)
    } else {
        let arrived = Arrived {
            path_and_query,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        };
        let mut all = counted.arrived.lock().unwrap();
        let answer = (counted.answer)(all.len() + 1, &arrived, &headers);
        all.push(arrived);
        answer
    };
    if answer.status() == StatusCode::IM_A_TEAPOT {
        std::future::pending::<()>().await;
    }
    answer
}

/// Makes the fake stall for good.
pub(super) fn silence() -> Response {
    StatusCode::IM_A_TEAPOT.into_response()
}

/// A success whose body breaks off.
pub(super) fn cut() -> Response {
    let chunks = [Ok("{\"data\":"), Err(std::io::Error::other("cut"))];
    Response::new(Body::from_stream(futures_util::stream::iter(chunks)))
}

pub(super) fn ok(body: &Value) -> Response {
    body.to_string().into_response()
}

pub(super) fn refused(status: u16, code: &str) -> Response {
    let body = json!({"code": 2, "message": "?", "details": [{"error_code": code}]});
    (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response()
}

pub(super) fn token(number: usize) -> Response {
    ok(&json!({"access_token": format!("t{number}"), "expires_in": 300}))
}

impl FakeVault {
    pub(super) async fn answering(
        answer: impl Fn(usize, &Arrived, &HeaderMap) -> Response + Send + Sync + 'static,
    ) -> Self {
        Self::start(token, answer).await
    }

    pub(super) async fn start(
        token: impl Fn(usize) -> Response + Send + Sync + 'static,
        answer: impl Fn(usize, &Arrived, &HeaderMap) -> Response + Send + Sync + 'static,
    ) -> Self {
        let counted = Arc::new(Counted {
            tokens: AtomicUsize::new(0),
            token: Box::new(token),
            arrived: Mutex::default(),
            answer: Box::new(answer),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(serve)
            .with_state(Arc::clone(&counted));
        let tasks = TaskTracker::new();
        tasks.spawn(async move { axum::serve(listener, router).await });
        let clock = HandMoved(Arc::new(Mutex::new(Timestamp::UNIX_EPOCH)));
        Self {
            vault: vault(&url, Clock::new(clock.clone())),
            counted,
            clock,
            _tasks: tasks,
        }
    }

    pub(super) fn tokens(&self) -> usize {
        self.counted.tokens.load(Ordering::SeqCst)
    }

    pub(super) fn calls(&self) -> usize {
        self.counted.arrived.lock().unwrap().len()
    }

    pub(super) async fn execute(&self) -> Result<Value, Error> {
        let output = self
            .vault
            .execute(
                Execute {
                    tool: "gmail_send_message",
                    params: &Map::new(),
                    connection: &gmail(),
                    identifier: &ada(),
                    run: Randomness::seeded(1).run_id(Timestamp::UNIX_EPOCH),
                },
                &Noted::written(1),
            )
            .await?;
        Ok(output.data)
    }
}

const PATIENT: Deadlines = Deadlines {
    control: Duration::from_secs(20),
    tools: Duration::from_secs(20),
};

/// For a vault that will not answer anyway.
pub(super) const HURRIED: Deadlines = Deadlines {
    control: Duration::from_millis(100),
    tools: Duration::from_millis(100),
};

pub(super) fn vault(url: &str, clock: Clock) -> Vault {
    drop(rustls::crypto::ring::default_provider().install_default());
    Vault::new(
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap(),
        Url::parse(url).unwrap(),
        "skc_1".to_owned(),
        "planted".to_owned().into(),
        PATIENT,
        (
            Backoff::new(
                Duration::from_millis(1),
                Duration::from_millis(1),
                Randomness::seeded(1),
            ),
            breaker(),
        ),
        clock,
    )
}

/// Opens at the tenth failure in a row, and stays open for the rest of a test.
fn breaker() -> Breaker {
    let trust = Trust {
        trouble: Duration::ZERO,
        pause: Duration::from_secs(30),
    };
    Breaker::new(Service::Vault, trust, Randomness::seeded(1), Metrics::new())
}

pub(super) fn ada() -> Identifier {
    Identifier::from_bits(1)
}

pub(super) fn gmail() -> ConnectionName {
    ConnectionName::parse("gmail").unwrap()
}

pub(super) fn active() -> Response {
    ok(&json!({"connected_account": {"id": "ca_1", "status": "ACTIVE", "provider": "GMAIL"}}))
}

pub(super) fn page(names: &[&str], next: &str) -> Response {
    let tools: Vec<Value> = names
        .iter()
        .map(|name| {
            json!({"identifier": ada().expose(), "connected_account_id": "ca_1",
                "tool": {"definition": {"name": name}}})
        })
        .collect();
    ok(&json!({"tools": tools, "next_page_token": next}))
}
