//! What goes between the page and the simulated Slack.

use std::fmt;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Comes to an end when the act is done; an `Err` is shown to the person.
pub type Done = BoxFuture<'static, Result<(), String>>;

/// A way in, for something that is done.
pub type Door<T> = Box<dyn Fn(T) -> Done + Send + Sync>;

/// What this person sees now.
pub type Sight = Box<dyn Fn(&str) -> Vec<Shown> + Send + Sync>;

/// The ways in and out. A person is named by their key.
pub struct Doors {
    /// Somebody says something.
    pub post: Door<Posting>,
    /// Somebody types a slash command.
    pub command: Door<Command>,
    /// Somebody presses a button.
    pub press: Door<Pressed>,
    /// Everything this person sees now, oldest first.
    pub messages: Sight,
}

impl fmt::Debug for Doors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Doors")
    }
}

/// A conversation one can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// One's direct messages with Valet.
    Dm,
    /// The channel `#general`.
    General,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub person: String,
    pub place: Place,
    pub thread_ts: Option<String>,
    /// It began with `@valet`, which is not in the text any more.
    pub mentions_valet: bool,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub person: String,
    pub place: Place,
    /// With its slash: `/connect`.
    pub command: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pressed {
    pub person: String,
    /// The message's.
    pub ts: String,
    pub block_id: String,
    pub action_id: String,
    pub value: String,
    /// The browser opens it by itself; Slack reports the press all the same.
    pub url: Option<String>,
}

/// A message as one person sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    pub place: Place,
    pub ts: String,
    /// The thread it is in; its own `ts` or `None` for one that stands by itself.
    pub thread_ts: Option<String>,
    /// The author's name.
    pub author: String,
    pub from_valet: bool,
    /// Shown when there are no blocks; Slack's mrkdwn.
    pub text: String,
    /// Block Kit, buttons among them.
    pub blocks: Vec<Value>,
    /// Only this person sees it.
    pub ephemeral: bool,
}
