//! The journals of runs: each step, in order.

use super::committer::Committer;
use super::engine::Engine;
use super::{Error, parts};
use crate::ids::RunId;
use crate::run::Step;

const TREE: &str = "journal";

/// Whether a step must be on disk before the work goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// With the next commit: losing it means reading something again.
    Batched,
    /// Before this call returns: losing it would double an effect.
    Now,
}

#[derive(Clone)]
pub(crate) struct Journal {
    steps: sled::Tree,
    committer: Committer,
}

impl Journal {
    pub(super) fn open(engine: &Engine, committer: Committer) -> Result<Self, Error> {
        Ok(Self {
            steps: engine.tree(TREE)?,
            committer,
        })
    }

    /// Writes down the step at this place of a run.
    pub(crate) async fn append(
        &self,
        run: RunId,
        place: u32,
        step: &Step,
        durability: Durability,
    ) -> Result<(), Error> {
        let mut key = run.as_bytes().to_vec();
        key.extend_from_slice(&place.to_be_bytes());
        let record = serde_json::to_vec(step).map_err(|_| Error::Unreadable { tree: TREE })?;
        parts::insert(&self.steps, &key, &record)?;
        match durability {
            Durability::Batched => Ok(()),
            Durability::Now => self.committer.durable().await,
        }
    }

    /// All steps of a run so far.
    pub(crate) fn steps(&self, run: RunId) -> Result<Vec<Step>, Error> {
        parts::scan(&self.steps, run.as_bytes())?
            .iter()
            .map(|(_, record)| {
                serde_json::from_slice(record).map_err(|_| Error::Unreadable { tree: TREE })
            })
            .collect()
    }

    /// Forgets a run that is over.
    pub(crate) fn forget(&self, run: RunId) -> Result<(), Error> {
        parts::remove(&self.steps, run.as_bytes())
    }
}
