//! What a tool's call can meet in place of its effect.

use serde_json::Value;

use super::refusal::Refusal;

/// The outcome of one call, decided beforehand.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// 200 with this as `data`, and no effect; `None` leaves `data` out.
    Data(Option<Value>),
    /// 401 `REAUTHENTICATION_NEEDED`
    ReauthenticationNeeded,
    /// 401 `REFRESH_TOKEN_MISSING`
    RefreshTokenMissing,
    /// `TOOL_ERROR` with the provider's status and words.
    ToolError(u16, String),
}

impl Outcome {
    /// `TOOL_ERROR` with this status.
    pub fn tool_error(status: u16) -> Self {
        Self::ToolError(status, format!("the provider answered {status}"))
    }

    /// A refusal, or the data of a success.
    pub(super) fn into_result(self, execution_id: &str) -> Result<Option<Value>, Refusal> {
        match self {
            Self::Data(data) => Ok(data),
            Self::ReauthenticationNeeded => Err(Refusal::reconnect("REAUTHENTICATION_NEEDED")),
            Self::RefreshTokenMissing => Err(Refusal::reconnect("REFRESH_TOKEN_MISSING")),
            Self::ToolError(status, message) => Err(Refusal::tool(status, execution_id, &message)),
        }
    }
}
