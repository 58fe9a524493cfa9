//! Where a word to a person goes.

use super::work::Work;
use super::{Context, Outcome, Unsaid, post};
use crate::event::{Actor, Pressed, Said, Surface};
use crate::ids::{MessageTs, Thread, UserId};
use crate::slack::{Message, Slot, Target};

/// Where the person is listening.
#[derive(Debug, Clone)]
pub(crate) enum ReplyTo {
    /// So that nobody else reads it: where the command was typed, or else in a direct
    /// message.
    Privately {
        user: UserId,
        response_url: Option<String>,
        /// The thread in which a button was pressed.
        thread: Option<MessageTs>,
    },
    /// In a direct message, where a link can be given too.
    PrivateThread(Thread),
    Thread(Thread),
}

impl ReplyTo {
    /// Back to where these words were said.
    pub(super) fn to(said: &Said) -> Self {
        let thread = said.thread.clone();
        match said.surface {
            Surface::Channel | Surface::SharedChannel => Self::Thread(thread),
            Surface::Direct => Self::PrivateThread(thread),
        }
    }

    /// In a direct message to whoever acted.
    pub(super) fn alone(actor: &Actor) -> Self {
        Self::Privately {
            user: actor.user.clone(),
            response_url: None,
            thread: None,
        }
    }

    /// Where a button was pressed, to whoever pressed it.
    pub(super) fn beside(pressed: &Pressed) -> Self {
        Self::Privately {
            user: pressed.actor.user.clone(),
            response_url: pressed.response_url.clone(),
            thread: pressed.thread.clone(),
        }
    }

    /// Whether the person hears of it in the direct messages alone.
    pub(super) fn is_direct(&self) -> bool {
        match self {
            Self::PrivateThread(_) => true,
            Self::Privately { response_url, .. } => response_url.is_none(),
            Self::Thread(_) => false,
        }
    }

    /// Says this. What cannot be said where the command was typed is said in a direct
    /// message: an address for responses lives half an hour.
    ///
    /// A message that may stand there already is looked for first. A response cannot be
    /// looked for: only its reader sees it.
    pub(super) async fn say(
        &self,
        context: &Context,
        work: &Work,
        message: &Message,
    ) -> Result<Outcome, Unsaid> {
        self.say_in(context, work, message, Slot::Reply).await
    }

    /// The same as another word of the event than its reply.
    pub(super) async fn say_in(
        &self,
        context: &Context,
        work: &Work,
        message: &Message,
        slot: Slot,
    ) -> Result<Outcome, Unsaid> {
        let target = match self {
            Self::Privately {
                user,
                response_url,
                thread,
            } => {
                if let Some(url) = response_url
                    && context
                        .slack
                        .respond(url, thread.as_ref(), message)
                        .await
                        .is_ok()
                {
                    return Ok(Outcome::Settled);
                }
                Target::Direct(user)
            }
            Self::PrivateThread(thread) | Self::Thread(thread) => Target::Thread(thread),
        };
        post::once(context, work, target, message, slot).await?;
        Ok(Outcome::Settled)
    }
}
