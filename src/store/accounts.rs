//! What people's accounts are called by their providers, as it was said when they were
//! connected. Personal data: kept until the account is disconnected, and told to nobody but
//! its person.

use super::Error;
use super::aside::Aside;
use super::committer::Committer;
use super::engine::Engine;
use crate::ids::{ConnectionName, Person};

pub(super) const TREE: &str = "accounts";

/// Between the parts of a key; no id and no connection name holds it.
const SEPARATOR: char = '\n';

#[derive(Clone)]
pub(crate) struct Accounts {
    /// person, connection → the name
    names: sled::Tree,
    aside: Aside,
    committer: Committer,
}

impl Accounts {
    pub(super) fn open(
        engine: &Engine,
        (committer, aside): (Committer, Aside),
    ) -> Result<Self, Error> {
        Ok(Self {
            names: engine.tree(TREE)?,
            aside,
            committer,
        })
    }

    /// Remembers what the account is called that this person has just connected. Without a
    /// name, that of an earlier account is forgotten.
    pub(crate) async fn remember(
        &self,
        person: &Person,
        connection: &ConnectionName,
        name: Option<&str>,
    ) -> Result<(), Error> {
        match name {
            Some(name) => {
                self.names.insert(key(person, connection), name)?;
                self.committer.durable().await
            }
            None => self.forget(person, connection).await,
        }
    }

    pub(crate) fn name(
        &self,
        person: &Person,
        connection: &ConnectionName,
    ) -> Result<Option<String>, Error> {
        let key = key(person, connection);
        match self.names.get(&key)? {
            Some(name) => {
                let name = std::str::from_utf8(&name).ok().map(str::to_owned);
                self.aside.spare(&self.names, key.as_bytes(), name)
            }
            None => Ok(None),
        }
    }

    pub(crate) async fn forget(
        &self,
        person: &Person,
        connection: &ConnectionName,
    ) -> Result<(), Error> {
        if self.names.remove(key(person, connection))?.is_some() {
            self.committer.durable().await?;
        }
        Ok(())
    }

    /// Forgets what everybody's are called.
    pub(super) fn forget_all(&self) -> Result<(), Error> {
        Ok(self.names.clear()?)
    }
}

fn key(person: &Person, connection: &ConnectionName) -> String {
    format!("{person}{SEPARATOR}{connection}")
}
