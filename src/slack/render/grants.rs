//! What people read of what they let be done without being asked.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::Message;
use super::blocks::{plain, section, with};
use super::length::escaped_within;
use crate::agent;
use crate::ids::ConnectionName;
use crate::ledger::in_words;
use crate::slack::mrkdwn::escape;

/// The button that takes a standing grant back; it names connection and tool.
pub(crate) const REVOKE: &str = "revoke";

/// Grants that are listed; a message has room for 50 blocks.
const MOST_LISTED: usize = 45;

/// One tool that a person lets run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Granted<'a> {
    pub(crate) connection: &'a ConnectionName,
    pub(crate) tool: &'a str,
    pub(crate) since: Timestamp,
}

pub(crate) fn grants(granted: &[Granted<'_>], zone: &TimeZone) -> Message {
    if granted.is_empty() {
        return Message::of_words("I ask you about everything that may change something.");
    }
    let mut message = Message::of_words("Without asking you each time, I may:");
    for one in granted.iter().take(MOST_LISTED) {
        let line = line(one, zone);
        let button = json!({
            "type": "button",
            "action_id": REVOKE,
            "text": plain("Ask me again"),
            "value": format!("{}\n{}", one.connection, one.tool),
        });
        message
            .blocks
            .push(with(section(&line), "accessory", button));
        message.text = escaped_within(&format!("{}\n{line}", message.text), super::LONGEST_TEXT);
    }
    message
}

pub(crate) fn revoked(tool: &str) -> Message {
    Message::of_words(&format!(
        "From now on I ask you again before I use `{}`.",
        escape(&tool.replace('`', ""))
    ))
}

fn line(one: &Granted<'_>, zone: &TimeZone) -> String {
    let deed = agent::deed(one.tool, one.connection);
    format!(
        "• {} in your *{}* account (`{}`), since {}",
        escape(&deed),
        escape(one.connection.as_str()),
        escape(&one.tool.replace('`', "")),
        escape(&in_words(one.since, zone)),
    )
}
