//! What a write has left behind, by the provider's own result: for the person to find it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::text::cut;

/// Where providers say it, the one for people first.
const LINKS: &[&str] = &[
    "html_url",
    "htmlLink",
    "web_url",
    "webViewLink",
    "permalink",
    "url",
    "link",
];

/// What providers call a thing by, the one for people first.
const IDS: &[&str] = &["identifier", "number", "id", "message_id", "messageId"];

/// Longest link and longest id that are shown, in characters.
const LONGEST_LINK: usize = 500;
const LONGEST_ID: usize = 100;

/// Where a write can be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Trace {
    Id(String),
    /// An https address, which came from the tool's result and from nowhere else.
    Link(String),
}

/// The trace in what the model was told of a result, which holds the provider's data.
pub(crate) fn trace(content: &str) -> Option<Trace> {
    let content: Value = serde_json::from_str(content).ok()?;
    // Around what came of arguments that the person has changed.
    let content = content.get("result").unwrap_or(&content);
    content.get("untrusted_data_from")?;
    let data = content.get("data")?;
    let link = LINKS
        .iter()
        .find_map(|name| find(data, name, 3)?.as_str().and_then(link));
    let id = || IDS.iter().find_map(|name| id(find(data, name, 3)?));
    link.map(Trace::Link).or_else(|| id().map(Trace::Id))
}

fn find<'a>(data: &'a Value, name: &str, depth: u8) -> Option<&'a Value> {
    let fields = data.as_object()?;
    if let Some(found) = fields.get(name)
        && (found.is_string() || found.is_number())
    {
        return Some(found);
    }
    let deeper = depth.checked_sub(1)?;
    fields.values().find_map(|inner| find(inner, name, deeper))
}

/// A link that leads where it says: https, and nobody's name before the host.
fn link(text: &str) -> Option<String> {
    let plain = text.len() <= LONGEST_LINK && text.bytes().all(|b| b.is_ascii_graphic());
    let url = Url::parse(text).ok().filter(|_| plain)?;
    let honest = url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.host_str().is_some();
    honest.then(|| url.to_string())
}

fn id(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(_) | Value::Bool(_) | Value::Null | Value::Object(_) => return None,
    };
    let lawful = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    lawful.then(|| cut(&text, LONGEST_ID).to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::result::told;
    use super::*;

    #[test]
    fn a_trace_is_what_the_provider_gave() {
        let link = |text: &str| Some(Trace::Link(text.to_owned()));
        let id = |text: &str| Some(Trace::Id(text.to_owned()));
        for (data, wanted) in [
            (json!({"id": "m1", "threadId": "t1"}), id("m1")),
            (
                json!({"url": "https://api.a.example/7", "html_url": "https://a.example/7"}),
                link("https://a.example/7"),
            ),
            (
                json!({"issue": {"identifier": "ENG-7", "id": "x"}}),
                id("ENG-7"),
            ),
            (json!({"number": 7}), id("7")),
            (json!({"url": "http://a.example/7", "id": 7}), id("7")),
            (json!({"url": "https://bank.example@evil.example/"}), None),
            (json!({"url": "javascript:alert(1)"}), None),
            (json!({"id": "two words"}), None),
            (json!([{"id": "m1"}]), None),
            (json!({"a": {"b": {"c": {"d": {"id": 1}}}}}), None),
        ] {
            assert_eq!(trace(&told("t", "h", &data).content), wanted, "{data}");
        }
        assert_eq!(trace(r#"{"error":"x","data":{"id":"m1"}}"#), None);
        assert_eq!(trace("no json"), None);
    }
}
