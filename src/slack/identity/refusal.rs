//! Why nobody is signed in: a name for each reason, for the log. The browser is told none.

use crate::slack::wire::ErrorCode;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the token's signature is not the one of its key")]
    BadSignature,
    #[error("Slack refused the code: {code}")]
    ExchangeRefused { code: ErrorCode },
    #[error("Slack did not answer the exchange of the code")]
    ExchangeUnavailable,
    #[error("Slack's answer to the exchange could not be understood")]
    ExchangeUnreadable,
    #[error("the token has expired: is this machine's clock right?")]
    Expired,
    #[error("the token was issued in the future: is this machine's clock right?")]
    FromTheFuture,
    #[error("Slack's keys could not be had")]
    KeysUnavailable,
    #[error("the token is no token")]
    Malformed,
    #[error("the token names no person")]
    NoPerson,
    #[error("the token names two persons")]
    TwoPersons,
    #[error("the token is signed by a key that Slack does not list")]
    UnknownKey,
    #[error("the token is signed in another way than RS256")]
    WrongAlgorithm,
    #[error("the token is for another app")]
    WrongAudience,
    #[error("the token is by another issuer")]
    WrongIssuer,
    #[error("the token belongs to another sign-in")]
    WrongNonce,
}

impl Refusal {
    /// Whether Slack could not do its part, or does not know us, so that nothing is known
    /// of the person: another link would not help.
    pub(crate) fn is_slack_failing(&self) -> bool {
        match self {
            Self::ExchangeRefused { code } => code.speaks_of_the_app(),
            Self::ExchangeUnavailable | Self::ExchangeUnreadable | Self::KeysUnavailable => true,
            Self::BadSignature
            | Self::Expired
            | Self::FromTheFuture
            | Self::Malformed
            | Self::NoPerson
            | Self::TwoPersons
            | Self::UnknownKey
            | Self::WrongAlgorithm
            | Self::WrongAudience
            | Self::WrongIssuer
            | Self::WrongNonce => false,
        }
    }
}
