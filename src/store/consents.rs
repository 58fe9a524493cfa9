//! The vault's links that were given out, known by the states they come back with.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Error;
use super::aside::Aside;
use super::committer::Committer;
use super::engine::Engine;
use crate::account::AuthRequestId;
use crate::connect::{AttemptId, Owner};
use crate::ids::{ConnectionName, Person};
use crate::random::{Digest, Nonce};

const TREE: &str = "consents";

/// Longer than any link of the vault lives.
const LIFE: SignedDuration = SignedDuration::from_hours(24);

/// A link that the vault made for somebody, and the browser it was given to. It outlives
/// its attempt, since the vault takes consent through it for as long as it likes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Given {
    pub(crate) attempt: AttemptId,
    pub(crate) owner: Owner,
    pub(crate) connection: ConnectionName,
    cookie: Digest,
    /// The consent that came back to that browser and was taken.
    taken: Option<Digest>,
    at: Timestamp,
}

impl Given {
    pub(crate) fn new(
        (attempt, owner, connection): (AttemptId, &Owner, &ConnectionName),
        cookie: &Nonce,
        at: Timestamp,
    ) -> Self {
        Self {
            attempt,
            owner: owner.clone(),
            connection: connection.clone(),
            cookie: cookie.digest(),
            taken: None,
            at,
        }
    }

    /// Whether this consent was given in another browser than the link was given to. One
    /// that was taken before and is only shown again is not.
    pub(crate) fn is_stray(&self, cookie: Option<&Nonce>, consent: &AuthRequestId) -> bool {
        let at_home = cookie.is_some_and(|cookie| cookie.digest() == self.cookie);
        !at_home && self.taken != Some(consent.digest())
    }
}

#[derive(Clone)]
pub(crate) struct Consents {
    /// digest of the state → the link it belongs to
    given: sled::Tree,
    aside: Aside,
    committer: Committer,
}

impl Consents {
    pub(super) fn open(
        engine: &Engine,
        (committer, aside): (Committer, Aside),
    ) -> Result<Self, Error> {
        Ok(Self {
            given: engine.tree(TREE)?,
            aside,
            committer,
        })
    }

    /// Remembers a link before it is given out.
    pub(crate) async fn add(&self, state: &Nonce, given: &Given) -> Result<(), Error> {
        self.put(state, given)?;
        self.committer.durable().await
    }

    pub(crate) fn find(&self, state: &Nonce) -> Result<Option<Given>, Error> {
        let digest = state.digest();
        match self.given.get(digest.as_bytes())? {
            Some(record) => self.read(digest.as_bytes(), &record),
            None => Ok(None),
        }
    }

    /// This consent came back to the right browser.
    pub(crate) fn take(&self, state: &Nonce, consent: &AuthRequestId) -> Result<(), Error> {
        match self.find(state)? {
            Some(given) => {
                let taken = Some(consent.digest());
                self.put(state, &Given { taken, ..given })
            }
            None => Ok(()),
        }
    }

    /// Whether this person has been given a link for this account that has not come back
    /// to its browser, so that somebody may consent through it. Looks at the links of a day.
    pub(crate) fn is_out(
        &self,
        person: &Person,
        connection: &ConnectionName,
    ) -> Result<bool, Error> {
        for given in &self.given {
            let (key, record) = given?;
            if let Some(given) = self.read(&key, &record)?
                && given.owner.person == *person
                && given.connection == *connection
                && given.taken.is_none()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Forgets links that nobody can use any more. Blocking: it looks at those of a day.
    pub(crate) fn forget_expired(&self, now: Timestamp) -> Result<(), Error> {
        for given in &self.given {
            let (key, record) = given?;
            if let Some(given) = self.read(&key, &record)?
                && now.duration_since(given.at) > LIFE
            {
                self.given.remove(key)?;
            }
        }
        Ok(())
    }

    /// What comes back through any of them is nobody's.
    pub(super) fn forget_all(&self) -> Result<(), Error> {
        Ok(self.given.clear()?)
    }

    fn put(&self, state: &Nonce, given: &Given) -> Result<(), Error> {
        let record = serde_json::to_vec(given).map_err(|_| Error::Unwritable { tree: TREE })?;
        self.given.insert(state.digest().as_bytes(), record)?;
        Ok(())
    }

    fn read(&self, key: &[u8], record: &[u8]) -> Result<Option<Given>, Error> {
        let given = serde_json::from_slice(record).ok();
        self.aside.spare(&self.given, key, given)
    }
}
