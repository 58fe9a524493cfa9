//! What Slack accepts as blocks.

use std::collections::BTreeSet;

use serde_json::Value;

/// Blocks a message may have.
pub(crate) const MESSAGE_BLOCKS: usize = 50;
/// Blocks a modal or a home may have.
pub(crate) const VIEW_BLOCKS: usize = 100;
/// Characters of all markdown blocks of one payload together.
pub(crate) const MARKDOWN: usize = 12_000;

/// Slack's complaints about these blocks; none, if it takes them.
pub(crate) fn complaints(blocks: &[Value], most: usize) -> Vec<String> {
    let mut check = Check::default();
    if blocks.len() > most {
        check.refuse("", &format!("no more than {most} items allowed"));
    }
    for (at, block) in blocks.iter().enumerate() {
        check.block(block, &format!("/blocks/{at}"));
    }
    if check.markdown > MARKDOWN {
        check.refuse(
            "",
            "markdown blocks must be less than 12001 characters together",
        );
    }
    check.complaints
}

#[derive(Default)]
struct Check {
    complaints: Vec<String>,
    ids: BTreeSet<String>,
    markdown: usize,
}

impl Check {
    fn refuse(&mut self, at: &str, why: &str) {
        self.complaints
            .push(format!("[ERROR] {why} [json-pointer:{at}]"));
    }

    fn block(&mut self, block: &Value, at: &str) {
        let kind = block["type"].as_str().unwrap_or_default();
        self.length(block, "block_id", 255, at);
        if let Some(id) = block["block_id"].as_str()
            && kind != "markdown"
            && !self.ids.insert(id.to_owned())
        {
            self.refuse(at, "`block_id` already exists");
        }
        match kind {
            "section" => self.section(block, at),
            "header" => {
                self.fields(block, &["text", "level"], at);
                self.text(&block["text"], &["plain_text"], 150, &format!("{at}/text"));
            }
            "markdown" => {
                self.fields(block, &["text"], at);
                match block["text"].as_str() {
                    Some("") | None => self.refuse(at, "missing required field: text"),
                    Some(text) => self.markdown += text.chars().count(),
                }
            }
            "context" => self.context(block, at),
            "actions" => self.actions(block, at),
            "context_actions" => {
                self.fields(block, &["elements"], at);
                self.count(block, "elements", 1..=5, at);
                for (nth, element) in list(block, "elements").enumerate() {
                    self.thumbs(element, &format!("{at}/elements/{nth}"));
                }
            }
            "divider" => self.fields(block, &[], at),
            "image" => {
                self.fields(block, &["image_url", "slack_file", "alt_text", "title"], at);
                self.length(block, "image_url", 3000, at);
                self.length(block, "alt_text", 2000, at);
                if block["alt_text"].as_str().is_none_or(str::is_empty) {
                    self.refuse(at, "missing required field: alt_text");
                }
            }
            "rich_text" => self.rich_text(block, at),
            "table" | "data_table" | "plan" | "task_card" | "card" | "carousel" | "alert"
            | "container" | "input" | "file" | "video" => {}
            other => self.refuse(at, &format!("unsupported type: {other}")),
        }
    }

    fn thumbs(&mut self, element: &Value, at: &str) {
        self.length(element, "action_id", 255, at);
        match element["type"].as_str().unwrap_or_default() {
            "feedback_buttons" => {
                for name in ["positive_button", "negative_button"] {
                    let (button, at) = (&element[name], format!("{at}/{name}"));
                    self.text(&button["text"], &["plain_text"], 75, &at);
                    self.length(button, "value", 2000, &at);
                    if button["value"].as_str().is_none_or(str::is_empty) {
                        self.refuse(&at, "missing required field: value");
                    }
                }
            }
            "icon_button" => {}
            other => self.refuse(at, &format!("unsupported type: {other}")),
        }
    }

    fn section(&mut self, block: &Value, at: &str) {
        self.fields(block, &["text", "fields", "accessory", "expand"], at);
        if block["text"].is_null() && block["fields"].is_null() {
            self.refuse(at, "missing required field: text or fields");
        }
        if !block["text"].is_null() {
            let at = format!("{at}/text");
            self.text(&block["text"], &["plain_text", "mrkdwn"], 3000, &at);
        }
        if !block["fields"].is_null() {
            self.count(block, "fields", 1..=10, at);
        }
        for (nth, field) in list(block, "fields").enumerate() {
            let at = format!("{at}/fields/{nth}");
            self.text(field, &["plain_text", "mrkdwn"], 2000, &at);
        }
        if !block["accessory"].is_null() {
            self.element(&block["accessory"], &format!("{at}/accessory"));
        }
    }

    /// Sections and preformatted texts; lists and quotes nobody here uses.
    fn rich_text(&mut self, block: &Value, at: &str) {
        self.fields(block, &["elements"], at);
        for (nth, part) in list(block, "elements").enumerate() {
            let at = format!("{at}/elements/{nth}");
            self.fields(part, &["elements", "border"], &at);
            if !["rich_text_section", "rich_text_preformatted"]
                .contains(&part["type"].as_str().unwrap_or_default())
            {
                self.refuse(&at, "unsupported type");
            }
            for (nth, element) in list(part, "elements").enumerate() {
                let at = format!("{at}/elements/{nth}");
                match element["type"].as_str().unwrap_or_default() {
                    "text" => self.fields(element, &["text", "style"], &at),
                    "link" => {
                        self.fields(element, &["url", "text", "style", "unsafe"], &at);
                        self.length(element, "url", 3000, &at);
                    }
                    "emoji" | "user" | "channel" => {}
                    other => self.refuse(&at, &format!("unsupported type: {other}")),
                }
                if element["text"].as_str() == Some("") {
                    self.refuse(&at, "must be more than 0 characters");
                }
                self.length(element, "text", 3000, &at);
            }
        }
    }

    fn context(&mut self, block: &Value, at: &str) {
        self.fields(block, &["elements"], at);
        self.count(block, "elements", 1..=10, at);
        for (nth, element) in list(block, "elements").enumerate() {
            let at = format!("{at}/elements/{nth}");
            if element["type"] == "image" {
                self.length(element, "image_url", 3000, &at);
            } else {
                self.text(element, &["plain_text", "mrkdwn"], 3000, &at);
            }
        }
    }

    fn actions(&mut self, block: &Value, at: &str) {
        self.fields(block, &["elements"], at);
        self.count(block, "elements", 1..=25, at);
        let mut ids = BTreeSet::new();
        for (nth, element) in list(block, "elements").enumerate() {
            let at = format!("{at}/elements/{nth}");
            self.element(element, &at);
            if let Some(id) = element["action_id"].as_str()
                && !ids.insert(id)
            {
                self.refuse(&at, "`action_id` already exists");
            }
        }
    }

    fn element(&mut self, element: &Value, at: &str) {
        self.length(element, "action_id", 255, at);
        self.confirm(element, at);
        match element["type"].as_str().unwrap_or_default() {
            "button" => {
                self.fields(
                    element,
                    &[
                        "text",
                        "action_id",
                        "url",
                        "value",
                        "style",
                        "confirm",
                        "accessibility_label",
                    ],
                    at,
                );
                self.text(&element["text"], &["plain_text"], 75, &format!("{at}/text"));
                self.length(element, "url", 3000, at);
                self.length(element, "value", 2000, at);
                if let Some(style) = element["style"].as_str()
                    && !["primary", "danger"].contains(&style)
                {
                    self.refuse(at, "must be one of: primary, danger");
                }
            }
            "static_select"
            | "external_select"
            | "users_select"
            | "conversations_select"
            | "channels_select"
            | "overflow"
            | "checkboxes"
            | "radio_buttons"
            | "datepicker"
            | "timepicker"
            | "image"
            | "workflow_button" => {}
            other => self.refuse(at, &format!("unsupported type: {other}")),
        }
    }

    fn confirm(&mut self, element: &Value, at: &str) {
        let confirm = &element["confirm"];
        if confirm.is_null() {
            return;
        }
        let at = format!("{at}/confirm");
        let both = ["plain_text", "mrkdwn"];
        self.text(&confirm["title"], &["plain_text"], 100, &at);
        self.text(&confirm["text"], &both, 300, &at);
        self.text(&confirm["confirm"], &["plain_text"], 30, &at);
        self.text(&confirm["deny"], &["plain_text"], 30, &at);
    }

    fn text(&mut self, text: &Value, kinds: &[&str], most: usize, at: &str) {
        let kind = text["type"].as_str().unwrap_or_default();
        if !kinds.contains(&kind) {
            self.refuse(at, &format!("unsupported type: {kind}"));
            return;
        }
        let own = if kind == "mrkdwn" {
            "verbatim"
        } else {
            "emoji"
        };
        self.fields(text, &["text", own], at);
        match text["text"].as_str() {
            None => self.refuse(at, "missing required field: text"),
            Some("") => self.refuse(at, "must be more than 0 characters"),
            Some(_) => self.length(text, "text", most, at),
        }
    }

    fn length(&mut self, of: &Value, field: &str, most: usize, at: &str) {
        if let Some(text) = of[field].as_str()
            && text.chars().count() > most
        {
            let why = format!("must be less than {} characters", most + 1);
            self.refuse(&format!("{at}/{field}"), &why);
        }
    }

    fn count(
        &mut self,
        of: &Value,
        field: &str,
        allowed: std::ops::RangeInclusive<usize>,
        at: &str,
    ) {
        match of[field].as_array() {
            None => self.refuse(at, &format!("missing required field: {field}")),
            Some(all) if !allowed.contains(&all.len()) => {
                let why = format!("between {} and {} items", allowed.start(), allowed.end());
                self.refuse(&format!("{at}/{field}"), &why);
            }
            Some(_) => {}
        }
    }

    /// Slack refuses a field it does not know.
    fn fields(&mut self, of: &Value, known: &[&str], at: &str) {
        for name in of.as_object().into_iter().flatten().map(|(name, _)| name) {
            let common = name == "type" || (name == "block_id" && at.matches('/').count() == 2);
            if !common && !known.contains(&name.as_str()) {
                self.refuse(at, &format!("invalid additional property: {name}"));
            }
        }
    }
}

fn list<'a>(of: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    of[field].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn button(label: usize, url: usize, value: usize, action: usize) -> Value {
        json!({ "type": "actions", "elements": [{
            "type": "button",
            "text": { "type": "plain_text", "text": "l".repeat(label) },
            "url": "u".repeat(url),
            "value": "v".repeat(value),
            "action_id": "a".repeat(action),
        }]})
    }

    fn section(length: usize) -> Value {
        json!({ "type": "section", "text": { "type": "mrkdwn", "text": "s".repeat(length) } })
    }

    fn markdown(length: usize) -> Value {
        json!({ "type": "markdown", "text": "m".repeat(length) })
    }

    #[test]
    fn blocks_at_a_limit_pass_and_one_beyond_it_do_not() {
        let header = |length| json!({ "type": "header", "text": { "type": "plain_text", "text": "h".repeat(length) } });
        let twice = json!({ "type": "actions", "elements": [
            { "type": "button", "text": { "type": "plain_text", "text": "a" }, "action_id": "x" },
            { "type": "button", "text": { "type": "plain_text", "text": "b" }, "action_id": "x" },
        ]});
        let cases: Vec<(&str, Vec<Value>, bool)> = vec![
            ("50 blocks", vec![json!({ "type": "divider" }); 50], true),
            ("51 blocks", vec![json!({ "type": "divider" }); 51], false),
            ("section 3000", vec![section(3000)], true),
            ("section 3001", vec![section(3001)], false),
            ("empty section", vec![section(0)], false),
            ("markdown", vec![markdown(6000), markdown(6000)], true),
            (
                "too much markdown",
                vec![markdown(6000), markdown(6001)],
                false,
            ),
            ("header 150", vec![header(150)], true),
            ("header 151", vec![header(151)], false),
            ("button", vec![button(75, 3000, 2000, 255)], true),
            ("button label", vec![button(76, 1, 1, 1)], false),
            ("button url", vec![button(1, 3001, 1, 1)], false),
            ("button value", vec![button(1, 1, 2001, 1)], false),
            ("button action", vec![button(1, 1, 1, 256)], false),
            ("one action id twice", vec![twice], false),
            ("unknown block", vec![json!({ "type": "sektion" })], false),
            (
                "unknown field",
                vec![json!({ "type": "markdown", "text": "x", "verbatim": true })],
                false,
            ),
            (
                "plain_text has no verbatim",
                vec![json!({ "type": "header", "text":
                    { "type": "plain_text", "text": "x", "verbatim": true } })],
                false,
            ),
            (
                "mrkdwn has no emoji",
                vec![json!({ "type": "context", "elements": [
                    { "type": "mrkdwn", "text": "x", "emoji": true }] })],
                false,
            ),
        ];
        for (name, blocks, good) in cases {
            let found = complaints(&blocks, MESSAGE_BLOCKS);
            assert_eq!(found.is_empty(), good, "{name}: {found:?}");
        }
    }
}
