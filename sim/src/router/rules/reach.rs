//! From the wish for a tool to a turn: by calling it if it is offered, by looking for it
//! if tools can be looked for, by asking for the account if that can be asked for.

use serde_json::{Map, Value, json};

use super::found;
use super::markdown::plain;
use crate::router::asked::{Asked, Outcome};
use crate::router::turn::Turn;

/// The outcomes of this tool so far.
pub(super) fn outcomes(asked: &Asked, tool: &str) -> Vec<Outcome> {
    let mut outcomes = asked.outcomes();
    outcomes.retain(|outcome| outcome.name == tool);
    outcomes
}

/// Calls this tool once with each of these arguments, in one turn.
pub(super) fn call(asked: &Asked, tool: &str, arguments: &[Value]) -> Turn {
    let Some(properties) = asked.properties(tool) else {
        return instead(asked, tool);
    };
    arguments.iter().fold(Turn::default(), |turn, arguments| {
        let known = arguments.as_object().into_iter().flatten();
        let known: Map<String, Value> = known
            .filter(|(name, _)| properties.contains_key(*name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        turn.and_calls(tool, &Value::Object(known))
    })
}

/// The words for a call that failed.
pub(super) fn sorry(outcome: &Outcome) -> Option<Turn> {
    let why = found::failure(outcome)?;
    Some(Turn::says(format!(
        "I could not look that up: “{}” Please try again, or ask me something else.",
        plain(&super::markdown::short(&why, 200)),
    )))
}

fn instead(asked: &Asked, tool: &str) -> Turn {
    let connection = tool.split('_').next().unwrap_or(tool);
    let made: Vec<String> = asked
        .outcomes()
        .into_iter()
        .map(|outcome| outcome.name)
        .collect();
    let untried = |part: &str| {
        let mut offered = asked.offered().into_iter();
        offered
            .find(|name| name.contains(part) && !made.iter().any(|made| made == name))
            .and_then(|name| Some((name, only_string(&asked.properties(name)?)?)))
    };
    if let Some((name, (argument, _))) = untried("search_tools") {
        return Turn::calls(name, &json!({argument: tool.replace('_', " ")}));
    }
    if let Some((name, (argument, schema))) = untried("connect")
        && !name.contains("disconnect")
        && schema["enum"]
            .as_array()
            .is_none_or(|words| words.iter().any(|word| word == connection))
    {
        return Turn::calls(name, &json!({argument: connection}));
    }
    if made.iter().any(|name| name.contains("connect")) {
        return Turn::says(format!(
            "For that I need your {connection} account. I have asked you to connect it; \
             when it is connected, ask me again."
        ));
    }
    Turn::says(format!(
        "I have no tool for that. If your {connection} account is not connected yet, \
         type `/connect {connection}`, and then ask me again."
    ))
}

/// The first argument that takes a string.
fn only_string(properties: &Map<String, Value>) -> Option<(String, Value)> {
    let found = properties
        .iter()
        .find(|(_, schema)| schema["type"] == "string")?;
    Some((found.0.clone(), found.1.clone()))
}
