//! Input schemas as the vendor writes them, from a shorthand: `query, to*, labels:array`.
//! A star marks what is required; without a type it is a string.

use serde_json::{Map, Value, json};

/// Habits in which the providers' schemas differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Plain,
    /// Carries `schema_version` and `tool_version`, and forgets the items of arrays.
    Versioned,
}

impl Dialect {
    pub(super) fn of(provider: &str) -> Self {
        match provider {
            "GMAIL" | "GOOGLECALENDAR" => Self::Versioned,
            _ => Self::Plain,
        }
    }
}

/// The schema of these parameters.
pub(super) fn read(params: &str, dialect: Dialect) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    let versions = match dialect {
        Dialect::Versioned => "schema_version, tool_version",
        Dialect::Plain => "",
    };
    let params = params.split(',').chain(versions.split(','));
    for (at, param) in params
        .map(str::trim)
        .filter(|param| !param.is_empty())
        .enumerate()
    {
        let (name, kind) = param.split_once(':').unwrap_or((param, "string"));
        let wanted = name.strip_suffix('*');
        let name = wanted.unwrap_or(name);
        if wanted.is_some() {
            required.push(name);
        }
        let mut property = json!({
            "type": if wanted.is_some() { json!(kind) } else { json!([kind, "null"]) },
            "description": format!("The {} of the call.", name.replace('_', " ")),
            "display_properties": {"order": at, "is_advanced": name.ends_with("_version")},
        });
        if kind == "array" && dialect == Dialect::Plain {
            property["items"] = json!({"type": "string"});
        }
        if wanted.is_none() {
            property["default"] = Value::Null;
        }
        properties.insert(name.to_owned(), property);
    }
    json!({"type": "object", "properties": properties, "required": required})
}

/// The first thing in which these arguments break the schema. Unknown ones are let pass.
pub(super) fn check(schema: &Value, params: &Map<String, Value>) -> Result<(), String> {
    let required = schema["required"].as_array().into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        if !params.contains_key(name) {
            return Err(format!("{name} is missing"));
        }
    }
    for (name, value) in params {
        let kind = &schema["properties"][name]["type"];
        let fits = match kind {
            Value::String(kind) => is(value, kind),
            Value::Array(kinds) => kinds
                .iter()
                .filter_map(Value::as_str)
                .any(|kind| is(value, kind)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => true,
        };
        if !fits {
            return Err(format!("{name} is of another type than {kind}"));
        }
    }
    Ok(())
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        _ => value.is_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_break_the_schema_are_named() {
        let schema = read("to*, cc, count:integer, tags:array", Dialect::Plain);
        let cases = [
            (json!({"to": "a"}), None),
            (
                json!({"to": "a", "cc": null, "count": 2.0, "tags": []}),
                None,
            ),
            (json!({"to": "a", "surprise": 1}), None),
            (json!({}), Some("to is missing")),
            (
                json!({"to": null}),
                Some("to is of another type than \"string\""),
            ),
            (
                json!({"to": "a", "count": 1.5}),
                Some("count is of another type than [\"integer\",\"null\"]"),
            ),
        ];
        for (params, mistake) in cases {
            let found = check(&schema, params.as_object().unwrap()).err();
            assert_eq!(found.as_deref(), mistake, "{params}");
        }
    }
}
