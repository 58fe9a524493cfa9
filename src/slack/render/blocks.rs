//! The few Block Kit blocks that our messages are made of, each kept within Slack's
//! limits. Made as JSON: the library's types can fail to serialize, and these cannot.

use serde_json::{Map, Value, json};
use url::Url;

use super::Message;
use super::length::{escaped_within, units};

const LONGEST_SECTION: usize = 3_000;
const LONGEST_LABEL: usize = 75;
const LONGEST_VALUE: usize = 2_000;

/// A button below a message.
pub(super) struct Button<'a> {
    pub(super) action: &'static str,
    pub(super) label: String,
    pub(super) does: Does<'a>,
    pub(super) look: Look,
    /// What Slack asks before it tells us of the press.
    pub(super) confirm: Option<Confirm>,
}

impl<'a> Button<'a> {
    /// A plain button that tells us of the press.
    pub(super) fn telling(action: &'static str, value: &'a str) -> Self {
        Self {
            action,
            label: String::new(),
            does: Does::Tells(value),
            look: Look::Plain,
            confirm: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Dangerous,
    Plain,
}

/// Slack's own question. Its title and text may have 100 and 300 characters, its answers 30.
#[derive(Debug, Clone, Copy)]
pub(super) struct Confirm {
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) yes: &'static str,
    pub(super) no: &'static str,
}

/// What pressing a button does.
pub(super) enum Does<'a> {
    /// Opens a page. Slack tells us of the press too.
    Opens(&'a Url),
    /// Tells us of the press, with this value: a hint, since anybody can change it.
    Tells(&'a str),
}

/// Words of ours. `verbatim`: nothing in them becomes a link or a mention by itself.
pub(super) fn section(mrkdwn: &str) -> Value {
    let text = escaped_within(mrkdwn, LONGEST_SECTION);
    json!({
        "type": "section",
        "text": {"type": "mrkdwn", "text": text, "verbatim": true},
    })
}

/// Lines in as few sections as will hold them, never cut within a line if it fits one.
pub(super) fn sections(lines: &[String]) -> Vec<Value> {
    let mut sections = Vec::new();
    let mut text = String::new();
    for line in lines {
        if !text.is_empty() && units(&text) + 1 + units(line) > LONGEST_SECTION {
            sections.push(section(&text));
            text.clear();
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
    }
    if !text.is_empty() {
        sections.push(section(&text));
    }
    sections
}

/// Text that is shown as it is: nothing in it is markup.
pub(super) fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text, "emoji": false})
}

/// The same with one field more.
pub(super) fn with(mut json: Value, field: &str, value: Value) -> Value {
    if let Some(fields) = json.as_object_mut() {
        fields.insert(field.to_owned(), value);
    }
    json
}

/// Markdown as Slack itself renders it; neutralised by the caller.
pub(super) fn markdown(text: &str) -> Value {
    json!({"type": "markdown", "text": text})
}

/// The Markdown a message begins with.
pub(super) fn markdown_of(message: &Message) -> Option<&str> {
    let block = message.blocks.first()?.as_object()?;
    let is_markdown = block.get("type")?.as_str() == Some("markdown");
    block.get("text")?.as_str().filter(|_| is_markdown)
}

pub(super) fn actions(buttons: &[Button<'_>]) -> Value {
    let elements: Vec<Value> = buttons.iter().map(button).collect();
    json!({"type": "actions", "elements": elements})
}

fn button(button: &Button<'_>) -> Value {
    // Plain text is shown as it is: nothing in it needs escaping.
    let label = escaped_within(&button.label, LONGEST_LABEL);
    let mut shown = Map::new();
    let mut show = |field: &str, value: Value| {
        shown.insert(field.to_owned(), value);
    };
    show("type", json!("button"));
    show("action_id", json!(button.action));
    show("text", plain(&label));
    match button.does {
        Does::Opens(url) => {
            show("url", json!(url.as_str()));
            show("style", json!("primary"));
        }
        Does::Tells(value) => show("value", json!(escaped_within(value, LONGEST_VALUE))),
    }
    if button.look == Look::Dangerous {
        show("style", json!("danger"));
    }
    if let Some(confirm) = button.confirm {
        let asked = json!({
            "title": plain(confirm.title),
            "text": plain(confirm.text),
            "confirm": plain(confirm.yes),
            "deny": plain(confirm.no),
            "style": "danger",
        });
        show("confirm", asked);
    }
    Value::Object(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_kept() {
        let section = section(&"&lt;".repeat(2_000));
        let text = section["text"]["text"].as_str().unwrap();
        assert!(units(text) <= 3_000 && text.ends_with("&lt;…"));

        let label = button(&Button {
            label: "\u{1f600}".repeat(80),
            ..Button::telling("x", &"v".repeat(3_000))
        });
        assert!(units(label["text"]["text"].as_str().unwrap()) <= 75);
        assert_eq!(units(label["value"].as_str().unwrap()), 2_000);
    }

    #[test]
    fn lines_are_kept_whole() {
        let lines: Vec<String> = (0..100)
            .map(|n| format!("{n} {}", "x".repeat(90)))
            .collect();
        let sections = sections(&lines);
        assert_eq!(sections.len(), 4);
        let all: Vec<&str> = sections
            .iter()
            .flat_map(|section| section["text"]["text"].as_str().unwrap().lines())
            .collect();
        assert_eq!(all, lines);
    }
}
