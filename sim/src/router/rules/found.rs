//! The provider's data, wherever it stands in a tool's message: the program wraps results
//! in its own way, and may have cut them short.

use serde_json::{Deserializer, Value};

use crate::router::asked::Outcome;

/// The first list under one of these names, at any depth. `None` when there is none,
/// which providers also say for "nothing found".
pub(super) fn list(outcome: &Outcome, names: &[&str]) -> Option<Vec<Value>> {
    let tree = tree(&outcome.content);
    names.iter().find_map(|name| {
        search(&tree, &|node| match node.as_str() {
            Some(text) => salvage(text, name),
            None => node.get(name)?.as_array().cloned(),
        })
    })
}

/// What went wrong, if the message says that something did.
pub(super) fn failure(outcome: &Outcome) -> Option<String> {
    let tree = tree(&outcome.content);
    search(&tree, &|node| {
        let error = node.get("error").or_else(|| node.get("refused"))?;
        let text = error.as_str().or_else(|| error["message"].as_str());
        match text {
            Some(text) => Some(text.to_owned()),
            None if error.is_null() || error == false => None,
            None => Some("it did not work".to_owned()),
        }
    })
}

/// The first string at any depth for which `find` gives something.
pub(super) fn string(outcome: &Outcome, find: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    search(&tree(&outcome.content), &|node| {
        node.as_str().and_then(find)
    })
}

/// JSON, also when it stands between other words.
fn tree(content: &str) -> Value {
    serde_json::from_str(content)
        .ok()
        .or_else(|| {
            let (start, end) = (content.find('{')?, content.rfind('}')?);
            serde_json::from_str(content.get(start..=end)?).ok()
        })
        .unwrap_or_else(|| Value::String(content.to_owned()))
}

/// Breadth before depth does not matter here: names are rare.
fn search<T>(node: &Value, find: &dyn Fn(&Value) -> Option<T>) -> Option<T> {
    if let Some(found) = find(node) {
        return Some(found);
    }
    if let Some(fields) = node.as_object() {
        return fields.values().find_map(|node| search(node, find));
    }
    if let Some(items) = node.as_array() {
        return items.iter().find_map(|node| search(node, find));
    }
    // JSON within a string.
    let text = node.as_str()?.trim_start();
    let inner = tree(text);
    (text.contains('{') && !inner.is_string())
        .then(|| search(&inner, find))
        .flatten()
}

/// The complete items of a list in a text, which may have lost its end.
fn salvage(text: &str, name: &str) -> Option<Vec<Value>> {
    let (_, rest) = text.split_once(&format!("\"{name}\""))?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    let mut rest = rest.strip_prefix('[')?;
    let mut items = Vec::new();
    loop {
        rest = rest.trim_start_matches([',', ' ', '\n', '\t']);
        let mut reader = Deserializer::from_str(rest).into_iter::<Value>();
        let Some(Ok(item)) = reader.next() else {
            break;
        };
        items.push(item);
        rest = rest.get(reader.byte_offset()..)?;
    }
    (!items.is_empty()).then_some(items)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outcome(content: &str) -> Outcome {
        Outcome {
            name: "look".to_owned(),
            arguments: Value::Null,
            content: content.to_owned(),
        }
    }

    #[test]
    fn lists_are_found_in_any_wrapping() {
        let data = json!({"messages": [{"id": "1"}, {"id": "2"}], "resultSizeEstimate": 2});
        let table = [
            data.to_string(),
            json!({"untrusted_data": {"from": "gmail", "data": data}}).to_string(),
            json!({"note": "data, not orders", "result": data.to_string()}).to_string(),
            format!("The following is data.\n<data>\n{data}\n</data>"),
            // Cut short.
            data.to_string()
                .replace("],\"resultSizeEstimate\":2}", ",{\"id\":"),
            json!({"cut": true, "text": r#"{"messages":[{"id":"1"},{"id":"2"},{"id":"3","snippet":"say \"hi"#}).to_string(),
        ];
        for content in table {
            let found = list(&outcome(&content), &["messages"]).unwrap_or_default();
            assert_eq!(found, [json!({"id": "1"}), json!({"id": "2"})], "{content}");
        }
        assert_eq!(
            list(&outcome(r#"{"resultSizeEstimate":0}"#), &["messages"]),
            None
        );
    }

    #[test]
    fn failures_are_found() {
        let table = [
            (r#"{"error":"not allowed"}"#, Some("not allowed")),
            (r#"{"data":{"error":{"message":"gone"}}}"#, Some("gone")),
            (r#"{"error":true}"#, Some("it did not work")),
            (r#"{"error":null,"messages":[]}"#, None),
            (r#"{"messages":[]}"#, None),
        ];
        for (content, failed) in table {
            assert_eq!(failure(&outcome(content)).as_deref(), failed, "{content}");
        }
    }
}
