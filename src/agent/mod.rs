//! The rules of a run: what a reply asks for, which tools exist, what the model is told.
//! Pure: no await, no clock, no input or output.

mod budget;
mod catalogue;
mod effect;
mod offer;
mod ranking;
mod reply;
mod schema;
mod step;
mod text;
mod tool;

pub(crate) use budget::{Budget, MOST_CALLS, MOST_TURNS};
pub(crate) use catalogue::{Catalogue, LeftOut};
pub(crate) use effect::classify;
pub(crate) use offer::{Chosen, Offer, ToolCall};
pub(crate) use reply::{ProposedCall, Reply, Usage};
pub(crate) use schema::{ArgumentMistake, Parameters};
pub(crate) use step::{Step, next_step};
pub(crate) use tool::{Effect, Tool};
mod transcript;
pub(crate) use transcript::Line;
