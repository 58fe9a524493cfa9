//! The rules of a run: what a reply asks for, which tools exist, what the model is told.
//! Pure: no await, no clock, no input or output.

mod budget;
mod effect;
mod reply;
mod step;
mod tool;

pub(crate) use budget::{Budget, MOST_CALLS, MOST_TURNS};
pub(crate) use effect::classify;
pub(crate) use reply::{ProposedCall, Reply, Usage};
pub(crate) use step::{Step, next_step};
pub(crate) use tool::{Effect, Tool};
mod transcript;
pub(crate) use transcript::Line;
