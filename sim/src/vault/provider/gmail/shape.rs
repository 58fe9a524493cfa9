//! Letters as Gmail's API prints them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::letter::Letter;

/// A message; `minimal` and `metadata` leave parts out, anything else is full.
pub(super) fn message(letter: &Letter, format: &str) -> Value {
    let mut message = json!({
        "id": letter.id,
        "threadId": letter.thread_id,
        "labelIds": letter.labels,
        "snippet": snippet(letter),
        "historyId": "7421",
        "internalDate": letter.date.as_millisecond().to_string(),
        "sizeEstimate": letter.body.len() + 900,
    });
    if format != "minimal" {
        let mut payload = json!({"mimeType": "text/plain", "headers": headers(letter)});
        if format != "metadata" {
            let data = URL_SAFE.encode(&letter.body);
            payload["body"] = json!({"size": letter.body.len(), "data": data});
        }
        message["payload"] = payload;
    }
    message
}

fn headers(letter: &Letter) -> Vec<Value> {
    let date = letter.date.to_zoned(TimeZone::UTC);
    let date = date.strftime("%a, %-d %b %Y %H:%M:%S %z").to_string();
    let id = format!("<{}@mail.example.com>", letter.id);
    let all = [
        ("From", letter.from.as_str()),
        ("To", &letter.to),
        ("Cc", &letter.cc),
        ("Subject", &letter.subject),
        ("Date", &date),
        ("Message-ID", &id),
    ];
    let present = all.iter().filter(|(_, value)| !value.is_empty());
    present
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect()
}

/// The body's first words on one line.
pub(super) fn snippet(letter: &Letter) -> String {
    let line = letter.body.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(200).collect()
}
