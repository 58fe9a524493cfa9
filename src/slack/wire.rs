//! What can go wrong between us and Slack's Web API, and what an answer of it means. The
//! library's typed models are not used for answers: they reject some that Slack does give.

use std::fmt;
use std::time::Duration;

use hyper_util::client::legacy;
use serde_json::Value;
use slack_morphism::errors::SlackClientError;

use super::json;
use crate::metrics::Trouble;

/// Why a call of Slack's Web API failed. None of them prints what Slack answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// It may have been done nevertheless.
    #[error("Slack's answer could not be understood")]
    BadAnswer,
    /// It failed many times in a row; nothing was sent.
    #[error("Slack is taken to be down")]
    Down,
    /// A `response_url` that is not Slack's; nothing was sent.
    #[error("not an address of Slack")]
    ForeignAddress,
    /// It may have been done nevertheless.
    #[error("the connection to Slack broke before the answer")]
    Interrupted,
    /// Nothing was done. `after` is how long Slack asked us to wait.
    #[error("Slack limits our rate")]
    RateLimited { after: Option<Duration> },
    /// Nothing was done; another try would be refused too.
    #[error("Slack refused: {code}")]
    Refused { code: ErrorCode },
    /// It may have been done nevertheless.
    #[error("Slack did not answer in time")]
    TimedOut,
    /// It may have been done nevertheless.
    #[error("Slack has trouble of its own")]
    Unavailable,
    /// Nothing was sent.
    #[error("Slack cannot be reached")]
    Unreachable,
}

impl Error {
    /// What it says of a try, if there was one.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::BadAnswer | Self::Interrupted | Self::Unavailable | Self::Unreachable => {
                Some(Trouble::Failed)
            }
            Self::RateLimited { .. } => Some(Trouble::Limited),
            Self::Refused { .. } => Some(Trouble::Refused),
            Self::TimedOut => Some(Trouble::Silent),
            Self::Down | Self::ForeignAddress => None,
        }
    }

    /// Whether Slack may have done what it was asked to, so that doing it again could do
    /// it twice.
    pub(crate) fn may_be_done(&self) -> bool {
        match self {
            Self::BadAnswer | Self::Interrupted | Self::TimedOut | Self::Unavailable => true,
            Self::Down
            | Self::ForeignAddress
            | Self::RateLimited { .. }
            | Self::Refused { .. }
            | Self::Unreachable => false,
        }
    }
}

/// One of Slack's error codes, such as `channel_not_found`: safe to log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ErrorCode(String);

/// The longest code known has 46 characters.
const LONGEST_CODE: usize = 64;

impl ErrorCode {
    /// Keeps a code only if it looks like one, since it comes from outside and is logged.
    pub(super) fn new(code: &str) -> Self {
        let lawful = (1..=LONGEST_CODE).contains(&code.len())
            && code
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        Self(if lawful { code } else { "unnamed_error" }.to_owned())
    }
}

impl ErrorCode {
    /// Whether something newer stands where this was to be shown.
    pub(crate) fn speaks_of_something_newer(&self) -> bool {
        self.0 == "hash_conflict"
    }

    /// Whether Slack has no sessions for us at all: the app is not declared an agent, or this
    /// Slack has no agents.
    pub(crate) fn speaks_of_sessions(&self) -> bool {
        [
            "feature_not_enabled",
            "method_not_supported",
            "missing_scope",
            "not_allowed_token_type",
            "not_authorized",
            "unknown_method",
        ]
        .contains(&self.0.as_str())
    }

    /// Whether the thread is at fault: somebody may have deleted what heads it.
    pub(crate) fn speaks_of_the_thread(&self) -> bool {
        [
            "invalid_thread_ts",
            "message_not_found",
            "session_not_found",
            "thread_not_found",
        ]
        .contains(&self.0.as_str())
    }

    /// Whether our own credentials or settings are at fault: an operator's matter.
    pub(crate) fn speaks_of_the_app(&self) -> bool {
        [
            "account_inactive",
            "bad_client_secret",
            "bad_redirect_uri",
            "invalid_auth",
            "invalid_client_id",
            "not_authed",
            "token_expired",
            "token_revoked",
        ]
        .contains(&self.0.as_str())
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an `ok: false` means, whatever the status was.
pub(super) fn refusal(code: Option<&str>) -> Error {
    match code {
        Some("ratelimited" | "rate_limited") => Error::RateLimited { after: None },
        Some("fatal_error" | "internal_error" | "request_timeout" | "service_unavailable") => {
            Error::Unavailable
        }
        Some(code) => Error::Refused {
            code: ErrorCode::new(code),
        },
        None => Error::BadAnswer,
    }
}

/// The library's errors hold bodies, so they end here.
pub(super) fn failure(error: &SlackClientError) -> Error {
    match error {
        SlackClientError::ApiError(refused) => refusal(Some(&refused.code)),
        SlackClientError::HttpError(http) if http.status_code.is_server_error() => {
            Error::Unavailable
        }
        SlackClientError::HttpProtocolError(broken) => {
            let unreachable = broken
                .cause
                .as_deref()
                .and_then(|cause| cause.downcast_ref::<legacy::Error>())
                .is_some_and(legacy::Error::is_connect);
            if unreachable {
                Error::Unreachable
            } else {
                Error::Interrupted
            }
        }
        SlackClientError::RateLimitError(limit) => Error::RateLimited {
            after: limit.retry_after,
        },
        SlackClientError::SystemError(_) => Error::Interrupted,
        SlackClientError::EndOfStream(_)
        | SlackClientError::HttpError(_)
        | SlackClientError::ProtocolError(_)
        | SlackClientError::SocketModeProtocolError(_) => Error::BadAnswer,
    }
}

/// What an answer says, if it says that it went well. A page that is no JSON reaches us
/// as `{}`, which is no success.
pub(super) fn success(answer: Value) -> Result<Value, Error> {
    match json::at(&answer, &["ok"]).and_then(Value::as_bool) {
        Some(true) => Ok(answer),
        Some(false) | None => Err(refusal(json::text(&answer, &["error"]))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_an_answer_means() {
        let refused = |code| Error::Refused {
            code: ErrorCode::new(code),
        };
        for (answer, expected) in [
            (json!({}), Error::BadAnswer),
            (json!({"ok": "true"}), Error::BadAnswer),
            (json!({"ok": false}), Error::BadAnswer),
            (
                json!({"ok": false, "error": "invalid_auth"}),
                refused("invalid_auth"),
            ),
            (
                json!({"ok": false, "error": "internal_error"}),
                Error::Unavailable,
            ),
            (
                json!({"ok": false, "error": "ratelimited"}),
                Error::RateLimited { after: None },
            ),
        ] {
            assert_eq!(success(answer.clone()), Err(expected), "{answer}");
        }
        assert!(success(json!({"ok": true})).is_ok());
    }

    #[test]
    fn a_code_from_outside_is_a_code_or_nothing() {
        assert_eq!(
            ErrorCode::new("channel_not_found").to_string(),
            "channel_not_found"
        );
        for odd in ["", "<@U1>", "secret text", "a\nb", &"x".repeat(65)] {
            assert_eq!(ErrorCode::new(odd).to_string(), "unnamed_error");
        }
    }
}
