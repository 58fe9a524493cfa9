//! Spans as OTLP has them in protobuf: an `ExportTraceServiceRequest`, with the names and numbers of
//! its fields as they stand in `opentelemetry/proto/trace/v1/trace.proto`, as far as we fill them.

use prost::{Message, Oneof};

use super::span::{self, Attribute, Kind};

/// `SPAN_KIND_INTERNAL`.
const INTERNAL: i32 = 1;

/// `SPAN_KIND_CLIENT`.
const CLIENT: i32 = 3;

/// `STATUS_CODE_ERROR`.
const ERROR: i32 = 2;

#[derive(Message)]
struct Request {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<KeyValue>,
}

#[derive(Message)]
struct ScopeSpans {
    #[prost(message, optional, tag = "1")]
    scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    spans: Vec<Span>,
}

#[derive(Message)]
struct Scope {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    version: String,
}

#[derive(Message)]
struct Span {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    id: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(int32, tag = "6")]
    kind: i32,
    #[prost(fixed64, tag = "7")]
    start_time_unix_nano: u64,
    #[prost(fixed64, tag = "8")]
    end_time_unix_nano: u64,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<KeyValue>,
    #[prost(message, optional, tag = "15")]
    status: Option<Status>,
}

#[derive(Message)]
struct Status {
    #[prost(int32, tag = "3")]
    code: i32,
}

#[derive(Message)]
struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

#[derive(Message)]
struct AnyValue {
    #[prost(oneof = "Value", tags = "1, 3")]
    value: Option<Value>,
}

#[derive(Oneof)]
enum Value {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(int64, tag = "3")]
    Count(i64),
}

/// The body of one request. `resource` says whose spans they are.
pub(super) fn request(resource: &[(String, String)], spans: &[span::Span]) -> Vec<u8> {
    let attributes = resource.iter().map(|(key, value)| text(key, value));
    let all = ScopeSpans {
        scope: Some(Scope {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }),
        spans: spans.iter().map(Span::from).collect(),
    };
    let request = Request {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: attributes.collect(),
            }),
            scope_spans: vec![all],
        }],
    };
    request.encode_to_vec()
}

impl From<&span::Span> for Span {
    fn from(span: &span::Span) -> Self {
        let (own, parent) = span.ids();
        let (begun, ended) = span.times();
        let failed = span.failed.as_ref();
        let attributes = span.attributes.iter().map(KeyValue::from);
        Self {
            trace_id: span.run.as_bytes().to_vec(),
            id: own.to_vec(),
            parent_span_id: parent.map(|parent| parent.to_vec()).unwrap_or_default(),
            name: span.name.clone(),
            kind: match span.kind {
                Kind::Client => CLIENT,
                Kind::Internal => INTERNAL,
            },
            start_time_unix_nano: begun,
            end_time_unix_nano: ended,
            attributes: attributes
                .chain(failed.map(|why| text("error.type", why)))
                .collect(),
            status: failed.map(|_| Status { code: ERROR }),
        }
    }
}

impl From<&Attribute> for KeyValue {
    fn from(attribute: &Attribute) -> Self {
        match attribute {
            Attribute::Count(name, count) => {
                let count = i64::try_from(*count).unwrap_or(i64::MAX);
                pair(name, Value::Count(count))
            }
            Attribute::Text(name, value) => text(name, value),
        }
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    pair(key, Value::Text(value.to_owned()))
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
    }
}
