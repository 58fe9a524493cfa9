//! What was open in the backup that a store was restored from. It may have been answered
//! since the backup was made, or a write of it sent, so that nobody works on it again: it
//! ends with a word.

use jiff::Timestamp;

use super::Error;
use super::engine::Engine;
use crate::ids::RunId;

const TREE: &str = "restored";

#[derive(Clone)]
pub(crate) struct Restored {
    /// run → when the backup was made, in seconds
    open: sled::Tree,
}

impl Restored {
    pub(super) fn open(engine: &Engine) -> Result<Self, Error> {
        Ok(Self {
            open: engine.tree(TREE)?,
        })
    }

    /// When the backup was made in which this event was open; `None` for those that came
    /// afterwards.
    pub(crate) fn backup_of(&self, run: RunId) -> Result<Option<Timestamp>, Error> {
        let Some(stamp) = self.open.get(run.as_bytes())? else {
            return Ok(None);
        };
        let seconds: [u8; 8] = stamp.as_ref().try_into().map_err(|_| Error::Damage)?;
        Timestamp::from_second(i64::from_be_bytes(seconds))
            .map(Some)
            .map_err(|_| Error::Damage)
    }

    /// Its word has been said.
    pub(crate) fn forget(&self, run: RunId) -> Result<(), Error> {
        self.open.remove(run.as_bytes())?;
        Ok(())
    }
}

/// Marks every event that is open in this store, and says how many there are.
pub(super) fn mark(db: &sled::Db, taken_at: Timestamp) -> sled::Result<u64> {
    let (inbox, marks) = (db.open_tree("inbox")?, db.open_tree(TREE)?);
    let mut marked = 0;
    for part in inbox.iter().keys() {
        let part = part?;
        let Some((run, _number)) = part.split_last_chunk::<2>() else {
            continue;
        };
        let stamp = taken_at.as_second().to_be_bytes();
        marked += u64::from(marks.insert(run, &stamp)?.is_none());
    }
    Ok(marked)
}
