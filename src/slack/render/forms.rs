//! The form in which a person changes the arguments of a write before they approve it.

use serde_json::{Map, Value, json};

use super::blocks::{plain, with};
use super::length::escaped_within;
use crate::agent::{Complaint, Field, Kind};
use crate::ids::ApprovalId;

/// What Slack sends back with the form.
pub(crate) const CHANGE: &str = "change";

/// The one element of each field.
const INPUT: &str = "input";

/// Longest label and hint, in units.
const LONGEST_LABEL: usize = 150;

/// The form, as `views.open` takes it. It carries the id and nothing else.
pub(crate) fn form(approval: ApprovalId, fields: &[Field]) -> Value {
    let blocks: Vec<Value> = fields.iter().enumerate().map(block).collect();
    json!({
        "type": "modal",
        "callback_id": CHANGE,
        "private_metadata": approval,
        "title": plain("Change and approve"),
        "submit": plain("Approve this"),
        "close": plain("Cancel"),
        "blocks": blocks,
    })
}

/// What is wrong with a form that was sent, as Slack shows it beside the fields.
pub(crate) fn complaints(complaints: &[Complaint]) -> Value {
    let errors: Map<String, Value> = complaints
        .iter()
        .map(|(place, complaint)| (block_id(*place), json!(escaped_within(complaint, 150))))
        .collect();
    json!({"response_action": "errors", "errors": errors})
}

/// What somebody wrote into each field, out of the state of a view.
pub(crate) fn written(values: &Value, fields: usize) -> Vec<Option<String>> {
    (0..fields)
        .map(|place| {
            let input = values.get(block_id(place))?.get(INPUT)?;
            let chosen = input
                .get("selected_option")
                .and_then(|option| option.get("value"));
            let text = chosen.or_else(|| input.get("value"))?.as_str()?;
            Some(text.to_owned())
        })
        .collect()
}

fn block((place, field): (usize, &Field)) -> Value {
    let block = json!({
        "type": "input",
        "block_id": block_id(place),
        "label": plain(&escaped_within(&label(field), LONGEST_LABEL)),
        "optional": !field.is_required,
        "element": element(field),
    });
    match &field.hint {
        Some(hint) => with(block, "hint", plain(&escaped_within(hint, LONGEST_LABEL))),
        None => block,
    }
}

fn label(field: &Field) -> String {
    match field.kind {
        Kind::Json => format!("{} (JSON)", field.name),
        Kind::Lines => format!("{} (one on each line)", field.name),
        Kind::Choice(_) | Kind::Flag | Kind::LongText | Kind::Number | Kind::Text => {
            field.name.clone()
        }
    }
}

fn element(field: &Field) -> Value {
    match &field.kind {
        Kind::Choice(choices) => {
            let options: Vec<(&str, &str)> = choices
                .iter()
                .map(|choice| (choice.as_str(), choice.as_str()))
                .collect();
            select(&options, field.value.as_deref())
        }
        Kind::Flag => select(&[("true", "yes"), ("false", "no")], field.value.as_deref()),
        Kind::Number => {
            let element = json!({
                "type": "number_input", "action_id": INPUT, "is_decimal_allowed": true,
            });
            with_value(element, field.value.as_deref())
        }
        Kind::Json | Kind::Lines | Kind::LongText | Kind::Text => {
            let multiline = field.kind != Kind::Text;
            let element = json!({
                "type": "plain_text_input", "action_id": INPUT, "multiline": multiline,
            });
            with_value(element, field.value.as_deref())
        }
    }
}

fn with_value(element: Value, value: Option<&str>) -> Value {
    match value {
        Some(value) => with(element, "initial_value", json!(value)),
        None => element,
    }
}

/// Pairs of value and label.
fn select(options: &[(&str, &str)], chosen: Option<&str>) -> Value {
    let option = |(value, label): &(&str, &str)| json!({"text": plain(label), "value": value});
    let element = json!({
        "type": "static_select",
        "action_id": INPUT,
        "options": options.iter().map(option).collect::<Vec<_>>(),
    });
    let chosen = options.iter().find(|(value, _)| Some(*value) == chosen);
    match chosen {
        Some(chosen) => with(element, "initial_option", option(chosen)),
        None => element,
    }
}

fn block_id(place: usize) -> String {
    format!("argument-{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_comes_out_of_the_state_of_the_view() {
        let values = json!({
            "argument-0": {"input": {"type": "plain_text_input", "value": "ben@example.com"}},
            "argument-1": {"input": {"type": "plain_text_input", "value": null}},
            "argument-2": {"input": {"type": "static_select", "selected_option": {"value": "true"}}},
            "argument-3": {"input": {"type": "static_select", "selected_option": null}},
            "argument-4": 7,
            "other": {},
        });
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            written(&values, 6),
            [
                text("ben@example.com"),
                None,
                text("true"),
                None,
                None,
                None
            ]
        );
        assert_eq!(written(&Value::Null, 1), [None]);
    }
}
