//! The vault's edge: Scalekit over REST. It keeps people's tokens; none of them is ever
//! asked for here (`…/auth` would hand them out, so status comes from `…/details`).
//!
//! Nothing that may have happened is done again by itself: a call that acts is resent
//! only when not a byte of it was sent, or when the vault refused its token unread.

mod client;
mod connections;
#[cfg(any(fuzzing, test))]
pub(crate) mod doors;
mod error;
mod line;
mod output;
mod token;
mod tools;
mod webhook;
mod wire;

#[cfg(test)]
mod tests;

pub(crate) use client::{Deadlines, Disconnected, Vault, VerifyError};
pub(crate) use connections::Configured;
pub(crate) use error::Error;
pub(crate) use output::Output;
pub(crate) use tools::Execute;
pub(crate) use webhook::{Report, WebhookSecret};
