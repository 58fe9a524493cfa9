//! What the vault says about one person's account on one connection. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::random::Digest;

/// One person's account on one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) status: AccountStatus,
    /// The vault's key of the service behind the connection, in upper case: `GMAIL`.
    /// Empty where it does not say.
    pub(crate) provider: String,
}

/// Whether an account can be used. Only [`Active`](Self::Active) can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccountStatus {
    Active,
    /// Switched off by hand.
    Disconnected,
    /// Its token could not be refreshed.
    Expired,
    /// The person has not consented, or is about to do so anew.
    PendingAuth,
    /// The person has consented; who they are was not confirmed.
    PendingVerification,
    /// A status this version does not know.
    Unknown,
}

impl AccountStatus {
    /// Reads the vault's word.
    pub(crate) fn read(word: &str) -> Self {
        match word {
            "ACTIVE" => Self::Active,
            "DISCONNECTED" => Self::Disconnected,
            "EXPIRED" => Self::Expired,
            "PENDING_AUTH" => Self::PendingAuth,
            "PENDING_VERIFICATION" => Self::PendingVerification,
            _ => Self::Unknown,
        }
    }
}

/// The vault's name for one consent that waits to be verified. A browser brings it, so
/// it proves nothing by itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct AuthRequestId(String);

/// The vault's own limit, in characters.
const LONGEST_AUTH_REQUEST_ID: usize = 1000;

/// A text that cannot be an [`AuthRequestId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid auth request id")]
pub(crate) struct BadAuthRequestId;

impl AuthRequestId {
    pub(crate) fn parse(text: &str) -> Result<Self, BadAuthRequestId> {
        if (1..=LONGEST_AUTH_REQUEST_ID).contains(&text.chars().count()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadAuthRequestId)
        }
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl TryFrom<String> for AuthRequestId {
    type Error = BadAuthRequestId;

    fn try_from(text: String) -> Result<Self, BadAuthRequestId> {
        Self::parse(&text)
    }
}

impl From<AuthRequestId> for String {
    fn from(id: AuthRequestId) -> Self {
        id.0
    }
}

impl fmt::Debug for AuthRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthRequestId(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_that_is_not_known_is_not_active() {
        for (word, status) in [
            ("ACTIVE", AccountStatus::Active),
            ("EXPIRED", AccountStatus::Expired),
            ("PENDING_AUTH", AccountStatus::PendingAuth),
            ("PENDING_VERIFICATION", AccountStatus::PendingVerification),
            ("DISCONNECTED", AccountStatus::Disconnected),
            ("CONNECTION_STATUS_UNSPECIFIED", AccountStatus::Unknown),
            ("active", AccountStatus::Unknown),
            ("", AccountStatus::Unknown),
        ] {
            assert_eq!(AccountStatus::read(word), status, "{word:?}");
        }
    }

    #[test]
    fn an_auth_request_id_has_one_to_a_thousand_characters() {
        assert!(AuthRequestId::parse("").is_err());
        assert!(AuthRequestId::parse(&"ä".repeat(1000)).is_ok());
        assert!(AuthRequestId::parse(&"a".repeat(1001)).is_err());
        let id = AuthRequestId::parse("abc").unwrap();
        assert_eq!(format!("{id:?}"), "AuthRequestId(hidden)");
    }
}
