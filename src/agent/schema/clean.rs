//! Strict models refuse a request for one odd schema in it, so every schema is cut down
//! to standard JSON Schema before it is shown.

use serde_json::{Map, Value};

use crate::agent::text::cut;

/// Longest description a model is shown, in characters; some vendors refuse longer ones.
pub(in crate::agent) const LONGEST_DESCRIPTION: usize = 1024;

/// Nothing sensible nests deeper; what does is shown as anything.
const DEEPEST: usize = 32;

/// How the value of a keyword is to be read.
enum Keyword {
    Description,
    /// Kept as it is.
    Plain,
    /// A list of names.
    Required,
    Schema,
    SchemaList,
    SchemaMap,
    /// The vendor's own: dropped.
    Unknown,
}

fn keyword(name: &str) -> Keyword {
    match name {
        "description" => Keyword::Description,
        "required" => Keyword::Required,
        "$ref" | "const" | "default" | "enum" | "examples" | "exclusiveMaximum"
        | "exclusiveMinimum" | "format" | "maxContains" | "maxItems" | "maxLength"
        | "maxProperties" | "maximum" | "minContains" | "minItems" | "minLength"
        | "minProperties" | "minimum" | "multipleOf" | "pattern" | "title" | "type"
        | "uniqueItems" => Keyword::Plain,
        "additionalProperties"
        | "contains"
        | "else"
        | "if"
        | "items"
        | "not"
        | "propertyNames"
        | "then" => Keyword::Schema,
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => Keyword::SchemaList,
        "$defs" | "definitions" | "dependentSchemas" | "patternProperties" | "properties" => {
            Keyword::SchemaMap
        }
        _ => Keyword::Unknown,
    }
}

/// The schema of an object without the `hidden` parameters.
pub(super) fn shown(schema: &Map<String, Value>, hidden: &[&str]) -> Value {
    let mut shown = clean_map(schema, 0);
    shown.insert("type".to_owned(), Value::from("object"));
    let properties = shown
        .entry("properties")
        .or_insert_with(|| Value::Object(Map::new()));
    if !properties.is_object() {
        *properties = Value::Object(Map::new());
    }
    if let Value::Object(properties) = properties {
        properties.retain(|name, _| !hidden.contains(&name.as_str()));
    }
    if let Some(Value::Array(required)) = shown.get_mut("required") {
        required.retain(|name| name.as_str().is_some_and(|name| !hidden.contains(&name)));
    }
    Value::Object(shown)
}

fn clean(schema: &Value, depth: usize) -> Value {
    match schema {
        Value::Object(schema) if depth < DEEPEST => Value::Object(clean_map(schema, depth)),
        Value::Bool(anything) => Value::Bool(*anything),
        Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            Value::Object(Map::new())
        }
    }
}

fn clean_map(schema: &Map<String, Value>, depth: usize) -> Map<String, Value> {
    let mut shown: Map<String, Value> = schema
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), clean_keyword(name, value, depth + 1)?)))
        .collect();
    if may_be_array(&shown) && !shown.contains_key("items") && !shown.contains_key("prefixItems") {
        shown.insert("items".to_owned(), Value::Object(Map::new()));
    }
    shown
}

fn clean_keyword(name: &str, value: &Value, depth: usize) -> Option<Value> {
    match (keyword(name), value) {
        (Keyword::Description, Value::String(text)) => {
            Some(Value::from(cut(text, LONGEST_DESCRIPTION)))
        }
        (Keyword::Plain, value) if !value.is_null() || matches!(name, "const" | "default") => {
            Some(value.clone())
        }
        // An older draft says `required: true` of the property itself.
        (Keyword::Required, Value::Array(names)) => Some(Value::Array(
            names
                .iter()
                .filter(|name| name.is_string())
                .cloned()
                .collect(),
        )),
        // An older draft gives a schema for each place.
        (Keyword::Schema, Value::Array(_)) => Some(Value::Object(Map::new())),
        (Keyword::Schema, Value::Object(_) | Value::Bool(_)) => Some(clean(value, depth)),
        (Keyword::SchemaList, Value::Array(schemas)) if !schemas.is_empty() => {
            Some(schemas.iter().map(|schema| clean(schema, depth)).collect())
        }
        (Keyword::SchemaMap, Value::Object(schemas)) => Some(Value::Object(
            schemas
                .iter()
                .map(|(name, schema)| (name.clone(), clean(schema, depth)))
                .collect(),
        )),
        _ => None,
    }
}

fn may_be_array(schema: &Map<String, Value>) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == "array",
        Some(Value::Array(several)) => several.iter().any(|one| one == "array"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cleaned(schema: &Value) -> Value {
        shown(schema.as_object().unwrap(), &["tool_version"])
    }

    #[test]
    fn a_vendors_schema_becomes_a_standard_one() {
        let cases = [
            (json!({}), json!({"type": "object", "properties": {}})),
            (
                json!({"type": ["object", "null"], "properties": null, "display_properties": {"a": 1}, "$schema": "x"}),
                json!({"type": "object", "properties": {}}),
            ),
            (
                json!({"properties": {"a": {"type": "array"}, "b": {"type": ["array", "null"]}}}),
                json!({"properties": {"a": {"type": "array", "items": {}},
                                      "b": {"type": ["array", "null"], "items": {}}}, "type": "object"}),
            ),
            (
                json!({"properties": {"tool_version": {}, "q": {"type": "string", "required": true, "x-order": 1}},
                       "required": ["tool_version", "q", 7]}),
                json!({"properties": {"q": {"type": "string"}}, "required": ["q"], "type": "object"}),
            ),
            (
                json!({"properties": {"type": {"type": "string", "x": 1}, "x": {"anyOf": [{"type": "array", "y": 1}, {"type": "null"}], "oneOf": []}}}),
                json!({"properties": {"type": {"type": "string"}, "x": {"anyOf": [{"type": "array", "items": {}}, {"type": "null"}]}}, "type": "object"}),
            ),
            (
                json!({"properties": {"a": {"$ref": "#/$defs/b"}, "t": "string", "u": true},
                       "$defs": {"b": {"type": "integer", "z": 1}}, "additionalProperties": false}),
                json!({"properties": {"a": {"$ref": "#/$defs/b"}, "t": {}, "u": true},
                       "$defs": {"b": {"type": "integer"}}, "additionalProperties": false, "type": "object"}),
            ),
            (
                json!({"properties": {"a": {"default": null, "enum": ["x", null], "format": null, "items": [{"type": "string"}]}}}),
                json!({"properties": {"a": {"default": null, "enum": ["x", null], "items": {}}}, "type": "object"}),
            ),
        ];
        for (schema, expected) in cases {
            assert_eq!(cleaned(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn long_descriptions_are_cut_between_characters() {
        let schema = json!({"description": "é".repeat(2000), "properties": {"a": {"description": "é".repeat(2000)}}});
        let shown = cleaned(&schema);
        for description in [
            &shown["description"],
            &shown["properties"]["a"]["description"],
        ] {
            assert_eq!(description.as_str().unwrap().chars().count(), 1024);
        }
    }

    #[test]
    fn a_schema_without_end_is_given_up() {
        let mut schema = json!({"type": "string"});
        for _ in 0..100 {
            schema = json!({"items": schema});
        }
        let shown = cleaned(&schema).to_string();
        assert_eq!(shown.matches("items").count(), DEEPEST);
    }
}
