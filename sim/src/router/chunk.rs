//! A message cut into the events of a stream.

use serde_json::{Map, Value, json};

use super::form::Form;
use super::reply::Heading;

/// The events that carry the message, the last one with its `finish_reason`.
pub(super) fn chunks(message: &Value, form: Form, heading: &Heading) -> Vec<Value> {
    let mut deltas = vec![first(message)];
    deltas.extend(reasoning(message));
    let text = message["content"].as_str().unwrap_or_default();
    let words = text.split_inclusive(' ').filter(|word| !word.is_empty());
    deltas.extend(words.map(|word| json!({"content": word})));
    let calls = message["tool_calls"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let mut last = json!({});
    match form {
        Form::WholeCalls => last = json!({"tool_calls": indexed(calls)}),
        Form::WholeCallsNoIndex if !calls.is_empty() => last = json!({"tool_calls": calls}),
        _ => {
            for (at, call) in calls.iter().enumerate() {
                deltas.extend(pieces(call, at, form));
            }
        }
    }
    let mut chunks: Vec<Value> = deltas
        .iter()
        .map(|delta| heading.chunk(delta, &Value::Null))
        .collect();
    let reason = if calls.is_empty() {
        "stop"
    } else {
        "tool_calls"
    };
    chunks.push(heading.chunk(&last, &json!(reason)));
    chunks
}

/// The role, and every field that comes in one piece.
fn first(message: &Value) -> Value {
    let apart = ["content", "tool_calls", "reasoning", "reasoning_details"];
    let fields = message.as_object().into_iter().flatten();
    let mut delta: Map<String, Value> = fields
        .filter(|(name, _)| !apart.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    delta.insert("content".to_owned(), json!(""));
    Value::Object(delta)
}

fn reasoning(message: &Value) -> Vec<Value> {
    let text = message["reasoning"].as_str().unwrap_or_default();
    let words = text.split_inclusive(' ').filter(|word| !word.is_empty());
    let mut deltas: Vec<Value> = words
        .map(|word| json!({"content": "", "reasoning": word}))
        .collect();
    let details = message["reasoning_details"]
        .as_array()
        .into_iter()
        .flatten();
    deltas.extend(details.map(|detail| json!({"reasoning_details": [detail]})));
    deltas
}

fn indexed(calls: &[Value]) -> Value {
    let calls = calls.iter().enumerate().map(|(at, call)| {
        let mut call = call.clone();
        call["index"] = json!(at);
        call
    });
    calls.collect()
}

/// One call: its head without arguments, then the arguments in fragments.
fn pieces(call: &Value, at: usize, form: Form) -> Vec<Value> {
    let arguments = call["function"]["arguments"].as_str().unwrap_or_default();
    let size = if form == Form::Fragments { 1 } else { 12 };
    let mut head = call.clone();
    head["function"]["arguments"] = json!("");
    let mut made = vec![head];
    let letters: Vec<char> = arguments.chars().collect();
    made.extend(
        letters
            .chunks(size)
            .map(|letters| json!({"function": {"arguments": letters.iter().collect::<String>()}})),
    );
    if form == Form::LateIds
        && let Some(id) = made[0]
            .as_object_mut()
            .and_then(|head| head.shift_remove("id"))
    {
        made.push(json!({"id": id, "function": {"arguments": ""}}));
    }
    made.into_iter()
        .map(|mut piece| {
            if form != Form::NoIndex {
                piece["index"] = json!(at);
            }
            json!({"tool_calls": [piece]})
        })
        .collect()
}
