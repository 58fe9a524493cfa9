//! Where traces go, by the variables that OpenTelemetry has for it.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::reader::Reader;
use crate::traces::{Destination, pairs};

/// The one that this is about, whole.
const WHOLE: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

/// The one for all that a collector takes.
const BASE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const DISABLED: &str = "OTEL_SDK_DISABLED";
const NAME: &str = "OTEL_SERVICE_NAME";
const RESOURCE: &str = "OTEL_RESOURCE_ATTRIBUTES";

/// `None` where nobody collects them.
pub(super) fn traces(reader: &mut Reader<'_>) -> Option<Destination> {
    let disabled = reader.word(DISABLED).ok().flatten();
    if disabled.is_some_and(|word| word.eq_ignore_ascii_case("true")) {
        // What a platform puts into every environment then stops nothing.
        return None;
    }
    let (whole, base) = (reader.url(WHOLE), reader.url(BASE));
    let headers = headers(reader);
    let resource = resource(reader);
    refuse_other_protocols(reader);
    Some(Destination {
        url: whole.or_else(|| base.map(below))?,
        headers,
        resource,
    })
}

fn below(mut base: Url) -> Url {
    let path = format!("{}/v1/traces", base.path().trim_end_matches('/'));
    base.set_path(&path);
    base
}

fn headers(reader: &mut Reader<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let Ok(Some(list)) = reader.text(HEADERS) else {
        return headers;
    };
    let header = |(name, value): (String, String)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut value = HeaderValue::from_str(&value).ok()?;
        value.set_sensitive(true);
        Some((name, value))
    };
    let read = pairs(&list).and_then(|pairs| pairs.into_iter().map(header).collect());
    let read: Option<Vec<_>> = read;
    match read {
        Some(read) => headers.extend(read),
        None => reader.wrong(
            HEADERS,
            "is no list of headers; write name=value with commas between, and what is no letter or digit as %20",
        ),
    }
    headers
}

/// Who sends them.
fn resource(reader: &mut Reader<'_>) -> Vec<(String, String)> {
    let name = reader.word_or(NAME, "valet").unwrap_or_default();
    let mut resource = vec![
        ("service.name".to_owned(), name),
        (
            "service.version".to_owned(),
            env!("CARGO_PKG_VERSION").to_owned(),
        ),
    ];
    if let Ok(Some(list)) = reader.text(RESOURCE) {
        match pairs(&list) {
            Some(more) => {
                let is_new = |(key, _): &(String, String)| !key.starts_with("service.name");
                resource.extend(more.into_iter().filter(is_new));
            }
            None => reader.wrong(
                RESOURCE,
                "is no list of attributes; write name=value with commas between",
            ),
        }
    }
    resource
}

fn refuse_other_protocols(reader: &mut Reader<'_>) {
    let protocol = reader.word(PROTOCOL).ok().flatten();
    if protocol.is_some_and(|protocol| protocol != "http/protobuf") {
        reader.wrong(
            PROTOCOL,
            "is not http/protobuf, the one that Valet speaks; unset it, and give the collector's address for HTTP (its port is 4318 as a rule)",
        );
    }
}
