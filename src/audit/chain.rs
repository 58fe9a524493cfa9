//! Whether a chain is what was written.

use serde::{Deserialize, Serialize};

use super::Entry;
use super::hash::{Link, Seed};

/// Findings that are named; more of them tell nothing new.
const MOST_FINDINGS: usize = 20;

/// Where a chain begins: its seed, and the last entry that was forgotten for its age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Beginning {
    pub(crate) seed: Seed,
    pub(crate) forgotten: Option<Link>,
}

impl Beginning {
    /// The place before the first entry that is still there.
    pub(crate) fn before_first(&self, person: &str) -> Link {
        self.forgotten
            .unwrap_or_else(|| self.seed.beginning(person))
    }
}

/// What is known of a chain beside its entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chain {
    pub(crate) person: String,
    /// `None` when it is not there, or cannot be read.
    pub(crate) beginning: Option<Beginning>,
    /// The last entry that was written; the same.
    pub(crate) head: Option<Link>,
}

/// Something that is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    #[error("entry {number} stands behind the end that was written down")]
    Ahead { number: u64 },

    #[error("entry {number} is not what was written")]
    Changed { number: u64 },

    #[error("the end is cut off: entry {last} is the last one, and {written} were written")]
    Cut { last: u64, written: u64 },

    #[error("entry {number} does not follow from the one before it: one of them was changed")]
    Loose { number: u64 },

    #[error("{} missing", in_words(*from, *to))]
    Missing { from: u64, to: u64 },

    #[error("at the place of entry {number} stands another one")]
    Misplaced { number: u64 },

    #[error("where the chain begins is not written down any more")]
    NoBeginning,

    #[error("entry {number} cannot be read")]
    Unreadable { number: u64 },
}

fn in_words(from: u64, to: u64) -> String {
    if from == to {
        format!("entry {from} is")
    } else {
        format!("the entries from {from} to {to} are")
    }
}

/// A chain that is what was written, as far as it can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole {
    /// Entries that are there.
    pub(crate) entries: u64,
    /// Entries that were forgotten for their age.
    pub(crate) forgotten: u64,
    pub(crate) last: Link,
}

/// Goes through the records of a chain, in order of their numbers.
pub(crate) struct Verifier {
    person: String,
    head: Option<Link>,
    forgotten: u64,
    last: Link,
    entries: u64,
    findings: Vec<Broken>,
}

impl Verifier {
    pub(crate) fn of(chain: &Chain) -> Self {
        let beginning = chain.beginning.as_ref();
        let first = beginning.map(|beginning| beginning.before_first(&chain.person));
        let before_first = first.unwrap_or_else(|| Link::of(0, b""));
        let findings = first.is_none().then_some(Broken::NoBeginning);
        Self {
            person: chain.person.clone(),
            head: chain.head,
            forgotten: before_first.number,
            last: before_first,
            entries: 0,
            findings: findings.into_iter().collect(),
        }
    }

    /// The next record, and the number it is kept under.
    pub(crate) fn take(&mut self, number: u64, record: &[u8]) {
        // A kill came before all that was to be forgotten was gone.
        if number <= self.forgotten {
            return;
        }
        let next = self.last.number + 1;
        if number > next {
            let (from, to) = (next, number - 1);
            self.found(Broken::Missing { from, to });
        }
        match serde_json::from_slice::<Entry>(record) {
            Err(_) => self.found(Broken::Unreadable { number }),
            Ok(entry) if entry.number != number || entry.person != self.person => {
                self.found(Broken::Misplaced { number });
            }
            // Behind a gap nothing can be said of this.
            Ok(entry) if number == next && entry.previous != self.last.hash => {
                self.found(Broken::Loose { number });
            }
            Ok(_) => {}
        }
        self.last = Link::of(number, record);
        self.entries += 1;
        self.compare_with_head();
    }

    /// What was found, the first first; or that nothing was.
    pub(crate) fn end(mut self) -> Result<Whole, Vec<Broken>> {
        // Nothing may be there any more of what was written, and be forgotten.
        let written = self.head.map_or(self.forgotten, |head| head.number);
        if self.last.number < written {
            let last = self.last.number;
            self.found(Broken::Cut { last, written });
        }
        if self.entries == 0 {
            self.compare_with_head();
        }
        // A kill between an entry and the note of it leaves one, and no more.
        if self.last.number > written + 1 {
            let number = written + 2;
            self.found(Broken::Ahead { number });
        }
        if self.findings.is_empty() {
            Ok(Whole {
                entries: self.entries,
                forgotten: self.forgotten,
                last: self.last,
            })
        } else {
            Err(self.findings)
        }
    }

    fn compare_with_head(&mut self) {
        let Some(Link { number, hash }) = self.head else {
            return;
        };
        if self.last.number == number && self.last.hash != hash {
            self.found(Broken::Changed { number });
        }
    }

    fn found(&mut self, broken: Broken) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(broken);
        }
    }
}
