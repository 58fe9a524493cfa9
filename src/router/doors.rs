//! The router's side of `crate::doors`.

use axum::http::{HeaderMap, HeaderValue};
use reqwest::StatusCode;

use super::error::Error;
use super::reading::{Progress, Reading};
use crate::agent::{MOST_TURNS, Reply, next_step};
use crate::backoff::retry_after;
use crate::doors::{parts, text};

/// An answer as it comes in. Where it is cut on the way makes no difference.
pub(crate) fn router_streams(bytes: &[u8]) {
    let whole = read([bytes]);
    // One byte after the other for what is short; else in as many pieces.
    let size = bytes.len().div_ceil(4_096).max(1);
    assert!(
        read(bytes.chunks(size)) == whole,
        "cut into {size} bytes: {whole:?}"
    );
    let Ok(reply) = whole else { return };
    next_step(&reply, MOST_TURNS);
    let mut ids: Vec<&str> = reply.calls.iter().map(|call| call.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), reply.calls.len());
    let sent = reply
        .message
        .get("tool_calls")
        .and_then(|calls| calls.as_array());
    assert_eq!(sent.map_or(0, Vec::len), reply.calls.len());
}

/// As the client does it.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Reply, Error> {
    let mut reading = Reading::default();
    for piece in pieces {
        reading.take(piece)?;
        if reading.progress == Progress::Ended {
            break;
        }
    }
    reading.finish("asked")
}

/// A status, a `Retry-After`, a `Date`, and the body of a refusal.
pub(crate) fn router_errors(bytes: &[u8]) {
    let [status, wait, date, body] = parts(bytes);
    let mut headers = HeaderMap::new();
    for (name, value) in [("retry-after", wait), ("date", date)] {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.insert(name, value);
        }
    }
    let wait = retry_after(&headers);
    assert!(wait.is_none_or(|wait| wait.as_secs() <= 24 * 3_600));
    let status = text(status).parse().ok();
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let error = Error::of_status(status.unwrap_or_default(), wait, body);
    let _ = (error.remedy(), error.may_pass(), error.may_mean_down());
    let said = serde_json::from_slice(body).unwrap_or_default();
    Error::of_object(&said).remedy();
}
