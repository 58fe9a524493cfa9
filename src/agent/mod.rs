//! The rules of a run: what a reply asks for, which tools exist, what the model is told.
//! Pure: no await, no clock, no input or output.

mod reply;
mod tool;

pub(crate) use reply::{ProposedCall, Reply, Usage};
pub(crate) use tool::{Effect, Tool};
mod transcript;
pub(crate) use transcript::Line;
