//! One block after the other.

use serde_json::Value;

use super::super::html::{escape, link};
use super::super::inline::Names;
use super::super::markdown;
use super::elements::{element, elements};
use super::{form, text};

pub(super) fn all(blocks: &[Value], names: &Names) -> String {
    blocks
        .iter()
        .map(|block| self::block(block, names))
        .collect()
}

fn block(block: &Value, names: &Names) -> String {
    let id = block["block_id"].as_str().unwrap_or_default();
    let within = |class: &str| {
        format!(
            "<div class=\"{class}\">{}</div>",
            elements(block, id, names)
        )
    };
    match block["type"].as_str().unwrap_or_default() {
        "markdown" => markdown::page(block["text"].as_str().unwrap_or_default(), names),
        "header" => format!("<h4>{}</h4>", plain(&block["text"])),
        "divider" => "<hr>".to_owned(),
        "section" => section(block, id, names),
        "context" => within("context"),
        "actions" => within("actions"),
        "context_actions" => within("thumbs"),
        "rich_text" => rich_text(block, names),
        "plan" => format!("<p class=\"plan\">{}</p>", plain(&block["title"])),
        "task_card" => task(block, names),
        "input" => form::input(block),
        other => format!(
            "<p class=\"context\">(a block of type “{}”)</p>",
            escape(other)
        ),
    }
}

/// A text object without its marks, or a bare string.
pub(super) fn plain(text: &Value) -> String {
    escape(text["text"].as_str().or(text.as_str()).unwrap_or_default())
}

fn section(block: &Value, id: &str, names: &Names) -> String {
    let fields = block["fields"].as_array().into_iter().flatten();
    let mut fields: Vec<String> = fields
        .map(|field| format!("<div>{}</div>", text(field, names)))
        .collect();
    if !fields.is_empty() {
        fields.insert(0, "<div class=\"fields\">".to_owned());
        fields.push("</div>".to_owned());
    }
    let (words, fields) = (text(&block["text"], names), fields.concat());
    let beside = element(&block["accessory"], id, names);
    if beside.is_empty() {
        return words + &fields;
    }
    format!("<div class=\"section\"><div>{words}{fields}</div>{beside}</div>")
}

/// A step of the work: how it stands, what it is, what came of it.
fn task(card: &Value, names: &Names) -> String {
    let status = card["status"].as_str().unwrap_or_default();
    let (class, words) = match status {
        "complete" => ("complete", "done"),
        "error" => ("error", "failed"),
        "in_progress" => ("in_progress", "at work"),
        _ => ("pending", "to do"),
    };
    let more: String = ["details", "output"]
        .iter()
        .map(|name| match card[*name].as_str() {
            Some(words) => format!("<p>{}</p>", escape(words)),
            None => text(&card[*name], names),
        })
        .collect();
    let sources = card["sources"].as_array().into_iter().flatten();
    let sources: String = sources
        .map(|one| {
            let words = [&one["text"], &one["title"], &one["url"]];
            let words = words
                .into_iter()
                .find_map(Value::as_str)
                .unwrap_or_default();
            link(one["url"].as_str().unwrap_or_default(), &escape(words), "")
        })
        .collect();
    format!(
        "<div class=\"step {class}\"><span class=\"mark\" role=\"img\" aria-label=\"{words}\"></span>\
         <div>{}{more}{sources}</div></div>",
        plain(&card["title"])
    )
}

/// Its texts stand there as they are.
pub(super) fn rich_text(block: &Value, names: &Names) -> String {
    let parts = block["elements"].as_array().into_iter().flatten();
    parts
        .map(|part| match part["type"].as_str() {
            Some("rich_text_preformatted") => format!("<pre>{}</pre>", words(part, names)),
            Some("rich_text_quote") => {
                format!("<blockquote>{}</blockquote>", words(part, names))
            }
            Some("rich_text_list") => {
                let items = part["elements"].as_array().into_iter().flatten();
                let items = items.map(|item| format!("<li>{}</li>", words(item, names)));
                format!("<ul>{}</ul>", items.collect::<String>())
            }
            _ => format!("<p>{}</p>", words(part, names)),
        })
        .collect()
}

fn words(part: &Value, names: &Names) -> String {
    let of = |value: &Value, name: &str| escape(value[name].as_str().unwrap_or_default());
    let elements = part["elements"].as_array().into_iter().flatten();
    elements
        .map(|one| {
            let text = of(one, "text").replace('\n', "<br>");
            let text = match one["type"].as_str() {
                Some("link") => {
                    let url = one["url"].as_str().unwrap_or_default();
                    let text = if text.is_empty() { escape(url) } else { text };
                    link(url, &text, "")
                }
                Some("user") => {
                    let id = one["user_id"].as_str().unwrap_or_default();
                    let name = names.get(id).map_or(id, String::as_str);
                    format!("<span class=\"mention\">@{}</span>", escape(name))
                }
                _ => text,
            };
            let styled = |name: &str| one["style"][name] == true;
            match () {
                () if styled("code") => format!("<code>{text}</code>"),
                () if styled("bold") => format!("<b>{text}</b>"),
                () if styled("italic") => format!("<em>{text}</em>"),
                () => text,
            }
        })
        .collect()
}
