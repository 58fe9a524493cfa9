//! What came back from the model in one turn.

use serde_json::{Map, Value};

use super::usage::Usage;

/// A finished turn of the model. A turn that broke off is an error, never a `Reply`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    /// The assistant message as received, unknown fields included: it goes back so.
    pub(crate) message: Map<String, Value>,
    /// Its words; empty when it only makes calls.
    pub(crate) text: String,
    /// Its calls, in order, each with an id that is unique within the reply.
    pub(crate) calls: Vec<ProposedCall>,
    pub(crate) usage: Usage,
    /// The model that was asked.
    pub(crate) asked_model: String,
    /// The model that answered, which a router may have chosen itself.
    pub(crate) model: String,
}

/// A call the model would like to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProposedCall {
    pub(crate) id: String,
    pub(crate) name: String,
    /// JSON, or what the model took for it.
    pub(crate) arguments: String,
}
