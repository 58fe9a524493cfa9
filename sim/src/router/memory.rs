//! What the router said, so that it can tell when something of it comes back changed.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::{Map, Value};

/// What was sent, as this model may read it: its own thoughts, and no other's.
pub(super) fn readable<'a>(
    sent: &'a [Value],
    sent_by: &[Value],
    model: &Value,
) -> Cow<'a, [Value]> {
    if sent_by.iter().all(|by| by == model) {
        return Cow::Borrowed(sent);
    }
    let readable = sent.iter().zip(sent_by).map(|(message, by)| {
        let mut message = message.clone();
        if by != model
            && let Some(fields) = message.as_object_mut()
        {
            fields.retain(|name, _| name != "reasoning" && name != "reasoning_details");
        }
        message
    });
    readable.collect()
}

/// What is wrong with an assistant message that came back, given all that was ever sent.
/// Words alone may come back without the fields around them; calls may not.
pub(super) fn faults(returned: &Value, sent: &[Value]) -> Vec<String> {
    let calls = calls(returned);
    if calls.is_empty() {
        let same_words = sent
            .iter()
            .filter(|message| message["content"] == returned["content"]);
        return same_words
            .map(|message| strangers(returned, message))
            .min_by_key(Vec::len)
            .unwrap_or_else(|| strangers(returned, &Value::Null));
    }
    let candidates = sent
        .iter()
        .rev()
        .filter(|message| same_calls(&self::calls(message), &calls));
    candidates
        .map(|message| differences(returned, message))
        .min_by_key(Vec::len)
        .unwrap_or_else(|| vec!["it makes calls that the model never made".to_owned()])
}

fn calls(message: &Value) -> Vec<Value> {
    message["tool_calls"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

fn same_calls(sent: &[Value], returned: &[Value]) -> bool {
    sent.len() == returned.len()
        && sent.iter().zip(returned).all(|(sent, returned)| {
            sent["function"]["name"] == returned["function"]["name"]
                && same_arguments(&sent["function"], &returned["function"])
        })
}

/// Arguments that were no JSON object may be mended, since some models refuse them.
fn same_arguments(sent: &Value, returned: &Value) -> bool {
    let object = |function: &Value| {
        let text = function["arguments"].as_str().unwrap_or_default();
        serde_json::from_str::<Map<String, Value>>(text).is_ok()
    };
    sent["arguments"] == returned["arguments"] || (!object(sent) && object(returned))
}

/// Known of old, and harmless when added.
const PLAIN: [&str; 3] = ["role", "content", "tool_calls"];

fn differences(returned: &Value, sent: &Value) -> Vec<String> {
    let mut faults = strangers(returned, sent);
    for (name, value) in sent.as_object().into_iter().flatten() {
        let back = &returned[name];
        let same = match name.as_str() {
            "content" => back == value || (empty(back) && empty(value)),
            "reasoning_details" => joined(back) == joined(value),
            "tool_calls" => {
                faults.extend(call_faults(&calls(returned), &calls(sent)));
                true
            }
            _ => back == value,
        };
        if !same {
            faults.push(format!("`{name}` was lost or changed"));
        }
    }
    faults
}

/// Fields with a value that were never sent, or were sent with another.
fn strangers(returned: &Value, sent: &Value) -> Vec<String> {
    let fields = returned.as_object().into_iter().flatten();
    fields
        .filter(|(name, value)| !PLAIN.contains(&name.as_str()) && !value.is_null())
        .filter(|(name, value)| joined(&sent[name.as_str()]) != joined(value))
        .map(|(name, _)| format!("`{name}` was not sent so"))
        .collect()
}

fn call_faults(returned: &[Value], sent: &[Value]) -> Vec<String> {
    let ids: HashSet<&str> = sent.iter().filter_map(|call| call["id"].as_str()).collect();
    let ids_were_good = ids.len() == sent.len();
    let mut faults = Vec::new();
    for (back, call) in returned.iter().zip(sent) {
        if ids_were_good && back["id"] != call["id"] {
            faults.push("a call's id was changed".to_owned());
        }
        for (name, value) in call.as_object().into_iter().flatten() {
            let known = ["id", "type", "function"].contains(&name.as_str());
            if !known && back[name] != *value {
                faults.push(format!("`{name}` of a call was lost or changed"));
            }
        }
        for (name, value) in back.as_object().into_iter().flatten() {
            let known = ["id", "type", "function"].contains(&name.as_str());
            if !known && call[name] != *value {
                faults.push(format!("`{name}` of a call was not sent so"));
            }
        }
    }
    faults
}

fn empty(content: &Value) -> bool {
    content.is_null() || content == ""
}

/// Reasoning arrives in pieces, and may come back in pieces or joined.
fn joined(details: &Value) -> Value {
    let Some(pieces) = details.as_array() else {
        return details.clone();
    };
    let mut whole: Vec<Value> = Vec::new();
    for piece in pieces {
        let last = whole.last_mut().filter(|last| {
            piece.is_object() && last["type"] == piece["type"] && last["index"] == piece["index"]
        });
        match (last.and_then(Value::as_object_mut), piece.as_object()) {
            (Some(last), Some(piece)) => join(last, piece),
            _ => whole.push(piece.clone()),
        }
    }
    Value::Array(whole)
}

fn join(last: &mut Map<String, Value>, piece: &Map<String, Value>) {
    for (name, value) in piece {
        let grows = ["text", "summary", "data"].contains(&name.as_str());
        match (last.get_mut(name), value) {
            (Some(Value::String(text)), Value::String(more)) if grows => text.push_str(more),
            _ => {
                last.insert(name.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent() -> Value {
        json!({"role": "assistant", "content": "", "note": {"deep": [1]},
            "reasoning": "hm",
            "reasoning_details": [
                {"type": "reasoning.text", "index": 0, "text": "h"},
                {"type": "reasoning.text", "index": 0, "text": "m", "signature": "s"}],
            "tool_calls": [{"id": "c1", "type": "function", "extra_content": {"sig": "x"},
                "function": {"name": "look", "arguments": "{}"}}]})
    }

    #[test]
    fn what_may_come_back() {
        type Change = fn(&mut Value);
        let table: [(&str, Change, usize); 12] = [
            ("as it was", |_| {}, 0),
            ("null for no words", |m| m["content"] = Value::Null, 0),
            (
                "details joined",
                |m| {
                    m["reasoning_details"] = json!([{"type": "reasoning.text", "index": 0,
                    "text": "hm", "signature": "s"}]);
                },
                0,
            ),
            ("a null added", |m| m["refusal"] = Value::Null, 0),
            ("a note lost", |m| m["note"] = Value::Null, 1),
            ("a note changed", |m| m["note"] = json!({"deep": [2]}), 2),
            ("details lost", |m| m["reasoning_details"] = Value::Null, 1),
            ("a field added", |m| m["run"] = json!(7), 1),
            ("words added", |m| m["content"] = json!("Hm."), 1),
            (
                "an id changed",
                |m| m["tool_calls"][0]["id"] = json!("c2"),
                1,
            ),
            (
                "a signature lost",
                |m| m["tool_calls"][0]["extra_content"] = Value::Null,
                2,
            ),
            (
                "other arguments",
                |m| m["tool_calls"][0]["function"]["arguments"] = json!("{\"a\":1}"),
                1,
            ),
        ];
        for (name, change, count) in table {
            let mut returned = sent();
            change(&mut returned);
            let found = faults(&returned, &[sent()]);
            assert_eq!(found.len(), count, "{name}: {found:?}");
        }
    }

    #[test]
    fn bad_ids_and_bad_arguments_may_be_mended() {
        let mut sent = sent();
        let twin = sent["tool_calls"][0].clone();
        sent["tool_calls"] = json!([twin, twin]);
        sent["tool_calls"][1]["function"]["arguments"] = json!("{oops");
        let mut returned = sent.clone();
        returned["tool_calls"][1]["id"] = json!("c1-2");
        returned["tool_calls"][1]["function"]["arguments"] = json!("{}");

        assert_eq!(faults(&returned, &[sent]), Vec::<String>::new());
    }

    #[test]
    fn words_may_come_back_alone() {
        let sent = [json!({"role": "assistant", "content": "Hi.", "reasoning": "hm"})];
        let plain = json!({"role": "assistant", "content": "Hi."});
        let whole = sent[0].clone();
        let changed = json!({"role": "assistant", "content": "Hi.", "reasoning": "ha"});
        let never_said = json!({"role": "assistant", "content": "Something went wrong."});

        assert_eq!(faults(&plain, &sent), Vec::<String>::new());
        assert_eq!(faults(&whole, &sent), Vec::<String>::new());
        assert_eq!(faults(&never_said, &sent), Vec::<String>::new());
        assert_eq!(faults(&changed, &sent).len(), 1);
    }
}
