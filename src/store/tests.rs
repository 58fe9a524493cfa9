//! What the store keeps, forgets and survives, seen through its own interface.

mod audit;
mod churn;
mod claiming;
mod closing;
mod damage;
mod keeping;
mod rebuilding;
mod schema;
mod workspace;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::engine::Engine;
use super::{Claim, Ending, Entry, Error, Finished, Kind, Store, Turn};
use crate::event::{Actor, Event, Said, Surface};
use crate::ids::{ChannelId, MessageTs, Person, RunId, TeamId, Thread, UserId};
use crate::random::Randomness;

/// A data directory, and what happens around it.
struct Disk {
    folder: TempDir,
    randomness: Randomness,
}

impl Disk {
    fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            randomness: Randomness::seeded(1),
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn open(&self) -> Store {
        self.try_open().unwrap()
    }

    fn try_open(&self) -> Result<Store, Error> {
        Store::open(self.path(), self.randomness.clone())
    }

    /// Does something to the records that no version would do, or an earlier one did.
    fn tamper(&self, with: impl FnOnce(&Engine)) {
        let engine = Engine::open(self.path()).unwrap();
        with(&engine);
        engine.db().flush().unwrap();
    }

    fn run(&self, at: Timestamp) -> RunId {
        self.randomness.run_id(at)
    }

    fn question(&self, at: Timestamp) -> Entry {
        Entry {
            run: self.run(at),
            accepted_at: at,
            event: said(),
            in_line: false,
        }
    }
}

/// The store is closed, and its folder free.
async fn close(store: Store) {
    let closed = store.closed();
    drop(store);
    closed.cancelled().await;
}

fn monday() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn days(number: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * number)
}

fn ada() -> Person {
    Person::new(None, &team(), &UserId::parse("U0ADA").unwrap())
}

fn team() -> TeamId {
    TeamId::parse("T0ACME").unwrap()
}

fn thread(ts: &str) -> Thread {
    Thread {
        team: team(),
        channel: ChannelId::parse("C0GENERAL").unwrap(),
        ts: MessageTs::parse(ts).unwrap(),
    }
}

fn said() -> Event {
    Event::Said(Said {
        actor: Actor {
            user: UserId::parse("U0ADA").unwrap(),
            team: team(),
            enterprise: None,
            home_team: None,
        },
        thread: thread("1.000"),
        ts: MessageTs::parse("1.000").unwrap(),
        surface: Surface::Channel,
        text: "What is in my mail?".to_owned(),
    })
}

fn turn(question: &str) -> Turn {
    Turn {
        person: ada(),
        name: "Ada".to_owned(),
        question: question.to_owned(),
        answer: "Nothing new.".to_owned(),
        private: None,
    }
}

fn finished(run: RunId, ended_at: Timestamp) -> Finished {
    Finished {
        run,
        kind: Kind::Question,
        ending: Ending::Answered,
        person: Some(ada()),
        accepted_at: ended_at,
        ended_at,
        turns: 1,
        tools: [("gmail_fetch_mails".to_owned(), 2)].into(),
        usage: crate::agent::Usage::default(),
        models: std::collections::BTreeSet::new(),
    }
}
