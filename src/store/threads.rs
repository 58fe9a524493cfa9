//! What was asked and answered in a thread, by whom.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::aside::Aside;
use super::engine::Engine;
use super::{Error, parts};
use crate::ids::{Person, RunId, Thread};

const TREE: &str = "threads";

/// Turns that are forgotten at once.
const BATCH: usize = 100;

/// One question of a thread, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Turn {
    pub(crate) person: Person,
    pub(crate) name: String,
    pub(crate) question: String,
    pub(crate) answer: String,
}

#[derive(Clone)]
pub(crate) struct Threads {
    turns: sled::Tree,
    /// run → where its turn is; runs sort by their age
    ages: sled::Tree,
    aside: Aside,
}

impl Threads {
    pub(super) fn open(engine: &Engine, aside: Aside) -> Result<Self, Error> {
        Ok(Self {
            turns: engine.tree(TREE)?,
            ages: engine.tree("thread_ages")?,
            aside,
        })
    }

    /// Remembers a turn, on disk with the next commit: the close of its run follows, and until
    /// that is on disk the turn can be remembered again. Doing so changes nothing.
    pub(crate) fn remember(&self, thread: &Thread, run: RunId, turn: &Turn) -> Result<(), Error> {
        let thread = prefix(thread);
        let key = [&thread, run.as_bytes().as_slice()].concat();
        let record = serde_json::to_vec(turn).map_err(|_| Error::Unwritable { tree: TREE })?;
        // In this order: a turn without an age would stay for good.
        self.ages.insert(run.as_bytes(), thread)?;
        parts::insert(&self.turns, &key, &record)
    }

    /// The turns of a thread since this time and before this run, oldest first.
    pub(crate) fn turns(
        &self,
        thread: &Thread,
        since: Timestamp,
        run: RunId,
    ) -> Result<Vec<Turn>, Error> {
        let thread = prefix(thread);
        let at = |run: RunId| [&thread, run.as_bytes().as_slice()].concat();
        let (begin, end) = (at(RunId::first_at(since)), at(run));
        let mut turns = Vec::new();
        for (key, record) in parts::scan(&self.turns, &thread)? {
            if begin <= key && key < end {
                let turn = serde_json::from_slice(&record).ok();
                turns.extend(self.aside.spare(&self.turns, &key, turn)?);
            }
        }
        Ok(turns)
    }

    /// Forgets turns of runs from before this time. Blocking: many may go at once.
    pub(crate) fn forget_before(&self, time: Timestamp) -> Result<(), Error> {
        let oldest = RunId::first_at(time);
        loop {
            let old = self.ages.range(..oldest.as_bytes().as_slice()).take(BATCH);
            let old: Vec<_> = old.collect::<Result<_, _>>()?;
            let (mut turns, mut ages) = (sled::Batch::default(), sled::Batch::default());
            for (run, thread) in &old {
                let turn = [thread.as_ref(), run.as_ref()].concat();
                for key in parts::keys(&self.turns, &turn)? {
                    turns.remove(key);
                }
                ages.remove(run);
            }
            // In this order: a turn without an age would stay for good.
            self.turns.apply_batch(turns)?;
            self.ages.apply_batch(ages)?;
            if old.len() < BATCH {
                return Ok(());
            }
        }
    }

    /// Forgets all that was said anywhere.
    pub(super) fn forget_all(&self) -> Result<(), Error> {
        // In this order: a turn without an age would stay for good.
        self.turns.clear()?;
        Ok(self.ages.clear()?)
    }
}

fn prefix(thread: &Thread) -> Vec<u8> {
    format!("{thread}\n").into_bytes()
}
