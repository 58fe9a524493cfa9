//! Old entries go, and the chain begins behind them.

use jiff::Timestamp;

use super::super::Error;
use super::trees::{key, write_down};
use super::{Audit, held};
use crate::audit::{Beginning, Entry, Link};

/// Entries that are forgotten at once.
const BATCH: usize = 1_000;

impl Audit {
    /// Forgets the entries at the beginning of each chain that are from before this time.
    /// What is broken stays, and with it all behind it: it is evidence. Blocking.
    pub(crate) fn forget_before(&self, time: Timestamp) -> Result<(), Error> {
        for chain in &self.trees.chains {
            let (person, beginning) = chain?;
            let Ok(person) = std::str::from_utf8(&person) else {
                continue;
            };
            // What cannot be read fails whoever needs it, who reports it.
            if let Ok(mut beginning) = serde_json::from_slice::<Beginning>(&beginning) {
                while self.forget_some_of(person, &mut beginning, time)? {}
            }
        }
        Ok(())
    }

    /// `false` when there are no more of them.
    fn forget_some_of(
        &self,
        person: &str,
        beginning: &mut Beginning,
        time: Timestamp,
    ) -> Result<bool, Error> {
        let _reading = held(&self.reading);
        let before = beginning.before_first(person);
        let written = self.written(person)?;
        if written == 0 {
            return Ok(false);
        }
        let mut last = before;
        let mut going = sled::Batch::default();
        let from = key(person, 1);
        for record in self
            .trees
            .entries
            .range(from..=key(person, written))
            .take(BATCH)
        {
            let (key_of_it, record) = record?;
            // A kill may have come before all of the last batch was gone.
            let is_left = key_of_it.as_ref() <= key(person, before.number).as_slice();
            if !is_left {
                let Some(next) = follows(&record, &last, time) else {
                    break;
                };
                last = next;
            }
            going.remove(key_of_it);
        }
        if last != before {
            beginning.forgotten = Some(last);
            let _adding = held(&self.adding);
            self.trees.chains.insert(person, write_down(beginning)?)?;
        }
        // In this order: entries that are gone before their chain begins behind them are
        // missing.
        self.trees.entries.apply_batch(going)?;
        Ok(last.number >= before.number + BATCH as u64)
    }

    /// The number of the last entry that was noted.
    fn written(&self, person: &str) -> Result<u64, Error> {
        let head = self.trees.heads.get(person)?;
        let head = head.and_then(|head| serde_json::from_slice::<Link>(&head).ok());
        Ok(head.map_or(0, |head| head.number))
    }
}

/// The next entry that may go, if it is old and what was written.
fn follows(record: &[u8], last: &Link, time: Timestamp) -> Option<Link> {
    let entry: Entry = serde_json::from_slice(record).ok()?;
    let is_next = entry.number == last.number + 1 && entry.previous == last.hash;
    (is_next && entry.at < time).then(|| Link::of(entry.number, record))
}
