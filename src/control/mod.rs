//! What an operator does beside the service: `valet people`, `valet runs`, `valet audit`,
//! `valet backup`, `valet restore`.
//!
//! A service that runs is asked through a socket in its data directory that only its own
//! user can open, and never over HTTP: a backup holds the map of identifiers. Where none
//! runs, the command does the work itself.

mod attended;
mod audit;
mod command;
#[cfg(any(fuzzing, test))]
pub(crate) mod doors;
mod file;
mod listing;
mod server;
mod socket;

pub use audit::{AuditQuery, Audited, Since, audit};
pub use command::{CommandFailed, backup, restore};
pub(crate) use file::{keep_last, write_whole};
pub use listing::{PeopleQuery, RunsQuery, people, runs};
pub(crate) use server::{Control, Wish};

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::store::{Contents, Rebuilt};

/// What a connection asks for, as its first line.
const BACKUP: &str = "backup\n";
const RESTORE: &str = "restore\n";

/// How the service answers a restore, as one line.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Done(Restored),
    Refused(String),
}

/// What came of a restore.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Restored {
    summary: String,
    /// Events that end with a word.
    open: u64,
    /// People whom Valet met after the backup, where that could be seen.
    lost_people: Option<u64>,
    /// Where the former store is kept.
    before: Option<PathBuf>,
}

impl Restored {
    fn new(rebuilt: &Rebuilt, before: Option<PathBuf>) -> Self {
        Self {
            summary: summary(&rebuilt.contents),
            open: rebuilt.open,
            lost_people: rebuilt.lost_people,
            before,
        }
    }
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Restored: {}", self.summary)?;
        writeln!(
            f,
            "Open in the backup, and ended with a word to whoever asked: {}",
            self.open
        )?;
        match self.lost_people {
            Some(0) => writeln!(
                f,
                "Nobody was met after the backup: everybody stays connected."
            )?,
            Some(people) => writeln!(
                f,
                "People met after the backup, who have to connect again: {people}"
            )?,
            None => {}
        }
        match &self.before {
            Some(before) => write!(
                f,
                "What was there before is kept in {}; delete it when you no longer need it.",
                before.display()
            ),
            None => write!(f, "There was no store before."),
        }
    }
}

/// A backup in one line.
fn summary(contents: &Contents) -> String {
    let records: u64 = contents.records.values().sum();
    let people = contents.records.get(PEOPLE).copied().unwrap_or_default();
    format!(
        "{records} records, among them {people} identifiers of people, {} bytes, from {}",
        contents.bytes,
        contents.header.taken_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
    )
}

/// The tree with one record for each person.
const PEOPLE: &str = "identifiers";
