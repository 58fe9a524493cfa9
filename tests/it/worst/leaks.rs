//! What has left, looked for in another way than the program keeps it in.

use serde_json::Value;
use valet_sim::slack::Message;

use super::model::forms;

/// Whether a text holds the secret, in whatever form.
pub fn holds(text: &str, secret: &str) -> bool {
    let text = text.to_lowercase();
    forms(secret)
        .iter()
        .any(|(_, form)| text.contains(&form.to_lowercase()))
}

/// Everything in a message that could be clicked, that Slack would fetch or that would ping
/// somebody, and holds the secret.
pub fn ways_out(message: &Message, secret: &str) -> Vec<String> {
    let mut found = Vec::new();
    for block in &message.blocks {
        in_block(block, &mut found);
    }
    in_words(&message.text, &mut found);
    found.retain(|way| holds(way, secret) || way.starts_with("<!") || way.starts_with("<@"));
    found
}

fn in_block(json: &Value, found: &mut Vec<String>) {
    match json {
        Value::Array(items) => items.iter().for_each(|item| in_block(item, found)),
        Value::Object(fields) => {
            let kind = fields.get("type").and_then(Value::as_str);
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("url" | "image_url" | "thumb_url", Value::String(url)) => {
                        found.push(url.clone());
                    }
                    ("text", Value::String(text)) if kind == Some("markdown") => {
                        in_words(text, found);
                    }
                    ("text", Value::String(text)) if kind == Some("mrkdwn") => {
                        tokens(text, found);
                    }
                    _ => in_block(value, found),
                }
            }
        }
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}

/// Words outside of code that anything could take for an address, and Slack's own tokens.
fn in_words(text: &str, found: &mut Vec<String>) {
    tokens(text, found);
    let mut outside = String::new();
    for (number, part) in text.split('`').enumerate() {
        if number % 2 == 0 {
            outside += part;
        }
    }
    // A full stop behind a word makes no address of it.
    let is_address = |word: &&str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.contains(['.', '@', '/', ':'])
    };
    found.extend(
        outside
            .split_whitespace()
            .filter(is_address)
            .map(str::to_owned),
    );
}

fn tokens(text: &str, found: &mut Vec<String>) {
    let starts = text.match_indices('<').map(|(at, _)| at);
    found.extend(starts.map(|at| text[at..].chars().take(300).collect::<String>()));
}
