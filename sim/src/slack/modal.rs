//! Modals: what Slack accepts as one, and what people do with it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Slack;
use super::deliver::INTERACTIONS;
use super::envelope::payload_form;
use super::person::{Clicked, Person};

/// Slack's complaints about a modal, those about its blocks in general aside.
pub(crate) fn complaints(view: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, needed) in [
        ("title", true),
        ("submit", has_inputs(view)),
        ("close", false),
    ] {
        match label(&view[name]) {
            Some(1..=24) => {}
            Some(_) => wrong.push(format!("[ERROR] {name} must be less than 25 characters")),
            None if needed || !view[name].is_null() => {
                wrong.push(format!("[ERROR] missing required field: {name}"));
            }
            None => {}
        }
    }
    let mut ids = BTreeSet::new();
    for block in inputs(view) {
        input(block, &mut wrong);
        if let Some(id) = block["block_id"].as_str()
            && (!ids.insert(id) || id.chars().count() > 255)
        {
            wrong.push(format!("[ERROR] `block_id` {id} cannot be used"));
        }
    }
    wrong
}

fn inputs(view: &Value) -> impl Iterator<Item = &Value> {
    let blocks = view["blocks"].as_array().into_iter().flatten();
    blocks.filter(|block| block["type"] == "input")
}

fn has_inputs(view: &Value) -> bool {
    inputs(view).next().is_some()
}

/// How long a plain text is; `None` if it is none.
fn label(text: &Value) -> Option<usize> {
    (text["type"] == "plain_text").then_some(())?;
    Some(text["text"].as_str()?.chars().count())
}

fn input(block: &Value, wrong: &mut Vec<String>) {
    known(
        block,
        &[
            "type",
            "block_id",
            "label",
            "hint",
            "optional",
            "element",
            "dispatch_action",
        ],
        wrong,
    );
    if !label(&block["label"]).is_some_and(|length| (1..=2000).contains(&length)) {
        wrong.push("[ERROR] an input has no good label".to_owned());
    }
    if !block["hint"].is_null() && label(&block["hint"]).is_none_or(|length| length > 2000) {
        wrong.push("[ERROR] an input has no good hint".to_owned());
    }
    let element = &block["element"];
    match element["type"].as_str() {
        Some("plain_text_input") => {
            known(
                element,
                &[
                    "type",
                    "action_id",
                    "initial_value",
                    "multiline",
                    "min_length",
                    "max_length",
                    "placeholder",
                    "focus_on_load",
                    "dispatch_action_config",
                ],
                wrong,
            );
            let length = element["initial_value"]
                .as_str()
                .map_or(0, |text| text.chars().count());
            if length > 3000 {
                wrong.push("[ERROR] initial_value must be less than 3001 characters".to_owned());
            }
        }
        Some("number_input") => {
            known(
                element,
                &[
                    "type",
                    "action_id",
                    "initial_value",
                    "is_decimal_allowed",
                    "min_value",
                    "max_value",
                    "placeholder",
                    "focus_on_load",
                    "dispatch_action_config",
                ],
                wrong,
            );
            let initial = element["initial_value"].as_str();
            if !element["is_decimal_allowed"].is_boolean()
                || initial.is_some_and(|text| text.parse::<f64>().is_err())
            {
                wrong.push("[ERROR] a number_input that is none".to_owned());
            }
        }
        Some("static_select") => select(element, wrong),
        other => wrong.push(format!("[ERROR] unsupported type: {other:?}")),
    }
}

fn select(element: &Value, wrong: &mut Vec<String>) {
    known(
        element,
        &[
            "type",
            "action_id",
            "options",
            "initial_option",
            "placeholder",
            "focus_on_load",
        ],
        wrong,
    );
    let options = element["options"].as_array().cloned().unwrap_or_default();
    let good = |option: &Value| {
        label(&option["text"]).is_some_and(|length| (1..=75).contains(&length))
            && option["value"]
                .as_str()
                .is_some_and(|value| (1..=150).contains(&value.len()))
    };
    if !(1..=100).contains(&options.len()) || !options.iter().all(good) {
        wrong.push("[ERROR] options that cannot be chosen".to_owned());
    }
    let initial = &element["initial_option"];
    if !initial.is_null() && !options.contains(initial) {
        wrong.push("[ERROR] initial_option must be one of the options".to_owned());
    }
}

fn known(of: &Value, names: &[&str], wrong: &mut Vec<String>) {
    for (name, _) in of.as_object().into_iter().flatten() {
        if !names.contains(&name.as_str()) {
            wrong.push(format!("[ERROR] invalid additional property: {name}"));
        }
    }
}

impl Slack {
    /// The next modal that was opened and nobody has looked at.
    pub async fn next_modal(&self) -> Value {
        self.world
            .wait("a modal", |world| {
                let mut state = world.state();
                let modal = state.modals.get(state.modals_read)?.view.clone();
                state.modals_read += 1;
                Some(modal)
            })
            .await
    }
}

impl Person {
    /// The modal in front of this person: the last one that was opened and is open.
    pub fn modal(&self) -> Option<Value> {
        let state = self.world.state();
        let mut theirs = state.modals.iter().rev();
        theirs
            .find(|one| one.open && one.user == self.id)
            .map(|one| one.view.clone())
    }

    /// Closes a modal without sending it.
    pub fn closes(&self, modal: &Value) {
        {
            let mut state = self.world.state();
            let mut all = state.modals.iter_mut();
            if let Some(closed) = all.find(|one| one.view["id"] == modal["id"]) {
                closed.open = false;
            }
        }
        self.world.changed();
    }

    /// Sends a modal with these values in the fields with these labels; the others stay as
    /// they are.
    pub async fn submits(&self, modal: &Value, written: &[(&str, &str)]) -> Clicked {
        self.sends(modal, values(modal, written)).await
    }

    /// Sends a modal with this state of its fields. It closes, unless the app has something
    /// to say to it.
    pub async fn sends(&self, modal: &Value, values: Map<String, Value>) -> Clicked {
        let mut payload = self.world.interaction("view_submission", &self.profile());
        payload["view"] = modal.clone();
        payload["view"]["state"] = json!({ "values": values });
        payload["response_urls"] = json!([]);
        let body = payload_form(&payload);
        let answered = self.world.deliver_form(INTERACTIONS, body).await;
        if answered.status == Some(200) && answered.body.is_empty() {
            self.closes(modal);
        }
        Clicked {
            status: answered.status,
            body: answered.body,
            url: None,
            payload,
        }
    }
}

/// The state of the fields, as Slack tells it.
fn values(modal: &Value, written: &[(&str, &str)]) -> Map<String, Value> {
    let labels: Vec<&str> = inputs(modal)
        .filter_map(|block| block["label"]["text"].as_str())
        .collect();
    for (name, _) in written {
        assert!(labels.contains(name), "no field {name} among {labels:?}");
    }
    let mut values = Map::new();
    for block in inputs(modal) {
        let element = &block["element"];
        let label = block["label"]["text"].as_str().unwrap_or_default();
        let text = written.iter().find(|(name, _)| *name == label);
        let text = text.map(|(_, text)| *text);
        let value = if element["type"] == "static_select" {
            let mut options = element["options"].as_array().into_iter().flatten();
            let chosen = match text {
                None => element["initial_option"].clone(),
                Some(wanted) => options
                    .find(|option| option["text"]["text"] == wanted)
                    .cloned()
                    .unwrap_or_default(),
            };
            json!({ "type": "static_select", "selected_option": chosen })
        } else {
            let now = text
                .or(element["initial_value"].as_str())
                .filter(|text| !text.is_empty());
            json!({ "type": element["type"], "value": now })
        };
        let is_empty = value["value"].is_null() && value["selected_option"].is_null();
        assert!(
            block["optional"] == true || !is_empty,
            "Slack does not send a form whose {label} is empty"
        );
        let (block_id, action_id) = (&block["block_id"], &element["action_id"]);
        let name = |id: &Value| id.as_str().unwrap_or_default().to_owned();
        let mut field = Map::new();
        field.insert(name(action_id), value);
        values.insert(name(block_id), Value::Object(field));
    }
    values
}

/// What a person sees of a modal: `label: what stands in the field`.
pub fn modal_text(modal: &Value) -> String {
    let mut lines = vec![
        modal["title"]["text"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    ];
    for block in inputs(modal) {
        let element = &block["element"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let now = match element["initial_value"].as_str() {
            Some(value) => value.to_owned(),
            None => text(&element["initial_option"]["text"]["text"]),
        };
        let star = if block["optional"] == true { "" } else { "*" };
        lines.push(format!("{}{star}: {now}", text(&block["label"]["text"])));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modal_is_taken_or_not() {
        let plain = |text: &str| json!({ "type": "plain_text", "text": text });
        let modal = |element: Value| {
            json!({
                "type": "modal", "title": plain("Title"), "submit": plain("Send"),
                "blocks": [{ "type": "input", "block_id": "b", "label": plain("l"), "element": element }],
            })
        };
        let text = json!({ "type": "plain_text_input", "action_id": "a" });
        let with = |name: &str, value: Value| {
            let mut element = text.clone();
            element[name] = value;
            modal(element)
        };
        let option = json!({ "text": plain("yes"), "value": "true" });
        let mut untitled = modal(text.clone());
        untitled["title"] = plain(&"t".repeat(25));
        let mut unsent = modal(text.clone());
        unsent["submit"] = Value::Null;
        for (view, good) in [
            (modal(text.clone()), true),
            (with("initial_value", json!("x".repeat(3000))), true),
            (with("initial_value", json!("x".repeat(3001))), false),
            (with("value", json!("x")), false),
            (untitled, false),
            (unsent, false),
            (
                modal(
                    json!({ "type": "static_select", "options": [option], "initial_option": option }),
                ),
                true,
            ),
            (
                modal(json!({ "type": "static_select", "options": [] })),
                false,
            ),
            (
                modal(
                    json!({ "type": "number_input", "is_decimal_allowed": true, "initial_value": "x" }),
                ),
                false,
            ),
            (modal(json!({ "type": "radio" })), false),
        ] {
            let found = complaints(&view);
            assert_eq!(found.is_empty(), good, "{view:#} {found:?}");
        }
    }
}
