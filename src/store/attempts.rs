//! Attempts, found by the digests of what a browser brings back.

use jiff::Timestamp;
use sled::Transactional as _;
use sled::transaction::{ConflictableTransactionError, TransactionError, TransactionalTree};

use super::Error;
use super::aside::Aside;
use super::committer::Committer;
use super::engine::Engine;
use crate::connect::{Attempt, AttemptId};
use crate::ids::{ConnectionName, Person};
use crate::random::Nonce;

const TREE: &str = "attempts";

#[derive(Clone)]
pub(crate) struct Attempts {
    records: sled::Tree,
    /// digest → attempt id
    keys: sled::Tree,
    aside: Aside,
    committer: Committer,
}

impl Attempts {
    pub(super) fn open(
        engine: &Engine,
        (committer, aside): (Committer, Aside),
    ) -> Result<Self, Error> {
        Ok(Self {
            records: engine.tree(TREE)?,
            keys: engine.tree("attempt_keys")?,
            aside,
            committer,
        })
    }

    pub(crate) async fn add(&self, attempt: &Attempt) -> Result<(), Error> {
        self.swap(None, Some(attempt))?;
        self.committer.durable().await
    }

    /// The attempt that this ticket or state stands for now.
    pub(crate) fn find(&self, nonce: &Nonce) -> Result<Option<Attempt>, Error> {
        let Some(id) = self.keys.get(nonce.digest().as_bytes())? else {
            return Ok(None);
        };
        match self.records.get(&id)? {
            Some(record) => self.read(&id, &record),
            None => Ok(None),
        }
    }

    /// Replaces an attempt by its next stage. Of two that try at once, one succeeds and
    /// the other is told `false`: each ticket and state leads on once.
    pub(crate) async fn advance(&self, from: &Attempt, to: &Attempt) -> Result<bool, Error> {
        let advanced = self.swap(Some(from), Some(to))?;
        self.committer.durable().await?;
        Ok(advanced)
    }

    /// Takes back what this person has under way at the vault for this account, but for one
    /// attempt: of two, only the newest may be confirmed. Their links can be tried again.
    pub(crate) async fn withdraw_consents(
        &self,
        person: &Person,
        connection: &ConnectionName,
        except: Option<AttemptId>,
    ) -> Result<(), Error> {
        for attempt in self.all()? {
            let is_theirs = attempt.owner().person == *person && attempt.connection() == connection;
            if is_theirs
                && Some(attempt.id()) != except
                && let Some(withdrawn) = attempt.clone().withdrawn()
            {
                self.swap(Some(&attempt), Some(&withdrawn))?;
            }
        }
        self.committer.durable().await
    }

    /// Ends what this person has begun for this account: none of its links leads anywhere
    /// any more. What is being finished just now is let be; the account's status ends it.
    pub(crate) async fn end_all(
        &self,
        person: &Person,
        connection: &ConnectionName,
    ) -> Result<(), Error> {
        for attempt in self.all()? {
            let is_theirs = attempt.owner().person == *person && attempt.connection() == connection;
            if is_theirs && attempt.to_verify().is_none() {
                self.swap(Some(&attempt), None)?;
            }
        }
        self.committer.durable().await
    }

    /// The attempt is over.
    pub(crate) async fn remove(&self, attempt: &Attempt) -> Result<(), Error> {
        self.swap(Some(attempt), None)?;
        self.committer.durable().await
    }

    /// Attempts that wait for our word to the vault: a crash may have come between.
    pub(crate) fn to_verify(&self) -> Result<Vec<Attempt>, Error> {
        let mut found = self.all()?;
        found.retain(|attempt| attempt.to_verify().is_some());
        Ok(found)
    }

    /// Forgets what nobody can use any more. Blocking: it looks at all of them.
    pub(crate) fn forget_expired(&self, now: Timestamp) -> Result<(), Error> {
        for attempt in self.all()? {
            if attempt.is_over(now) && attempt.to_verify().is_none() {
                self.swap(Some(&attempt), None)?;
            }
        }
        Ok(())
    }

    /// Nobody can go on with any of them.
    pub(super) fn forget_all(&self) -> Result<(), Error> {
        self.records.clear()?;
        Ok(self.keys.clear()?)
    }

    fn all(&self) -> Result<Vec<Attempt>, Error> {
        let mut attempts = Vec::new();
        for record in &self.records {
            let (id, record) = record?;
            attempts.extend(self.read(&id, &record)?);
        }
        Ok(attempts)
    }

    fn read(&self, id: &[u8], record: &[u8]) -> Result<Option<Attempt>, Error> {
        let attempt = serde_json::from_slice(record).ok();
        self.aside.spare(&self.records, id, attempt)
    }

    /// Puts one attempt in the place of another, with the keys that find it. `false` when
    /// the first is no longer what the store holds.
    fn swap(&self, from: Option<&Attempt>, to: Option<&Attempt>) -> Result<bool, Error> {
        let Some(id) = from.or(to).map(|attempt| attempt.id().to_be_bytes()) else {
            return Ok(true);
        };
        let (before, after) = (from.map(encode).transpose()?, to.map(encode).transpose()?);
        let swapped = (&self.records, &self.keys).transaction(|(records, keys)| {
            if records.get(id)?.as_deref() != before.as_deref() {
                return Err(ConflictableTransactionError::Abort(()));
            }
            replace(records, keys, id, (from, None))?;
            replace(records, keys, id, (to, after.as_deref()))
        });
        match swapped {
            Ok(()) => Ok(true),
            Err(TransactionError::Abort(())) => Ok(false),
            Err(TransactionError::Storage(cause)) => Err(Error::Sled(cause)),
        }
    }
}

fn replace(
    records: &TransactionalTree,
    keys: &TransactionalTree,
    id: [u8; 8],
    (attempt, record): (Option<&Attempt>, Option<&[u8]>),
) -> Result<(), ConflictableTransactionError<()>> {
    match record {
        Some(record) => records.insert(&id, record)?,
        None => records.remove(&id)?,
    };
    for key in attempt.into_iter().flat_map(Attempt::keys) {
        match record {
            Some(_) => keys.insert(key.as_bytes(), &id)?,
            None => keys.remove(key.as_bytes())?,
        };
    }
    Ok(())
}

fn encode(attempt: &Attempt) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(attempt).map_err(|_| Error::Unwritable { tree: TREE })
}
