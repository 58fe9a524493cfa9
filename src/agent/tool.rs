//! One tool of one account, as the vault lists it.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use super::effect::{classify, speaks_against_reading};
use super::schema::{LONGEST_DESCRIPTION, Parameters};
use super::text::cut;
use crate::ids::ConnectionName;

/// A tool that the person's own account offers, made ready once for all runs: what the
/// router is sent is kept as text, which takes a tenth of the room of its tree.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) description: String,
    /// Calls run on this connection and under the asker's own identifier, which together
    /// name one account.
    pub(crate) connection: ConnectionName,
    /// By its name and its arguments, which are read once: every run asks for it.
    pub(crate) effect: Effect,
    pub(super) parameters: Parameters,
    definition: Box<RawValue>,
}

impl Tool {
    /// `input_schema` is the provider's schema of the arguments, as listed.
    pub(crate) fn new(
        connection: ConnectionName,
        name: String,
        description: String,
        input_schema: &Map<String, Value>,
    ) -> Self {
        let parameters = Parameters::new(input_schema);
        let effect = if speaks_against_reading(input_schema) {
            Effect::Write
        } else {
            classify(&name)
        };
        Self {
            definition: function(&name, &description, parameters.shown()),
            effect,
            name,
            description,
            connection,
            parameters,
        }
    }

    /// As the router takes it.
    pub(crate) fn definition(&self) -> &RawValue {
        &self.definition
    }

    /// The same under another name, which a model can take or tell from others.
    pub(super) fn definition_as(&self, name: &str) -> Box<RawValue> {
        function(name, &self.description, self.parameters.shown())
    }

    /// The schema of its arguments, as the router is shown it.
    pub(crate) fn schema(&self) -> Map<String, Value> {
        serde_json::from_str(self.parameters.shown().get()).unwrap_or_default()
    }

    /// Whether the other can stand for this one.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.connection == other.connection
            && self.description == other.description
            && self.definition.get() == other.definition.get()
    }
}

/// An OpenAI function definition.
pub(super) fn function(name: &str, description: &str, parameters: &RawValue) -> Box<RawValue> {
    raw(&Definition {
        kind: "function",
        function: Function {
            name,
            description: cut(description, LONGEST_DESCRIPTION),
            parameters,
        },
    })
}

#[derive(Serialize)]
struct Definition<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a RawValue,
}

/// JSON as text. Making it does not fail: all keys are strings.
pub(super) fn raw(json: &impl Serialize) -> Box<RawValue> {
    to_raw_value(json).unwrap_or_default()
}

/// Whether a tool may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Known to change nothing.
    Read,
    /// Everything else.
    Write,
}
