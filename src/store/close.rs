//! The end of a run on disk.
//!
//! Its record, its inbox entry and its journal lie in three trees. A transaction over them
//! would lock the whole store and seal sled's log buffer twice, for each run; so they are
//! changed one after the other, and after a kill or a power cut a prefix of that is there:
//!
//! 1. The record is written. Without the next step the run is still open: it is closed
//!    again, which makes another record, so the first one goes at the start.
//! 2. The entry goes, in one piece. From here on the run is over.
//! 3. The journal goes, step by step. Nobody reads what is left of it: work begins with an
//!    entry. It goes at the start.
//!
//! The other way round, a run that is over would lack its record, or one that is taken up
//! again would not know what it has done.

use std::collections::HashSet;
use std::sync::PoisonError;

use super::{Error, Finished, Store, parts};

/// Bytes of the id of a run, with which the keys of entries and steps begin and those of
/// records end.
const RUN_BYTES: usize = 16;

impl Store {
    /// The event is settled: answered, refused, or told why not. The entry goes, its journal
    /// with it, and this record stays. Of two that close it at once, one leaves a record.
    pub(crate) async fn close(&self, finished: &Finished) -> Result<(), Error> {
        if self.close_for_now(finished)? {
            self.inbox.is_one_less();
            self.restored.forget(finished.run)?;
        }
        self.committer.durable().await
    }

    fn close_for_now(&self, finished: &Finished) -> Result<bool, Error> {
        let run = finished.run.as_bytes();
        let (key, line) = finished.record()?;
        let (entries, steps) = (self.inbox.tree(), self.journal.tree());
        // What it guards is on disk, and as good as before.
        let _closing = self.closing.lock().unwrap_or_else(PoisonError::into_inner);
        if parts::keys(entries, run)?.is_empty() {
            return Ok(false);
        }
        self.finished.tree().insert(key, line)?;
        let closed = parts::remove(entries, run)?;
        for key in parts::keys(steps, run)? {
            steps.remove(key)?;
        }
        Ok(closed)
    }

    /// Brings what a kill broke off to its end, before anything is read.
    pub(super) fn finish_closing(&self) -> Result<(), Error> {
        let mut open = HashSet::new();
        for key in self.inbox.tree().iter().keys() {
            open.extend(key?.first_chunk::<RUN_BYTES>().copied());
        }
        self.take_back_records(&open)?;
        self.forget_journals_but(&open)
    }

    fn take_back_records(&self, open: &HashSet<[u8; RUN_BYTES]>) -> Result<(), Error> {
        // Nearly always, and there may be many records.
        if open.is_empty() {
            return Ok(());
        }
        let records = self.finished.tree();
        for key in records.iter().keys() {
            let key = key?;
            if key.last_chunk().is_some_and(|run| open.contains(run)) {
                records.remove(key)?;
            }
        }
        Ok(())
    }

    /// One look for each run: those at work have long journals.
    fn forget_journals_but(&self, open: &HashSet<[u8; RUN_BYTES]>) -> Result<(), Error> {
        let steps = self.journal.tree();
        let mut next = steps.first()?;
        while let Some((key, _step)) = next {
            let Some(&run) = key.first_chunk::<RUN_BYTES>() else {
                next = steps.get_gt(key)?;
                continue;
            };
            // Beside an entry that nobody could read, for whoever looks into the damage.
            if !open.contains(&run) && !self.aside.holds(self.inbox.tree(), &run)? {
                for key in parts::keys(steps, &run)? {
                    steps.remove(key)?;
                }
            }
            // Behind the last of its steps: no place in a run is so far.
            next = steps.get_gt([run.as_slice(), &[u8::MAX; 6]].concat())?;
        }
        Ok(())
    }
}
