//! The one thing of value: which identifier a person has at the vault.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sled::{IVec, Transactional as _};

use super::Error;
use super::aside::Aside;
use super::committer::Committer;
use super::engine::Engine;
use super::workspace::Installed;
use crate::ids::{Identifier, Person};
use crate::random::Randomness;

pub(super) const TREE: &str = "identifiers";

const RETIRED: &str = "retired";

#[derive(Clone)]
pub(crate) struct People {
    identifiers: sled::Tree,
    /// identifier → person
    owners: sled::Tree,
    /// identifier → person, of identifiers that nobody uses any more, and that the vault may
    /// still know
    retired: sled::Tree,
    /// Whose identifier was minted and may not be on disk yet: people who are met for the
    /// first time at this moment.
    fresh: Arc<Mutex<HashSet<String>>>,
    aside: Aside,
    committer: Committer,
    installed: Installed,
    randomness: Randomness,
}

impl People {
    pub(super) fn open(
        engine: &Engine,
        (committer, aside): (Committer, Aside),
        randomness: Randomness,
        installed: Installed,
    ) -> Result<Self, Error> {
        Ok(Self {
            identifiers: engine.tree(TREE)?,
            owners: engine.tree("identifier_owners")?,
            retired: engine.tree(RETIRED)?,
            fresh: Arc::default(),
            aside,
            committer,
            installed,
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
        if self.installed.is_gone() {
            return Err(Error::Uninstalled);
        }
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

    /// Everybody who has an identifier.
    pub(crate) fn everybody(&self) -> Result<Vec<Person>, Error> {
        let mut everybody = Vec::new();
        for record in &self.owners {
            let (key, owner) = record?;
            let owner: Option<Person> = serde_json::from_slice(&owner).ok();
            everybody.extend(self.aside.spare(&self.owners, &key, owner)?);
        }
        everybody.sort_by_cached_key(Person::to_string);
        Ok(everybody)
    }

    /// What is kept for this person afterwards, by us or by who was faster.
    fn mint(&self, person: &Person, key: &str) -> Result<IVec, Error> {
        let mut fresh = self.fresh();
        // Looked at again where no one is retired meanwhile.
        if self.installed.is_gone() {
            return Err(Error::Uninstalled);
        }
        fresh.insert(key.to_owned());
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

    /// Takes the identifiers of all people of these homes out of use. Nobody is given one
    /// meanwhile: Valet is not installed there any more.
    pub(super) fn retire<'a>(&self, homes: impl Iterator<Item = &'a str>) -> Result<(), Error> {
        // Whoever was being given one has it now.
        drop(self.fresh());
        for home in homes {
            for record in self.identifiers.scan_prefix(format!("{home}/")) {
                let (key, bits) = record?;
                // In this order: one that is in neither could not be deleted at the vault.
                let owner = self.owners.get(&bits)?.unwrap_or_default();
                self.retired.insert(&bits, owner)?;
                self.owners.remove(bits)?;
                self.identifiers.remove(key)?;
            }
        }
        Ok(())
    }

    /// The identifiers whose accounts are still to be deleted at the vault, and whose they
    /// are.
    pub(crate) fn retired(&self) -> Result<Vec<(Identifier, Person)>, Error> {
        let mut retired = Vec::new();
        for record in &self.retired {
            let (key, owner) = record?;
            let bits = key.as_ref().try_into().ok().map(u128::from_be_bytes);
            let owner = serde_json::from_slice(&owner).ok();
            let read = bits.map(Identifier::from_bits).zip(owner);
            retired.extend(self.aside.spare(&self.retired, &key, read)?);
        }
        Ok(retired)
    }

    /// The vault knows nothing under this identifier any more.
    pub(crate) fn forget_retired(&self, identifier: &Identifier) -> Result<(), Error> {
        self.retired.remove(identifier.to_be_bytes())?;
        Ok(())
    }

    fn fresh(&self) -> MutexGuard<'_, HashSet<String>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
