//! The chains of what was done in people's names.
//!
//! An entry is one insert, and the note of it as the last one another, in this order: after
//! a kill or a power cut the note is one entry behind at most, and the next entry finds the
//! one before it. Nothing is flushed here but where it is asked for: what follows an act on
//! its way to the disk takes the entry along.

mod copy;
mod forget;
mod restored;
mod trees;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::Error;
use super::aside::Aside;
use super::committer::Committer;
use super::engine::Engine;
use crate::audit::{Act, Beginning, Entry, Link, Noted, Seed, Stage};
use crate::ids::Person;
use crate::random::Randomness;
pub(crate) use copy::Copied;
pub(super) use restored::settle;
pub(super) use trees::place_in_backup;
use trees::{Trees, write_down};

#[derive(Clone)]
pub(crate) struct Audit {
    trees: Trees,
    /// Held while an entry is added: two runs of one person must not follow the same one.
    adding: Arc<Mutex<()>>,
    /// Held while entries are forgotten or copied.
    reading: Arc<Mutex<()>>,
    aside: Aside,
    committer: Committer,
    randomness: Randomness,
}

impl Audit {
    pub(super) fn open(
        engine: &Engine,
        (committer, aside): (Committer, Aside),
        randomness: Randomness,
    ) -> Result<Self, Error> {
        Ok(Self {
            trees: Trees::of(engine.db())?,
            adding: Arc::default(),
            reading: Arc::default(),
            aside,
            committer,
            randomness,
        })
    }

    /// Writes down that this is about to be done. It is on disk with the next commit: for
    /// reads, and where something follows that waits for the disk before the act is done.
    pub(crate) fn begin(&self, person: &Person, act: &Act, at: Timestamp) -> Result<Noted, Error> {
        let person = person.to_string();
        let _adding = held(&self.adding);
        let beginning = self.beginning_of(&person)?;
        let behind = self.last(&person, &beginning)?;
        let entry = Entry::begun((&person, &beginning.seed), &behind, act, at);
        self.trees.add(&entry)?;
        Ok(Noted::written(entry.number))
    }

    /// The same, on disk when this returns.
    pub(crate) async fn begin_now(
        &self,
        person: &Person,
        act: &Act,
        at: Timestamp,
    ) -> Result<Noted, Error> {
        let noted = self.begin(person, act, at)?;
        self.committer.durable().await?;
        Ok(noted)
    }

    /// Writes down what came of the act that began with this entry; on disk with the next
    /// commit.
    pub(crate) fn end(
        &self,
        person: &Person,
        begun: u64,
        stage: Stage,
        at: Timestamp,
    ) -> Result<(), Error> {
        let person = person.to_string();
        let _adding = held(&self.adding);
        // Forgotten for its age, or lost with a restore: there is nothing that has ended.
        let Some(begun) = self.trees.entry(&person, begun)? else {
            return Ok(());
        };
        let behind = self.last(&person, &self.beginning_of(&person)?)?;
        let entry = Entry::ended(&begun, &behind, stage, at);
        self.trees.add(&entry)
    }

    /// The newest entries of this person, newest first.
    pub(crate) fn recent(&self, person: &Person, most: usize) -> Result<Vec<Entry>, Error> {
        self.trees.newest(&person.to_string(), most)
    }

    /// Where this chain begins; a person's first act begins it.
    fn beginning_of(&self, person: &str) -> Result<Beginning, Error> {
        if let Some(kept) = self.trees.chains.get(person)? {
            let beginning = serde_json::from_slice(&kept).ok();
            return self
                .aside
                .need(&self.trees.chains, person.as_bytes(), beginning);
        }
        let beginning = Beginning {
            seed: Seed::from_bits(self.randomness.bits128()),
            forgotten: None,
        };
        self.trees.chains.insert(person, write_down(&beginning)?)?;
        Ok(beginning)
    }

    /// The last entry, also when a kill came before it was noted as such. A note that cannot
    /// be read is an error: whoever went on without it would hide what was cut off.
    fn last(&self, person: &str, beginning: &Beginning) -> Result<Link, Error> {
        let noted = match self.trees.heads.get(person)? {
            Some(head) => {
                let head = serde_json::from_slice(&head).ok();
                self.aside
                    .need(&self.trees.heads, person.as_bytes(), head)?
            }
            None => beginning.before_first(person),
        };
        self.trees.last_from(person, noted)
    }
}

/// What these guard is on disk, and as good as before.
fn held(lock: &Mutex<()>) -> MutexGuard<'_, ()> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
