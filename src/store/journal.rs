//! The journals of runs: each step, in order.

use super::aside::Aside;
use super::committer::Committer;
use super::engine::Engine;
use super::{Error, parts};
use crate::ids::RunId;
use crate::run::Step;

const TREE: &str = "journal";

/// Whether a step must be on disk before the work goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// With the next commit: losing it means reading something again, or saying it
    /// in the same place.
    Batched,
    /// Before this call returns: losing it would double an effect.
    Now,
}

#[derive(Clone)]
pub(crate) struct Journal {
    steps: sled::Tree,
    aside: Aside,
    committer: Committer,
}

impl Journal {
    pub(super) fn open(
        engine: &Engine,
        (committer, aside): (Committer, Aside),
    ) -> Result<Self, Error> {
        Ok(Self {
            steps: engine.tree(TREE)?,
            aside,
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
        let record = serde_json::to_vec(step).map_err(|_| Error::Unwritable { tree: TREE })?;
        parts::insert(&self.steps, &key, &record)?;
        match durability {
            Durability::Batched => Ok(()),
            Durability::Now => self.committer.durable().await,
        }
    }

    /// All steps of a run so far. One that cannot be read may have been a deed, so that the
    /// run must not go on as if it had not been.
    pub(crate) fn steps(&self, run: RunId) -> Result<Vec<Step>, Error> {
        parts::scan(&self.steps, run.as_bytes())?
            .iter()
            .map(|(key, record)| {
                let step = serde_json::from_slice(record).ok();
                self.aside.need(&self.steps, key, step)
            })
            .collect()
    }

    /// The steps, for who closes a run.
    pub(super) fn tree(&self) -> &sled::Tree {
        &self.steps
    }
}
