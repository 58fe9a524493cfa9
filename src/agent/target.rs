//! What a call is done to, in a few words, for the person to know it by. It is taken from
//! the arguments by their names; what does not tell is left out.

use serde_json::{Map, Value};

use super::text::cut;

/// Longest description of a target, in characters.
const LONGEST: usize = 120;

/// Arguments that name who gets it.
const TO: &[&str] = &[
    "to",
    "recipient",
    "recipients",
    "recipient_email",
    "delegate_email",
    "forwarding_email",
    "send_as_email",
    "email",
];

/// Arguments that name where it goes.
const IN: &[&str] = &[
    "channel",
    "channel_id",
    "database_id",
    "calendar_id",
    "project_id",
];

/// Arguments by which people call a thing.
const CALLED: &[&str] = &["title", "subject", "summary", "name"];

/// The number of a thing in a repository.
const NUMBERS: &[&str] = &["issue_number", "pull_number"];

/// The target of a call with these arguments.
pub(crate) fn target(arguments: &Map<String, Value>) -> Option<String> {
    let named = |names: &[&str]| names.iter().find_map(|name| words(arguments.get(*name)?));
    let found = named(TO)
        .map(|to| format!("to {to}"))
        .or_else(|| repository(arguments))
        .or_else(|| named(&["attendees"]).map(|who| format!("with {who}")))
        .or_else(|| named(IN).map(|place| format!("in {place}")))
        .or_else(|| named(CALLED).map(|name| format!("“{name}”")))
        .or_else(|| first_id(arguments))?;
    let shown = cut(&found, LONGEST);
    Some(if shown.len() < found.len() {
        format!("{shown}…")
    } else {
        found
    })
}

fn repository(arguments: &Map<String, Value>) -> Option<String> {
    let of = |name: &str| words(arguments.get(name)?);
    let repository = format!("{}/{}", of("owner")?, of("repo")?);
    let number = NUMBERS.iter().find_map(|name| of(name));
    Some(match number {
        Some(number) => format!("{repository}#{number}"),
        None => repository,
    })
}

/// `draft_id`, and which.
fn first_id(arguments: &Map<String, Value>) -> Option<String> {
    arguments
        .iter()
        .filter(|(name, _)| name.ends_with("_id") || *name == "id")
        .find_map(|(name, value)| Some(format!("{} {}", plain(name), words(value)?)))
}

/// One line of words, or several of a list.
fn words(value: &Value) -> Option<String> {
    let found = match value {
        Value::String(text) => plain(text),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(words).collect();
            items.join(", ")
        }
        Value::Object(fields) => ["email", "address", "name", "id"]
            .iter()
            .find_map(|name| words(fields.get(*name)?))?,
        Value::Null | Value::Bool(_) => return None,
    };
    (!found.is_empty()).then_some(found)
}

fn plain(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|one| if one.is_control() { ' ' } else { one })
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_target_is_what_a_person_would_call_it() {
        for (arguments, wanted) in [
            (
                json!({"to": "ben@example.com", "subject": "Hi", "body": "secret"}),
                Some("to ben@example.com"),
            ),
            (
                json!({"to": ["ben@example.com", "ada@example.com"]}),
                Some("to ben@example.com, ada@example.com"),
            ),
            (
                json!({"owner": "acme", "repo": "site", "title": "Broken"}),
                Some("acme/site"),
            ),
            (
                json!({"owner": "acme", "repo": "site", "issue_number": 7}),
                Some("acme/site#7"),
            ),
            (
                json!({"attendees": [{"email": "ben@example.com"}, "x"], "summary": "Lunch"}),
                Some("with ben@example.com, x"),
            ),
            (json!({"channel": "C1", "text": "secret"}), Some("in C1")),
            (
                json!({"title": "Line one\nline  two"}),
                Some("“Line one line two”"),
            ),
            (
                json!({"draft_id": "d1", "body": "secret"}),
                Some("draft_id d1"),
            ),
            (json!({"to": "", "to_all": true, "body": "secret"}), None),
            (json!({"to": [null, {}], "name": {"x": 1}}), None),
            (json!({}), None),
        ] {
            let found = target(arguments.as_object().unwrap());
            assert_eq!(found.as_deref(), wanted, "{arguments}");
        }
        let long = json!({"to": "ü".repeat(500)});
        let found = target(long.as_object().unwrap()).unwrap();
        assert_eq!(found.chars().count(), LONGEST + 1);
    }
}
