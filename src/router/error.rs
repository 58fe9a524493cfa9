//! What can go wrong with the router, told apart by what can be done about it.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Map, Value};

use crate::metrics::Trouble;

/// Why there is no reply. No words of the router are in it: they may hold what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// Nothing that a chat completion can be read from.
    #[error("the router's answer could not be understood")]
    BadAnswer,
    /// By a guardrail of whoever runs the router, for all its models.
    #[error("a guardrail of the router blocked the content")]
    Blocked,
    /// It ended before it was finished; the calls in it were not made.
    #[error("the router's answer broke off")]
    BrokeOff,
    /// It failed many times in a row, and was not even asked.
    #[error("the router is taken to be down")]
    Down,
    #[error("the router does not know the model")]
    NoSuchModel,
    #[error("the router's account is out of credit")]
    OutOfCredit,
    #[error("the router is limiting requests")]
    RateLimited { retry_after: Option<Duration> },
    /// By the moderation or content filter of the model's provider.
    #[error("the model refused the content")]
    Refused,
    /// Valet, or its settings, are at fault.
    #[error("the router rejected the request with status {status}")]
    RejectedRequest { status: u16 },
    #[error("the router did not answer in time")]
    TimedOut,
    /// Beyond our limits, or cut off by the model's own.
    #[error("the router's answer is too large")]
    TooLarge,
    #[error("the router does not accept the key")]
    Unauthorized,
    /// Down, overloaded or out of reach.
    #[error("the router is not available")]
    Unavailable,
}

/// What to try after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// The same again, after a pause.
    Again(Option<Duration>),
    /// This model will not do it; another may.
    NextModel,
    /// Whatever is tried would end the same way.
    GiveUp,
}

/// The longest wait a router may ask for; beyond it another model is the better try,
/// since a person is waiting.
pub(super) const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(20);

/// How long a model that failed is passed over: longer than the questions of one person
/// follow one another, short enough that nobody misses the first choice for long.
const USUAL_REST: Duration = Duration::from_secs(30);

/// However long it asks to be left alone.
const LONGEST_REST: Duration = Duration::from_mins(5);

impl Error {
    /// A guardrail's refusal is not taken to another model: that would be a way around it.
    /// A provider's own moderation is; and what one model refuses for its length, form or
    /// price another may take.
    pub(super) fn remedy(self) -> Remedy {
        match self {
            Self::RateLimited {
                retry_after: Some(asked),
            } if asked > LONGEST_RETRY_AFTER => Remedy::NextModel,
            Self::RateLimited { retry_after } => Remedy::Again(retry_after),
            Self::BrokeOff | Self::Unavailable => Remedy::Again(None),
            Self::BadAnswer
            | Self::Down
            | Self::NoSuchModel
            | Self::OutOfCredit
            | Self::Refused
            | Self::RejectedRequest { .. }
            | Self::TimedOut => Remedy::NextModel,
            Self::Blocked | Self::TooLarge | Self::Unauthorized => Remedy::GiveUp,
        }
    }

    /// What it says of a try, if there was one.
    pub(crate) fn trouble(self) -> Option<Trouble> {
        match self {
            Self::BadAnswer | Self::BrokeOff | Self::Unavailable => Some(Trouble::Failed),
            Self::RateLimited { .. } => Some(Trouble::Limited),
            Self::Blocked
            | Self::NoSuchModel
            | Self::OutOfCredit
            | Self::Refused
            | Self::RejectedRequest { .. }
            | Self::TooLarge
            | Self::Unauthorized => Some(Trouble::Refused),
            Self::TimedOut => Some(Trouble::Silent),
            Self::Down => None,
        }
    }

    /// How long a model that failed like this is passed over, as long as there is another:
    /// each further question would only wait for it. What it answered says nothing of the
    /// next question.
    pub(super) fn rest(self) -> Option<Duration> {
        match self {
            Self::RateLimited {
                retry_after: Some(asked),
            } => Some(asked.clamp(USUAL_REST, LONGEST_REST)),
            Self::BrokeOff
            | Self::NoSuchModel
            | Self::RateLimited { retry_after: None }
            | Self::TimedOut
            | Self::Unavailable => Some(USUAL_REST),
            // A circuit has its own time.
            Self::BadAnswer
            | Self::Blocked
            | Self::Down
            | Self::OutOfCredit
            | Self::Refused
            | Self::RejectedRequest { .. }
            | Self::TooLarge
            | Self::Unauthorized => None,
        }
    }

    /// Whether the same model may do better at another try: a line that went dead, or a
    /// proxy's page in the place of an answer.
    pub(super) fn may_pass(self) -> bool {
        match self {
            Self::BadAnswer | Self::BrokeOff | Self::TimedOut | Self::Unavailable => true,
            Self::Blocked
            | Self::Down
            | Self::NoSuchModel
            | Self::OutOfCredit
            | Self::RateLimited { .. }
            | Self::Refused
            | Self::RejectedRequest { .. }
            | Self::TooLarge
            | Self::Unauthorized => false,
        }
    }

    /// Whether a service that is down fails like this; all else is an answer.
    pub(super) fn may_mean_down(self) -> bool {
        matches!(self, Self::BrokeOff | Self::TimedOut | Self::Unavailable)
    }

    /// By the HTTP status; the body, where it is JSON, can only say it more exactly.
    pub(super) fn of_status(
        status: StatusCode,
        retry_after: Option<Duration>,
        body: &[u8],
    ) -> Self {
        let said = serde_json::from_slice::<Value>(body).unwrap_or_default();
        let word = said.get("error").and_then(word_of);
        match (status.as_u16(), word) {
            (400..=499, Some(Word::OutOfCredit)) => Self::OutOfCredit,
            (400..=499, Some(Word::Blocked)) => Self::Blocked,
            (400 | 403, Some(Word::Refused)) => Self::Refused,
            (400, Some(Word::NoSuchModel)) => Self::NoSuchModel,
            (code, _) => Self::of_code(code, retry_after),
        }
    }

    /// By the `error` object inside a 200 or a stream.
    pub(super) fn of_object(error: &Value) -> Self {
        if let Some(word) = word_of(error) {
            return match word {
                Word::Blocked => Self::Blocked,
                Word::NoSuchModel => Self::NoSuchModel,
                Word::OutOfCredit => Self::OutOfCredit,
                Word::RateLimited => Self::RateLimited { retry_after: None },
                Word::Refused => Self::Refused,
                Word::Rejected => Self::RejectedRequest { status: 400 },
                Word::Unauthorized => Self::Unauthorized,
            };
        }
        match ["code", "status"]
            .into_iter()
            .find_map(|key| number(error, key))
        {
            Some(code) => Self::of_code(code, None),
            None => Self::Unavailable,
        }
    }

    fn of_code(code: u16, retry_after: Option<Duration>) -> Self {
        match code {
            401 => Self::Unauthorized,
            402 => Self::OutOfCredit,
            403 | 451 => Self::Refused,
            446 => Self::Blocked,
            404 => Self::NoSuchModel,
            408 | 504 => Self::TimedOut,
            425 | 429 => Self::RateLimited { retry_after },
            300..=499 => Self::RejectedRequest { status: code },
            _ => Self::Unavailable,
        }
    }
}

/// What a router means by the string in `error.code` or `error.type`.
#[derive(Debug, Clone, Copy)]
enum Word {
    Blocked,
    NoSuchModel,
    OutOfCredit,
    RateLimited,
    Refused,
    Rejected,
    Unauthorized,
}

fn word_of(error: &Value) -> Option<Word> {
    let error: &Map<String, Value> = error.as_object()?;
    ["code", "type"]
        .into_iter()
        .filter_map(|key| error.get(key)?.as_str())
        .find_map(|word| match word {
            "model_not_found" => Some(Word::NoSuchModel),
            "insufficient_quota" | "insufficient_credits" | "budget_exceeded" => {
                Some(Word::OutOfCredit)
            }
            "rate_limit_exceeded" | "rate_limit_error" => Some(Word::RateLimited),
            "content_filter" | "content_policy_violation" => Some(Word::Refused),
            "guardrail_error" => Some(Word::Blocked),
            "context_length_exceeded" | "invalid_request_error" => Some(Word::Rejected),
            "invalid_api_key" | "authentication_error" => Some(Word::Unauthorized),
            _ => None,
        })
}

/// A status as routers write it: `429`, `429.0` or `"429"`.
fn number(error: &Value, key: &str) -> Option<u16> {
    match error.get(key)? {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.to_string().split('.').next()?.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_status_has_an_outcome() {
        let rejected = |status| Error::RejectedRequest { status };
        let limited = Error::RateLimited { retry_after: None };
        let cases = [
            (302, "", rejected(302)),
            (400, "", rejected(400)),
            (
                400,
                r#"{"error":{"code":"model_not_found"}}"#,
                Error::NoSuchModel,
            ),
            (
                400,
                r#"{"error":{"type":"content_filter"}}"#,
                Error::Refused,
            ),
            (401, "<html>", Error::Unauthorized),
            (401, r#"{"error":{"code":"429"}}"#, Error::Unauthorized),
            (402, r#"{"error":{"code":402}}"#, Error::OutOfCredit),
            (
                403,
                r#"{"error":{"code":"403","type":"moderation"}}"#,
                Error::Refused,
            ),
            (404, "", Error::NoSuchModel),
            (408, "", Error::TimedOut),
            (413, "", rejected(413)),
            (422, r#"{"detail":[]}"#, rejected(422)),
            (429, "slow down", limited),
            (
                429,
                r#"{"error":{"code":"insufficient_quota"}}"#,
                Error::OutOfCredit,
            ),
            (
                446,
                r#"{"error":{"type":"guardrail_error"}}"#,
                Error::Blocked,
            ),
            (500, "\u{0}", Error::Unavailable),
            (502, "", Error::Unavailable),
            (503, r#"{"error":"overloaded"}"#, Error::Unavailable),
            (504, "", Error::TimedOut),
            (529, "", Error::Unavailable),
        ];
        for (status, body, expected) in cases {
            let status = StatusCode::from_u16(status).unwrap();
            let error = Error::of_status(status, None, body.as_bytes());
            assert_eq!(error, expected, "{status} {body}");
        }
    }

    #[test]
    fn an_error_inside_a_success_is_read_by_its_code() {
        let limited = Error::RateLimited { retry_after: None };
        let cases = [
            (json!({"code": 429}), limited),
            (json!({"code": 429.0}), limited),
            (json!({"code": "429"}), limited),
            (json!({"code": "rate_limit_exceeded"}), limited),
            (
                json!({"code": null, "type": "guardrail_error"}),
                Error::Blocked,
            ),
            (json!({"code": "weird", "status": 402}), Error::OutOfCredit),
            (json!({"code": 502, "message": "x"}), Error::Unavailable),
            (json!({"code": -1}), Error::Unavailable),
            (json!({"message": "x"}), Error::Unavailable),
            (json!("overloaded"), Error::Unavailable),
            (
                json!({"code": "context_length_exceeded"}),
                Error::RejectedRequest { status: 400 },
            ),
        ];
        for (object, expected) in cases {
            assert_eq!(Error::of_object(&object), expected, "{object}");
        }
    }

    #[test]
    fn a_wait_that_is_too_long_is_not_waited() {
        let limited = |seconds| Error::RateLimited {
            retry_after: Some(Duration::from_secs(seconds)),
        };
        let asked = Some(Duration::from_secs(20));
        assert_eq!(limited(20).remedy(), Remedy::Again(asked));
        assert_eq!(limited(21).remedy(), Remedy::NextModel);
    }

    #[test]
    fn what_would_fail_again_at_once_is_passed_over() {
        let limited = |seconds| Error::RateLimited {
            retry_after: Some(Duration::from_secs(seconds)),
        };
        for (error, seconds) in [
            (Error::TimedOut, Some(30)),
            (Error::Unavailable, Some(30)),
            (limited(1), Some(30)),
            (limited(60), Some(60)),
            (limited(86_400), Some(300)),
            (Error::Refused, None),
            (Error::RejectedRequest { status: 400 }, None),
        ] {
            assert_eq!(error.rest(), seconds.map(Duration::from_secs), "{error}");
        }
    }
}
