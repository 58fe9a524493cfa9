//! Socket Mode: Slack brings over a WebSocket what it would post to our doors. The connection
//! is opened by us, to an address that Slack gives to our app token alone, so that what comes
//! over it needs no signature.

mod frame;
mod link;
mod open;
mod ticket;

pub(crate) use frame::{Envelope, EnvelopeId, Frame, Leaving};
pub(crate) use link::{Ended, Heard, Link, Silence};
pub(crate) use open::{NotOpened, SocketMode, ticket};
