//! Runs that wait for a person to connect an account.

use std::collections::HashSet;

use jiff::Timestamp;
use sled::{IVec, Transactional as _};
use uuid::Uuid;

use super::Error;
use super::aside::Aside;
use super::committer::Committer;
use super::engine::Engine;
use crate::ids::{ConnectionName, Person, RunId};

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
    /// run → its key among those that wait
    runs: sled::Tree,
    aside: Aside,
    committer: Committer,
}

impl Parked {
    pub(super) fn open(
        engine: &Engine,
        (committer, aside): (Committer, Aside),
    ) -> Result<Self, Error> {
        Ok(Self {
            waiting: engine.tree("parked")?,
            runs: engine.tree("parked_runs")?,
            aside,
            committer,
        })
    }

    pub(crate) async fn park(&self, parked: &ParkedRun) -> Result<(), Error> {
        let mut key = prefix(&parked.person, &parked.connection);
        key.extend_from_slice(parked.run.as_bytes());
        let until = parked.until.as_second().to_be_bytes();
        (&self.waiting, &self.runs).transaction(|(waiting, runs)| {
            waiting.insert(key.as_slice(), &until)?;
            runs.insert(parked.run.as_bytes(), key.as_slice())?;
            Ok(())
        })?;
        self.committer.durable().await
    }

    /// The runs that wait for this account.
    pub(crate) fn waiting_for(
        &self,
        person: &Person,
        connection: &ConnectionName,
    ) -> Result<Vec<RunId>, Error> {
        let mut runs = Vec::new();
        for key in self.waiting.scan_prefix(prefix(person, connection)).keys() {
            runs.extend(self.run_of(&key?)?);
        }
        Ok(runs)
    }

    /// Those that wait for this account wait until then at least.
    pub(crate) async fn wait_until(
        &self,
        person: &Person,
        connection: &ConnectionName,
        until: Timestamp,
    ) -> Result<(), Error> {
        let until = until.as_second().to_be_bytes();
        let mut waiting = false;
        for entry in self.waiting.scan_prefix(prefix(person, connection)) {
            let (key, before) = entry?;
            if before.as_ref() < until.as_slice() {
                // One that is taken at this moment stays taken.
                let swapped = self
                    .waiting
                    .compare_and_swap(key, Some(before), Some(&until))?;
                waiting |= swapped.is_ok();
            }
        }
        if waiting {
            self.committer.durable().await?;
        }
        Ok(())
    }

    /// The runs that waited for this account. They wait no more.
    pub(crate) async fn take(
        &self,
        person: &Person,
        connection: &ConnectionName,
    ) -> Result<Vec<RunId>, Error> {
        let keys = self.waiting.scan_prefix(prefix(person, connection)).keys();
        let taken = self.take_all(keys.collect::<Result<_, _>>()?)?;
        self.committer.durable().await?;
        Ok(taken)
    }

    /// Whether a question of this person waits for this account.
    pub(crate) fn is_awaited(&self, person: &Person, connection: &ConnectionName) -> bool {
        let mut waiting = self.waiting.scan_prefix(prefix(person, connection));
        waiting.next().is_some()
    }

    /// Whether this run waited. It waits no more.
    pub(crate) async fn take_run(&self, run: RunId) -> Result<bool, Error> {
        let Some(key) = self.runs.get(run.as_bytes())? else {
            return Ok(false);
        };
        let taken = self.take_all(vec![key])?;
        self.committer.durable().await?;
        Ok(!taken.is_empty())
    }

    /// The runs that have waited too long. They wait no more.
    pub(crate) async fn take_expired(&self, now: Timestamp) -> Result<Vec<RunId>, Error> {
        let now = now.as_second().to_be_bytes();
        let mut keys = Vec::new();
        for waiting in &self.waiting {
            let (key, until) = waiting?;
            if until.as_ref() <= now.as_slice() {
                keys.push(key);
            }
        }
        let taken = self.take_all(keys)?;
        if !taken.is_empty() {
            self.committer.durable().await?;
        }
        Ok(taken)
    }

    /// Nobody waits for anything any more. Returns who did.
    pub(super) fn forget_all(&self) -> Result<Vec<RunId>, Error> {
        let keys = self.waiting.iter().keys();
        self.take_all(keys.collect::<Result<_, _>>()?)
    }

    /// Every run that waits.
    pub(crate) fn runs(&self) -> Result<HashSet<RunId>, Error> {
        let mut runs = HashSet::new();
        for key in self.waiting.iter().keys() {
            runs.extend(self.run_of(&key?)?);
        }
        Ok(runs)
    }

    /// Of two that take a run at once, one gets it.
    fn take_all(&self, keys: Vec<IVec>) -> Result<Vec<RunId>, Error> {
        let mut taken = Vec::new();
        for key in keys {
            let Some(run) = self.run_of(&key)? else {
                continue;
            };
            let was_there = (&self.waiting, &self.runs).transaction(|(waiting, runs)| {
                let was_there = waiting.remove(&key)?.is_some();
                if was_there && runs.get(run.as_bytes())?.as_ref() == Some(&key) {
                    runs.remove(run.as_bytes())?;
                }
                Ok(was_there)
            })?;
            if was_there {
                taken.push(run);
            }
        }
        Ok(taken)
    }

    fn run_of(&self, key: &[u8]) -> Result<Option<RunId>, Error> {
        let run = key.last_chunk::<16>();
        let run = run.map(|bytes| RunId::from_uuid(Uuid::from_bytes(*bytes)));
        self.aside.spare(&self.waiting, key, run)
    }
}

fn prefix(person: &Person, connection: &ConnectionName) -> Vec<u8> {
    format!("{person}{SEPARATOR}{connection}{SEPARATOR}").into_bytes()
}
