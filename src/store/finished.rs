//! Runs that are over: what came of them, and nothing of what was said.
//!
//! A record is made with the close of its run and soon filed away into a file for each day
//! outside the engine, whose memory and start-up grow with every record it holds: see
//! `docs/decisions/0016-finished-runs-in-a-file-for-each-day.md`.

mod days;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};
use sled::IVec;

use super::Error;
use super::aside::Aside;
use super::engine::Engine;
use crate::agent::Usage;
use crate::ids::{Person, RunId};
use crate::run::Failure;
use days::Days;

const TREE: &str = "finished";

/// Records filed away at once, with one sync.
const BATCH: usize = 1_000;

/// A run that is over. Without texts, arguments and identifiers: this outlives them all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finished {
    pub(crate) run: RunId,
    pub(crate) kind: Kind,
    #[serde(flatten)]
    pub(crate) ending: Ending,
    #[serde(serialize_with = "as_in_the_log")]
    pub(crate) person: Option<Person>,
    pub(crate) accepted_at: Timestamp,
    pub(crate) ended_at: Timestamp,
    /// Replies of the model that asked for more.
    pub(crate) turns: usize,
    /// How often the model wanted which tool.
    pub(crate) tools: BTreeMap<String, u32>,
    /// What its turns took.
    #[serde(skip_serializing_if = "Usage::is_nothing")]
    pub(crate) usage: Usage,
    /// The models that answered.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) models: BTreeSet<String>,
}

/// What a run was to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A bot or a workflow mentioned Valet.
    Automated,
    Command,
    /// App Home opened.
    Home,
    Press,
    Question,
    /// Valet was uninstalled.
    Removal,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "why")]
pub(crate) enum Ending {
    Answered,
    Failed(Failure),
    /// There was nothing to answer: a command was obeyed, or somebody turned away.
    Settled,
    Stopped,
}

/// A person is the pair of Slack ids there too.
#[expect(clippy::ref_option, reason = "as serde calls it")]
fn as_in_the_log<S: Serializer>(person: &Option<Person>, to: S) -> Result<S::Ok, S::Error> {
    match person {
        Some(person) => to.collect_str(person),
        None => to.serialize_none(),
    }
}

/// The runs that are over.
#[derive(Clone)]
pub(crate) struct FinishedRuns {
    /// seconds, run → a line, until it is filed away
    waiting: sled::Tree,
    days: Days,
    aside: Aside,
}

impl FinishedRuns {
    pub(super) fn open(engine: &Engine, data: &Path, aside: Aside) -> Result<Self, Error> {
        Ok(Self {
            waiting: engine.tree(TREE)?,
            days: Days::in_folder(data),
            aside,
        })
    }

    /// Moves what has finished since into the files of its days. Blocking: it waits for the
    /// disk. A crash can come between the file and the engine; then a line stands twice,
    /// under one run.
    pub(crate) fn file_away(&self) -> Result<(), Error> {
        loop {
            let waiting = self.waiting.iter().take(BATCH);
            let waiting: Vec<_> = waiting.collect::<Result<_, _>>()?;
            for (day, filed) in self.by_day(&waiting)? {
                self.days.append(day, &filed.lines)?;
                self.waiting.apply_batch(filed.leaves)?;
            }
            if waiting.len() < BATCH {
                return Ok(());
            }
        }
    }

    /// The lines that are not in a file yet, oldest first.
    pub(crate) fn unfiled(&self) -> Result<Vec<Vec<u8>>, Error> {
        let lines = self.waiting.iter().values();
        lines.map(|line| Ok(line?.to_vec())).collect()
    }

    /// Forgets the runs of days that were over before this time. Blocking.
    pub(crate) fn forget_before(&self, time: Timestamp) -> Result<(), Error> {
        self.days.forget_before(day_of(time))
    }

    fn by_day(&self, waiting: &[(IVec, IVec)]) -> Result<BTreeMap<Date, Filed>, Error> {
        let mut days: BTreeMap<Date, Filed> = BTreeMap::new();
        for (key, line) in waiting {
            if let Some(day) = self.aside.spare(&self.waiting, key, day_by(key))? {
                let filed = days.entry(day).or_default();
                filed.lines.extend_from_slice(line);
                filed.lines.push(b'\n');
                filed.leaves.remove(key);
            }
        }
        Ok(days)
    }

    /// Those that are not filed yet, for who closes a run.
    pub(super) fn tree(&self) -> &sled::Tree {
        &self.waiting
    }
}

/// What goes into the file of a day, and then leaves the engine.
#[derive(Default)]
struct Filed {
    lines: Vec<u8>,
    leaves: sled::Batch,
}

impl Finished {
    /// The record and its key.
    pub(super) fn record(&self) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let ended = self.ended_at.as_second().to_be_bytes();
        let key = [ended.as_slice(), self.run.as_bytes()].concat();
        let line = serde_json::to_vec(self).map_err(|_| Error::Unwritable { tree: TREE })?;
        Ok((key, line))
    }
}

/// The files of runs that are over, oldest first; without those of days that were over
/// before this time.
pub(crate) fn files_of_finished_runs(
    data: &Path,
    since: Option<Timestamp>,
) -> io::Result<Vec<PathBuf>> {
    let mut files = Days::in_folder(data).files()?;
    let since = since.map(day_of);
    files.retain(|(day, _)| since.is_none_or(|since| *day >= since));
    files.sort();
    Ok(files.into_iter().map(|(_, file)| file).collect())
}

fn day_by(key: &[u8]) -> Option<Date> {
    let ended = i64::from_be_bytes(*key.first_chunk()?);
    Some(day_of(Timestamp::from_second(ended).ok()?))
}

fn day_of(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}
