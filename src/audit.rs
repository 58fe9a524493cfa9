//! What is done in a person's name: one chain of entries for each person, each entry with
//! the hash of the one before it, written before the act. Pure.
//!
//! An entry says who, when, what, with which tool and in which account. It holds nothing
//! that anybody wrote: of a call's arguments it keeps a digest under a key of the person's
//! chain, so that short ones cannot be guessed from a copy of the log.

mod chain;
mod hash;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::connect::AttemptId;
use crate::ids::{ConnectionName, RunId};
use crate::ledger::Fate;
use crate::random::Digest;

pub(crate) use chain::{Beginning, Broken, Chain, Verifier, Whole};
pub(crate) use hash::{Hash, Link, Seed};

/// What kind of thing is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    Connect,
    Disconnect,
    Read,
    /// The store was put back to what it was: what was done since is not in the chain.
    Restore,
    /// A consent that came from another browser is deleted, without being asked to.
    Undo,
    Write,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// It is about to be done. A read gets no other entry.
    Begun,
    Done,
    /// Certainly not.
    NotDone,
    /// It may have been done.
    Unknown,
}

impl From<Fate> for Stage {
    fn from(fate: Fate) -> Self {
        match fate {
            Fate::Done => Self::Done,
            Fate::NotDone => Self::NotDone,
            Fate::Unknown => Self::Unknown,
        }
    }
}

/// What it is done for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    Attempt(AttemptId),
    Run(RunId),
    /// Valet was uninstalled from the person's workspace.
    Uninstalled,
}

/// One thing that is done in somebody's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Act {
    what: What,
    connection: ConnectionName,
    cause: Cause,
    call: Option<(String, Digest)>,
}

impl Act {
    /// Without a tool: an account is connected, or deleted at the vault.
    pub(crate) fn on_account(what: What, connection: &ConnectionName, cause: Cause) -> Self {
        Self {
            what,
            connection: connection.clone(),
            cause,
            call: None,
        }
    }

    /// A tool is executed. The fingerprint is that of the exact call.
    pub(crate) fn by_tool(
        what: What,
        connection: &ConnectionName,
        cause: Cause,
        (tool, fingerprint): (&str, Digest),
    ) -> Self {
        Self {
            call: Some((tool.to_owned(), fingerprint)),
            ..Self::on_account(what, connection, cause)
        }
    }
}

/// The proof that an act is written down, without which the vault's client does nothing in
/// anybody's name. Only the store makes one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Noted(u64);

impl Noted {
    pub(crate) fn written(number: u64) -> Self {
        Self(number)
    }

    /// The number of the entry.
    pub(crate) fn number(&self) -> u64 {
        self.0
    }
}

/// One entry of a person's chain, as it is kept and given out: a line of JSON, whose bytes
/// the next entry has the hash of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// From 1, without a gap.
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    /// The pair of Slack ids, as in the log.
    pub(crate) person: String,
    pub(crate) what: What,
    pub(crate) stage: Stage,
    /// The entry with which this act began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) of: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) connection: Option<ConnectionName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) run: Option<RunId>,
    /// As the log names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attempt: Option<String>,
    /// Equal for calls of this person that would do the same, and tells nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) arguments: Option<Hash>,
    /// When the backup was made that the store was put back from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) backup: Option<Timestamp>,
    /// The hash of the entry before; of the first one, that of where the chain begins.
    pub(crate) previous: Hash,
}

impl Entry {
    /// An act is about to be done.
    pub(crate) fn begun(
        (person, seed): (&str, &Seed),
        behind: &Link,
        act: &Act,
        at: Timestamp,
    ) -> Self {
        let (run, attempt) = match act.cause {
            Cause::Attempt(attempt) => (None, Some(attempt.to_string())),
            Cause::Run(run) => (Some(run), None),
            Cause::Uninstalled => (None, None),
        };
        let (tool, arguments) = match &act.call {
            Some((tool, fingerprint)) => (Some(tool.clone()), Some(seed.of_arguments(fingerprint))),
            None => (None, None),
        };
        Self {
            connection: Some(act.connection.clone()),
            tool,
            run,
            attempt,
            arguments,
            ..Self::bare((person, behind), (act.what, Stage::Begun), at)
        }
    }

    /// What came of it: the same once more, so that it can be read alone.
    pub(crate) fn ended(begun: &Self, behind: &Link, stage: Stage, at: Timestamp) -> Self {
        Self {
            number: behind.number + 1,
            at,
            stage,
            of: Some(begun.number),
            previous: behind.hash,
            ..begun.clone()
        }
    }

    /// The store was put back to what it was when this backup was made.
    pub(crate) fn restored(person: &str, behind: &Link, backup: Timestamp, at: Timestamp) -> Self {
        Self {
            backup: Some(backup),
            ..Self::bare((person, behind), (What::Restore, Stage::Done), at)
        }
    }

    fn bare((person, behind): (&str, &Link), (what, stage): (What, Stage), at: Timestamp) -> Self {
        Self {
            number: behind.number + 1,
            at,
            person: person.to_owned(),
            what,
            stage,
            of: None,
            connection: None,
            tool: None,
            run: None,
            attempt: None,
            arguments: None,
            backup: None,
            previous: behind.hash,
        }
    }
}

#[cfg(test)]
mod tests;
