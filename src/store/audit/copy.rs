//! Chains as they are given out: to who reads them, and to who verifies them.

use std::collections::BTreeSet;

use super::super::Error;
use super::trees::{key, read_key};
use super::{Audit, held};
use crate::audit::{Chain, Link};

/// What there is of one chain, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Copied {
    /// Its entries follow.
    Chain(Chain),
    Entry {
        /// What it is kept under.
        number: u64,
        record: Vec<u8>,
    },
}

impl Audit {
    /// Hands on every chain, or one person's, as it is at a moment. Blocking; it ends with
    /// whatever ends who takes it.
    pub(crate) fn copy<E: From<Error>>(
        &self,
        person: Option<&str>,
        mut take: impl FnMut(Copied) -> Result<(), E>,
    ) -> Result<(), E> {
        let people = match person {
            Some(person) => BTreeSet::from([person.to_owned()]),
            None => self.people()?,
        };
        for person in people {
            // Entries must not go between where the chain begins and what follows.
            let _reading = held(&self.reading);
            let (chain, last) = self.chain(&person)?;
            if person_is_unknown(&chain, last) {
                continue;
            }
            take(Copied::Chain(chain))?;
            let entries = key(&person, 0)..=key(&person, last);
            for record in self.trees.entries.range(entries) {
                let (key, record) = record.map_err(Error::from)?;
                if let Some((_, number)) = read_key(&key) {
                    let record = record.to_vec();
                    take(Copied::Entry { number, record })?;
                }
            }
        }
        Ok(())
    }

    /// What is known of a chain, and the number of the last of its entries, at one moment.
    fn chain(&self, person: &str) -> Result<(Chain, u64), Error> {
        let _adding = held(&self.adding);
        let beginning = self.trees.chains.get(person)?;
        let head = self.trees.heads.get(person)?;
        let chain = Chain {
            person: person.to_owned(),
            beginning: beginning.and_then(|kept| serde_json::from_slice(&kept).ok()),
            head: head.and_then(|kept| serde_json::from_slice::<Link>(&kept).ok()),
        };
        let entries = key(person, 0)..=key(person, u64::MAX);
        let last = self.trees.entries.range(entries).next_back().transpose()?;
        let last = last.as_ref().and_then(|(key, _)| read_key(key));
        Ok((chain, last.map_or(0, |(_, number)| number)))
    }

    /// Everybody of whom anything is there.
    fn people(&self) -> Result<BTreeSet<String>, Error> {
        let mut people = BTreeSet::new();
        for tree in [&self.trees.chains, &self.trees.heads] {
            for person in tree.iter().keys() {
                people.insert(String::from_utf8_lossy(&person?).into_owned());
            }
        }
        let mut next = self.trees.entries.first()?;
        while let Some((at, _)) = next {
            next = match read_key(&at) {
                Some((person, _)) => {
                    people.insert(person.to_owned());
                    self.trees.entries.get_gt(key(person, u64::MAX))?
                }
                None => self.trees.entries.get_gt(at)?,
            };
        }
        Ok(people)
    }
}

fn person_is_unknown(chain: &Chain, last: u64) -> bool {
    chain.beginning.is_none() && chain.head.is_none() && last == 0
}
