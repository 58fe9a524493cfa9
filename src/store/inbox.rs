//! The inbox: what Slack has been told we have, until it is settled.
//!
//! An event is in three trees. A transaction over them would lock the whole store and seal
//! sled's log buffer twice, for each event; so they are written one after the other, by one
//! at a time, and after a kill or a power cut a prefix of that is there:
//!
//! 1. What it will claim, under its age. By itself this claims nothing.
//! 2. The entry, in one piece. From here on it is accepted, and the start claims for it what
//!    is not claimed yet, before anybody can bring it again.
//! 3. The claims.
//!
//! The other way round, an event would be known and lost, or accepted twice.

use std::ops::Not;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
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
    /// Held by whoever claims.
    claiming: Arc<Mutex<()>>,
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
            claiming: Arc::default(),
            aside,
            committer,
        })
    }

    /// Accepts an event under all its keys, or none. When it returns, the answer is true
    /// after a power cut too; that holds for a duplicate as well, whose first delivery
    /// may still be on its way to the disk.
    pub(crate) async fn claim(&self, keys: &[&str], entry: &Entry) -> Result<Claim, Error> {
        let claim = self.claim_for_now(keys, entry)?;
        if claim == Claim::New {
            self.open.fetch_add(1, Ordering::Relaxed);
        }
        self.committer.durable().await?;
        Ok(claim)
    }

    fn claim_for_now(&self, keys: &[&str], entry: &Entry) -> Result<Claim, Error> {
        let record = encode(entry)?;
        // What it guards is on disk, and as good as before.
        let _claiming = self.claiming.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            if self.claims.contains_key(key)? {
                return Ok(Claim::Duplicate);
            }
        }
        self.ages
            .insert(age(entry), keys.join(SEPARATOR).as_bytes())?;
        parts::insert_new(&self.entries, entry.run.as_bytes(), &record)?;
        let stamp = stamp(entry.accepted_at);
        for key in keys {
            self.claims.insert(key, &stamp)?;
        }
        Ok(Claim::New)
    }

    /// Claims what a kill left unclaimed of events that are open, before anybody can bring
    /// one again. What cannot be read is looked at by whoever needs it.
    pub(super) fn finish_claiming(&self) -> Result<(), Error> {
        for (key, record) in parts::scan(&self.entries, b"")? {
            let Some(entry) = decode(&key, &record) else {
                continue;
            };
            // None where they were forgotten: they are a day old.
            let Some(keys) = self.ages.get(age(&entry))? else {
                continue;
            };
            for claim in claims_in(&keys) {
                if !self.claims.contains_key(claim)? {
                    self.claims.insert(claim, &stamp(entry.accepted_at))?;
                }
            }
        }
        Ok(())
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
                for claim in claims_in(keys) {
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

/// Under which it is written down what an event claims.
fn age(entry: &Entry) -> Vec<u8> {
    [&stamp(entry.accepted_at), entry.run.as_bytes().as_slice()].concat()
}

fn claims_in(keys: &[u8]) -> impl Iterator<Item = &[u8]> {
    keys.split(|byte| SEPARATOR.as_bytes() == [*byte])
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
