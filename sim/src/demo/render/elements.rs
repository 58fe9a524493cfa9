//! What stands within a block: texts, buttons, thumbs.

use serde_json::Value;

use super::super::html::{escape, link};
use super::super::inline::Names;
use super::blocks::plain;
use super::text;

pub(super) fn elements(block: &Value, id: &str, names: &Names) -> String {
    let elements = block["elements"].as_array().into_iter().flatten();
    elements.map(|one| element(one, id, names)).collect()
}

pub(super) fn element(element: &Value, block_id: &str, names: &Names) -> String {
    match element["type"].as_str() {
        None => String::new(),
        Some("button") => button(element, block_id),
        Some("feedback_buttons") => thumbs(element),
        Some("mrkdwn" | "plain_text") => text(element, names),
        Some("image") => plain(&element["alt_text"]),
        Some(other) => format!(
            "<span class=\"context\">(an element of type “{}”)</span>",
            escape(other)
        ),
    }
}

fn button(button: &Value, block_id: &str) -> String {
    let words = match button["text"]["text"].as_str() {
        Some(words) => escape(words),
        None => "Button".to_owned(),
    };
    let of = |name: &str| escape(button[name].as_str().unwrap_or_default());
    let (action, value, url) = (of("action_id"), of("value"), of("url"));
    let style = button["style"]
        .as_str()
        .filter(|style| ["primary", "danger"].contains(style));
    let class = format!("button {}", style.unwrap_or_default());
    let class = class.trim_end();
    let asks = &button["confirm"];
    let data = format!(
        "data-press data-block=\"{}\" data-action=\"{action}\" data-value=\"{value}\" \
         data-url=\"{url}\" data-asks=\"{}\" data-title=\"{}\" data-yes=\"{}\" data-no=\"{}\"",
        escape(block_id),
        plain(&asks["text"]),
        plain(&asks["title"]),
        plain(&asks["confirm"]),
        plain(&asks["deny"]),
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

/// A thumb that points up; the other one is turned over.
const THUMB: &str = "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"M3 11h3v10H3zM8 21V11l4-8c2 0 3 1 2.6 3L14 9h6c1 0 \
                     1.5 1 1.2 2l-2.4 8c-.3 1-1 2-2 2z\"/></svg>";

/// Two buttons of one name: Slack shows them as thumbs.
fn thumbs(element: &Value) -> String {
    let action = escape(element["action_id"].as_str().unwrap_or_default());
    let thumb = |name: &str, class: &str| {
        let button = &element[name];
        let words = plain(&button["text"]);
        let value = plain(&button["value"]);
        format!(
            "<button type=\"button\" class=\"thumb {class}\" data-press data-action=\"{action}\" \
             data-value=\"{value}\" aria-label=\"{words}\" title=\"{words}\">{THUMB}</button>"
        )
    };
    thumb("positive_button", "up") + &thumb("negative_button", "down")
}
