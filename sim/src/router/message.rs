//! The assistant's message that a turn becomes, before it is cut into events.

use serde_json::{Map, Value, json};

use super::form::Form;
use super::turn::{Call, Turn};

/// The whole message, as a client must hold it in the end and send it back.
pub(super) fn message(turn: &Turn, form: Form, number: usize) -> Value {
    let mut message = Map::new();
    message.insert("role".to_owned(), json!("assistant"));
    message.insert("content".to_owned(), json!(turn.text));
    message.extend(turn.fields.clone());
    if form == Form::Reasoning {
        message.insert("reasoning".to_owned(), json!("First I look, then I speak."));
        message.insert("reasoning_details".to_owned(), thoughts());
        message.insert("vendor_note".to_owned(), json!({"kept": [1, "two", null]}));
    }
    if !turn.calls.is_empty() {
        let calls = turn.calls.iter().enumerate();
        let calls = calls.map(|(at, made)| call(made, form, number, at));
        message.insert("tool_calls".to_owned(), calls.collect());
    }
    Value::Object(message)
}

/// In pieces, as they are streamed: two of one thought, and one that only the vendor can read.
fn thoughts() -> Value {
    json!([
        {"type": "reasoning.text", "index": 0, "format": "anthropic-claude-v1", "text": "First I look, "},
        {"type": "reasoning.text", "index": 0, "text": "then I speak.", "signature": "sig=="},
        {"type": "reasoning.encrypted", "index": 1, "id": "rs_1", "data": "b3BhcXVl"},
    ])
}

fn call(call: &Call, form: Form, number: usize, at: usize) -> Value {
    let mut made = json!({
        "id": format!("call_{number}_{at}"),
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    });
    match form {
        Form::NoIds => {
            if let Some(fields) = made.as_object_mut() {
                fields.shift_remove("id");
            }
        }
        Form::SameIds => made["id"] = json!("call_0"),
        Form::Reasoning => {
            made["extra_content"] = json!({"google": {"thought_signature": format!("ts{at}")}});
        }
        _ => {}
    }
    made
}
