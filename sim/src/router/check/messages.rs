//! The order and the parts of messages, in the sense of OpenAI's chat completions.

use serde_json::Value;

pub(super) fn faults(messages: &Value) -> Vec<String> {
    let Some(messages) = messages.as_array().filter(|messages| !messages.is_empty()) else {
        return vec!["`messages` is empty".to_owned()];
    };
    let mut faults = Vec::new();
    if messages[0]["role"] != "system" {
        faults.push("the first message is not the system's".to_owned());
    }
    if messages[messages.len() - 1]["role"] == "assistant" {
        faults.push("the last message is the assistant's".to_owned());
    }
    let mut open = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let mut found = one(message);
        if message["role"] == "system" && at > 0 {
            found.push("a system message that is not the first".to_owned());
        }
        found.extend(order(message, &mut open));
        faults.extend(
            found
                .into_iter()
                .map(|fault| format!("message {at}: {fault}")),
        );
    }
    if !open.is_empty() {
        faults.push("the last calls have no answer".to_owned());
    }
    faults
}

/// The assistant's messages, with their places.
pub(in crate::router) fn assistants(body: &Value) -> impl Iterator<Item = (usize, &Value)> {
    let messages = body["messages"].as_array().into_iter().flatten();
    messages
        .enumerate()
        .filter(|(_, message)| message["role"] == "assistant")
}

fn one(message: &Value) -> Vec<String> {
    match message["role"].as_str() {
        Some("system" | "user") => {
            let mut faults = only(message, &["role", "content", "name"]);
            match message["content"].as_str() {
                None => faults.push("the content is not a string".to_owned()),
                Some(text) if text.trim().is_empty() => {
                    faults.push("the content is empty".to_owned());
                }
                Some(_) => {}
            }
            faults
        }
        Some("tool") => {
            let mut faults = only(message, &["role", "content", "tool_call_id"]);
            if !message["content"].is_string() {
                faults.push("the content is not a string".to_owned());
            }
            faults
        }
        // Its other fields are compared with what was sent.
        Some("assistant") => assistant(message),
        _ => vec!["unknown role".to_owned()],
    }
}

fn only(message: &Value, known: &[&str]) -> Vec<String> {
    let fields = message.as_object().into_iter().flatten();
    fields
        .filter(|(name, _)| !known.contains(&name.as_str()))
        .map(|(name, _)| format!("unknown field `{name}`"))
        .collect()
}

fn assistant(message: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let content = &message["content"];
    if !content.is_string() && !content.is_null() {
        faults.push("the content is not a string".to_owned());
    }
    let calls = message.get("tool_calls").filter(|calls| !calls.is_null());
    let Some(calls) = calls else {
        if content.as_str().is_none_or(str::is_empty) {
            faults.push("neither words nor calls".to_owned());
        }
        return faults;
    };
    let Some(calls) = calls.as_array().filter(|calls| !calls.is_empty()) else {
        faults.push("`tool_calls` is no list of calls".to_owned());
        return faults;
    };
    if !calls.iter().all(well_formed) {
        faults.push("a call is malformed".to_owned());
    }
    let ids: std::collections::HashSet<_> = calls.iter().map(|call| call["id"].as_str()).collect();
    if ids.len() < calls.len() {
        faults.push("two calls have one id".to_owned());
    }
    faults
}

fn well_formed(call: &Value) -> bool {
    call["id"].as_str().is_some_and(|id| !id.is_empty())
        && call["type"] == "function"
        && call["function"]["name"].is_string()
        && call["function"]["arguments"].is_string()
}

/// Every call is answered once, before anything else is said.
fn order(message: &Value, open: &mut Vec<String>) -> Option<String> {
    if message["role"] == "tool" {
        let id = message["tool_call_id"].as_str().unwrap_or_default();
        let Some(at) = open.iter().position(|call| call == id) else {
            return Some("answers no open call".to_owned());
        };
        open.remove(at);
        return None;
    }
    let left = !open.is_empty();
    let calls = message["tool_calls"].as_array().into_iter().flatten();
    *open = calls
        .filter_map(|call| call["id"].as_str().map(str::to_owned))
        .collect();
    left.then(|| "calls before it have no answer".to_owned())
}
