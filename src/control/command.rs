//! The operator's side: what `valet backup` and `valet restore` do.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use super::server::say;
use super::{Answer, BACKUP, RESTORE, Restored, socket, summary, write_whole};
use crate::clock::Clock;
use crate::random::Randomness;
use crate::store::{self, BackupError, Contents, Header, Store, backups};

/// Why there is no backup, or nothing was restored: a sentence for whoever asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CommandFailed(String);

impl CommandFailed {
    pub(super) fn saying(words: String) -> Self {
        Self(words)
    }

    pub(super) fn because(what: &str, cause: &dyn std::error::Error) -> Self {
        Self(format!("{what}: {}", say(cause)))
    }
}

/// Writes a backup of the store in this data directory to a file, or to one named by the
/// time. Says what it holds and where it is.
pub fn backup(data: &Path, file: Option<PathBuf>) -> Result<String, CommandFailed> {
    let failed = |cause: BackupError| CommandFailed::because("no backup was made", &cause);
    let now = Clock::system().now();
    let file = file.unwrap_or_else(|| backups::path_for(data, now));
    let serving = socket::connect(data).map_err(|cause| failed(cause.into()))?;
    let contents = match serving {
        Some(stream) => write_whole(&file, |out| copy(&stream, out)).map_err(failed)?,
        None if data.join("store").exists() => {
            back_up_alone(data, &file, Header::at(now)).map_err(failed)?
        }
        None => {
            let data = data.display();
            return Err(CommandFailed(format!(
                "no backup was made: there is no store in {data}; set VALET_DATA_DIR to Valet's data directory"
            )));
        }
    };
    Ok(format!("{}: {}", file.display(), summary(&contents)))
}

fn copy(stream: &UnixStream, out: &mut impl Write) -> Result<Contents, BackupError> {
    let mut asking = stream;
    asking.write_all(BACKUP.as_bytes())?;
    let copied = store::check(BufReader::new(Tee {
        from: stream,
        to: out,
    }));
    match copied {
        // What the service gives out is none, or not whole, only when it ends meanwhile.
        Err(BackupError::Cut | BackupError::NoBackup) => Err(BackupError::Ended),
        copied => copied,
    }
}

fn back_up_alone(data: &Path, file: &Path, header: Header) -> Result<Contents, BackupError> {
    let store = Store::open(data, Randomness::system())?;
    write_whole(file, |out| store.export(header, out, || true))
}

/// Puts what a backup holds in the place of the store in this data directory. The file is
/// checked from its first line to its last before anything else is done.
pub fn restore(data: &Path, file: &Path) -> Result<Restored, CommandFailed> {
    let what = format!("nothing was restored from {}", file.display());
    let failed = |cause: BackupError| CommandFailed::because(&what, &cause);
    let open = || File::open(file).map(BufReader::new);
    let checked = open().map_err(BackupError::from).and_then(store::check);
    checked.map_err(failed)?;
    let from = open().map_err(|cause| failed(cause.into()))?;
    let serving = socket::connect(data).map_err(|cause| failed(cause.into()))?;
    let Some(stream) = serving else {
        let now = Clock::system().now();
        let (rebuilt, before) = store::restore_alone(data, from, now).map_err(failed)?;
        return Ok(Restored::new(&rebuilt, before));
    };
    match send(&stream, from).map_err(|cause| failed(cause.into()))? {
        Answer::Done(restored) => Ok(restored),
        Answer::Refused(refused) => Err(CommandFailed(format!("{what}: {refused}"))),
    }
}

fn send(stream: &UnixStream, mut from: impl BufRead) -> io::Result<Answer> {
    let mut out = stream;
    out.write_all(RESTORE.as_bytes())?;
    // A service that refuses stops reading, and says why. What it says is there although the
    // connection then ends as one that was broken off.
    let _ = io::copy(&mut from, &mut out);
    let ended = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let mut answering = stream;
    let heard = answering.read_to_end(&mut answer);
    if answer.is_empty() {
        ended.and(heard)?;
    }
    serde_json::from_slice(&answer).map_err(io::Error::from)
}

/// Hands on what is read.
struct Tee<R, W> {
    from: R,
    to: W,
}

impl<R: io::Read, W: Write> io::Read for Tee<R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.to.write_all(buffer.get(..count).unwrap_or_default())?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of a restore whose backup is so long, when the service refuses it after a
    /// byte.
    fn refused(backup: usize) -> io::Result<Answer> {
        let (operator, mut service) = UnixStream::pair()?;
        let refusing = std::thread::spawn(move || -> io::Result<()> {
            service.read_exact(&mut [0; RESTORE.len() + 1])?;
            let refused = Answer::Refused("there is no store".to_owned());
            service.write_all(&serde_json::to_vec(&refused)?)
        });
        let answer = send(&operator, vec![b'x'; backup].as_slice());
        refusing.join().unwrap()?;
        answer
    }

    #[test]
    fn a_refusal_is_heard_though_the_service_did_not_listen_to_the_end() {
        for backup in [1, 1 << 10, 1 << 20] {
            let answer = refused(backup).unwrap();
            assert!(matches!(answer, Answer::Refused(why) if why == "there is no store"));
        }
    }
}
