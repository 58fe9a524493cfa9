//! Every word that people read in Slack, in one place.
//!
//! Words that are not ours (names, addresses, what a model wrote) are escaped on the way
//! in, so that they can neither mention, nor ping, nor mask a link.

mod accounts;
mod answer;
mod blocks;
mod connecting;
#[cfg(any(fuzzing, test))]
pub(super) mod doors;
mod failures;
mod home;
mod length;
mod links;
mod replies;
mod split;
mod writes;

use serde_json::Value;

pub(crate) use accounts::{Reader, accounts};
pub(crate) use answer::answer;
pub(crate) use connecting::{
    CONNECT, CONNECT_LINK, ConnectReason, DISCONNECT, KEEP, RECONNECT, Verb, already_connected,
    connect_by_button, connect_failed, connected, disconnect_or_keep, disconnected, kept,
    look_at_your_messages, not_set_up, unknown_connection, was_not_connected, which_connection,
};
pub(crate) use failures::{failed, turned_away};
pub(crate) use home::home;
pub(crate) use replies::{
    help, in_line, nothing_asked, nothing_to_stop, restored, stopped, working, writes_refused,
};
pub(crate) use writes::{writes_of, writes_unknown};

/// What Slack shows where it shows no blocks: notifications, old clients, screen readers.
const LONGEST_TEXT: usize = 3_000;

/// A message, ready to be posted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    /// All of it in words, for where blocks are not shown; escaped.
    pub(crate) text: String,
    pub(crate) blocks: Vec<Value>,
}

impl Message {
    /// Words of ours in mrkdwn; whatever is not ours in them is escaped already.
    fn of_words(mrkdwn: &str) -> Self {
        Self {
            text: length::escaped_within(mrkdwn, LONGEST_TEXT),
            blocks: vec![blocks::section(mrkdwn)],
        }
    }

    fn with_buttons(mut self, buttons: &[blocks::Button<'_>]) -> Self {
        self.blocks.push(blocks::actions(buttons));
        self
    }

    /// This message and below it that one, as one.
    pub(crate) fn followed_by(mut self, other: Self) -> Self {
        let text = format!("{}\n{}", self.text, other.text);
        self.text = length::escaped_within(&text, LONGEST_TEXT);
        self.blocks.extend(other.blocks);
        self
    }
}
