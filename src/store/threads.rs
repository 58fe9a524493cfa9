//! What was asked and answered in a thread, by whom, and what was said there before.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::aside::Aside;
use super::committer::Committer;
use super::engine::Engine;
use super::{Error, parts};
use crate::ids::{Person, RunId, Thread, UserId};
use crate::sharing::Private;

const TREE: &str = "threads";
const BACKGROUNDS: &str = "backgrounds";

/// Turns that are forgotten at once.
const BATCH: usize = 100;

/// Turns of one thread that are kept, the latest ones; older ones would not be quoted.
const MOST_TURNS: usize = 50;

/// One question of a thread, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Turn {
    pub(crate) person: Person,
    pub(crate) name: String,
    pub(crate) question: String,
    pub(crate) answer: String,
    /// If its asker alone was told the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) private: Option<Private>,
}

impl Turn {
    /// Whether the answer is still for its asker alone.
    pub(crate) fn is_kept(&self) -> bool {
        self.private.as_ref().is_some_and(Private::is_kept)
    }
}

/// What was said in a thread before Valet was first asked there, as Slack told it once.
/// Nothing, where Slack did not let us read it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Background {
    pub(crate) said: Vec<Saying>,
    /// More was said than was read.
    pub(crate) more: bool,
}

/// One message of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Saying {
    pub(crate) by: Sayer,
    pub(crate) text: String,
}

/// Who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sayer {
    Bot(String),
    Person { user: UserId, name: String },
    Valet,
}

/// All that is kept of one thread beside its turns.
#[derive(Default, Serialize, Deserialize)]
struct Record {
    /// The run that wrote it last, by which it ages.
    run: Option<RunId>,
    background: Background,
    /// Who wanted their own words in it forgotten, and the run in which they said so.
    forgotten: BTreeMap<String, RunId>,
}

#[derive(Clone)]
pub(crate) struct Threads {
    turns: sled::Tree,
    /// run → where its turn is; runs sort by their age
    ages: sled::Tree,
    /// thread → [`Record`]
    backgrounds: sled::Tree,
    /// run → the thread whose record it wrote last
    background_ages: sled::Tree,
    aside: Aside,
    committer: Committer,
    /// Held by whoever changes what is kept: what was forgotten does not come back.
    changing: Arc<Mutex<()>>,
}

impl Threads {
    pub(super) fn open(
        engine: &Engine,
        (committer, aside): (Committer, Aside),
    ) -> Result<Self, Error> {
        Ok(Self {
            turns: engine.tree(TREE)?,
            ages: engine.tree("thread_ages")?,
            backgrounds: engine.tree(BACKGROUNDS)?,
            background_ages: engine.tree("background_ages")?,
            aside,
            committer,
            changing: Arc::default(),
        })
    }

    /// Remembers a turn, on disk with the next commit: the close of its run follows, and until
    /// that is on disk the turn can be remembered again. Doing so changes nothing. Nor is a
    /// turn remembered whose person has said since that it be forgotten.
    pub(crate) fn remember(&self, thread: &Thread, run: RunId, turn: &Turn) -> Result<(), Error> {
        let thread = prefix(thread);
        let _changing = self.changing();
        let forgotten = self.record(&thread)?.forgotten;
        if forgotten
            .get(&turn.person.to_string())
            .is_some_and(|since| run < *since)
        {
            return Ok(());
        }
        let key = [&thread, run.as_bytes().as_slice()].concat();
        if !parts::keys(&self.turns, &key)?.is_empty() {
            // It may have been shared since.
            return Ok(());
        }
        // In this order: a turn without an age would stay for good.
        self.ages.insert(run.as_bytes(), thread.as_slice())?;
        self.put_turn(&key, turn)?;
        self.make_room(&thread)
    }

    fn put_turn(&self, key: &[u8], turn: &Turn) -> Result<(), Error> {
        let record = serde_json::to_vec(turn).map_err(|_| Error::Unwritable { tree: TREE })?;
        parts::insert(&self.turns, key, &record)
    }

    /// The same, and it is on disk when this returns.
    pub(crate) async fn remember_now(
        &self,
        thread: &Thread,
        run: RunId,
        turn: &Turn,
    ) -> Result<(), Error> {
        self.remember(thread, run, turn)?;
        self.committer.durable().await
    }

    /// Changes the turn of this run, if it is kept and from this time or later, as long as
    /// `change` has no objection. The change is on disk when this returns.
    pub(crate) async fn change<T, E>(
        &self,
        (run, since): (RunId, Timestamp),
        change: impl FnOnce(Turn) -> Result<(Turn, T), E> + Send,
    ) -> Result<Option<Result<T, E>>, Error> {
        let changed = self.change_now(run, since, change)?;
        self.committer.durable().await?;
        Ok(changed)
    }

    fn change_now<T, E>(
        &self,
        run: RunId,
        since: Timestamp,
        change: impl FnOnce(Turn) -> Result<(Turn, T), E>,
    ) -> Result<Option<Result<T, E>>, Error> {
        let _changing = self.changing();
        let Some(thread) = self.ages.get(run.as_bytes())? else {
            return Ok(None);
        };
        let key = [&thread, run.as_bytes().as_slice()].concat();
        let found = parts::scan(&self.turns, &key)?.pop();
        let Some((_, record)) = found.filter(|_| run >= RunId::first_at(since)) else {
            return Ok(None);
        };
        let turn = serde_json::from_slice(&record).ok();
        let Some(turn) = self.aside.spare(&self.turns, &key, turn)? else {
            return Ok(None);
        };
        Ok(Some(match change(turn) {
            Ok((turn, came_of_it)) => {
                self.put_turn(&key, &turn)?;
                Ok(came_of_it)
            }
            Err(objection) => Err(objection),
        }))
    }

    /// The turns of a thread since this time and before this run, oldest first.
    pub(crate) fn turns(
        &self,
        thread: &Thread,
        since: Timestamp,
        run: RunId,
    ) -> Result<Vec<Turn>, Error> {
        let thread = prefix(thread);
        let at = |run: RunId| [&thread, run.as_bytes().as_slice()].concat();
        let (begin, end) = (at(RunId::first_at(since)), at(run));
        let mut turns = Vec::new();
        for (key, record) in parts::scan(&self.turns, &thread)? {
            if begin <= key && key < end {
                let turn = serde_json::from_slice(&record).ok();
                turns.extend(self.aside.spare(&self.turns, &key, turn)?);
            }
        }
        Ok(turns)
    }

    /// What was said there before Valet, if that was read since this time, or is not to be
    /// read.
    pub(crate) fn background(
        &self,
        thread: &Thread,
        since: Timestamp,
    ) -> Result<Option<Background>, Error> {
        let record = self.record(&prefix(thread))?;
        let is_kept = record.run.is_some_and(|run| run >= RunId::first_at(since));
        Ok(is_kept.then_some(record.background))
    }

    /// Keeps what Slack told in this run, on disk with the next commit. What somebody
    /// wanted forgotten meanwhile is not kept.
    pub(crate) fn keep_background(
        &self,
        thread: &Thread,
        run: RunId,
        background: Background,
    ) -> Result<(), Error> {
        let thread = prefix(thread);
        let _changing = self.changing();
        let mut record = self.record(&thread)?;
        if record.forgotten.values().any(|since| run < *since) {
            return Ok(());
        }
        record.background = background;
        self.put(&thread, run, record)
    }

    /// Forgets what this person asked in this thread before this run and was answered, and
    /// what was read of the thread in Slack. It is gone from the store when this returns,
    /// and does not come back.
    pub(crate) async fn forget(
        &self,
        thread: &Thread,
        run: RunId,
        person: &Person,
    ) -> Result<(), Error> {
        self.forget_now(&prefix(thread), run, person)?;
        self.committer.durable().await
    }

    fn forget_now(&self, thread: &[u8], run: RunId, person: &Person) -> Result<(), Error> {
        let _changing = self.changing();
        let mut record = self.record(thread)?;
        record.background = Background::default();
        record.forgotten.insert(person.to_string(), run);
        self.put(thread, run, record)?;
        let before = [thread, run.as_bytes().as_slice()].concat();
        for (key, turn) in parts::scan(&self.turns, thread)? {
            let turn: Option<Turn> = serde_json::from_slice(&turn).ok();
            if key < before && turn.is_none_or(|turn| turn.person == *person) {
                self.drop_turn(&key)?;
            }
        }
        Ok(())
    }

    /// A long thread is kept by its latest turns.
    fn make_room(&self, thread: &[u8]) -> Result<(), Error> {
        let mut turns: Vec<Vec<u8>> = Vec::new();
        for part in parts::keys(&self.turns, thread)? {
            if let Some((key, _part)) = part.split_last_chunk::<2>()
                && turns.last().is_none_or(|last| last != key)
            {
                turns.push(key.to_vec());
            }
        }
        let too_many = turns.len().saturating_sub(MOST_TURNS);
        for key in turns.iter().take(too_many) {
            self.drop_turn(key)?;
        }
        Ok(())
    }

    /// In this order: a turn without an age would stay for good.
    fn drop_turn(&self, key: &[u8]) -> Result<(), Error> {
        parts::remove(&self.turns, key)?;
        if let Some((_thread, run)) = key.split_last_chunk::<16>() {
            self.ages.remove(run)?;
        }
        Ok(())
    }

    fn record(&self, thread: &[u8]) -> Result<Record, Error> {
        let found = parts::scan(&self.backgrounds, thread)?.pop();
        let Some((key, record)) = found else {
            return Ok(Record::default());
        };
        let record = serde_json::from_slice(&record).ok();
        let record = self.aside.spare(&self.backgrounds, &key, record)?;
        Ok(record.unwrap_or_default())
    }

    /// The record ages by the youngest run that wrote it.
    fn put(&self, thread: &[u8], run: RunId, mut record: Record) -> Result<(), Error> {
        let before = record.run;
        let run = before.map_or(run, |before| before.max(run));
        record.run = Some(run);
        let bytes =
            serde_json::to_vec(&record).map_err(|_| Error::Unwritable { tree: BACKGROUNDS })?;
        // In this order: a record without an age would stay for good.
        self.background_ages.insert(run.as_bytes(), thread)?;
        parts::insert(&self.backgrounds, thread, &bytes)?;
        if let Some(before) = before.filter(|before| *before != run) {
            self.background_ages.remove(before.as_bytes())?;
        }
        Ok(())
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what runs from before this time left behind. Blocking: many may go at once.
    pub(crate) fn forget_before(&self, time: Timestamp) -> Result<(), Error> {
        forget_old(&self.ages, &self.turns, time, |thread, run| {
            [thread, run].concat()
        })?;
        let _changing = self.changing();
        forget_old(
            &self.background_ages,
            &self.backgrounds,
            time,
            |thread, _| thread.to_vec(),
        )
    }

    /// Forgets all that was said anywhere.
    pub(super) fn forget_all(&self) -> Result<(), Error> {
        // In this order: what has no age would stay for good.
        self.turns.clear()?;
        self.ages.clear()?;
        self.backgrounds.clear()?;
        Ok(self.background_ages.clear()?)
    }
}

/// Forgets records by their ages; `key` says where the record of a thread and run is.
fn forget_old(
    ages: &sled::Tree,
    records: &sled::Tree,
    time: Timestamp,
    key: impl Fn(&[u8], &[u8]) -> Vec<u8>,
) -> Result<(), Error> {
    let oldest = RunId::first_at(time);
    loop {
        let old = ages.range(..oldest.as_bytes().as_slice()).take(BATCH);
        let old: Vec<_> = old.collect::<Result<_, _>>()?;
        let (mut gone, mut forgotten) = (sled::Batch::default(), sled::Batch::default());
        for (run, thread) in &old {
            for part in parts::keys(records, &key(thread, run))? {
                gone.remove(part);
            }
            forgotten.remove(run);
        }
        // In this order: a record without an age would stay for good.
        records.apply_batch(gone)?;
        ages.apply_batch(forgotten)?;
        if old.len() < BATCH {
            return Ok(());
        }
    }
}

fn prefix(thread: &Thread) -> Vec<u8> {
    format!("{thread}\n").into_bytes()
}
