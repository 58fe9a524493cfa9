//! All that can happen to Valet and must not be lost. An event is what the inbox keeps:
//! it is on disk before Slack gets its 200.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::{ChannelId, EnterpriseId, MessageTs, TeamId, Thread, UserId};
use crate::workspace::Removal;

/// Something that happened in Slack, proved by Slack's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Event {
    /// A bot or a workflow mentions Valet.
    Automated(Automated),
    /// A slash command.
    Commanded(Commanded),
    /// App Home opened.
    Opened(Opened),
    /// A button pressed.
    Pressed(Pressed),
    /// The app was taken away from a workspace.
    Removed(Removal),
    /// Slack's own Stop.
    SessionStopped(SessionStopped),
    /// A form sent.
    Submitted(Submitted),
    /// Words to Valet: a mention, or a direct message.
    Said(Said),
}

/// Who acts, by the signed request alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Actor {
    pub(crate) user: UserId,
    /// The workspace Slack delivered the request for.
    pub(crate) team: TeamId,
    /// The enterprise of that workspace, where the request names one.
    pub(crate) enterprise: Option<EnterpriseId>,
    /// The workspace the person is at home in, where the request names it.
    pub(crate) home_team: Option<TeamId>,
}

/// Where words were said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Surface {
    /// A channel of this workspace.
    Channel,
    /// A direct message to Valet.
    Direct,
    /// A channel shared with another organisation.
    SharedChannel,
}

/// Words to Valet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) actor: Actor,
    /// Where the answer belongs: the thread it was said in, or the one it heads.
    pub(crate) thread: Thread,
    /// The message itself.
    pub(crate) ts: MessageTs,
    pub(crate) surface: Surface,
    /// As Slack sent it: mrkdwn, with mentions as ids.
    pub(crate) text: String,
}

/// A mention by something that is no person: another bot, or a step of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Automated {
    pub(crate) enterprise: Option<EnterpriseId>,
    pub(crate) thread: Thread,
    /// `B…`, where the message names it.
    pub(crate) bot: Option<String>,
    pub(crate) user: Option<UserId>,
}

impl Automated {
    /// What it is known by.
    pub(crate) fn name(&self) -> Option<&str> {
        let user = self.user.as_ref().map(UserId::as_str);
        self.bot.as_deref().or(user)
    }
}

/// A slash command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Commanded {
    pub(crate) actor: Actor,
    pub(crate) channel: ChannelId,
    /// `/connect`, with the operator's prefix if there is one.
    pub(crate) command: String,
    pub(crate) text: String,
    /// Where a word only this person sees can be sent; a secret.
    pub(crate) response_url: Option<String>,
}

/// App Home opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opened {
    pub(crate) actor: Actor,
    /// What stands there, if anything does.
    pub(crate) shown: Option<ViewHash>,
}

/// By what Slack knows one state of somebody's App Home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ViewHash(String);

/// Longer than any that Slack gives, in bytes.
const LONGEST_VIEW_HASH: usize = 255;

impl ViewHash {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        (1..=LONGEST_VIEW_HASH)
            .contains(&text.len())
            .then(|| Self(text.to_owned()))
    }
}

/// A button pressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pressed {
    pub(crate) actor: Actor,
    /// Which of our buttons.
    pub(crate) action: String,
    /// What we put into it; anybody can have changed it.
    pub(crate) value: String,
    pub(crate) channel: Option<ChannelId>,
    pub(crate) message: Option<MessageTs>,
    /// The thread that the message stands in.
    #[serde(default)]
    pub(crate) thread: Option<MessageTs>,
    pub(crate) response_url: Option<String>,
    /// What stood in App Home, if that is where it was pressed.
    #[serde(default)]
    pub(crate) home: Option<ViewHash>,
}

/// Slack's own Stop pressed, beside the thread that Slack shows as at work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SessionStopped {
    /// Whoever pressed it: anybody who sees the thread can.
    pub(crate) actor: Actor,
    pub(crate) thread: Thread,
}

/// A form sent. What was written into it was read by the schema of its tool before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Submitted {
    pub(crate) actor: Actor,
    /// What we put into the form; anybody can have changed it.
    pub(crate) approval: String,
    pub(crate) arguments: Map<String, Value>,
}
