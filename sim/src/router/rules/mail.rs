//! A mail as Gmail tells it.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::Value;

use super::found;
use super::gist::gist;
use super::markdown::{day, plain};
use crate::router::asked::Outcome;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mail(Value);

/// The mails in a result; none when the mailbox has none.
pub(super) fn mails(outcome: &Outcome) -> Vec<Mail> {
    let list = found::list(outcome, &["messages"]).unwrap_or_default();
    list.into_iter().map(Mail).collect()
}

impl Mail {
    pub(super) fn thread(&self) -> Option<&str> {
        self.0["threadId"].as_str()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let headers = self.0["payload"]["headers"].as_array()?;
        let header = headers.iter().find(|header| {
            header["name"]
                .as_str()
                .is_some_and(|found| found.eq_ignore_ascii_case(name))
        })?;
        header["value"].as_str()
    }

    pub(super) fn subject(&self) -> String {
        let subject = self
            .header("Subject")
            .or_else(|| self.0["subject"].as_str());
        plain(subject.unwrap_or("(no subject)"))
    }

    /// `Grace Okafor <grace@example.com>` becomes `Grace Okafor`.
    pub(super) fn sender(&self) -> String {
        let from = self
            .header("From")
            .or_else(|| self.0["from"].as_str())
            .unwrap_or("unknown");
        let name = from
            .split('<')
            .next()
            .unwrap_or_default()
            .trim()
            .trim_matches('"');
        plain(if name.is_empty() {
            from.trim_matches(['<', '>'])
        } else {
            name
        })
    }

    pub(super) fn date(&self) -> String {
        self.moment().map_or_else(|| "no date".to_owned(), day)
    }

    pub(super) fn moment(&self) -> Option<Timestamp> {
        let millis = &self.0["internalDate"];
        let millis = millis.as_i64().or_else(|| millis.as_str()?.parse().ok());
        millis
            .and_then(|millis| Timestamp::from_millisecond(millis).ok())
            .or_else(|| Some(rfc2822::parse(self.header("Date")?).ok()?.timestamp()))
    }

    /// One line of what it says.
    pub(super) fn gist(&self) -> String {
        plain(&gist(&self.body()))
    }

    pub(super) fn snippet(&self) -> String {
        unescape(self.0["snippet"].as_str().unwrap_or_default())
    }

    /// All its text: the bodies, or the snippet where there are none.
    pub(super) fn body(&self) -> String {
        let mut text = String::new();
        bodies(&self.0["payload"], &mut text);
        if text.trim().is_empty() {
            self.snippet()
        } else {
            text
        }
    }
}

fn bodies(part: &Value, text: &mut String) {
    let kind = part["mimeType"].as_str().unwrap_or("text/plain");
    if let Some(data) = part["body"]["data"].as_str()
        && kind.starts_with("text/plain")
    {
        text.push_str(&decode(data).unwrap_or_else(|| data.to_owned()));
        text.push('\n');
    }
    for part in part["parts"].as_array().into_iter().flatten() {
        bodies(part, text);
    }
}

/// Gmail's base64url, with or without padding; plain base64 from lesser gateways. What
/// was cut off at the end is missing.
fn decode(data: &str) -> Option<String> {
    let inside = |letter: char| letter.is_ascii_alphanumeric() || "-_+/".contains(letter);
    let end = data.find(|letter| !inside(letter)).unwrap_or(data.len());
    let data = data.get(..end)?;
    // One letter alone in the last four stands for nothing.
    let data = if data.len() % 4 == 1 {
        data.get(..data.len() - 1)?
    } else {
        data
    };
    let bytes = LENIENT
        .decode(data.replace('+', "-").replace('/', "_"))
        .ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Gmail escapes snippets for HTML.
fn unescape(text: &str) -> String {
    let pairs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    pairs
        .iter()
        .fold(text.to_owned(), |text, (escaped, plain)| {
            text.replace(escaped, plain)
        })
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;

    #[test]
    fn bodies_are_decoded_and_html_is_passed_over() {
        let text = "Grüße – Action: ask?";
        let mail = Mail(
            json!({"snippet": "short", "payload": {"mimeType": "multipart/alternative", "parts": [
            {"mimeType": "text/plain", "body": {"data": URL_SAFE_NO_PAD.encode(text)}},
            {"mimeType": "text/html", "body": {"data": URL_SAFE_NO_PAD.encode("<p>no</p>")}}]}}),
        );
        assert_eq!(mail.body().trim(), text);
        assert_eq!(
            Mail(json!({"snippet": "a &lt;b&gt; &amp;lt;"})).body(),
            "a <b> &lt;"
        );
    }

    #[test]
    fn bodies_that_were_cut_are_read_as_far_as_they_go() {
        for (data, text) in [
            ("SGVsbG8", "Hello"),
            ("SGVsbG8=", "Hello"),
            ("SGVsb… [shown 5 of 8]", "Hel"),
        ] {
            assert_eq!(decode(data).as_deref(), Some(text), "{data}");
        }
    }

    #[test]
    fn senders_and_dates_are_read() {
        let mail = |from: &str| {
            Mail(
                json!({"payload": {"headers": [{"name": "From", "value": from},
                {"name": "date", "value": "Tue, 3 Nov 2026 09:00:00 +0100"}]}}),
            )
        };
        assert_eq!(
            mail("Grace Okafor <grace@example.com>").sender(),
            "Grace Okafor"
        );
        assert_eq!(mail("<grace@example.com>").sender(), "grace@example.com");
        assert_eq!(mail("x").date(), "3 Nov 2026");
        assert_eq!(
            Mail(json!({"internalDate": "1700000000000"})).date(),
            "14 Nov 2023"
        );
    }
}
