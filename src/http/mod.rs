//! The listeners: Slack and browsers on the public one, health and metrics on another.

mod apart;
mod behind;
mod body;
mod cookie;
#[cfg(any(fuzzing, test))]
pub(crate) mod doors;
mod guard;
mod ops;
mod pages;
mod routes;
mod server;
mod slack;
mod walk;
mod webhook;

use std::time::Duration;

pub(crate) use apart::serve_apart;
pub(crate) use behind::{Behind, Living, in_front_of, shortage};
pub(crate) use guard::is_ours;
pub(crate) use ops::{Besides, Ops, routes as ops_routes};
pub(crate) use routes::public_routes;
pub(crate) use server::Server;

use crate::clock::Clock;
use crate::dispatch::Dispatch;
use crate::handlers::Context;
use crate::scalekit::WebhookSecret;
use crate::slack::SigningSecret;

/// What the public routes share.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) context: Context,
    pub(crate) dispatch: Dispatch,
    /// `None`: Slack brings everything over Socket Mode, and has no doors here.
    pub(crate) signing_secret: Option<SigningSecret>,
    /// `None`: the vault reports nothing.
    pub(crate) webhook_secret: Option<WebhookSecret>,
    pub(crate) clock: Clock,
}

/// Largest body taken from Slack. Its events stay under 100 kB; a message's text can
/// have 40,000 characters.
const LARGEST_BODY: usize = 1 << 20;

/// How long a browser waits for a step that has to ask Slack or the vault.
const LONGEST_WALK: Duration = Duration::from_mins(1);
