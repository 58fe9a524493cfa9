//! The one thing of value: which identifier a person has at the vault.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sled::IVec;

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
    /// Identifiers that nobody uses any more, and that the vault may still know. Whose they
    /// were is forgotten.
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
            None => self.mint(&key)?,
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

    /// What is kept for this person afterwards, by us or by who was faster.
    fn mint(&self, key: &str) -> Result<IVec, Error> {
        let mut fresh = self.fresh();
        // Looked at again where no one is retired meanwhile.
        if self.installed.is_gone() {
            return Err(Error::Uninstalled);
        }
        fresh.insert(key.to_owned());
        let minted = IVec::from(&self.randomness.bits128().to_be_bytes());
        let first = self
            .identifiers
            .compare_and_swap(key, None::<&[u8]>, Some(&minted))?;
        Ok(match first {
            Ok(()) => minted,
            // There is one, or else the swap would have been done.
            Err(lost) => lost.current.unwrap_or_default(),
        })
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
                self.retired.insert(bits, &[])?;
                self.identifiers.remove(key)?;
            }
        }
        Ok(())
    }

    /// The identifiers whose accounts are still to be deleted at the vault.
    pub(crate) fn retired(&self) -> Result<Vec<Identifier>, Error> {
        let mut retired = Vec::new();
        for key in self.retired.iter().keys() {
            let key = key?;
            let bits = key.as_ref().try_into().ok().map(u128::from_be_bytes);
            let bits = self.aside.spare(&self.retired, &key, bits)?;
            retired.extend(bits.map(Identifier::from_bits));
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
