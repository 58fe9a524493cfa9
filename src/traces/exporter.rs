//! Gathers spans and sends them on, many at once. Whatever becomes of them, nobody who is
//! at work waits for it.

use std::convert::Infallible;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, StatusCode};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Span, Traces, wire};
use crate::backoff::{Backoff, rest, retry_after};
use crate::metrics::Metrics;
use crate::random::Randomness;

/// Spans that wait to be sent; what comes beyond it is lost. A run has some ten of them.
const WAITING: usize = 4_096;

/// Spans of one request: some 100 KiB.
const AT_ONCE: usize = 512;

/// For one try; the collector is near, or has trouble.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tries of one request, the first included.
const TRIES: u32 = 4;

const FIRST_PAUSE: Duration = Duration::from_secs(1);

const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// For what is left when it is time to stop.
const AT_THE_END: Duration = Duration::from_secs(3);

/// Where traces go, and in whose name.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    /// The whole address, `/v1/traces` included.
    pub(crate) url: Url,
    /// Marked as sensitive, so that they do not print themselves.
    pub(crate) headers: HeaderMap,
    /// What is said of the sender: `service.name` and the like.
    pub(crate) resource: Vec<(String, String)>,
}

/// Sends spans on until it is time to stop.
pub(crate) struct Exporter {
    http: Client,
    destination: Destination,
    spans: Receiver<Span>,
    /// How long spans are gathered before they are sent.
    gather: Duration,
    pauses: Backoff,
    metrics: Metrics,
}

/// What came of one try.
enum Tried {
    /// Another one may do better, after as long as the collector asks for.
    Again(Option<Duration>),
    Refused(StatusCode),
    Taken,
}

impl Exporter {
    /// The handle for who records, and who sends it on.
    pub(crate) fn new(
        http: Client,
        destination: Destination,
        gather: Duration,
        (randomness, metrics): (Randomness, Metrics),
    ) -> (Traces, Self) {
        let (sender, spans) = channel(WAITING);
        let exporter = Self {
            http,
            destination,
            spans,
            gather,
            pauses: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE, randomness.clone()),
            metrics: metrics.clone(),
        };
        (Traces::into(sender, randomness, metrics), exporter)
    }

    /// Sends what comes until `stop`, then what is there, for a moment.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut batch = Vec::new();
        let stopped = stop.run_until_cancelled(self.send_on(&mut batch)).await;
        if let Some(never) = stopped {
            match never {}
        }
        self.spans.close();
        if timeout(AT_THE_END, self.send_rest(&mut batch))
            .await
            .is_err()
        {
            tracing::warn!("the last traces could not be sent");
        }
    }

    async fn send_on(&mut self, batch: &mut Vec<Span>) -> Infallible {
        loop {
            self.gather(batch).await;
            self.send(batch).await;
        }
    }

    /// Nothing comes any more.
    async fn send_rest(&mut self, batch: &mut Vec<Span>) {
        while self.spans.recv_many(batch, AT_ONCE).await > 0 || !batch.is_empty() {
            self.send(batch).await;
        }
    }

    /// Waits for the first, and a while for more.
    async fn gather(&mut self, batch: &mut Vec<Span>) {
        let Some(first) = self.spans.recv().await else {
            return std::future::pending().await;
        };
        batch.push(first);
        let end = Instant::now() + self.gather;
        while batch.len() < AT_ONCE {
            let room = AT_ONCE - batch.len();
            match timeout_at(end, self.spans.recv_many(batch, room)).await {
                Ok(more) if more > 0 => {}
                Ok(_) | Err(_) => return,
            }
        }
    }

    /// The batch is empty afterwards; if this is cut off, what was being sent stays in it.
    async fn send(&self, batch: &mut Vec<Span>) {
        let body = wire::request(&self.destination.resource, batch);
        let mut tries = 0;
        let lost = loop {
            let asked = match self.try_once(body.clone()).await {
                Tried::Taken => break None,
                Tried::Refused(status) => {
                    break Some(format!("the collector refuses them with status {status}"));
                }
                Tried::Again(asked) => asked,
            };
            let pause = self.pauses.delay(tries, asked);
            tries += 1;
            if tries == TRIES {
                break Some("the collector cannot be reached, or has trouble".to_owned());
            }
            rest(pause).await;
        };
        if let Some(why) = lost {
            let spans = batch.len();
            tracing::warn!(spans, "traces are lost: {why}");
            self.metrics.spans_lost(spans);
        }
        batch.clear();
    }

    async fn try_once(&self, body: Vec<u8>) -> Tried {
        let sent = self
            .http
            .post(self.destination.url.clone())
            .headers(self.destination.headers.clone())
            .header(CONTENT_TYPE, "application/x-protobuf")
            .timeout(PATIENCE)
            .body(body)
            .send()
            .await;
        let Ok(answer) = sent else {
            return Tried::Again(None);
        };
        match answer.status() {
            status if status.is_success() => Tried::Taken,
            // Those that the protocol names.
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Tried::Again(retry_after(answer.headers())),
            status => Tried::Refused(status),
        }
    }
}
