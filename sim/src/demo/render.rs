//! Block Kit as HTML, as much of it as the demo needs.

use serde_json::Value;

use super::doors::Shown;
use super::html::{escape, link};
use super::inline::{self, Dialect, Names, entities};
use super::markdown;

/// What stands in a message.
pub(super) fn body(shown: &Shown, names: &Names) -> String {
    if shown.blocks.is_empty() {
        return mrkdwn(&shown.text, names);
    }
    let blocks = shown.blocks.iter().map(|block| self::block(block, names));
    blocks.collect::<Vec<_>>().concat()
}

fn block(block: &Value, names: &Names) -> String {
    let id = block["block_id"].as_str().unwrap_or_default();
    match block["type"].as_str().unwrap_or_default() {
        "markdown" => markdown::page(block["text"].as_str().unwrap_or_default(), names),
        "header" => {
            let words = block["text"]["text"].as_str().unwrap_or_default();
            format!("<h4>{}</h4>", escape(words))
        }
        "divider" => "<hr>".to_owned(),
        "section" => {
            let fields = block["fields"].as_array().into_iter().flatten();
            let mut made = text(&block["text"], names);
            made.extend(fields.map(|field| text(field, names)));
            made + &element(&block["accessory"], id, names)
        }
        "context" => format!(
            "<div class=\"context\">{}</div>",
            elements(block, id, names)
        ),
        "actions" => format!(
            "<div class=\"actions\">{}</div>",
            elements(block, id, names)
        ),
        "rich_text" => rich_text(block),
        other => format!(
            "<p class=\"context\">(a block of type “{}”)</p>",
            escape(other)
        ),
    }
}

/// Its texts stand there as they are.
fn rich_text(block: &Value) -> String {
    let of = |value: &Value, name: &str| escape(value[name].as_str().unwrap_or_default());
    let words = |part: &Value| -> String {
        let elements = part["elements"].as_array().into_iter().flatten();
        elements
            .map(|one| match one["type"].as_str() {
                Some("link") => format!("<a href=\"{}\">{}</a>", of(one, "url"), of(one, "text")),
                _ if one["style"]["bold"] == true => format!("<b>{}</b>", of(one, "text")),
                _ => of(one, "text").replace('\n', "<br>"),
            })
            .collect()
    };
    let parts = block["elements"].as_array().into_iter().flatten();
    parts
        .map(|part| match part["type"].as_str() {
            Some("rich_text_preformatted") => format!("<pre>{}</pre>", words(part)),
            _ => format!("<p>{}</p>", words(part)),
        })
        .collect()
}

fn elements(block: &Value, id: &str, names: &Names) -> String {
    let elements = block["elements"].as_array().into_iter().flatten();
    elements
        .map(|one| element(one, id, names))
        .collect::<Vec<_>>()
        .concat()
}

fn element(element: &Value, block_id: &str, names: &Names) -> String {
    match element["type"].as_str() {
        None => String::new(),
        Some("button") => button(element, block_id),
        Some("mrkdwn" | "plain_text") => text(element, names),
        Some("image") => escape(element["alt_text"].as_str().unwrap_or_default()),
        Some(other) => format!(
            "<span class=\"context\">(an element of type “{}”)</span>",
            escape(other)
        ),
    }
}

/// A text object.
fn text(object: &Value, names: &Names) -> String {
    let words = object["text"].as_str().unwrap_or_default();
    match object["type"].as_str() {
        Some("mrkdwn") => mrkdwn(words, names),
        Some(_) => format!("<p>{}</p>", escape(words)),
        None => String::new(),
    }
}

fn button(button: &Value, block_id: &str) -> String {
    let words = escape(button["text"]["text"].as_str().unwrap_or("Button"));
    let of = |name: &str| escape(button[name].as_str().unwrap_or_default());
    let (action, value, url) = (of("action_id"), of("value"), of("url"));
    let style = button["style"]
        .as_str()
        .filter(|style| ["primary", "danger"].contains(style));
    let class = format!("button {}", style.unwrap_or_default());
    let class = class.trim_end();
    let asks = escape(
        button["confirm"]["text"]["text"]
            .as_str()
            .unwrap_or_default(),
    );
    let data = format!(
        "data-press data-block=\"{}\" data-action=\"{action}\" data-value=\"{value}\" \
         data-url=\"{url}\" data-confirm=\"{asks}\"",
        escape(block_id)
    );
    if url.is_empty() {
        return format!("<button type=\"button\" class=\"{class}\" {data}>{words}</button>");
    }
    link(button["url"].as_str().unwrap_or_default(), &words, class).replacen(
        "<a ",
        &format!("<a {data} "),
        1,
    )
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::doors::Place;
    use super::*;

    fn shown(text: &str, blocks: Value) -> String {
        let shown = Shown {
            place: Place::Dm,
            ts: "1.0".to_owned(),
            thread_ts: None,
            author: "Valet".to_owned(),
            from_valet: true,
            text: text.to_owned(),
            blocks: serde_json::from_value(blocks).unwrap(),
            ephemeral: false,
        };
        body(&shown, &Names::new())
    }

    #[test]
    fn text_stands_in_for_blocks() {
        assert_eq!(
            shown("*a*\n```b\nc```", json!([])),
            "<p><strong>a</strong></p><pre><code>b\nc</code></pre>"
        );
        assert_eq!(
            shown("unseen", json!([{"type": "markdown", "text": "**a**"}])),
            "<p><strong>a</strong></p>"
        );
    }

    #[test]
    fn every_kind_of_block_is_shown() {
        let table = [
            (
                json!({"type": "section", "text": {"type": "mrkdwn", "text": "*a*"}}),
                "<strong>a</strong>",
            ),
            (
                json!({"type": "rich_text", "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "<r>"}]},
                ]}),
                "<p>&lt;r&gt;</p>",
            ),
            (
                json!({"type": "section", "text": {"type": "plain_text", "text": "*a*"}}),
                "<p>*a*</p>",
            ),
            (
                json!({"type": "section", "fields": [{"type": "mrkdwn", "text": "f"}]}),
                "<p>f</p>",
            ),
            (
                json!({"type": "header", "text": {"type": "plain_text", "text": "h"}}),
                "<h4>h</h4>",
            ),
            (json!({"type": "divider"}), "<hr>"),
            (
                json!({"type": "context", "elements": [{"type": "mrkdwn", "text": "c"}]}),
                "class=\"context\"><p>c",
            ),
            (json!({"type": "table"}), "(a block of type “table”)"),
        ];
        for (block, expected) in table {
            let html = shown("", json!([block]));
            assert!(html.contains(expected), "{html}");
        }
    }

    #[test]
    fn buttons_carry_what_slack_needs() {
        let html = shown(
            "",
            json!([{"type": "actions", "block_id": "b1", "elements": [
                {"type": "button", "text": {"type": "plain_text", "text": "Go <now>"}, "action_id": "go", "value": "\"7\""},
                {"type": "button", "text": {"type": "plain_text", "text": "Connect"}, "action_id": "open",
                    "url": "http://127.0.0.1:1/connect/x?a&b", "style": "primary"},
                {"type": "button", "text": {"type": "plain_text", "text": "Bad"}, "url": "javascript:alert(1)"},
            ]}]),
        );
        assert!(
            html.contains("data-block=\"b1\" data-action=\"go\" data-value=\"&quot;7&quot;\""),
            "{html}"
        );
        assert!(html.contains("Go &lt;now&gt;</button>"), "{html}");
        assert!(
            html.contains("class=\"button primary\" href=\"http://127.0.0.1:1/connect/x?a&amp;b\""),
            "{html}"
        );
        assert!(!html.contains("href=\"javascript"), "{html}");
    }
}
