//! The inbox: what Slack has been told we have, until it is settled.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sled::Transactional as _;
use uuid::Uuid;

use super::committer::Committer;
use super::engine::Engine;
use super::{Error, parts};
use crate::event::Event;
use crate::ids::RunId;

const TREE: &str = "inbox";

/// An accepted event. Its run's journal lies under the same id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) run: RunId,
    pub(crate) accepted_at: Timestamp,
    pub(crate) event: Event,
}

#[derive(Serialize, Deserialize)]
struct Record {
    accepted_at: Timestamp,
    event: Event,
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
    entries: sled::Tree,
    /// How many entries are open; a bound on what may queue.
    open: Arc<AtomicUsize>,
    committer: Committer,
}

impl Inbox {
    pub(super) fn open(engine: &Engine, committer: Committer) -> Result<Self, Error> {
        let inbox = Self {
            claims: engine.tree("claims")?,
            entries: engine.tree(TREE)?,
            open: Arc::default(),
            committer,
        };
        let open = inbox.entries()?.len();
        inbox.open.store(open, Ordering::Relaxed);
        Ok(inbox)
    }

    /// Accepts an event under all its keys, or none. When it returns, the answer is true
    /// after a power cut too; that holds for a duplicate as well, whose first delivery
    /// may still be on its way to the disk.
    pub(crate) async fn claim(&self, keys: &[&str], entry: &Entry) -> Result<Claim, Error> {
        let record = encode(entry)?;
        let stamp = entry.accepted_at.as_second().to_be_bytes();
        let claim = (&self.claims, &self.entries).transaction(|(claims, entries)| {
            for key in keys {
                if claims.get(key)?.is_some() {
                    return Ok(Claim::Duplicate);
                }
            }
            for key in keys {
                claims.insert(key.as_bytes(), &stamp)?;
            }
            parts::insert_within(entries, entry.run.as_bytes(), &record)?;
            Ok(Claim::New)
        })?;
        if claim == Claim::New {
            self.open.fetch_add(1, Ordering::Relaxed);
        }
        self.committer.durable().await?;
        Ok(claim)
    }

    /// The event is settled: answered, refused, or told why not.
    pub(crate) async fn close(&self, run: RunId) -> Result<(), Error> {
        let keys: Vec<_> = self
            .entries
            .scan_prefix(run.as_bytes())
            .keys()
            .collect::<Result<_, _>>()?;
        // Of two that close it at once, one takes it off the count.
        let closed = self.entries.transaction(|entries| {
            let mut closed = false;
            for key in &keys {
                closed |= entries.remove(key)?.is_some();
            }
            Ok(closed)
        })?;
        if closed {
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
        self.committer.durable().await
    }

    /// One open entry.
    pub(crate) fn entry(&self, run: RunId) -> Result<Option<Entry>, Error> {
        parts::scan(&self.entries, run.as_bytes())?
            .first()
            .map(|(key, record)| decode(key, record))
            .transpose()
    }

    /// Every open entry, oldest first.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, Error> {
        parts::scan(&self.entries, b"")?
            .iter()
            .map(|(key, record)| decode(key, record))
            .collect()
    }

    pub(crate) fn open_count(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Forgets claims from before this time; Slack no longer redelivers what they stand for.
    pub(crate) fn forget_claims_before(&self, time: Timestamp) -> Result<(), Error> {
        let oldest = time.as_second().to_be_bytes();
        for claim in &self.claims {
            let (key, stamp) = claim?;
            if stamp.as_ref() < oldest.as_slice() {
                self.claims.remove(key)?;
            }
        }
        Ok(())
    }
}

fn encode(entry: &Entry) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(&Record {
        accepted_at: entry.accepted_at,
        event: entry.event.clone(),
    })
    .map_err(|_| Error::Unreadable { tree: TREE })
}

fn decode(key: &[u8], record: &[u8]) -> Result<Entry, Error> {
    let unreadable = || Error::Unreadable { tree: TREE };
    let run = Uuid::from_slice(key).map_err(|_| unreadable())?;
    let record: Record = serde_json::from_slice(record).map_err(|_| unreadable())?;
    Ok(Entry {
        run: RunId::from_uuid(run),
        accepted_at: record.accepted_at,
        event: record.event,
    })
}
