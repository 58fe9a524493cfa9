//! What a request must look like. Each check returns what is wrong, in words.

mod messages;
#[cfg(test)]
mod tests;
mod tools;

use serde_json::Value;

pub(super) use messages::assistants;

const KNOWN: [&str; 9] = [
    "model",
    "messages",
    "tools",
    "tool_choice",
    "stream",
    "stream_options",
    "temperature",
    "max_tokens",
    "parallel_tool_calls",
];

/// All that is wrong with the form of a request. `extra`: fields that this router is
/// known to take beside the common ones.
pub(super) fn request(body: &Value, extra: &[String]) -> Vec<String> {
    let Some(fields) = body.as_object() else {
        return vec!["the body is not a JSON object".to_owned()];
    };
    let mut faults: Vec<String> = fields
        .keys()
        .filter(|name| !KNOWN.contains(&name.as_str()) && !extra.contains(name))
        .map(|name| format!("unknown field `{name}`"))
        .collect();
    faults.extend(settings(body));
    faults.extend(messages::faults(&body["messages"]));
    if fields.contains_key("tools") {
        faults.extend(tools::faults(&body["tools"]));
    }
    faults
}

fn settings(body: &Value) -> Vec<String> {
    let within = |name: &str, lawful: fn(&Value) -> bool| match body.get(name) {
        Some(value) if !lawful(value) => Some(format!("`{name}` has an unlawful value")),
        _ => None,
    };
    let mut faults = Vec::new();
    if body["model"].as_str().is_none_or(str::is_empty) {
        faults.push("`model` is missing".to_owned());
    }
    faults.extend(within("stream", Value::is_boolean));
    faults.extend(within("parallel_tool_calls", Value::is_boolean));
    faults.extend(within("max_tokens", |value| {
        value.as_u64().is_some_and(|tokens| tokens > 0)
    }));
    faults.extend(within("temperature", |value| {
        value.as_f64().is_some_and(|t| (0.0..=2.0).contains(&t))
    }));
    if body.get("stream_options").is_some() && body["stream"] != true {
        faults.push("`stream_options` without `stream`".to_owned());
    }
    if body.get("tools").is_none() {
        for name in ["tool_choice", "parallel_tool_calls"] {
            if body.get(name).is_some() {
                faults.push(format!("`{name}` without `tools`"));
            }
        }
    }
    faults.extend(tool_choice(body));
    faults
}

fn tool_choice(body: &Value) -> Option<String> {
    let choice = body.get("tool_choice")?;
    let named = |tool: &Value| tool["function"]["name"] == choice["function"]["name"];
    let lawful = choice.as_str().map_or_else(
        || {
            let mut tools = body["tools"].as_array().into_iter().flatten();
            choice["type"] == "function" && tools.any(named)
        },
        |word| ["auto", "none", "required"].contains(&word),
    );
    (!lawful).then(|| "`tool_choice` chooses nothing".to_owned())
}
