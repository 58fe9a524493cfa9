//! A message as it stands in a channel.

use serde_json::{Value, json};

use super::text;
use super::workspace::{APP_ID, BOT_ID, BOT_USER, Names, bot_id};

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// Another app's bot, by its user id.
    OtherBot(String),
    /// Somebody, by their user id.
    Person(String),
    /// The app under test.
    TheBot,
}

impl Author {
    pub(crate) fn user(&self) -> &str {
        match self {
            Self::OtherBot(user) | Self::Person(user) => user,
            Self::TheBot => BOT_USER,
        }
    }
}

/// A message, as it was at one time.
#[derive(Debug, Clone)]
pub struct Message {
    pub channel: String,
    pub ts: String,
    pub thread_ts: Option<String>,
    pub author: Author,
    /// The author's user id.
    pub user: String,
    /// The author's home.
    pub team: String,
    pub text: String,
    pub blocks: Vec<Value>,
    pub metadata: Option<Value>,
    /// Shown as "(edited)".
    pub edited: bool,
    /// Only this person sees it.
    pub ephemeral_for: Option<String>,
    /// A stream that has not been stopped.
    pub streaming: bool,
    pub reactions: Vec<String>,
    /// How often it was changed.
    pub revision: u32,
    pub(crate) names: Names,
}

/// A button somebody can press.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    pub label: String,
    pub action_id: String,
    pub block_id: String,
    pub value: Option<String>,
    pub url: Option<String>,
    pub style: Option<String>,
}

impl Message {
    /// The `ts` of the thread it belongs to, or would start.
    pub fn root(&self) -> &str {
        self.thread_ts.as_deref().unwrap_or(&self.ts)
    }

    /// What a person reads: the blocks if there are any, button labels as `[label]`.
    pub fn visible_text(&self) -> String {
        if self.blocks.is_empty() {
            return text::read(&self.text, &self.names);
        }
        visible(&self.blocks, &self.names)
    }

    /// Whether it grows no more, and shows a task that is still at work: for ever.
    pub(crate) fn spins(&self) -> bool {
        let is_open = |block: &Value| {
            block["type"] == "task_card"
                && (block["status"] == "in_progress" || block["status"] == "pending")
        };
        !self.streaming && self.blocks.iter().any(is_open)
    }

    pub fn buttons(&self) -> Vec<Button> {
        buttons(&self.blocks)
    }

    /// The button with this action id.
    pub fn button(&self, action_id: &str) -> Button {
        self.buttons()
            .into_iter()
            .find(|button| button.action_id == action_id)
            .unwrap_or_else(|| panic!("no button {action_id} in {self:#?}"))
    }

    /// The address behind the only button that has one.
    pub fn link(&self) -> String {
        let mut links = self.buttons().into_iter().filter_map(|button| button.url);
        let link = links.next();
        assert!(links.next().is_none(), "more than one link in {self:#?}");
        link.unwrap_or_else(|| panic!("no link in {self:#?}"))
    }

    /// As events, history and replies show it.
    pub(crate) fn to_wire(&self) -> Value {
        let mut wire = json!({
            "type": "message",
            "user": self.user,
            "ts": self.ts,
            "text": self.text,
            "team": self.team,
        });
        match &self.author {
            Author::Person(_) => {
                wire["client_msg_id"] = json!(format!(
                    "00000000-0000-4000-8000-{}",
                    self.ts.replace('.', "").get(4..16).unwrap_or_default()
                ));
            }
            Author::OtherBot(user) => wire["bot_id"] = json!(bot_id(user)),
            Author::TheBot => {
                wire["bot_id"] = json!(BOT_ID);
                wire["app_id"] = json!(APP_ID);
                wire["bot_profile"] = json!({
                    "id": BOT_ID,
                    "app_id": APP_ID,
                    "user_id": BOT_USER,
                    "name": "valet",
                    "icons": {},
                    "deleted": false,
                    "updated": 1_700_000_000,
                    "team_id": self.team,
                });
            }
        }
        if !self.blocks.is_empty() {
            wire["blocks"] = json!(self.blocks);
        }
        if let Some(thread_ts) = &self.thread_ts {
            wire["thread_ts"] = json!(thread_ts);
        }
        if self.edited {
            wire["edited"] = json!({ "user": self.user, "ts": self.ts });
        }
        wire
    }
}

/// All texts of blocks, as a person reads them, a line for each.
pub(crate) fn visible(blocks: &[Value], names: &Names) -> String {
    let mut lines = Vec::new();
    for block in blocks {
        let line = block_text(block, names);
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines.join("\n")
}

fn block_text(block: &Value, names: &Names) -> String {
    match block["type"].as_str().unwrap_or_default() {
        "markdown" => text::read(block["text"].as_str().unwrap_or_default(), names),
        "divider" => "---".to_owned(),
        // Thumbs, which nobody reads.
        "context_actions" => String::new(),
        _ => {
            let mut parts = Vec::new();
            collect(block, names, &mut parts);
            parts.join(" ")
        }
    }
}

/// Texts in reading order, wherever they stand in a block.
fn collect(value: &Value, names: &Names, parts: &mut Vec<String>) {
    match value {
        Value::Array(all) => {
            for one in all {
                collect(one, names, parts);
            }
        }
        Value::Object(fields) => {
            let kind = fields
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let of = |name: &str| fields.get(name).and_then(Value::as_str);
            match (kind, of("text")) {
                ("mrkdwn", Some(mrkdwn)) => parts.push(text::read(mrkdwn, names)),
                ("link" | "plain_text" | "text", Some(plain)) => parts.push(plain.to_owned()),
                ("button", _) => parts.push(format!("[{}]", label(value))),
                ("user", _) => {
                    parts.push(format!("@{}", names.of(of("user_id").unwrap_or_default())));
                }
                _ => {
                    for (name, inner) in fields {
                        // What is asked only after a button is pressed is not on the page.
                        if name != "confirm" {
                            collect(inner, names, parts);
                        }
                    }
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn label(button: &Value) -> &str {
    button["text"]["text"].as_str().unwrap_or_default()
}

/// The buttons of these blocks, in reading order.
pub(crate) fn buttons(blocks: &[Value]) -> Vec<Button> {
    let mut found = Vec::new();
    for block in blocks {
        let block_id = block["block_id"].as_str().unwrap_or_default();
        find_buttons(block, block_id, &mut found);
    }
    found
}

fn find_buttons(value: &Value, block_id: &str, found: &mut Vec<Button>) {
    match value {
        Value::Array(all) => {
            for one in all {
                find_buttons(one, block_id, found);
            }
        }
        Value::Object(fields) if fields.get("type") == Some(&json!("button")) => {
            let of = |name: &str| value[name].as_str().map(str::to_owned);
            found.push(Button {
                label: label(value).to_owned(),
                action_id: of("action_id").unwrap_or_default(),
                block_id: block_id.to_owned(),
                value: of("value"),
                url: of("url"),
                style: of("style"),
            });
        }
        Value::Object(fields) => {
            for inner in fields.values() {
                find_buttons(inner, block_id, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
