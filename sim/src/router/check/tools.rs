//! The offered tools: their names, and schemas that strict models take.

use std::collections::HashSet;

use serde_json::Value;

/// Vendors' keys and parameters that a model must not see.
const HIDDEN: [&str; 3] = ["schema_version", "tool_version", "display_properties"];

pub(super) fn faults(tools: &Value) -> Vec<String> {
    let Some(tools) = tools.as_array().filter(|tools| !tools.is_empty()) else {
        return vec!["`tools` is empty".to_owned()];
    };
    let mut faults = Vec::new();
    if tools.len() > 128 {
        faults.push(format!("{} tools", tools.len()));
    }
    let mut taken = HashSet::new();
    for (at, tool) in tools.iter().enumerate() {
        let mut found = one(tool);
        if !taken.insert(tool["function"]["name"].as_str()) {
            found.push("the name is taken".to_owned());
        }
        faults.extend(found.into_iter().map(|fault| format!("tool {at}: {fault}")));
    }
    faults
}

fn one(tool: &Value) -> Vec<String> {
    let function = &tool["function"];
    let mut faults = Vec::new();
    if tool["type"] != "function" {
        faults.push("it is no function".to_owned());
    }
    let unknown = |value: &Value, known: &[&str]| {
        let fields = value.as_object().into_iter().flatten();
        fields
            .filter(|(name, _)| !known.contains(&name.as_str()))
            .map(|(name, _)| format!("unknown field `{name}`"))
            .collect::<Vec<_>>()
    };
    faults.extend(unknown(tool, &["type", "function"]));
    let known = ["name", "description", "parameters", "strict"];
    faults.extend(unknown(function, &known));
    if !function["name"].as_str().is_some_and(lawful_name) {
        faults.push("unlawful name".to_owned());
    }
    let description = function["description"].as_str().unwrap_or_default();
    if description.chars().count() > 1024 {
        faults.push("the description is too long".to_owned());
    }
    let parameters = &function["parameters"];
    if parameters["type"] != "object" || !parameters["properties"].is_object() {
        faults.push("the parameters are no object".to_owned());
    }
    schema(parameters, &mut faults);
    faults
}

fn lawful_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

fn schema(node: &Value, faults: &mut Vec<String>) {
    if let Some(list) = node.as_array() {
        for node in list {
            schema(node, faults);
        }
    }
    let Some(fields) = node.as_object() else {
        return;
    };
    if is_array(&node["type"]) && !node["items"].is_object() {
        faults.push("an array without items".to_owned());
    }
    for (name, value) in fields {
        if HIDDEN.contains(&name.as_str()) {
            faults.push(format!("`{name}` is shown"));
        }
        schema(value, faults);
    }
}

/// `"array"`, or a union with it.
fn is_array(kind: &Value) -> bool {
    kind == "array"
        || kind
            .as_array()
            .is_some_and(|kinds| kinds.iter().any(is_array))
}
