//! One tool of one account, as the vault lists it.

use serde_json::{Map, Value};

use crate::ids::ConnectionName;

/// A tool that the person's own account offers.
#[derive(Debug, Clone)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) description: String,
    /// The provider's schema of the arguments, as listed.
    pub(crate) input_schema: Map<String, Value>,
    /// Calls run on this connection and under the asker's own identifier, which together
    /// name one account.
    pub(crate) connection: ConnectionName,
}

/// Whether a tool may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Known to change nothing.
    Read,
    /// Everything else.
    Write,
}
