//! What `valet people` and `valet runs` do.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write};
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use super::super::audit::{NotRead, Since};
use super::super::command::CommandFailed;
use super::Listing;
use super::people::in_words as person_in_words;
use super::runs::in_words as run_in_words;
use crate::store::files_of_finished_runs;

/// What the operator wants to see of people.
#[derive(Debug, Clone)]
pub struct PeopleQuery {
    /// JSON lines instead of words.
    pub json: bool,
}

/// What the operator wants to see of runs.
#[derive(Debug, Clone)]
pub struct RunsQuery {
    /// `TEAM/USER`, as in the log; without it everybody's.
    pub person: Option<String>,
    /// Those that were over before are left out.
    pub since: Option<Since>,
    /// Those alone that are not over.
    pub open: bool,
    /// JSON lines instead of words.
    pub json: bool,
}

/// Writes down everybody whom Valet knows; from the service that works in this data
/// directory, or from the store where none does.
pub fn people(data: &Path, query: &PeopleQuery, out: &mut impl Write) -> Result<(), CommandFailed> {
    let listed = Listing::People.read(data, |known| {
        write(out, query.json, &known, person_in_words)
    });
    seen(listed, "people")
}

/// Writes down runs, oldest first and the open ones last; likewise.
pub fn runs(data: &Path, query: &RunsQuery, out: &mut impl Write) -> Result<(), CommandFailed> {
    seen(list(data, query, out), "runs")
}

fn list(data: &Path, query: &RunsQuery, out: &mut impl Write) -> Result<(), NotRead> {
    // In this order: what is filed meanwhile is in a file, and is not missed.
    let mut newest = Vec::new();
    Listing::Runs.read(data, |run| {
        newest.push(run);
        Ok(())
    })?;
    let mut shown = HashSet::new();
    let mut show = |run: &Value| {
        if query.wants(run) && shown.insert(run["run"].as_str().map(str::to_owned)) {
            return write(out, query.json, run, run_in_words);
        }
        Ok(())
    };
    if !query.open {
        let since = query.since.map(|since| since.0);
        for file in files_of_finished_runs(data, since)? {
            for line in BufReader::new(File::open(file)?).lines() {
                // A line that was torn by a crash stands again behind it.
                if let Ok(run) = serde_json::from_str(&line?) {
                    show(&run)?;
                }
            }
        }
    }
    newest.iter().try_for_each(show)
}

impl RunsQuery {
    fn wants(&self, run: &Value) -> bool {
        let is_open = run["outcome"] == "open";
        let at: Option<Timestamp> = run["ended_at"].as_str().and_then(|at| at.parse().ok());
        (is_open || !self.open)
            && self
                .person
                .as_deref()
                .is_none_or(|person| run["person"] == person)
            && self
                .since
                .is_none_or(|since| at.is_none_or(|at| at >= since.0))
    }
}

fn write(
    out: &mut impl Write,
    json: bool,
    one: &Value,
    in_words: fn(&Value) -> String,
) -> Result<(), NotRead> {
    let line = if json { one.to_string() } else { in_words(one) };
    Ok(writeln!(out, "{line}")?)
}

/// Whoever was to read it may have seen enough.
fn seen(listed: Result<(), NotRead>, what: &str) -> Result<(), CommandFailed> {
    match listed {
        Err(NotRead::Io(cause)) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(cause) => {
            let what = format!("{what} were not read");
            Err(CommandFailed::because(&what, &cause))
        }
        Ok(()) => Ok(()),
    }
}
