//! Requests from Slack to the app: signed, timed, recorded, repeated.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::sign::Signing;
use super::world::World;

/// Where the app receives, and in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Door {
    path: &'static str,
    content_type: &'static str,
}

pub(crate) const EVENTS: Door = Door {
    path: "/slack/events",
    content_type: "application/json",
};
pub(crate) const COMMANDS: Door = Door {
    path: "/slack/commands",
    content_type: "application/x-www-form-urlencoded",
};
pub(crate) const INTERACTIONS: Door = Door {
    path: "/slack/interactions",
    content_type: "application/x-www-form-urlencoded",
};

/// What becomes of an event the app did not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryPolicy {
    /// Three more times, one right after the other: Slack's schedule without its pauses.
    AtOnce,
    /// Nothing; the story may deliver it again by hand.
    Never,
}

/// How the app answered a request.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// `None`: it did not answer in time, or not at all.
    pub status: Option<u16>,
    pub body: String,
    pub latency: Duration,
    /// `http_timeout`, `connection_failed`, `http_error`.
    pub failure: Option<&'static str>,
    no_retry: bool,
}

impl Delivered {
    /// The app took it: 2xx within three seconds.
    pub fn accepted(&self) -> bool {
        self.failure.is_none()
    }

    /// Over Socket Mode; the payload is what the person sees at once.
    pub(crate) fn acknowledged(payload: &Value, latency: Duration) -> Self {
        Self {
            status: Some(200),
            body: if payload.is_null() {
                String::new()
            } else {
                payload.to_string()
            },
            latency,
            failure: None,
            no_retry: false,
        }
    }

    /// Over Socket Mode, where nothing came back.
    pub(crate) fn failed(failure: &'static str, latency: Duration) -> Self {
        Self {
            status: None,
            body: String::new(),
            latency,
            failure: Some(failure),
            no_retry: false,
        }
    }
}

/// A request to the app, and how it was answered.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub path: &'static str,
    pub event_id: Option<String>,
    /// 0 for the first try.
    pub retry: u32,
    pub delivered: Delivered,
}

impl World {
    /// Delivers this event until the app takes it or Slack gives up.
    pub(crate) async fn deliver_event(&self, envelope: Value) -> Delivered {
        let event_id = envelope["event_id"].as_str().map(str::to_owned);
        if let Some(event_id) = &event_id {
            let mut state = self.state();
            state.envelopes.insert(event_id.clone(), envelope.clone());
        }
        let body = envelope.to_string().into_bytes();
        let tries = match self.state().retries {
            RetryPolicy::AtOnce => 4,
            RetryPolicy::Never => 1,
        };
        let mut last = self.try_event(&body, event_id.as_deref(), None).await;
        for retry in 1..tries {
            let Some(reason) = last.failure.filter(|_| !last.no_retry) else {
                break;
            };
            last = self
                .try_event(&body, event_id.as_deref(), Some((retry, reason)))
                .await;
        }
        last
    }

    /// Tells the app of its own words: once, on the record of nobody.
    pub(crate) async fn echo(&self, envelope: Value) {
        let body = envelope.to_string().into_bytes();
        if self.state().socket.on {
            self.bring_echo(&body).await;
        } else {
            self.send(EVENTS, body, Signing::Good, &[]).await;
        }
    }

    /// The same delivery once more, as a retry.
    pub(crate) async fn redeliver(&self, event_id: &str) -> Delivered {
        let (envelope, retry) = {
            let state = self.state();
            let envelope = state.envelopes.get(event_id).cloned();
            let tries = state
                .deliveries
                .iter()
                .filter(|one| one.event_id.as_deref() == Some(event_id))
                .count();
            (envelope, u32::try_from(tries).unwrap_or(u32::MAX))
        };
        let envelope = envelope.unwrap_or_else(|| panic!("no event {event_id} was delivered"));
        let body = envelope.to_string().into_bytes();
        let retry = (retry.clamp(1, 3), "http_timeout");
        self.try_event(&body, Some(event_id), Some(retry)).await
    }

    async fn try_event(
        &self,
        body: &[u8],
        event_id: Option<&str>,
        retry: Option<(u32, &'static str)>,
    ) -> Delivered {
        let headers: Vec<(String, String)> = retry
            .iter()
            .flat_map(|(number, reason)| {
                [
                    ("x-slack-retry-num".to_owned(), number.to_string()),
                    ("x-slack-retry-reason".to_owned(), (*reason).to_owned()),
                ]
            })
            .collect();
        let delivered = if self.state().socket.on {
            self.bring(EVENTS, body, retry).await
        } else {
            self.send(EVENTS, body.to_vec(), Signing::Good, &headers)
                .await
        };
        let delivery = Delivery {
            path: EVENTS.path,
            event_id: event_id.map(str::to_owned),
            retry: retry.map_or(0, |(number, _)| number),
            delivered: delivered.clone(),
        };
        self.record(delivery);
        delivered
    }

    /// A form to the door for commands or the one for interactions.
    pub(crate) async fn deliver_form(&self, door: Door, body: Vec<u8>) -> Delivered {
        let delivered = if self.state().socket.on {
            self.bring(door, &body, None).await
        } else {
            self.send(door, body, Signing::Good, &[]).await
        };
        self.record(Delivery {
            path: door.path,
            event_id: None,
            retry: 0,
            delivered: delivered.clone(),
        });
        delivered
    }

    fn record(&self, delivery: Delivery) {
        self.state().deliveries.push(delivery);
        self.changed();
    }

    /// One request to the app; never repeated, never recorded.
    pub(crate) async fn send(
        &self,
        door: Door,
        body: Vec<u8>,
        signing: Signing,
        headers: &[(String, String)],
    ) -> Delivered {
        let app = self.state().app_url.clone();
        let app = app.expect("set_app_url comes before the first request to the app");
        let signed = signing.headers(&self.setup.signing_secret, self.seconds(), &body);
        let mut request = self
            .http
            .post(format!("{app}{}", door.path))
            .timeout(self.setup.patience)
            .header("content-type", door.content_type)
            .header("user-agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
            .body(body);
        for (name, value) in signed.iter().chain(headers) {
            request = request.header(name, value);
        }
        let began = Instant::now();
        let answered = async {
            let response = request.send().await?;
            let status = response.status();
            let no_retry = response.headers().contains_key("x-slack-no-retry");
            let body = response.bytes().await?;
            Ok::<_, reqwest::Error>((status, no_retry, body))
        }
        .await;
        let latency = began.elapsed();
        match answered {
            Ok((status, no_retry, body)) => Delivered {
                status: Some(status.as_u16()),
                body: String::from_utf8_lossy(&body).into_owned(),
                latency,
                failure: (!status.is_success()).then_some("http_error"),
                no_retry,
            },
            Err(error) => Delivered {
                status: None,
                body: String::new(),
                latency,
                failure: Some(if error.is_timeout() {
                    "http_timeout"
                } else {
                    "connection_failed"
                }),
                no_retry: false,
            },
        }
    }
}

/// Connections to the app are kept, as Slack keeps them.
pub(crate) fn client() -> reqwest::Client {
    crate::client::builder()
        .redirect(reqwest::redirect::Policy::limited(2))
        .no_proxy()
        .build()
        .expect("a client without special wishes")
}
