//! Who is known and which runs there are, on their way to the operator: from a service that
//! runs through the socket, or straight from the store. Nothing that was said is in it, and
//! nobody's identifier.

mod command;
mod people;
mod runs;

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use command::{PeopleQuery, RunsQuery, people, runs};

use super::audit::NotRead;
use super::socket;
use crate::clock::Clock;
use crate::random::Randomness;
use crate::store::Store;

/// What can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    People,
    /// Those that are open, and those that are over and not in a file yet.
    Runs,
}

/// One line through the socket.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// That was all.
    End,
    One(Value),
}

impl Listing {
    /// What a connection asks for, as its first line.
    fn request(self) -> &'static str {
        match self {
            Self::People => "people\n",
            Self::Runs => "runs\n",
        }
    }

    pub(super) fn asked_for(request: &str) -> Option<Self> {
        [Self::People, Self::Runs]
            .into_iter()
            .find(|listing| listing.request() == request)
    }

    fn of(
        self,
        store: &Store,
        now: Timestamp,
        take: impl FnMut(Value) -> Result<(), NotRead>,
    ) -> Result<(), NotRead> {
        match self {
            Self::People => people::list(store, now, take),
            Self::Runs => runs::list(store, take),
        }
    }

    /// Streams it; the command knows by its last line that it has all of it.
    pub(super) fn give_out(
        self,
        store: &Store,
        now: Timestamp,
        mut out: impl Write,
        goes_on: impl Fn() -> bool,
    ) -> Result<(), NotRead> {
        self.of(store, now, |one| {
            if !goes_on() {
                return Err(NotRead::Ended);
            }
            write_line(&mut out, &Line::One(one))
        })?;
        write_line(&mut out, &Line::End)?;
        Ok(out.flush()?)
    }

    /// From whoever has the store open, or from the store itself.
    fn read(
        self,
        data: &Path,
        take: impl FnMut(Value) -> Result<(), NotRead>,
    ) -> Result<(), NotRead> {
        if let Some(stream) = socket::connect(data)? {
            let mut asking = &stream;
            asking.write_all(self.request().as_bytes())?;
            return take_in(BufReader::new(&stream), take);
        }
        if !data.join("store").exists() {
            return Err(NotRead::NoStore(data.to_owned()));
        }
        let store = Store::open(data, Randomness::system())?;
        self.of(&store, Clock::system().now(), take)
    }
}

fn write_line(out: &mut impl Write, line: &Line) -> Result<(), NotRead> {
    serde_json::to_writer(&mut *out, line).map_err(io::Error::from)?;
    Ok(out.write_all(b"\n")?)
}

fn take_in(
    from: impl BufRead,
    mut take: impl FnMut(Value) -> Result<(), NotRead>,
) -> Result<(), NotRead> {
    for line in from.lines() {
        match serde_json::from_str(&line?).map_err(|_| NotRead::Ended)? {
            Line::End => return Ok(()),
            Line::One(one) => take(one)?,
        }
    }
    Err(NotRead::Ended)
}
