//! Standing grants: what a person lets be done without being asked each time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Error;
use super::aside::Aside;
use super::committer::Committer;
use super::engine::Engine;
use crate::ids::{ConnectionName, Person};

const TREE: &str = "grants";

/// Between the parts of a key; no id, connection or tool name holds it.
const SEPARATOR: char = '\n';

/// One tool that one person lets run in their own account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) connection: ConnectionName,
    pub(crate) tool: String,
    pub(crate) since: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Record {
    since: Timestamp,
}

#[derive(Clone)]
pub(crate) struct Grants {
    /// person, connection, tool → since when
    records: sled::Tree,
    aside: Aside,
    committer: Committer,
}

impl Grants {
    pub(super) fn open(
        engine: &Engine,
        (committer, aside): (Committer, Aside),
    ) -> Result<Self, Error> {
        Ok(Self {
            records: engine.tree(TREE)?,
            aside,
            committer,
        })
    }

    /// From now on this person is not asked about this tool any more.
    pub(crate) async fn add(&self, person: &Person, grant: &Grant) -> Result<(), Error> {
        let record = Record { since: grant.since };
        let record = serde_json::to_vec(&record).map_err(|_| Error::Unwritable { tree: TREE })?;
        self.records
            .insert(key(person, &grant.connection, &grant.tool), record)?;
        self.committer.durable().await
    }

    /// Whether this person has said so. One that cannot be read is none: they are asked.
    pub(crate) fn has(
        &self,
        person: &Person,
        connection: &ConnectionName,
        tool: &str,
    ) -> Result<bool, Error> {
        let key = key(person, connection, tool);
        match self.records.get(&key)? {
            Some(record) => Ok(self.read(&key, &record)?.is_some()),
            None => Ok(false),
        }
    }

    /// All that this person has let run.
    pub(crate) fn of(&self, person: &Person) -> Result<Vec<Grant>, Error> {
        let mut grants = Vec::new();
        for grant in self.records.scan_prefix(prefix(person)) {
            let (key, record) = grant?;
            grants.extend(self.read(&key, &record)?);
        }
        Ok(grants)
    }

    /// They are asked again. `false` if they were all the time.
    pub(crate) async fn revoke(
        &self,
        person: &Person,
        connection: &ConnectionName,
        tool: &str,
    ) -> Result<bool, Error> {
        let was_there = self
            .records
            .remove(key(person, connection, tool))?
            .is_some();
        self.committer.durable().await?;
        Ok(was_there)
    }

    /// The account goes, and with it all that was granted for it.
    pub(crate) async fn revoke_all(
        &self,
        person: &Person,
        connection: &ConnectionName,
    ) -> Result<(), Error> {
        for grant in self.of(person)? {
            if grant.connection == *connection {
                self.records.remove(key(person, connection, &grant.tool))?;
            }
        }
        self.committer.durable().await
    }

    /// Nobody lets anything be done any more.
    pub(super) fn forget_all(&self) -> Result<(), Error> {
        Ok(self.records.clear()?)
    }

    fn read(&self, key: &[u8], record: &[u8]) -> Result<Option<Grant>, Error> {
        self.aside.spare(&self.records, key, decode(key, record))
    }
}

fn prefix(person: &Person) -> Vec<u8> {
    format!("{person}{SEPARATOR}").into_bytes()
}

fn key(person: &Person, connection: &ConnectionName, tool: &str) -> Vec<u8> {
    format!("{person}{SEPARATOR}{connection}{SEPARATOR}{tool}").into_bytes()
}

fn decode(key: &[u8], record: &[u8]) -> Option<Grant> {
    let mut parts = std::str::from_utf8(key).ok()?.splitn(3, SEPARATOR);
    let (_person, connection, tool) = (parts.next()?, parts.next()?, parts.next()?);
    let record: Record = serde_json::from_slice(record).ok()?;
    Some(Grant {
        connection: ConnectionName::parse(connection).ok()?,
        tool: tool.to_owned(),
        since: record.since,
    })
}
