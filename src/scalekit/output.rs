//! What a tool gave back: out of its wrapping, and failures told from successes.

use std::fmt;

use serde_json::Value;

use super::error::{Error, ToolMessage};
use super::wire::{ExecutionId, text};

/// What a tool returned. Somebody's data, so it does not print.
#[derive(Clone, PartialEq)]
pub(crate) struct Output {
    /// `Null` where the tool had nothing to say.
    pub(crate) data: Value,
    pub(crate) execution: Option<ExecutionId>,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("execution", &self.execution)
            .finish_non_exhaustive()
    }
}

impl Output {
    pub(super) fn read(mut body: Value) -> Result<Self, Error> {
        let execution = ExecutionId::read(&body);
        let field = ["data", "items"]
            .into_iter()
            .find(|field| body.get(field).is_some_and(|value| !value.is_null()));
        let data = field.and_then(|field| body.get_mut(field));
        let data = unwrapped(data.map_or(Value::Null, Value::take));
        match soft_failure(&data) {
            Some(message) => Err(Error::ToolFailed { message, execution }),
            None => Ok(Self { data, execution }),
        }
    }
}

/// Takes off what the vault puts around an array or a plain text.
fn unwrapped(mut data: Value) -> Value {
    let Some(fields) = data.as_object_mut().filter(|fields| fields.len() == 1) else {
        return data;
    };
    for wrapping in ["array", "items", "result"] {
        if let Some(inner) = fields.get_mut(wrapping) {
            return inner.take();
        }
    }
    data
}

/// A failure the provider reported inside a success: Slack's `ok: false`, a tool
/// server's `isError`, an `error` that says something.
fn soft_failure(data: &Value) -> Option<ToolMessage> {
    let is = |field: &str, wanted: bool| data.get(field) == Some(&Value::Bool(wanted));
    let error = data.get("error").filter(|error| says_something(error));
    if error.is_none() && !is("ok", false) && !is("isError", true) && !is("is_error", true) {
        return None;
    }
    let words = error
        .and_then(Value::as_str)
        .or_else(|| error.and_then(|error| text(error, "message")))
        .or_else(|| text(data, "message"))
        .or_else(|| data.pointer("/content/0/text").and_then(Value::as_str));
    Some(match words {
        Some(words) => ToolMessage::new(words),
        None => ToolMessage::new(&data.to_string()),
    })
}

fn says_something(error: &Value) -> bool {
    match error {
        Value::Null => false,
        Value::Bool(failed) => *failed,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn output_comes_out_of_every_wrapping() {
        for (body, data) in [
            (json!({"data": {"messages": []}}), json!({"messages": []})),
            (json!({"data": {"array": [1, 2]}}), json!([1, 2])),
            (json!({"data": {"result": "done"}}), json!("done")),
            (json!({"data": {"items": [1]}}), json!([1])),
            (json!({"items": [1]}), json!([1])),
            (
                json!({"data": {"items": [], "more": 1}}),
                json!({"items": [], "more": 1}),
            ),
            (json!({"data": "plain"}), json!("plain")),
            (json!({"data": null}), Value::Null),
            (json!({}), Value::Null),
            (
                json!({"data": {"ok": true, "error": ""}}),
                json!({"ok": true, "error": ""}),
            ),
            (json!({"data": {"error": null}}), json!({"error": null})),
        ] {
            assert_eq!(Output::read(body.clone()).unwrap().data, data, "{body}");
        }
    }

    #[test]
    fn a_failure_inside_a_success_is_a_failure() {
        for (data, words) in [
            (
                json!({"ok": false, "error": "channel_not_found"}),
                "channel_not_found",
            ),
            (
                json!({"error": {"message": "no such page"}}),
                "no such page",
            ),
            (
                json!({"isError": true, "content": [{"text": "bad id"}]}),
                "bad id",
            ),
            (json!({"result": {"isError": true, "message": "no"}}), "no"),
            (json!({"ok": false}), r#"{"ok":false}"#),
        ] {
            let failed = Output::read(json!({"data": data, "execution_id": "12"}));
            let Err(Error::ToolFailed { message, execution }) = failed else {
                panic!("taken for a success: {words}");
            };
            assert_eq!(message.for_model(), words);
            assert_eq!(execution.unwrap().to_string(), "12");
        }
    }
}
