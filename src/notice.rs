//! What the vault reports of an account, and what may follow from it. A report is a hint to
//! look: what is done follows from what the vault answers when it is asked. Pure.

use serde::{Deserialize, Serialize};

use crate::account::AccountStatus;
use crate::ids::{ConnectionName, Person};

/// A report about the account of somebody we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notice {
    pub(crate) person: Person,
    pub(crate) connection: ConnectionName,
    pub(crate) change: Change,
}

/// What is said to have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// It was active, and its token could not be refreshed.
    Lapsed,
    /// Anything else.
    Other,
    /// Its token could not be refreshed, and now it could.
    Renewed,
}

impl Change {
    /// From one status to another.
    pub(crate) fn between(before: AccountStatus, after: AccountStatus) -> Self {
        match (before, after) {
            (AccountStatus::Active, AccountStatus::Expired) => Self::Lapsed,
            (AccountStatus::Expired, AccountStatus::Active) => Self::Renewed,
            _ => Self::Other,
        }
    }
}

/// Whether somebody may just have consented in a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    /// A link of the vault's is out, and has not come back to its browser.
    Possible,
    /// No link is out. An account that is active now holds what Valet has vouched for.
    RuledOut,
}

/// What is done about a notice, the tools that were remembered being forgotten anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follows {
    Nothing,
    /// Questions that wait for the account go on.
    Resume,
    /// The person is told that the account has to be connected again.
    Tell,
}

/// `status` is what the vault answers now. Nothing goes on by a report alone, nor while a
/// consent may be the reason why the account is active: that is for the callback, which
/// knows the browser.
pub(crate) fn follows(change: Change, status: Option<AccountStatus>, consent: Consent) -> Follows {
    match (change, status, consent) {
        (Change::Lapsed, Some(AccountStatus::Expired), _) => Follows::Tell,
        (Change::Renewed, Some(AccountStatus::Active), Consent::RuledOut) => Follows::Resume,
        _ => Follows::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUSES: [AccountStatus; 6] = [
        AccountStatus::Active,
        AccountStatus::Disconnected,
        AccountStatus::Expired,
        AccountStatus::PendingAuth,
        AccountStatus::PendingVerification,
        AccountStatus::Unknown,
    ];

    #[test]
    fn only_two_changes_are_more_than_a_reason_to_forget() {
        for before in STATUSES {
            for after in STATUSES {
                let expected = match (before, after) {
                    (AccountStatus::Active, AccountStatus::Expired) => Change::Lapsed,
                    (AccountStatus::Expired, AccountStatus::Active) => Change::Renewed,
                    _ => Change::Other,
                };
                assert_eq!(Change::between(before, after), expected);
            }
        }
    }

    #[test]
    fn a_report_alone_has_no_effect() {
        for change in [Change::Lapsed, Change::Other, Change::Renewed] {
            for consent in [Consent::Possible, Consent::RuledOut] {
                assert_eq!(follows(change, None, consent), Follows::Nothing);
                for status in STATUSES {
                    let expected = match (change, status, consent) {
                        (Change::Lapsed, AccountStatus::Expired, _) => Follows::Tell,
                        (Change::Renewed, AccountStatus::Active, Consent::RuledOut) => {
                            Follows::Resume
                        }
                        _ => Follows::Nothing,
                    };
                    assert_eq!(follows(change, Some(status), consent), expected);
                }
            }
        }
    }
}
