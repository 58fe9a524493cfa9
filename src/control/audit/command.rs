//! What `valet audit` does.

use std::io::{self, BufReader, Write};
use std::path::Path;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::command::CommandFailed;
use super::super::socket;
use super::show::{Form, Reader};
use super::verdicts::Verdicts;
use super::{AUDIT, NotRead, take_in};
use crate::random::Randomness;
use crate::store::{Copied, Store};

/// What the operator wants to see.
#[derive(Debug, Clone)]
pub struct AuditQuery {
    /// `TEAM/USER`, as in the log; without it everybody.
    pub person: Option<String>,
    /// Entries from before this are left out; all of a chain is verified.
    pub since: Option<Since>,
    /// JSON lines instead of words.
    pub json: bool,
    /// Whether chains are what was written, instead of their entries.
    pub verify: bool,
}

/// A moment, or the beginning of a day in UTC.
#[derive(Debug, Clone, Copy)]
pub struct Since(pub(in crate::control) Timestamp);

/// A text that is neither.
#[derive(Debug, thiserror::Error)]
#[error("write a day such as 2026-11-23, or a time such as 2026-11-23T14:05:00Z")]
pub struct NoTime;

impl FromStr for Since {
    type Err = NoTime;

    fn from_str(text: &str) -> Result<Self, NoTime> {
        if let Ok(time) = text.parse() {
            return Ok(Self(time));
        }
        let day: Date = text.parse().map_err(|_| NoTime)?;
        let midnight = day.to_zoned(TimeZone::UTC).map_err(|_| NoTime)?;
        Ok(Self(midnight.timestamp()))
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audited {
    /// It was all given out, or every chain is whole.
    Well,
    /// These many of these many chains are broken.
    Broken {
        /// Chains that are not what was written.
        broken: usize,
        /// All that were verified.
        chains: usize,
    },
}

/// Writes down what was done in people's names, or whether that is what was written then;
/// from the service that works in this data directory, or from the store where none does.
pub fn audit(
    data: &Path,
    query: &AuditQuery,
    out: &mut impl Write,
) -> Result<Audited, CommandFailed> {
    let form = if query.json { Form::Lines } else { Form::Words };
    let mut chains = 0;
    let audited = if query.verify {
        let mut verdicts = Verdicts::new(form);
        let read = read(data, query, |copied| {
            chains += usize::from(matches!(copied, Copied::Chain(_)));
            Ok(verdicts.take(copied, out)?)
        });
        match read.and_then(|()| Ok(verdicts.end(out)?)) {
            Ok(0) => Audited::Well,
            Ok(broken) => Audited::Broken { broken, chains },
            Err(cause) => return Err(not_read(&cause)),
        }
    } else {
        let reader = Reader::new(form, query.since.map(|since| since.0));
        let read = read(data, query, |copied| {
            chains += usize::from(matches!(copied, Copied::Chain(_)));
            Ok(reader.take(&copied, out)?)
        });
        match read {
            // Whoever was to read it has seen enough.
            Err(NotRead::Io(cause)) if cause.kind() == io::ErrorKind::BrokenPipe => {}
            read => read.map_err(|cause| not_read(&cause))?,
        }
        Audited::Well
    };
    match &query.person {
        Some(person) if chains == 0 => Err(CommandFailed::saying(format!(
            "nothing is written down of {person}: a person is TEAM/USER, as `person` in the log, such as T012AB3CD/U045EF6GH"
        ))),
        Some(_) | None => Ok(audited),
    }
}

fn not_read(cause: &NotRead) -> CommandFailed {
    CommandFailed::because("the audit was not read", cause)
}

fn read(
    data: &Path,
    query: &AuditQuery,
    take: impl FnMut(Copied) -> Result<(), NotRead>,
) -> Result<(), NotRead> {
    let person = query.person.as_deref();
    if let Some(stream) = socket::connect(data)? {
        let asked = match person {
            Some(person) => format!("{AUDIT} {person}\n"),
            None => format!("{AUDIT}\n"),
        };
        let mut asking = &stream;
        asking.write_all(asked.as_bytes())?;
        return take_in(BufReader::new(&stream), take);
    }
    if !data.join("store").exists() {
        return Err(NotRead::NoStore(data.to_owned()));
    }
    let store = Store::open(data, Randomness::system())?;
    store.audit.copy(person, take)
}
