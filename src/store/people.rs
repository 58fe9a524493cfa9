//! The one thing of value: which identifier a person has at the vault.

use super::Error;
use super::committer::Committer;
use super::engine::Engine;
use crate::ids::{Identifier, Person};
use crate::random::Randomness;

pub(super) const TREE: &str = "identifiers";

#[derive(Clone)]
pub(crate) struct People {
    identifiers: sled::Tree,
    committer: Committer,
    randomness: Randomness,
}

impl People {
    pub(super) fn open(
        engine: &Engine,
        committer: Committer,
        randomness: Randomness,
    ) -> Result<Self, Error> {
        Ok(Self {
            identifiers: engine.tree(TREE)?,
            committer,
            randomness,
        })
    }

    /// The identifier of this person, minted when they are first met. Two first meetings
    /// at once agree on one.
    ///
    /// It is on disk before anybody can use it: an account made under an identifier we
    /// then forgot could be neither found nor deleted.
    pub(crate) async fn identifier_of(&self, person: &Person) -> Result<Identifier, Error> {
        let key = person.to_string();
        if let Some(kept) = self.identifiers.get(&key)? {
            // It may be a first meeting of this very moment that is not yet on disk.
            self.committer.durable().await?;
            return read(&kept);
        }
        let candidate = self.randomness.bits128();
        let bytes = candidate.to_be_bytes();
        let first = self
            .identifiers
            .compare_and_swap(&key, None::<&[u8]>, Some(&bytes))?;
        self.committer.durable().await?;
        match first {
            Ok(()) => Ok(Identifier::from_bits(candidate)),
            Err(lost) => lost
                .current
                .ok_or(Error::Unreadable { tree: TREE })
                .and_then(|kept| read(&kept)),
        }
    }
}

fn read(kept: &[u8]) -> Result<Identifier, Error> {
    let bytes = kept
        .try_into()
        .map_err(|_| Error::Unreadable { tree: TREE })?;
    Ok(Identifier::from_bits(u128::from_be_bytes(bytes)))
}
