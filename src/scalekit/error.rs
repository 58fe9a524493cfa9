//! What can go wrong with the vault, by what the caller may do about it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;

use super::wire::{ErrorBody, ExecutionId};

/// Why the vault did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Error {
    /// The provider does not take the account's token. Read the account: not ACTIVE means
    /// reconnect; ACTIVE means revoked or short of scopes, so offer that once.
    #[error("the provider rejects the account's token")]
    AccountRejected,
    /// A read, or a link, answered by something else than the contract's words.
    #[error("the vault's answer makes no sense")]
    BadAnswer,
    /// The vault failed many times in a row, and not a byte was sent to it.
    #[error("the vault is taken to be down, so nothing was sent to it")]
    Down,
    /// The person's consent does not cover this; a new link would not change that.
    #[error("the account lacks the permission for this")]
    MissingScope { message: ToolMessage },
    /// There is no such account: connect it.
    #[error("the vault has no such account")]
    NoAccount,
    /// An operator's matter: the name is not set up at the vault, or switched off.
    #[error("the vault has no such connection, or it is switched off")]
    NoConnection,
    /// It may have happened or not. Say so; do not repeat it.
    #[error("whether the vault did it is not known")]
    OutcomeUnknown {
        #[source]
        source: Option<Cause>,
    },
    /// Too many requests; nothing was done.
    #[error("too many requests for {by}")]
    RateLimited {
        by: Limiter,
        retry_after: Option<Duration>,
    },
    /// The person has to connect the account anew.
    #[error("the account has to be connected anew")]
    Reconnect,
    /// Understood and declined; asking again gives the same.
    #[error("the vault declined with status {status}, code {}", display_code(.code.as_ref()))]
    Refused {
        status: u16,
        code: Option<ErrorCode>,
    },
    /// A read took too long. It can be tried again.
    #[error("the vault took too long")]
    TimedOut,
    /// An operator's matter: Valet's own credentials are not accepted.
    #[error("the vault rejects Valet's credentials")]
    Token,
    /// It answered, and happened, but with more than can be taken in.
    #[error("the vault's answer is too large")]
    TooLarge,
    /// The tool said no; the model may be told why and try otherwise.
    #[error("the tool failed")]
    ToolFailed {
        message: ToolMessage,
        execution: Option<ExecutionId>,
    },
    /// Nothing was done; it can be tried again later.
    #[error("the vault is out of reach")]
    Unavailable {
        #[source]
        source: Option<Cause>,
    },
    /// No such tool (any more): list them again.
    #[error("the vault has no such tool")]
    UnknownTool,
}

/// Who set the limit that was exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limiter {
    Provider,
    Vault,
}

impl fmt::Display for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Provider => "the provider",
            Self::Vault => "the vault",
        })
    }
}

/// Why the line broke, without the address, which holds an identifier.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub(crate) struct Cause(Arc<reqwest::Error>);

impl Cause {
    pub(super) fn new(error: reqwest::Error) -> Self {
        Self(Arc::new(error.without_url()))
    }
}

/// One of the vault's error codes, such as `TOOL_ERROR`: an open set, but only of words
/// that are harmless in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ErrorCode(String);

/// The longest code seen has 39 characters.
const LONGEST_CODE: usize = 64;

impl ErrorCode {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let lawful = (1..=LONGEST_CODE).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        lawful.then(|| Self(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn display_code(code: Option<&ErrorCode>) -> &str {
    code.map_or("none", ErrorCode::as_str)
}

/// What a provider says about its failure: for the model alone, hence no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ToolMessage(String);

/// Room for a reason, not for a page of somebody's data, in characters.
const LONGEST_TOOL_MESSAGE: usize = 500;

impl ToolMessage {
    pub(super) fn new(text: &str) -> Self {
        let mut cut: String = text.chars().take(LONGEST_TOOL_MESSAGE).collect();
        if cut.len() < text.len() {
            cut.push('…');
        }
        Self(cut)
    }

    /// Quote it as data: it is not ours.
    pub(crate) fn for_model(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ToolMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ToolMessage(hidden)")
    }
}

/// What kind of call was refused, which decides what a failure of the vault leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Reads, and what comes to the same when done twice.
    Freely,
    /// What acts: never again once it may have arrived.
    UnlessSent,
}

impl Repeat {
    /// The line broke after the request may have arrived.
    pub(super) fn broken(self, source: Option<Cause>) -> Error {
        match self {
            Self::Freely => Error::Unavailable { source },
            Self::UnlessSent => Error::OutcomeUnknown { source },
        }
    }

    /// No answer in time.
    pub(super) fn too_late(self) -> Error {
        match self {
            Self::Freely => Error::TimedOut,
            Self::UnlessSent => Error::OutcomeUnknown { source: None },
        }
    }

    /// A success whose words cannot be read.
    pub(super) fn unreadable(self) -> Error {
        match self {
            Self::Freely => Error::BadAnswer,
            Self::UnlessSent => Error::OutcomeUnknown { source: None },
        }
    }
}

/// Reads a refusal. Status and code count together: neither tells the whole alone.
pub(super) fn refusal(
    repeat: Repeat,
    status: StatusCode,
    retry_after: Option<Duration>,
    body: ErrorBody,
) -> Error {
    let code = body.code.as_ref().map_or("", ErrorCode::as_str);
    let limited = |by| Error::RateLimited { by, retry_after };
    match (status.as_u16(), code) {
        (400..=403, "REAUTHENTICATION_NEEDED" | "REFRESH_TOKEN_MISSING") => Error::Reconnect,
        (400..=404, "CONNECTION_NOT_ENABLED") => Error::NoConnection,
        (401, "TOOL_ERROR") => Error::AccountRejected,
        (401, "" | "UNAUTHENTICATED") => Error::Token,
        (403, "TOOL_ERROR") => Error::MissingScope {
            message: body.message,
        },
        (429, "TOOL_ERROR") => limited(Limiter::Provider),
        (429, _) => limited(Limiter::Vault),
        // Given up on the way, or by a proxy in between: like a 5xx.
        (408 | 499, _) => repeat.broken(None),
        (400..=499, "TOOL_ERROR") => Error::ToolFailed {
            message: body.message,
            execution: body.execution,
        },
        (400, "RESOURCE_NOT_FOUND") => Error::UnknownTool,
        (404, _) => Error::NoAccount,
        // A redirect is not followed: the request would be sent a second time.
        (300..=499, _) => Error::Refused {
            status: status.as_u16(),
            code: body.code,
        },
        _ => repeat.broken(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(error: &Error) -> String {
        let debug = format!("{error:?}");
        debug
            .split([' ', '{'])
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    fn refused(repeat: Repeat, status: u16, code: &str) -> Error {
        let body = ErrorBody {
            code: ErrorCode::parse(code),
            message: ToolMessage::new("the provider's words"),
            execution: None,
        };
        refusal(repeat, StatusCode::from_u16(status).unwrap(), None, body)
    }

    #[test]
    fn status_and_code_together_say_what_to_do() {
        for (status, code, wanted) in [
            (401, "", "Token"),
            (401, "UNAUTHENTICATED", "Token"),
            (401, "REAUTHENTICATION_NEEDED", "Reconnect"),
            (400, "REAUTHENTICATION_NEEDED", "Reconnect"),
            (403, "REFRESH_TOKEN_MISSING", "Reconnect"),
            (401, "TOOL_ERROR", "AccountRejected"),
            (401, "SOMETHING_NEW", "Refused"),
            (403, "TOOL_ERROR", "MissingScope"),
            (403, "CONNECTION_NOT_ENABLED", "NoConnection"),
            (403, "", "Refused"),
            (429, "RATE_LIMITED", "RateLimited"),
            (429, "TOOL_ERROR", "RateLimited"),
            (429, "", "RateLimited"),
            (404, "RESOURCE_NOT_FOUND", "NoAccount"),
            (404, "INTERNAL_ERROR", "NoAccount"),
            (404, "", "NoAccount"),
            (404, "TOOL_ERROR", "ToolFailed"),
            (422, "TOOL_ERROR", "ToolFailed"),
            (400, "RESOURCE_NOT_FOUND", "UnknownTool"),
            (400, "RESOURCE_ALREADY_EXISTS", "Refused"),
            (400, "", "Refused"),
            (307, "", "Refused"),
        ] {
            for repeat in [Repeat::Freely, Repeat::UnlessSent] {
                assert_eq!(
                    name(&refused(repeat, status, code)),
                    wanted,
                    "{status} {code}"
                );
            }
        }
    }

    #[test]
    fn a_failure_of_the_vault_leaves_open_whether_an_act_happened() {
        for (status, code) in [
            (500, ""),
            (500, "TOOL_ERROR"),
            (502, ""),
            (503, "INTERNAL_ERROR"),
            (504, ""),
            (499, ""),
            (408, ""),
        ] {
            assert_eq!(name(&refused(Repeat::Freely, status, code)), "Unavailable");
            assert_eq!(
                name(&refused(Repeat::UnlessSent, status, code)),
                "OutcomeUnknown"
            );
        }
    }

    #[test]
    fn who_set_the_limit_is_told() {
        for (code, wanted) in [
            ("TOOL_ERROR", Limiter::Provider),
            ("RATE_LIMITED", Limiter::Vault),
        ] {
            let error = refused(Repeat::UnlessSent, 429, code);
            assert!(matches!(error, Error::RateLimited { by, .. } if by == wanted));
        }
    }

    #[test]
    fn foreign_words_neither_print_nor_run_long() {
        let message = ToolMessage::new(&"ä".repeat(2000));
        assert_eq!(message.for_model().chars().count(), 501);
        let error = Error::ToolFailed {
            message,
            execution: None,
        };
        assert!(!format!("{error} {error:?}").contains('ä'));
        assert_eq!(ErrorCode::parse("ada@example.com"), None);
        assert_eq!(ErrorCode::parse(&"A".repeat(65)), None);
    }
}
