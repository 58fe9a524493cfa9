//! Who collects traces: takes what OTLP says over HTTP, in protobuf, and nothing else.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::{
    Span as Sent, span::SpanKind, status::StatusCode as Code,
};
use prost::Message as _;
use tokio::sync::Notify;

use crate::fault::Faults;
use crate::server::Server;

/// A collector that is listening.
#[derive(Debug)]
pub struct Collector {
    server: Server,
    collected: Arc<Collected>,
}

#[derive(Debug, Default)]
struct Collected {
    spans: Mutex<Vec<Span>>,
    /// All that came, as it came.
    bytes: Mutex<Vec<u8>>,
    more: Notify,
}

/// A part of a trace, as it was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// In hexadecimal digits.
    pub trace: String,
    pub id: String,
    /// Empty for the whole.
    pub parent: String,
    pub name: String,
    pub kind: SpanKind,
    /// In nanoseconds.
    pub took: u64,
    pub attributes: BTreeMap<String, String>,
    /// What is said of the sender.
    pub resource: BTreeMap<String, String>,
    pub is_error: bool,
    /// The `authorization` it came with.
    pub authorization: Option<String>,
}

impl Collector {
    pub async fn start() -> Self {
        let collected = Arc::new(Collected::default());
        let routes = Router::new()
            .route("/v1/traces", post(take))
            .with_state(Arc::clone(&collected));
        Self {
            server: Server::start(routes).await,
            collected,
        }
    }

    /// What goes into `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    pub fn faults(&self) -> &Faults {
        self.server.faults()
    }

    /// Every part that has come, once there are as many, in the order in which they began.
    pub async fn spans(&self, least: usize) -> Vec<Span> {
        loop {
            let more = self.collected.more.notified();
            {
                let spans = self.collected.spans.lock().expect("not poisoned");
                if spans.len() >= least {
                    return spans.clone();
                }
            }
            more.await;
        }
    }

    /// Whether these words are in anything that came.
    pub fn holds(&self, words: &str) -> bool {
        let bytes = self.collected.bytes.lock().expect("not poisoned");
        bytes
            .windows(words.len())
            .any(|part| part == words.as_bytes())
    }
}

async fn take(
    State(collected): State<Arc<Collected>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Vec<u8>, StatusCode> {
    let kind = headers.get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != "application/x-protobuf") {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let request = ExportTraceServiceRequest::decode(&*body).map_err(|_| StatusCode::BAD_REQUEST)?;
    // Fields that nobody knows would be lost here.
    if request.encode_to_vec() != body {
        return Err(StatusCode::BAD_REQUEST);
    }
    let authorization = headers.get(header::AUTHORIZATION);
    let authorization = authorization.map(|value| value.to_str().expect("ASCII").to_owned());
    let mut spans = collected.spans.lock().expect("not poisoned");
    for of_one in request.resource_spans {
        let resource = of_one.resource.expect("a resource");
        let resource = read(resource.attributes);
        let sent = of_one.scope_spans.into_iter().flat_map(|scope| scope.spans);
        spans.extend(sent.map(|sent| understood(sent, &resource, authorization.as_deref())));
    }
    drop(spans);
    collected.bytes.lock().expect("not poisoned").extend(body);
    collected.more.notify_waiters();
    Ok(ExportTraceServiceResponse::default().encode_to_vec())
}

fn understood(
    sent: Sent,
    resource: &BTreeMap<String, String>,
    authorization: Option<&str>,
) -> Span {
    assert_eq!((sent.trace_id.len(), sent.span_id.len()), (16, 8));
    assert!(sent.end_time_unix_nano >= sent.start_time_unix_nano);
    Span {
        kind: sent.kind(),
        trace: hex(&sent.trace_id),
        id: hex(&sent.span_id),
        parent: hex(&sent.parent_span_id),
        name: sent.name,
        took: sent.end_time_unix_nano - sent.start_time_unix_nano,
        attributes: read(sent.attributes),
        resource: resource.clone(),
        is_error: sent
            .status
            .is_some_and(|status| status.code() == Code::Error),
        authorization: authorization.map(str::to_owned),
    }
}

fn read(attributes: Vec<KeyValue>) -> BTreeMap<String, String> {
    attributes
        .into_iter()
        .map(|pair| {
            let value = pair.value.and_then(|value| value.value);
            let value = match value.expect("a value") {
                Value::StringValue(text) => text,
                Value::IntValue(number) => number.to_string(),
                other @ (Value::ArrayValue(_)
                | Value::BoolValue(_)
                | Value::BytesValue(_)
                | Value::DoubleValue(_)
                | Value::KvlistValue(_)
                | Value::StringValueStrindex(_)) => panic!("{other:?}"),
            };
            (pair.key, value)
        })
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
