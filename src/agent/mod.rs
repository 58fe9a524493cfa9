//! The rules of a run: what a reply asks for, which tools exist, what the model is told.
//! Pure: no await, no clock, no input or output.

mod budget;
mod catalogue;
mod deed;
mod earlier;
mod effect;
mod form;
mod mention;
mod names;
mod offer;
mod pages;
mod prompt;
mod provenance;
mod ranking;
mod reply;
mod result;
mod schema;
mod step;
mod target;
mod text;
mod tool;
mod trace;
mod transcript;
mod usage;
mod written;

pub(crate) use budget::{Budget, MOST_CALLS, MOST_TURNS};
pub(crate) use catalogue::Catalogue;
pub(crate) use deed::{deed, may_be_always_allowed};
pub(crate) use earlier::{Earlier, Speaker};
pub(crate) use effect::classify;
pub(crate) use form::{Complaint, Field, Kind, fields, read};
pub(crate) use offer::{BUILT_IN, Chosen, Offer, ToolCall, account_is_there, wished_account};
pub(crate) use pages::Pages;
pub(crate) use prompt::{Asker, Prompt};
pub(crate) use provenance::Provenance;
pub(crate) use reply::{ProposedCall, Reply};
pub(crate) use result::{Refusal, Told, error_content, mistake_content, page_content, told};
pub(crate) use step::{Step, next_step};
pub(crate) use target::target;
pub(crate) use tool::{Effect, Tool};
pub(crate) use trace::{Trace, trace};
pub(crate) use transcript::{Line, Transcript, writes_not_shown};
pub(crate) use usage::{Usage, estimated_prompt, estimated_reply, estimated_words};
pub(crate) use written::{changed_by_person, done_before, outcome_unknown, unknown_before};
