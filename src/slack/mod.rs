//! The Slack edge: signed bytes in, values out; values in, messages out. Slack's own
//! words (user, team, channel) stay on this side of it.

mod asking;
mod client;
#[cfg(any(fuzzing, test))]
pub(crate) mod doors;
mod history;
mod identity;
mod inbound;
mod intent;
mod introduction;
mod json;
mod limits;
mod mark;
mod mrkdwn;
mod people;
pub(crate) mod render;
#[cfg(test)]
mod scripted;
mod search;
mod sessions;
pub(crate) mod socket;
mod stream;
mod transport;
mod verify;
mod wire;

pub(crate) use client::{Slack, Target};
pub(crate) use history::{By, History};
pub(crate) use identity::{Refusal, SignIn, SignInSettings};
pub(crate) use inbound::{
    ClaimKeys, EventRequest, SentForm, Trigger, read_command, read_event, read_interaction,
};
pub(crate) use intent::{Intent, meant};
pub(crate) use introduction::introduction;
pub(crate) use limits::Pace;
pub(crate) use mark::{Mark, Of, Slot};
pub(crate) use mrkdwn::{mentioned, with_names};
pub(crate) use people::{Installation, Profile};
pub(crate) use render::Message;
pub(crate) use search::Standing;
pub(crate) use sessions::{Beginning, SessionStatus};
pub(crate) use stream::{Addition, Card, Reader};
pub(crate) use transport::Deadlines;
pub(crate) use verify::{Genuine, SigningSecret};
pub(crate) use wire::Error;
