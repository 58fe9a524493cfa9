//! Block Kit as HTML, as much of it as the world's app may use.

mod blocks;
mod elements;
mod form;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::html::escape;
use super::inline::{self, Dialect, Names, entities};
use crate::slack::Message;

/// What stands in a message.
pub(super) fn message(message: &Message, names: &Names) -> String {
    body(&message.text, &message.blocks, names)
}

/// What stands in App Home or in a modal.
pub(super) fn view(view: &Value, names: &Names) -> String {
    let blocks = view["blocks"].as_array().map_or(&[][..], Vec::as_slice);
    blocks::all(blocks, names)
}

/// The text stands in for blocks.
fn body(text: &str, blocks: &[Value], names: &Names) -> String {
    if blocks.is_empty() {
        return mrkdwn(text, names);
    }
    blocks::all(blocks, names)
}

/// A text object.
fn text(object: &Value, names: &Names) -> String {
    let words = object["text"].as_str().unwrap_or_default();
    match object["type"].as_str() {
        Some("mrkdwn") => mrkdwn(words, names),
        Some("rich_text") => blocks::rich_text(object, names),
        Some(_) => format!("<p>{}</p>", escape(words).replace('\n', "<br>")),
        None => String::new(),
    }
}

/// Slack's own marks: code in fences, quotes, lines.
fn mrkdwn(text: &str, names: &Names) -> String {
    let parts = text.split("```").enumerate().map(|(at, part)| {
        let part = part.trim_matches('\n');
        if at % 2 == 1 {
            return format!("<pre><code>{}</code></pre>", escape(&entities(part)));
        }
        let lines: Vec<String> = part.lines().map(|line| quoted(line, names)).collect();
        if lines.is_empty() {
            return String::new();
        }
        format!("<p>{}</p>", lines.join("<br>"))
    });
    parts.collect::<Vec<_>>().concat()
}

fn quoted(line: &str, names: &Names) -> String {
    let inner = line.strip_prefix('>').or_else(|| line.strip_prefix("&gt;"));
    let html = inline::html(inner.unwrap_or(line), Dialect::Mrkdwn, names);
    if inner.is_some() {
        format!("<q>{html}</q>")
    } else {
        html
    }
}
