//! The inbox: what Slack has been told we have, until it is settled.

use std::ops::Not;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sled::Transactional as _;
use uuid::Uuid;

use super::aside::Aside;
use super::committer::Committer;
use super::engine::Engine;
use super::{Error, parts};
use crate::event::Event;
use crate::ids::RunId;

const TREE: &str = "inbox";

/// Between the claims of one event; none of them holds it.
const SEPARATOR: &str = "\n";

/// Events whose claims are forgotten at once.
const BATCH: usize = 1_000;

/// An accepted event. Its run's journal lies under the same id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) run: RunId,
    pub(crate) accepted_at: Timestamp,
    pub(crate) event: Event,
    /// It may have had to wait for its turn. As long as the journal of such a run is empty,
    /// nothing was said of it.
    pub(crate) in_line: bool,
}

#[derive(Serialize, Deserialize)]
struct Record {
    accepted_at: Timestamp,
    event: Event,
    #[serde(default, skip_serializing_if = "Not::not")]
    in_line: bool,
}

/// Whether an event is ours to work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It was accepted before, under one of its keys.
    Duplicate,
    /// It is now in the inbox, on disk.
    New,
}

#[derive(Clone)]
pub(crate) struct Inbox {
    claims: sled::Tree,
    /// seconds, run → its claims; what was claimed when
    ages: sled::Tree,
    entries: sled::Tree,
    /// How many entries are open; a bound on what may queue.
    open: Arc<AtomicUsize>,
    aside: Aside,
    committer: Committer,
}

impl Inbox {
    pub(super) fn open(
        engine: &Engine,
        (committer, aside): (Committer, Aside),
    ) -> Result<Self, Error> {
        let entries = engine.tree(TREE)?;
        let open = parts::count(&entries)?;
        Ok(Self {
            claims: engine.tree("claims")?,
            ages: engine.tree("claim_ages")?,
            entries,
            open: Arc::new(AtomicUsize::new(open)),
            aside,
            committer,
        })
    }

    /// Accepts an event under all its keys, or none. When it returns, the answer is true
    /// after a power cut too; that holds for a duplicate as well, whose first delivery
    /// may still be on its way to the disk.
    pub(crate) async fn claim(&self, keys: &[&str], entry: &Entry) -> Result<Claim, Error> {
        let record = encode(entry)?;
        let stamp = stamp(entry.accepted_at);
        let age = [&stamp, entry.run.as_bytes().as_slice()].concat();
        let together = keys.join(SEPARATOR);
        let trees = (&self.claims, &self.ages, &self.entries);
        let claim = trees.transaction(|(claims, ages, entries)| {
            for key in keys {
                if claims.get(key)?.is_some() {
                    return Ok(Claim::Duplicate);
                }
            }
            for key in keys {
                claims.insert(key.as_bytes(), &stamp)?;
            }
            ages.insert(age.as_slice(), together.as_bytes())?;
            parts::insert_within(entries, entry.run.as_bytes(), &record)?;
            Ok(Claim::New)
        })?;
        if claim == Claim::New {
            self.open.fetch_add(1, Ordering::Relaxed);
        }
        self.committer.durable().await?;
        Ok(claim)
    }

    /// One open entry.
    pub(crate) fn entry(&self, run: RunId) -> Result<Option<Entry>, Error> {
        match parts::scan(&self.entries, run.as_bytes())?.first() {
            Some((key, record)) => self.read(key, record),
            None => Ok(None),
        }
    }

    /// Every open entry, oldest first.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        for (key, record) in parts::scan(&self.entries, b"")? {
            entries.extend(self.read(&key, &record)?);
        }
        Ok(entries)
    }

    pub(crate) fn open_count(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Forgets claims from before this time; Slack no longer redelivers what they stand for.
    /// Blocking: a day's claims may go at once.
    pub(crate) fn forget_claims_before(&self, time: Timestamp) -> Result<(), Error> {
        loop {
            let old = self.ages.range(..stamp(time)).take(BATCH);
            let old: Vec<_> = old.collect::<Result<_, _>>()?;
            let (mut claims, mut ages) = (sled::Batch::default(), sled::Batch::default());
            for (age, keys) in &old {
                for claim in keys.split(|byte| SEPARATOR.as_bytes() == [*byte]) {
                    claims.remove(claim);
                }
                ages.remove(age);
            }
            // In this order: a claim without an age would stay for good.
            self.claims.apply_batch(claims)?;
            self.ages.apply_batch(ages)?;
            if old.len() < BATCH {
                return Ok(());
            }
        }
    }

    /// The entries, for who closes one.
    pub(super) fn tree(&self) -> &sled::Tree {
        &self.entries
    }

    /// An entry is no longer among them.
    pub(super) fn is_one_less(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    fn read(&self, key: &[u8], record: &[u8]) -> Result<Option<Entry>, Error> {
        let entry = decode(key, record);
        if entry.is_none() && self.aside.set_aside(&self.entries, key)? {
            self.is_one_less();
        }
        Ok(entry)
    }
}

fn stamp(time: Timestamp) -> [u8; 8] {
    time.as_second().to_be_bytes()
}

pub(super) fn encode(entry: &Entry) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(&Record {
        accepted_at: entry.accepted_at,
        event: entry.event.clone(),
        in_line: entry.in_line,
    })
    .map_err(|_| Error::Unwritable { tree: TREE })
}

pub(super) fn decode(key: &[u8], record: &[u8]) -> Option<Entry> {
    let run = RunId::from_uuid(Uuid::from_slice(key).ok()?);
    let record: Record = serde_json::from_slice(record).ok()?;
    Some(Entry {
        run,
        accepted_at: record.accepted_at,
        event: record.event,
        in_line: record.in_line,
    })
}
