//! Every word that people read in Slack, in one place.
//!
//! Words that are not ours (names, addresses, what a model wrote) are escaped on the way
//! in, so that they can neither mention, nor ping, nor mask a link.

mod accounts;
mod acts;
mod answer;
mod approvals;
mod blocks;
mod connecting;
#[cfg(any(fuzzing, test))]
pub(super) mod doors;
mod failures;
mod feedback;
mod forms;
mod grants;
mod home;
mod lapsed;
mod length;
mod links;
mod replies;
mod sharing;
mod split;
mod steps;
mod stream;
mod usage;
mod writes;

use serde_json::Value;

pub(crate) use accounts::{Reader, accounts};
pub(crate) use acts::{ACTS_SHOWN, acts};
pub(crate) use answer::answer;
pub(crate) use approvals::{
    ALWAYS_ALLOW, APPROVE, APPROVE_ALL, DENY, DENY_ALL, EDIT, already_decided, card, cards,
    decided_too_late, fits, not_to_be_granted, not_yours_to_decide, nothing_to_decide,
};
pub(crate) use connecting::{
    CONNECT, CONNECT_LINK, ConnectReason, DISCONNECT, KEEP, RECONNECT, Verb, already_connected,
    connect_by_button, connect_failed, connected, disconnect_or_keep, disconnected, kept,
    look_at_your_messages, not_set_up, unknown_connection, was_not_connected, which_connection,
};
pub(crate) use failures::{failed, turned_away};
pub(crate) use feedback::{FEEDBACK, Opinion, thanks};
pub(crate) use forms::{CHANGE, complaints, form, written};
pub(crate) use grants::{Granted, REVOKE, grants, revoked};
pub(crate) use home::home;
pub(crate) use lapsed::lapsed;
pub(crate) use replies::{
    forgotten, help, in_line, not_yours_to_stop, nothing_asked, nothing_to_forget, nothing_to_stop,
    restored, stopped, working, writes_not_shown,
};
pub(crate) use sharing::{
    SHARE, already_shared, asked_alone, may_be_shared, no_longer_kept, not_shared, not_told_alone,
    not_yours_to_share, shared, shared_part, told_alone,
};
pub(crate) use steps::{Looking, Told, looking};
pub(crate) use stream::{Growing, Piece, Rest};
pub(crate) use usage::usage;
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
