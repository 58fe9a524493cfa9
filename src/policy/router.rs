//! What goes into each request to the router beside what every router takes.

use std::ops::Range;

use serde::Deserialize;
use serde_json::{Map, Number};
use toml::{Spanned, Value};

/// What is wrong with a field that cannot be sent.
pub(super) const FIX: &str = "a field of [router] body is a router's own, with text, numbers, lists and tables; what Valet says itself (model, messages, tools, stream …), several answers to one question, and a cache of answers are not for it";

/// What Valet says itself; what would change the meaning of an answer; and what would give
/// one person's answer to another.
const NOT_FOR_IT: [&str; 13] = [
    "cache",
    "cache_key",
    "function_call",
    "functions",
    "input",
    "messages",
    "model",
    "n",
    "prompt",
    "stream",
    "tool_choice",
    "tools",
    "user",
];

/// The fields, by their names.
pub(crate) type Body = Map<String, serde_json::Value>;

/// As the operator writes it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    #[serde(default)]
    body: std::collections::BTreeMap<Spanned<String>, Value>,
}

impl Table {
    /// The fields, or where in the file the mistake is.
    pub(super) fn read(self) -> Result<Body, Range<usize>> {
        let fields = self.body.into_iter().map(|(name, value)| {
            let is_lawful = !name.get_ref().is_empty() && !is_not_for_it(name.get_ref());
            match json(value).filter(|_| is_lawful) {
                Some(value) => Ok((name.into_inner(), value)),
                None => Err(name.span()),
            }
        });
        fields.collect()
    }
}

/// However it is written: some routers read names without regard to case.
fn is_not_for_it(name: &str) -> bool {
    let name = name.to_lowercase();
    NOT_FOR_IT.contains(&name.as_str())
}

/// The same in JSON, which has no dates and no endless numbers.
fn json(value: Value) -> Option<serde_json::Value> {
    Some(match value {
        Value::Array(values) => {
            let values: Option<Vec<_>> = values.into_iter().map(json).collect();
            serde_json::Value::Array(values?)
        }
        Value::Boolean(value) => value.into(),
        Value::Datetime(_) => return None,
        Value::Float(value) => Number::from_f64(value)?.into(),
        Value::Integer(value) => value.into(),
        Value::String(value) => value.into(),
        Value::Table(fields) => {
            let fields = fields.into_iter();
            let fields: Option<Body> = fields
                .map(|(name, value)| Some((name, json(value)?)))
                .collect();
            serde_json::Value::Object(fields?)
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Policy;
    use super::*;

    #[test]
    fn a_routers_own_fields_are_read_as_they_are_written() {
        let policy = Policy::parse(
            r#"
            [router]
            body = { models = ["a/b", "c/d"], reasoning = { effort = "low" } }
            [router.body.provider]
            sort = "price"
            "#,
        );
        // A table that is written in one piece cannot be added to.
        assert!(policy.is_err());
        let policy = Policy::parse(
            r#"
            [router.body]
            models = ["a/b", "c/d"]
            temperature = 0.5
            stream_options = { include_usage = true }
            [router.body.provider]
            require_parameters = true
            "#,
        )
        .unwrap();
        assert_eq!(
            json!(policy.router_body()),
            json!({"models": ["a/b", "c/d"], "temperature": 0.5,
                   "stream_options": {"include_usage": true},
                   "provider": {"require_parameters": true}})
        );
        assert!(Policy::default().router_body().is_empty());
    }

    #[test]
    fn what_valet_says_itself_is_not_overruled() {
        for field in [
            "messages = []",
            "Messages = []",
            "tools = []",
            "tool_choice = \"none\"",
            "stream = false",
            "model = \"a/b\"",
            "n = 2",
            "cache = true",
            "user = \"ada\"",
            "since = 2026-01-01",
            "temperature = nan",
            "deep = { at = [2026-01-01] }",
        ] {
            let text = format!("[router.body]\n{field}\n");
            let mistake = Policy::parse(&text).unwrap_err().to_string();
            assert_eq!(mistake, format!("line 2: {FIX}"), "{field}");
        }
        let mistake = Policy::parse("[router]\nmodel = \"x\"\n").unwrap_err();
        assert_eq!(
            mistake.to_string(),
            "line 2: unknown field `model`, expected `body`"
        );
    }
}
