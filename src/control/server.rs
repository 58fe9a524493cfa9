//! The service's side of the socket.

use std::convert::Infallible;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::attended::Attended;
use super::audit::{AUDIT, give_out};
use super::listing::Listing;
use super::{Answer, BACKUP, RESTORE, Restored, socket, summary};
use crate::clock::Clock;
use crate::store::{Header, Store};

/// In bytes; a person has two ids of 64.
const LONGEST_REQUEST: u64 = 256;

/// Wishes that may wait for the one who can fulfil them.
pub(crate) const WISHES: usize = 4;

/// What a command needs of the life that goes on.
pub(crate) enum Wish {
    /// The rebuilt store in the place of the one that is there, and a new life on it. The
    /// answer is where the former one is kept.
    PutInPlace(oneshot::Sender<Result<Option<PathBuf>, String>>),
    /// The store as it is now, and what tells that it is to be let go of. `None` when
    /// there is none.
    Store(oneshot::Sender<Option<(Store, CancellationToken)>>),
}

/// Takes commands at the socket, one at a time.
#[derive(Clone)]
pub(crate) struct Control {
    data: PathBuf,
    clock: Clock,
    wishes: mpsc::Sender<Wish>,
    /// Nobody listens any more.
    closed: CancellationToken,
}

impl Control {
    pub(crate) fn new(data: PathBuf, clock: Clock) -> (Self, mpsc::Receiver<Wish>) {
        let (wishes, heard) = mpsc::channel(WISHES);
        let control = Self {
            data,
            clock,
            wishes,
            closed: CancellationToken::new(),
        };
        (control, heard)
    }

    /// Listens until it is dropped. A service without it works all the same.
    pub(crate) async fn serve(self) -> Infallible {
        match self.listen() {
            Ok(listener) => self.accept(listener).await,
            Err(cause) => {
                tracing::warn!(
                    error = &cause as &dyn std::error::Error,
                    "there is no socket for valet backup and valet restore"
                );
                std::future::pending().await
            }
        }
    }

    fn listen(&self) -> io::Result<UnixListener> {
        let listener = socket::listen(&self.data)?;
        listener.set_nonblocking(true)?;
        UnixListener::from_std(listener)
    }

    async fn accept(self, listener: UnixListener) -> Infallible {
        let _removed_at_the_end = Removed(self.data.clone());
        let _closed_at_the_end = self.closed.clone().drop_guard();
        let one_at_a_time = Arc::new(Semaphore::new(1));
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                crate::backoff::rest(Duration::from_secs(1)).await;
                continue;
            };
            let Ok(permit) = Arc::clone(&one_at_a_time).acquire_owned().await else {
                continue;
            };
            let control = self.clone();
            tokio::task::spawn_blocking(move || {
                if let Err(cause) = stream.into_std().and_then(|stream| control.take(&stream)) {
                    tracing::warn!(
                        error = &cause as &dyn std::error::Error,
                        "a command at the socket was cut off"
                    );
                }
                drop(permit);
            });
        }
    }

    pub(super) fn take(&self, stream: &UnixStream) -> io::Result<()> {
        let stream = Attended::new(stream, self.closed.clone())?;
        let mut from = BufReader::new(stream.clone());
        let mut asked = String::new();
        io::Read::take(&mut from, LONGEST_REQUEST).read_line(&mut asked)?;
        match asked.as_str() {
            BACKUP => {
                self.back_up(&stream);
                Ok(())
            }
            RESTORE => {
                let answer = match self.restore(&stream, &mut from) {
                    Ok(restored) => Answer::Done(restored),
                    Err(refused) => Answer::Refused(refused),
                };
                let mut out = stream;
                out.write_all(&serde_json::to_vec(&answer)?)
            }
            asked => {
                if let Some(listing) = Listing::asked_for(asked) {
                    self.give_out_list(listing, &stream);
                } else if let Some(person) = asked.strip_prefix(AUDIT) {
                    self.give_out_audit(person.trim(), &stream);
                }
                Ok(())
            }
        }
    }

    /// Streams it; the command knows by its last line that it has all of it.
    fn back_up(&self, stream: &Attended<'_>) {
        let Some((store, ends)) = self.store() else {
            return;
        };
        let out = BufWriter::new(stream.until(ends.clone()));
        let header = Header::at(self.clock.now());
        match store.export(header, out, || !ends.is_cancelled()) {
            Ok(contents) => tracing::info!("a backup was given out: {}", summary(&contents)),
            Err(cause) => {
                tracing::error!(
                    error = &cause as &dyn std::error::Error,
                    "a backup was not finished"
                );
            }
        }
    }

    /// Of everybody, or of a person. The command knows by its last line that it has all.
    fn give_out_audit(&self, person: &str, stream: &Attended<'_>) {
        let Some((store, ends)) = self.store() else {
            return;
        };
        let person = (!person.is_empty()).then_some(person);
        let out = BufWriter::new(stream.until(ends.clone()));
        match give_out(&store, person, out, || !ends.is_cancelled()) {
            Ok(()) => tracing::info!("the audit was given out"),
            Err(cause) => {
                tracing::warn!(
                    error = &cause as &dyn std::error::Error,
                    "the audit was not given out to its end"
                );
            }
        }
    }

    fn give_out_list(&self, listing: Listing, stream: &Attended<'_>) {
        let Some((store, ends)) = self.store() else {
            return;
        };
        let out = BufWriter::new(stream.until(ends.clone()));
        let now = self.clock.now();
        if let Err(cause) = listing.give_out(&store, now, out, || !ends.is_cancelled()) {
            tracing::warn!(
                error = &cause as &dyn std::error::Error,
                "a list was not given out to its end"
            );
        }
    }

    fn restore(
        &self,
        stream: &Attended<'_>,
        begun: &mut BufReader<Attended<'_>>,
    ) -> Result<Restored, String> {
        let (store, ends) = self
            .store()
            .ok_or("Valet has no store open at the moment: stop it and try again")?;
        // What was read with the request, and the rest for as long as this store is there.
        let read_already = begun.buffer().to_vec();
        let rest = stream.until(ends.clone());
        let from = BufReader::new(io::Read::chain(read_already.as_slice(), rest));
        let rebuilt = store
            .rebuild_beside((&self.data, self.clock.now()), from, || {
                !ends.is_cancelled()
            })
            .map_err(|cause| say(&cause))?;
        // It cannot be replaced while somebody holds it.
        drop((store, ends));
        let (told, answer) = oneshot::channel();
        let asked = self.wishes.blocking_send(Wish::PutInPlace(told));
        let stopping = || "Valet stops: start it and try again".to_owned();
        asked.map_err(|_| stopping())?;
        let before = answer.blocking_recv().map_err(|_| stopping())??;
        Ok(Restored::new(&rebuilt, before))
    }

    fn store(&self) -> Option<(Store, CancellationToken)> {
        let (told, answer) = oneshot::channel();
        self.wishes.blocking_send(Wish::Store(told)).ok()?;
        answer.blocking_recv().ok()?
    }
}

/// The whole chain of causes, for the operator who asked.
pub(super) fn say(cause: &dyn std::error::Error) -> String {
    let mut words = cause.to_string();
    let mut next = cause.source();
    while let Some(cause) = next {
        words = format!("{words}: {cause}");
        next = cause.source();
    }
    words
}

struct Removed(PathBuf);

impl Drop for Removed {
    fn drop(&mut self) {
        socket::remove(&self.0);
    }
}
