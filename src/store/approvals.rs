//! What people are asked for their word on, and what they said.

use std::collections::HashSet;
use std::convert::Infallible;

use jiff::{SignedDuration, Timestamp};
use sled::Transactional as _;

use super::aside::Aside;
use super::committer::Committer;
use super::engine::Engine;
use super::{Error, parts};
use crate::approval::{Approval, Proposal};
use crate::ids::{ApprovalId, Person, RunId};

const TREE: &str = "approvals";
const TEXTS: &str = "approval_texts";

/// How long it is known that something was decided, so that whoever presses an old button
/// is told so. No text is kept for that.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

#[derive(Clone)]
pub(crate) struct Approvals {
    /// id → the approval, without a text
    records: sled::Tree,
    /// id → what is to be done, in parts
    texts: sled::Tree,
    /// run, id → nothing; as long as its run has not taken note of how it ended
    open: sled::Tree,
    aside: Aside,
    committer: Committer,
}

impl Approvals {
    pub(super) fn open(
        engine: &Engine,
        (committer, aside): (Committer, Aside),
    ) -> Result<Self, Error> {
        Ok(Self {
            records: engine.tree(TREE)?,
            texts: engine.tree(TEXTS)?,
            open: engine.tree("approvals_open")?,
            aside,
            committer,
        })
    }

    /// Remembers what is about to be asked, before its card can be seen.
    pub(crate) async fn ask(&self, approval: &Approval, proposal: &Proposal) -> Result<(), Error> {
        let (record, texts) = (encode(approval)?, encode_texts(proposal)?);
        let trees = (&self.records, &self.texts, &self.open);
        trees.transaction(|(approvals, all_texts, open)| {
            approvals.insert(&approval.id.as_bytes(), record.as_slice())?;
            parts::insert_within(all_texts, &approval.id.as_bytes(), &texts)?;
            open.insert(open_key(approval), &[])?;
            Ok(())
        })?;
        self.committer.durable().await
    }

    pub(crate) fn find(&self, id: ApprovalId) -> Result<Option<Approval>, Error> {
        match self.records.get(id.as_bytes())? {
            Some(record) => self.read(&id.as_bytes(), &record),
            None => Ok(None),
        }
    }

    /// What it is about; nothing any more when it is over.
    pub(crate) fn proposal(&self, id: ApprovalId) -> Result<Option<Proposal>, Error> {
        match parts::scan(&self.texts, &id.as_bytes())?.first() {
            Some((key, record)) => {
                let proposal = serde_json::from_slice(record).ok();
                self.aside.spare(&self.texts, key, proposal)
            }
            None => Ok(None),
        }
    }

    /// Takes a step with an approval, unless it refuses. Of two who take one at once, the
    /// second takes it from where the first has left it. What comes back is on disk.
    pub(crate) async fn change<R>(
        &self,
        id: ApprovalId,
        step: impl Fn(Approval) -> Result<Approval, R> + Send,
    ) -> Result<Option<Result<Approval, R>>, Error> {
        let changed = loop {
            let Some(record) = self.records.get(id.as_bytes())? else {
                return Ok(None);
            };
            let Some(approval) = self.read(&id.as_bytes(), &record)? else {
                return Ok(None);
            };
            let next = match step(approval) {
                Ok(next) => next,
                Err(refused) => break Err(refused),
            };
            let written = encode(&next)?;
            let swapped = self.records.compare_and_swap(
                id.as_bytes(),
                Some(record),
                Some(written.as_slice()),
            )?;
            if swapped.is_ok() {
                break Ok(next);
            }
        };
        // Also what was refused was perhaps refused for something not yet on disk.
        self.committer.durable().await?;
        Ok(Some(changed))
    }

    /// The same of one that never refuses.
    pub(crate) async fn advance(
        &self,
        id: ApprovalId,
        step: impl Fn(Approval) -> Approval + Send,
    ) -> Result<Option<Approval>, Error> {
        let changed = self.change(id, move |approval| Ok::<_, Infallible>(step(approval)));
        Ok(changed.await?.map(|Ok(approval)| approval))
    }

    /// Puts another one in the place of this one, both or neither. `None`: it is gone.
    pub(crate) async fn replace<R>(
        &self,
        id: ApprovalId,
        step: impl Fn(Approval) -> Result<(Approval, Approval), R> + Send,
        proposal: &Proposal,
    ) -> Result<Option<Result<Approval, R>>, Error> {
        let texts = encode_texts(proposal)?;
        let replaced = loop {
            let Some(record) = self.records.get(id.as_bytes())? else {
                return Ok(None);
            };
            let Some(approval) = self.read(&id.as_bytes(), &record)? else {
                return Ok(None);
            };
            let (old, new) = match step(approval) {
                Ok(both) => both,
                Err(refused) => break Err(refused),
            };
            let (old_record, new_record) = (encode(&old)?, encode(&new)?);
            let trees = (&self.records, &self.texts, &self.open);
            let swapped = trees.transaction(|(approvals, all_texts, open)| {
                if approvals.get(id.as_bytes())?.as_ref() != Some(&record) {
                    return Ok(false);
                }
                approvals.insert(&id.as_bytes(), old_record.as_slice())?;
                approvals.insert(&new.id.as_bytes(), new_record.as_slice())?;
                parts::insert_within(all_texts, &new.id.as_bytes(), &texts)?;
                open.insert(open_key(&new), &[])?;
                Ok(true)
            })?;
            if swapped {
                break Ok(new);
            }
        };
        self.committer.durable().await?;
        Ok(Some(replaced))
    }

    /// Its run has taken note of it, and it is not open any more.
    pub(crate) fn note(&self, approval: &Approval) -> Result<(), Error> {
        self.open.remove(open_key(approval))?;
        Ok(())
    }

    /// Its run is over: what it was about is forgotten, and only that it was decided is
    /// still known for a while.
    pub(crate) fn forget_texts(&self, id: ApprovalId) -> Result<(), Error> {
        parts::remove(&self.texts, &id.as_bytes())?;
        Ok(())
    }

    /// Those of a run of which it has not taken note.
    pub(crate) fn open_of(&self, run: RunId) -> Result<Vec<Approval>, Error> {
        self.open_with(run.as_bytes())
    }

    /// Those of all runs.
    pub(crate) fn all_open(&self) -> Result<Vec<Approval>, Error> {
        self.open_with(&[])
    }

    /// Those of a person that are open.
    pub(crate) fn open_for(&self, person: &Person) -> Result<Vec<Approval>, Error> {
        let mut open = self.all_open()?;
        open.retain(|approval| approval.subject.person == *person);
        Ok(open)
    }

    /// The runs that have nothing to do before their person has said a word: all their
    /// cards stand there, and none is decided.
    pub(crate) fn resting(&self) -> Result<HashSet<RunId>, Error> {
        let (mut resting, mut busy) = (HashSet::new(), HashSet::new());
        for approval in self.all_open()? {
            let rests = approval.waits() && approval.card.is_some();
            if rests { &mut resting } else { &mut busy }.insert(approval.subject.run);
        }
        Ok(&resting - &busy)
    }

    /// How many wait for their person.
    pub(crate) fn waiting(&self) -> Result<usize, Error> {
        Ok(self.all_open()?.iter().filter(|one| one.waits()).count())
    }

    /// Nobody is asked about anything any more. Returns the runs that waited for a word.
    pub(super) fn forget_all(&self) -> Result<Vec<RunId>, Error> {
        let open = self.all_open()?;
        self.open.clear()?;
        self.texts.clear()?;
        self.records.clear()?;
        Ok(open.iter().map(|one| one.subject.run).collect())
    }

    /// Forgets those that were over before this time. Blocking.
    pub(crate) fn forget_expired(&self, now: Timestamp) -> Result<(), Error> {
        for one in &self.records {
            let (key, record) = one?;
            let Some(approval) = self.read(&key, &record)? else {
                continue;
            };
            let is_open = self.open.contains_key(open_key(&approval))?;
            if !is_open && now.duration_since(approval.until) > KEPT {
                parts::remove(&self.texts, &key)?;
                self.records.remove(key)?;
            }
        }
        Ok(())
    }

    fn open_with(&self, prefix: &[u8]) -> Result<Vec<Approval>, Error> {
        let mut open = Vec::new();
        for key in self.open.scan_prefix(prefix).keys() {
            let key = key?;
            let id = key.last_chunk::<16>().copied().map(u128::from_be_bytes);
            let Some(id) = self.aside.spare(&self.open, &key, id)? else {
                continue;
            };
            match self.find(ApprovalId::from_bits(id))? {
                Some(approval) => open.push(approval),
                // Set aside: nobody can say yes to it any more.
                None => drop(self.open.remove(&key)?),
            }
        }
        Ok(open)
    }

    fn read(&self, key: &[u8], record: &[u8]) -> Result<Option<Approval>, Error> {
        let approval = serde_json::from_slice(record).ok();
        self.aside.spare(&self.records, key, approval)
    }
}

fn open_key(approval: &Approval) -> Vec<u8> {
    let run = approval.subject.run.as_bytes().as_slice();
    [run, &approval.id.as_bytes()].concat()
}

fn encode(approval: &Approval) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(approval).map_err(|_| Error::Unwritable { tree: TREE })
}

fn encode_texts(proposal: &Proposal) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(proposal).map_err(|_| Error::Unwritable { tree: TEXTS })
}

#[cfg(test)]
mod tests;
