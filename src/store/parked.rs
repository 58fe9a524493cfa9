//! Runs that wait for a person to connect an account.

use std::collections::HashSet;

use jiff::Timestamp;
use uuid::Uuid;

use super::Error;
use super::committer::Committer;
use super::engine::Engine;
use crate::ids::{ConnectionName, Person, RunId};

const TREE: &str = "parked";

/// Between the parts of a key; no id and no connection name holds it.
const SEPARATOR: char = '\n';

/// A run, and what it waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParkedRun {
    pub(crate) run: RunId,
    pub(crate) person: Person,
    pub(crate) connection: ConnectionName,
    pub(crate) until: Timestamp,
}

#[derive(Clone)]
pub(crate) struct Parked {
    /// person, connection, run → until, in seconds
    waiting: sled::Tree,
    committer: Committer,
}

impl Parked {
    pub(super) fn open(engine: &Engine, committer: Committer) -> Result<Self, Error> {
        Ok(Self {
            waiting: engine.tree(TREE)?,
            committer,
        })
    }

    pub(crate) async fn park(&self, parked: &ParkedRun) -> Result<(), Error> {
        let mut key = prefix(&parked.person, &parked.connection);
        key.extend_from_slice(parked.run.as_bytes());
        self.waiting
            .insert(key, &parked.until.as_second().to_be_bytes())?;
        self.committer.durable().await
    }

    /// The runs that waited for this account. They wait no more.
    pub(crate) async fn take(
        &self,
        person: &Person,
        connection: &ConnectionName,
    ) -> Result<Vec<RunId>, Error> {
        let mut taken = Vec::new();
        for waiting in self.waiting.scan_prefix(prefix(person, connection)).keys() {
            let key = waiting?;
            let run = run_of(&key)?;
            if self.waiting.remove(&key)?.is_some() {
                taken.push(run);
            }
        }
        self.committer.durable().await?;
        Ok(taken)
    }

    /// Whether this run waited. It waits no more.
    pub(crate) async fn take_run(&self, run: RunId) -> Result<bool, Error> {
        let mut found = false;
        for waiting in self.waiting.iter().keys() {
            let key = waiting?;
            if run_of(&key)? == run {
                found |= self.waiting.remove(&key)?.is_some();
            }
        }
        self.committer.durable().await?;
        Ok(found)
    }

    /// The runs that have waited too long. They wait no more.
    pub(crate) async fn take_expired(&self, now: Timestamp) -> Result<Vec<RunId>, Error> {
        let now = now.as_second().to_be_bytes();
        let mut taken = Vec::new();
        for waiting in &self.waiting {
            let (key, until) = waiting?;
            if until.as_ref() <= now.as_slice() && self.waiting.remove(&key)?.is_some() {
                taken.push(run_of(&key)?);
            }
        }
        if !taken.is_empty() {
            self.committer.durable().await?;
        }
        Ok(taken)
    }

    /// Every run that waits.
    pub(crate) fn runs(&self) -> Result<HashSet<RunId>, Error> {
        self.waiting
            .iter()
            .keys()
            .map(|key| run_of(&key?))
            .collect()
    }
}

fn prefix(person: &Person, connection: &ConnectionName) -> Vec<u8> {
    format!("{person}{SEPARATOR}{connection}{SEPARATOR}").into_bytes()
}

fn run_of(key: &[u8]) -> Result<RunId, Error> {
    key.last_chunk::<16>()
        .map(|bytes| RunId::from_uuid(Uuid::from_bytes(*bytes)))
        .ok_or(Error::Unreadable { tree: TREE })
}
