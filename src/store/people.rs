//! The one thing of value: which identifier a person has at the vault.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sled::{IVec, Transactional as _};

use super::Error;
use super::aside::Aside;
use super::committer::Committer;
use super::engine::Engine;
use crate::ids::{Identifier, Person};
use crate::random::Randomness;

pub(super) const TREE: &str = "identifiers";

#[derive(Clone)]
pub(crate) struct People {
    identifiers: sled::Tree,
    /// identifier → person
    owners: sled::Tree,
    /// Whose identifier was minted and may not be on disk yet: people who are met for the
    /// first time at this moment.
    fresh: Arc<Mutex<HashSet<String>>>,
    aside: Aside,
    committer: Committer,
    randomness: Randomness,
}

impl People {
    pub(super) fn open(
        engine: &Engine,
        (committer, aside): (Committer, Aside),
        randomness: Randomness,
    ) -> Result<Self, Error> {
        Ok(Self {
            identifiers: engine.tree(TREE)?,
            owners: engine.tree("identifier_owners")?,
            fresh: Arc::default(),
            aside,
            committer,
            randomness,
        })
    }

    /// The identifier of this person, minted when they are first met. Two first meetings
    /// at once agree on one. One that cannot be read any more is an error and never minted
    /// anew: the person's accounts lie under it.
    ///
    /// It is on disk before anybody can use it: an account made under an identifier we
    /// then forgot could be neither found nor deleted.
    pub(crate) async fn identifier_of(&self, person: &Person) -> Result<Identifier, Error> {
        let key = person.to_string();
        let kept = match self.identifiers.get(&key)? {
            Some(kept) => kept,
            None => self.mint(person, &key)?,
        };
        // In this order: who mints is fresh before the identifier can be seen.
        if self.fresh().contains(&key) {
            self.committer.durable().await?;
            self.fresh().remove(&key);
        }
        let bits = kept.as_ref().try_into().ok().map(u128::from_be_bytes);
        let bits = self.aside.need(&self.identifiers, key.as_bytes(), bits)?;
        Ok(Identifier::from_bits(bits))
    }

    /// Whose identifier this is, as the vault writes it; `None` if it is nobody's we know,
    /// or no more.
    pub(crate) fn owner_of(&self, written: &str) -> Result<Option<Person>, Error> {
        let Ok(bits) = u128::from_str_radix(written, 16) else {
            return Ok(None);
        };
        // One way to write it, and no other.
        if Identifier::from_bits(bits).expose() != written {
            return Ok(None);
        }
        let key = bits.to_be_bytes();
        let Some(owner) = self.owners.get(key)? else {
            return Ok(None);
        };
        let owner: Option<Person> = serde_json::from_slice(&owner).ok();
        let Some(owner) = self.aside.spare(&self.owners, &key, owner)? else {
            return Ok(None);
        };
        let kept = self.identifiers.get(owner.to_string())?;
        Ok(kept.filter(|kept| kept == &key).map(|_| owner))
    }

    /// What is kept for this person afterwards, by us or by who was faster.
    fn mint(&self, person: &Person, key: &str) -> Result<IVec, Error> {
        self.fresh().insert(key.to_owned());
        let minted = IVec::from(&self.randomness.bits128().to_be_bytes());
        let owner = serde_json::to_vec(person).map_err(|_| Error::Unwritable { tree: TREE })?;
        let kept = (&self.identifiers, &self.owners).transaction(|(identifiers, owners)| {
            if let Some(kept) = identifiers.get(key)? {
                return Ok(kept);
            }
            identifiers.insert(key, &minted)?;
            owners.insert(&minted, owner.as_slice())?;
            Ok(minted.clone())
        })?;
        Ok(kept)
    }

    fn fresh(&self) -> MutexGuard<'_, HashSet<String>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
