//! Reports of the vault: which ones were taken, which are still to be looked into, and who
//! was told when.

use jiff::{SignedDuration, Timestamp};
use sled::{IVec, Transactional as _};

use super::aside::Aside;
use super::committer::Committer;
use super::engine::Engine;
use super::{Claim, Error};
use crate::ids::{ConnectionName, Person};
use crate::notice::Notice;
use crate::random::Digest;

const TREE: &str = "notices";

/// How long a report is known again, and how long nobody is told twice of one account.
const LIFE: SignedDuration = SignedDuration::from_hours(24);

/// Between the parts of a key; no id and no connection name holds it.
const SEPARATOR: char = '\n';

#[derive(Clone)]
pub(crate) struct Notices {
    /// digest of its id → the report, for those that are still to be looked into
    open: sled::Tree,
    /// digest of its id → seconds, for all that were taken
    taken: sled::Tree,
    /// person, connection → seconds
    told: sled::Tree,
    aside: Aside,
    committer: Committer,
}

/// By what an open report is settled.
pub(crate) struct NoticeKey(IVec);

impl Notices {
    pub(super) fn open(
        engine: &Engine,
        (committer, aside): (Committer, Aside),
    ) -> Result<Self, Error> {
        Ok(Self {
            open: engine.tree(TREE)?,
            taken: engine.tree("notices_taken")?,
            told: engine.tree("notices_told")?,
            aside,
            committer,
        })
    }

    /// Takes a report, once: it is on disk before this returns.
    pub(crate) async fn take(
        &self,
        id: &Digest,
        notice: &Notice,
        now: Timestamp,
    ) -> Result<Claim, Error> {
        let record = serde_json::to_vec(notice).map_err(|_| Error::Unwritable { tree: TREE })?;
        let stamp = now.as_second().to_be_bytes();
        let is_new = (&self.open, &self.taken).transaction(|(open, taken)| {
            let is_new = taken.get(id.as_bytes())?.is_none();
            if is_new {
                taken.insert(id.as_bytes(), &stamp)?;
                open.insert(id.as_bytes(), record.as_slice())?;
            }
            Ok(is_new)
        })?;
        // Also of a copy: the first one may not have reached the disk yet.
        self.committer.durable().await?;
        Ok(if is_new { Claim::New } else { Claim::Duplicate })
    }

    /// None of them is looked into any more, and who was told is forgotten.
    pub(super) fn forget_all(&self) -> Result<(), Error> {
        self.open.clear()?;
        Ok(self.told.clear()?)
    }

    /// Some of the reports that are still to be looked into, with when they were taken.
    pub(crate) fn some_open(
        &self,
        most: usize,
    ) -> Result<Vec<(NoticeKey, Notice, Timestamp)>, Error> {
        let mut some = Vec::new();
        for record in self.open.iter().take(most) {
            let (key, record) = record?;
            let notice = serde_json::from_slice(&record).ok();
            let taken = self.taken.get(&key)?.and_then(|stamp| time(&stamp));
            if let Some(notice) = self.aside.spare(&self.open, &key, notice)? {
                some.push((NoticeKey(key), notice, taken.unwrap_or(Timestamp::MIN)));
            }
        }
        Ok(some)
    }

    /// It has been looked into. After a crash it may be once more.
    pub(crate) fn settle(&self, key: &NoticeKey) -> Result<(), Error> {
        self.open.remove(&key.0)?;
        Ok(())
    }

    /// Whether the person may be told of this account now, and then not again for a day.
    /// On disk before it is said: it is said once, or after a crash not at all.
    pub(crate) async fn may_tell(
        &self,
        person: &Person,
        connection: &ConnectionName,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let key = format!("{person}{SEPARATOR}{connection}");
        let before = self.told.get(&key)?.and_then(|stamp| time(&stamp));
        if before.is_some_and(|before| now.duration_since(before) < LIFE) {
            return Ok(false);
        }
        self.told
            .insert(key.as_str(), &now.as_second().to_be_bytes())?;
        self.committer.durable().await?;
        Ok(true)
    }

    /// Forgets what is older than a day. Blocking: it looks at all of them.
    pub(crate) fn forget_expired(&self, now: Timestamp) -> Result<(), Error> {
        for tree in [&self.taken, &self.told] {
            for record in tree {
                let (key, stamp) = record?;
                let at = time(&stamp).unwrap_or(Timestamp::MIN);
                if now.duration_since(at) > LIFE {
                    tree.remove(key)?;
                }
            }
        }
        Ok(())
    }
}

fn time(stamp: &[u8]) -> Option<Timestamp> {
    let seconds = stamp.try_into().ok().map(i64::from_be_bytes)?;
    Timestamp::from_second(seconds).ok()
}
