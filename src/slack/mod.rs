//! The Slack edge: signed bytes in, values out; values in, messages out. Slack's own
//! words (user, team, channel) stay on this side of it.

mod inbound;
mod json;
mod verify;

pub(crate) use inbound::{
    ClaimKeys, EventRequest, Ignored, NotUnderstood, read_command, read_event, read_interaction,
};
pub(crate) use verify::{NotSigned, Signed, SigningSecret};
