//! Whose account it is, asked of the provider by a read-only tool.

use serde_json::Value;

/// The tool that tells, for the providers that have one.
pub(crate) fn tool_of(provider: &str) -> Option<&'static str> {
    match provider.to_ascii_uppercase().as_str() {
        "GMAIL" => Some("gmail_get_profile"),
        "GITHUB" => Some("github_user_get_authenticated"),
        "LINEAR" => Some("linear_viewer_get"),
        "NOTION" => Some("notion_user_get_self"),
        "SLACK" => Some("slack_auth_test"),
        _ => None,
    }
}

/// Where providers say it, the most telling first.
const SAID_AS: &[&str] = &["emailAddress", "email", "login", "user", "name"];

/// Longest name shown, in characters.
const LONGEST: usize = 100;

/// The address or name in the provider's answer, wherever it stands.
pub(crate) fn whose(data: &Value) -> Option<String> {
    SAID_AS
        .iter()
        .find_map(|field| find(data, field, 4))
        .map(|name| name.chars().take(LONGEST).collect())
}

fn find<'a>(data: &'a Value, field: &str, depth: u8) -> Option<&'a str> {
    let object = data.as_object()?;
    if let Some(text) = object.get(field).and_then(Value::as_str)
        && !text.trim().is_empty()
    {
        return Some(text.trim());
    }
    let deeper = depth.checked_sub(1)?;
    object.values().find_map(|inner| find(inner, field, deeper))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_provider_says_it_in_its_own_way() {
        for (data, expected) in [
            (
                json!({"emailAddress": "ada@example.com", "messagesTotal": 3.0}),
                Some("ada@example.com"),
            ),
            (
                json!({"login": "ada", "name": "Ada", "email": null}),
                Some("ada"),
            ),
            (
                json!({"data": {"viewer": {"name": "Ada", "email": "ada@example.com"}}}),
                Some("ada@example.com"),
            ),
            (
                json!({"ok": true, "user": "ada", "team": "Acme"}),
                Some("ada"),
            ),
            (json!({"result": "nothing"}), None),
            (json!([]), None),
        ] {
            assert_eq!(whose(&data).as_deref(), expected, "{data}");
        }
    }
}
