//! Chains of what was done in people's names, on their way to the operator: from a service
//! that runs through the socket, or straight from the store.

mod command;
mod show;
mod verdicts;

use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

pub use command::{AuditQuery, Audited, Since, audit};

use crate::audit::Chain;
use crate::store::{Copied, Error, Store};

/// What a connection asks for, as its first line; behind it a person, or nobody.
pub(super) const AUDIT: &str = "audit";

/// Why chains cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotRead {
    #[error("Valet stopped, or its disk failed, before all of it was read; try again")]
    Ended,

    #[error("it could not be read or written")]
    Io(#[from] io::Error),

    #[error("there is no store in {0}; set VALET_DATA_DIR to Valet's data directory")]
    NoStore(PathBuf),

    #[error("the store failed")]
    Store(#[from] Error),
}

/// One line through the socket.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Chain(Chain),
    Entry {
        number: u64,
        /// As base64, since nobody knows what somebody has made of it.
        record: String,
    },
    /// That was all.
    End,
}

/// Streams the chains of everybody, or of one person.
pub(super) fn give_out(
    store: &Store,
    person: Option<&str>,
    mut out: impl Write,
    goes_on: impl Fn() -> bool,
) -> Result<(), NotRead> {
    store.audit.copy(person, |copied| {
        let line = match copied {
            Copied::Chain(chain) => Line::Chain(chain),
            Copied::Entry { number, record } => Line::Entry {
                number,
                record: STANDARD.encode(record),
            },
        };
        if !goes_on() {
            return Err(NotRead::Ended);
        }
        write_line(&mut out, &line)
    })?;
    write_line(&mut out, &Line::End)?;
    Ok(out.flush()?)
}

fn write_line(out: &mut impl Write, line: &Line) -> Result<(), NotRead> {
    serde_json::to_writer(&mut *out, line).map_err(io::Error::from)?;
    Ok(out.write_all(b"\n")?)
}

/// The other side of it.
fn take_in(
    from: impl BufRead,
    mut take: impl FnMut(Copied) -> Result<(), NotRead>,
) -> Result<(), NotRead> {
    for line in from.lines() {
        match serde_json::from_str(&line?).map_err(|_| NotRead::Ended)? {
            Line::Chain(chain) => take(Copied::Chain(chain))?,
            Line::Entry { number, record } => {
                let record = STANDARD.decode(record).map_err(|_| NotRead::Ended)?;
                take(Copied::Entry { number, record })?;
            }
            Line::End => return Ok(()),
        }
    }
    Err(NotRead::Ended)
}
