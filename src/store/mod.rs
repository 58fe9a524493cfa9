//! What must survive: the inbox, people's identifiers, what their accounts are called, attempts,
//! journals, threads, what was done in whose name, and a record of each run that is over.
//!
//! The only place that knows sled. Its interface speaks of claims, attempts and runs, not
//! of keys and bytes, since a second engine will stand beside this one.

mod accounts;
mod approvals;
mod aside;
mod attempts;
mod audit;
mod backup;
pub(crate) mod backups;
mod close;
mod committer;
mod consents;
#[cfg(any(fuzzing, test))]
pub(crate) mod doors;
mod engine;
mod error;
mod finished;
mod grants;
mod inbox;
mod journal;
mod lock;
mod notices;
mod parked;
mod parts;
mod people;
mod restore;
mod restored;
mod schema;
mod space;
mod threads;
mod usage;
mod workspace;

use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;

use crate::metrics::FlushTimes;
use crate::random::Randomness;

pub(crate) use accounts::Accounts;
pub(crate) use approvals::Approvals;
pub(crate) use attempts::Attempts;
pub(crate) use audit::{Audit, Copied};
pub(crate) use backup::{BackupError, Contents, Header, check};
pub(crate) use consents::{Consents, Given};
pub(crate) use error::Error;
pub(crate) use finished::{Ending, Finished, FinishedRuns, Kind, files_of_finished_runs};
pub(crate) use grants::{Grant, Grants};
pub(crate) use inbox::{Claim, Entry, Inbox};
pub(crate) use journal::{Durability, Journal};
pub(crate) use notices::Notices;
pub(crate) use parked::{Parked, ParkedRun};
pub(crate) use people::People;
pub(crate) use restore::{Rebuilt, put_in_place, restore_alone};
pub(crate) use restored::Restored;
pub(crate) use space::{ENOUGH_BYTES, Outlook, Room, look_at, try_disk};
pub(crate) use threads::{Background, Sayer, Saying, Threads, Turn};
pub(crate) use usage::{UsageKept, end_of_day};
pub(crate) use workspace::{Belongs, Installed};

use aside::Aside;
use committer::Committer;
use engine::Engine;

/// What a look at the disk found, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Looked {
    pub(crate) free: u64,
    /// What the engine takes up.
    pub(crate) stored: u64,
}

/// A cheap handle on the whole store.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) accounts: Accounts,
    pub(crate) approvals: Approvals,
    pub(crate) attempts: Attempts,
    pub(crate) audit: Audit,
    pub(crate) consents: Consents,
    pub(crate) finished: FinishedRuns,
    pub(crate) grants: Grants,
    pub(crate) inbox: Inbox,
    pub(crate) installed: Installed,
    pub(crate) journal: Journal,
    pub(crate) notices: Notices,
    pub(crate) parked: Parked,
    pub(crate) people: People,
    pub(crate) restored: Restored,
    pub(crate) threads: Threads,
    pub(crate) usage: UsageKept,
    aside: Aside,
    committer: Committer,
    /// Held by whoever closes a run.
    closing: Arc<Mutex<()>>,
}

impl Store {
    /// Opens the store in this folder, or makes one. Blocking: called once, at start.
    pub(crate) fn open(folder: &Path, randomness: Randomness) -> Result<Self, Error> {
        Self::open_timed(folder, randomness, FlushTimes::default())
    }

    /// The same where somebody wants to know how long flushes take.
    pub(crate) fn open_timed(
        folder: &Path,
        randomness: Randomness,
        times: FlushTimes,
    ) -> Result<Self, Error> {
        let engine = Engine::open(folder)?;
        schema::bring_up_to_date(&engine)?;
        let committer = Committer::start(engine.clone(), times)?;
        let aside = Aside::open(&engine)?;
        let common = || (committer.clone(), aside.clone());
        let installed = Installed::open(&engine)?;
        let store = Self {
            accounts: Accounts::open(&engine, common())?,
            approvals: Approvals::open(&engine, common())?,
            attempts: Attempts::open(&engine, common())?,
            audit: Audit::open(&engine, common(), randomness.clone())?,
            consents: Consents::open(&engine, common())?,
            finished: FinishedRuns::open(&engine, folder, aside.clone())?,
            grants: Grants::open(&engine, common())?,
            inbox: Inbox::open(&engine, common())?,
            installed: installed.clone(),
            journal: Journal::open(&engine, common())?,
            notices: Notices::open(&engine, common())?,
            parked: Parked::open(&engine, common())?,
            people: People::open(&engine, common(), randomness, installed)?,
            restored: Restored::open(&engine)?,
            threads: Threads::open(&engine, common())?,
            usage: UsageKept::open(&engine, aside.clone())?,
            aside,
            committer,
            closing: Arc::default(),
        };
        store.inbox.finish_claiming()?;
        store.finish_closing()?;
        Ok(store)
    }

    /// How many records could not be read since the start, and were set aside.
    pub(crate) fn set_aside(&self) -> u64 {
        self.aside.count()
    }

    /// Proves that a write reaches the disk. `false` when it does not.
    pub(crate) async fn check_writable(&self) -> bool {
        self.committer.is_durable().await
    }

    /// Looks whether the disk still takes what is written, and at how many bytes are free
    /// on it. Blocking.
    pub(crate) fn look_at_disk(&self) -> Result<Looked, Error> {
        self.committer.look()?;
        Ok(Looked {
            free: self.committer.free_bytes()?,
            // A figure, and no more.
            stored: self.committer.db().size_on_disk().unwrap_or_default(),
        })
    }

    /// Whether a backup leaves this many bytes free. Blocking.
    pub(crate) fn has_room_for_backup(&self, data: &Path, left_over: u64) -> Result<(), Error> {
        let size = self.committer.db().size_on_disk()?;
        let (free, needed) = (self.committer.free_bytes()?, size.saturating_add(left_over));
        if free >= needed {
            return Ok(());
        }
        Err(Error::NoRoom {
            folder: data.to_owned(),
            free_mib: free >> 20,
            needed_mib: needed >> 20,
        })
    }

    /// Cancelled when the last handle is gone, the store closed, and its folder unlocked.
    pub(crate) fn closed(&self) -> CancellationToken {
        self.committer.closed()
    }

    /// Returns when the disk has failed and nothing can be acknowledged any more.
    pub(crate) async fn failed(&self) {
        self.committer.failed().await;
    }
}

#[cfg(test)]
mod tests;
