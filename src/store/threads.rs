//! What was asked and answered in a thread, by whom.

use serde::{Deserialize, Serialize};

use super::committer::Committer;
use super::engine::Engine;
use super::{Error, parts};
use crate::ids::{Person, RunId, Thread};

const TREE: &str = "threads";

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
    committer: Committer,
}

impl Threads {
    pub(super) fn open(engine: &Engine, committer: Committer) -> Result<Self, Error> {
        Ok(Self {
            turns: engine.tree(TREE)?,
            committer,
        })
    }

    /// Remembers a turn. Doing so again for the same run changes nothing.
    pub(crate) async fn remember(
        &self,
        thread: &Thread,
        run: RunId,
        turn: &Turn,
    ) -> Result<(), Error> {
        let mut key = prefix(thread);
        key.extend_from_slice(run.as_bytes());
        let record = serde_json::to_vec(turn).map_err(|_| Error::Unreadable { tree: TREE })?;
        parts::insert(&self.turns, &key, &record)?;
        self.committer.durable().await
    }

    /// The turns of a thread before this run, oldest first.
    pub(crate) fn turns_before(&self, thread: &Thread, run: RunId) -> Result<Vec<Turn>, Error> {
        let mut end = prefix(thread);
        end.extend_from_slice(run.as_bytes());
        parts::scan(&self.turns, &prefix(thread))?
            .iter()
            .filter(|(key, _)| *key < end)
            .map(|(_, record)| {
                serde_json::from_slice(record).map_err(|_| Error::Unreadable { tree: TREE })
            })
            .collect()
    }
}

fn prefix(thread: &Thread) -> Vec<u8> {
    format!("{thread}\n").into_bytes()
}
