//! Where entries, ends and beginnings of chains lie.

use serde::Serialize;

use super::super::Error;
use crate::audit::{Entry, Link};

const ENTRIES: &str = "audit";
const HEADS: &str = "audit_heads";
const CHAINS: &str = "audit_chains";

/// Between a person and a number; no person's name holds it.
const SEPARATOR: u8 = b'\n';

#[derive(Clone)]
pub(super) struct Trees {
    /// person, newline, number → the line
    pub(super) entries: sled::Tree,
    /// person → the last entry that was written
    pub(super) heads: sled::Tree,
    /// person → where the chain begins
    pub(super) chains: sled::Tree,
}

impl Trees {
    pub(super) fn of(db: &sled::Db) -> Result<Self, Error> {
        Ok(Self {
            entries: db.open_tree(ENTRIES)?,
            heads: db.open_tree(HEADS)?,
            chains: db.open_tree(CHAINS)?,
        })
    }

    pub(super) fn add(&self, entry: &Entry) -> Result<(), Error> {
        let record = write_down(entry)?;
        let head = write_down(&Link::of(entry.number, &record))?;
        // In this order: an end that was noted and is not there is one that was cut off.
        self.entries
            .insert(key(&entry.person, entry.number), record)?;
        self.heads.insert(&entry.person, head)?;
        Ok(())
    }

    /// The last of the entries that follow this one without a gap, or this one.
    pub(super) fn last_from(&self, person: &str, mut last: Link) -> Result<Link, Error> {
        while let Some(record) = self.entries.get(key(person, last.number + 1))? {
            last = Link::of(last.number + 1, &record);
        }
        Ok(last)
    }

    pub(super) fn entry(&self, person: &str, number: u64) -> Result<Option<Entry>, Error> {
        let record = self.entries.get(key(person, number))?;
        Ok(record.and_then(|record| serde_json::from_slice(&record).ok()))
    }

    /// What cannot be read is for who verifies.
    pub(super) fn newest(&self, person: &str, most: usize) -> Result<Vec<Entry>, Error> {
        let newest = self.entries.scan_prefix(prefix(person)).rev().take(most);
        let mut entries = Vec::new();
        for record in newest {
            entries.extend(serde_json::from_slice::<Entry>(&record?.1).ok());
        }
        Ok(entries)
    }
}

pub(super) fn prefix(person: &str) -> Vec<u8> {
    [person.as_bytes(), &[SEPARATOR]].concat()
}

pub(super) fn key(person: &str, number: u64) -> Vec<u8> {
    [prefix(person).as_slice(), &number.to_be_bytes()].concat()
}

/// Whose entry it is, and its number.
pub(super) fn read_key(key: &[u8]) -> Option<(&str, u64)> {
    let (person, number) = key.split_last_chunk::<8>()?;
    let person = std::str::from_utf8(person.strip_suffix(&[SEPARATOR])?).ok()?;
    Some((person, u64::from_be_bytes(*number)))
}

pub(super) fn write_down(record: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(record).map_err(|_| Error::Unwritable { tree: ENTRIES })
}

/// Where a tree comes in a backup, which is written while people act: the notes of the last
/// entries before the entries, so that none is missing of what they say; where the chains
/// begin behind them, so that none lacks its beginning.
pub(in crate::store) fn place_in_backup(tree: &[u8]) -> u8 {
    if tree == HEADS.as_bytes() {
        0
    } else if tree == CHAINS.as_bytes() {
        2
    } else {
        1
    }
}
