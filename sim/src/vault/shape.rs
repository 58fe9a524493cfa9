//! How answers are printed: with or without unset fields, with fields nobody knows, with
//! whole numbers as doubles.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::switches::{ExtraFields, Lists, Numbers, Switches, Unset};

/// A status with a JSON body.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

impl Reply {
    pub(super) fn new(status: StatusCode, body: Value) -> Self {
        Self { status, body }
    }

    pub(super) fn ok(body: Value) -> Self {
        Self::new(StatusCode::OK, body)
    }

    pub(super) fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }

    /// As these switches print it.
    pub(super) fn shaped(mut self, switches: &Switches) -> Self {
        if switches.extra_fields == ExtraFields::Some {
            add_unknown(&mut self.body);
        }
        if switches.unset == Unset::Absent {
            drop_unset(&mut self.body);
        }
        self
    }
}

/// Members whose inside belongs to somebody else.
const FOREIGN: [&str; 3] = ["data", "definition", "metadata"];

fn drop_unset(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            for (name, member) in members {
                if !FOREIGN.contains(&name.as_str()) {
                    drop_unset(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(drop_unset),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn add_unknown(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if !FOREIGN.contains(&name.as_str()) {
                    add_unknown(member);
                }
            }
            members.insert("x_new_since".into(), json!({"version": 3, "tags": [null]}));
        }
        Value::Array(items) => items.iter_mut().for_each(add_unknown),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A tool's result as `data`, which is always an object.
pub(super) fn data(result: Value, switches: &Switches) -> Value {
    let list = match switches.lists {
        Lists::Array => "array",
        Lists::Items => "items",
    };
    let mut members = match result {
        Value::Object(members) => members,
        Value::Array(items) => Map::from_iter([(list.to_owned(), items.into())]),
        Value::Null => Map::new(),
        text @ (Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            Map::from_iter([("result".to_owned(), text)])
        }
    };
    if switches.numbers == Numbers::Doubles {
        members.values_mut().for_each(make_doubles);
    }
    Value::Object(members)
}

fn make_doubles(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(double) = number.as_f64() {
                *value = json!(double);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(make_doubles),
        Value::Object(members) => members.values_mut().for_each(make_doubles),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unset_is_null_or_absent_but_data_is_left_alone() {
        let body = json!({"a": null, "b": "", "c": [{"d": null}], "data": {"e": null}});
        let mut switches = Switches::default();
        let absent = Reply::ok(body.clone()).shaped(&switches).body;
        assert_eq!(absent, json!({"b": "", "c": [{}], "data": {"e": null}}));
        switches.unset = Unset::Null;
        assert_eq!(Reply::ok(body.clone()).shaped(&switches).body, body);
    }

    #[test]
    fn a_result_becomes_an_object() {
        let mut switches = Switches::default();
        assert_eq!(data(json!([1]), &switches), json!({"array": [1]}));
        assert_eq!(data(json!("done"), &switches), json!({"result": "done"}));
        switches.lists = Lists::Items;
        switches.numbers = Numbers::Doubles;
        let doubled = data(json!([2]), &switches);
        assert_eq!(doubled.to_string(), r#"{"items":[2.0]}"#);
    }
}
