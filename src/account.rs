//! What the vault says about one person's account on one connection. Pure.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::ConnectionName;
use crate::random::Digest;

/// One person's account on one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) status: AccountStatus,
    /// The vault's key of the service behind the connection, in upper case: `GMAIL`.
    /// Empty where it does not say.
    pub(crate) provider: String,
    /// When somebody last worked in it, by the vault's clock, where it says so.
    pub(crate) last_used_at: Option<Timestamp>,
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

/// One person's account as they are shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) connection: ConnectionName,
    pub(crate) standing: Standing,
    /// What the provider calls it, where that is known.
    pub(crate) whose: Option<String>,
    pub(crate) last_used_at: Option<Timestamp>,
}

/// Where one person's account on a configured connection stands, for that person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Connected,
    NeedsReconnecting,
    NotConnected,
    /// The vault has no such connection: the operator's matter, not the person's.
    NotSetUp,
    SwitchedOff,
    /// Begun in a browser and not finished.
    Unfinished,
}

impl Standing {
    /// Whether somebody worked in it until it stopped letting them in.
    pub(crate) fn has_lapsed(self) -> bool {
        match self {
            Self::NeedsReconnecting | Self::SwitchedOff => true,
            Self::Connected | Self::NotConnected | Self::NotSetUp | Self::Unfinished => false,
        }
    }

    pub(crate) fn of(account: Option<&Account>) -> Self {
        match account.map(|account| account.status) {
            None => Self::NotConnected,
            Some(AccountStatus::Active) => Self::Connected,
            Some(AccountStatus::Disconnected) => Self::SwitchedOff,
            Some(AccountStatus::Expired | AccountStatus::Unknown) => Self::NeedsReconnecting,
            Some(AccountStatus::PendingAuth | AccountStatus::PendingVerification) => {
                Self::Unfinished
            }
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
    fn an_account_stands_where_its_status_says() {
        let account = |status| Account {
            status,
            provider: String::new(),
            last_used_at: None,
        };
        for (status, standing, lapsed) in [
            (AccountStatus::Active, Standing::Connected, false),
            (AccountStatus::Disconnected, Standing::SwitchedOff, true),
            (AccountStatus::Expired, Standing::NeedsReconnecting, true),
            (AccountStatus::PendingAuth, Standing::Unfinished, false),
            (
                AccountStatus::PendingVerification,
                Standing::Unfinished,
                false,
            ),
            (AccountStatus::Unknown, Standing::NeedsReconnecting, true),
        ] {
            let found = Standing::of(Some(&account(status)));
            assert_eq!((found, found.has_lapsed()), (standing, lapsed));
        }
        assert_eq!(Standing::of(None), Standing::NotConnected);
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
