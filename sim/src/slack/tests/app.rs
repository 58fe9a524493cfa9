//! A small app: it checks signatures, keeps what it gets, and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};

use crate::server::Server;
use crate::slack::sign::signature;
use crate::slack::{Slack, SlackSetup};

#[derive(Debug, Clone)]
pub(super) struct Got {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Got {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body)
            .into_owned()
            .collect()
    }

    pub(super) fn field(&self, name: &str) -> String {
        let mut form = self.form().into_iter();
        form.find(|(one, _)| one == name).unwrap().1
    }
}

#[derive(Default)]
struct Inner {
    got: Vec<Got>,
    answers: VecDeque<(u16, String)>,
}

type Shared = Arc<Mutex<Inner>>;

/// The app, the Slack it lives in, and a client for calling the Web API.
pub(super) struct App {
    pub(super) slack: Slack,
    pub(super) http: reqwest::Client,
    pub(super) server: Server,
    inner: Shared,
}

const SECRET: &str = "canary-signing-secret";

async fn receive(
    State(inner): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let of = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let (stamp, given) = (of("x-slack-request-timestamp"), of("x-slack-signature"));
    let age = stamp.parse::<i64>().map_or(i64::MAX, |stamp| {
        (jiff::Timestamp::now().as_second() - stamp).abs()
    });
    if given != signature(SECRET, &stamp, &body) || age > 300 {
        return (StatusCode::UNAUTHORIZED, String::new());
    }
    let mut inner = inner.lock().unwrap();
    inner.got.push(Got {
        path: uri.path().to_owned(),
        headers,
        body: body.to_vec(),
    });
    let (status, body) = inner.answers.pop_front().unwrap_or((200, String::new()));
    (StatusCode::from_u16(status).unwrap(), body)
}

impl App {
    pub(super) async fn start() -> Self {
        Self::start_with(SlackSetup::default()).await
    }

    pub(super) async fn start_with(setup: SlackSetup) -> Self {
        let inner = Shared::default();
        let routes = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&inner));
        let server = Server::start(routes).await;
        let slack = Slack::start(setup).await;
        slack.set_app_url(&server.url());
        slack.set_echoes(false);
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            slack,
            http,
            server,
            inner,
        }
    }

    /// Answers the next request so, and later ones with an empty 200.
    pub(super) fn answers(&self, status: u16, body: &str) {
        let mut inner = self.inner.lock().unwrap();
        inner.answers.push_back((status, body.to_owned()));
    }

    pub(super) fn got(&self) -> Vec<Got> {
        self.inner.lock().unwrap().got.clone()
    }

    pub(super) fn last(&self) -> Got {
        self.got().pop().unwrap()
    }

    /// Calls a method with the bot's token and JSON.
    pub(super) async fn call(&self, method: &str, args: Value) -> Value {
        let response = self
            .http
            .post(format!("{}/{method}", self.slack.api_url()))
            .bearer_auth("xoxb-canary-bot-token")
            .json(&args)
            .send()
            .await
            .unwrap();
        response.json().await.unwrap()
    }

    /// Posts so that there is nothing to complain about.
    pub(super) async fn posts(&self, channel: &str, thread_ts: Option<&str>, text: &str) -> Value {
        let mut args = json!({
            "channel": channel,
            "text": text,
            "blocks": [{ "type": "markdown", "text": text }],
            "unfurl_links": false,
            "unfurl_media": false,
        });
        if let Some(thread_ts) = thread_ts {
            args["thread_ts"] = json!(thread_ts);
        }
        self.call("chat.postMessage", args).await
    }
}
