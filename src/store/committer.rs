//! Group commit: one thread flushes for all who wait.

use std::fs::File;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::thread;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::Error;
use super::engine::Engine;
use crate::metrics::FlushTimes;

/// Waiters that may queue; beyond it they wait their turn to queue.
const WAITERS: usize = 4096;

/// Makes writes durable. A cheap handle; the thread ends with the last one, and the
/// store is closed and unlocked with the thread.
#[derive(Clone)]
pub(super) struct Committer {
    /// Let go of before the thread is, which then closes the store.
    engine: Engine,
    broken: CancellationToken,
    closed: CancellationToken,
    waiters: mpsc::Sender<oneshot::Sender<()>>,
}

impl Committer {
    pub(super) fn start(engine: Engine, times: FlushTimes) -> Result<Self, Error> {
        let (waiters, queue) = mpsc::channel(WAITERS);
        let (broken, closed) = (CancellationToken::new(), CancellationToken::new());
        let log = Log {
            file: engine.log_file()?,
            engine: engine.clone(),
            times,
        };
        let (tell_broken, tell_closed) = (broken.clone(), closed.clone());
        thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || {
                commit_all(queue, &log, &tell_broken);
                // sled panics if its last sync fails; the store is closed all the same.
                let _ = panic::catch_unwind(AssertUnwindSafe(move || drop(log)));
                tell_closed.cancel();
            })
            .map_err(|_| Error::CommitFailed)?;
        Ok(Self {
            engine,
            broken,
            closed,
            waiters,
        })
    }

    /// Returns when everything written before the call is on disk. If the disk fails it
    /// never returns: whoever needs this to be durable must not take another step, and is
    /// cut off where they stand.
    pub(super) async fn durable(&self) -> Result<(), Error> {
        if self.is_durable().await {
            return Ok(());
        }
        std::future::pending().await
    }

    /// The same for those who only want to know. `false` when the disk has failed.
    pub(super) async fn is_durable(&self) -> bool {
        let (done, waiter) = oneshot::channel();
        self.waiters.send(done).await.is_ok() && waiter.await.is_ok()
    }

    /// Cancelled when the store is closed and its folder can be opened again.
    pub(super) fn closed(&self) -> CancellationToken {
        self.closed.clone()
    }

    /// Returns once a flush has failed.
    pub(super) async fn failed(&self) {
        self.broken.cancelled().await;
    }

    /// Lets sled write what it holds, and notes if it cannot. Blocking.
    ///
    /// This is more than a look: a writer of sled's that fails in the background does not
    /// always wake who waits for it, so that the committer would wait for good. A second
    /// flush finds the failure and wakes all.
    pub(super) fn look(&self) -> Result<(), Error> {
        let flushed = self.engine.db().flush();
        if flushed.is_err() {
            self.broken.cancel();
        }
        flushed.map(drop).map_err(Error::Sled)
    }

    pub(super) fn db(&self) -> &sled::Db {
        self.engine.db()
    }

    /// Bytes that are free where the store lies. Blocking.
    pub(super) fn free_bytes(&self) -> Result<u64, Error> {
        self.engine.free_bytes()
    }
}

struct Log {
    file: File,
    engine: Engine,
    times: FlushTimes,
}

impl Log {
    fn sync(&self) -> Result<(), SyncFailed> {
        let begun = Instant::now();
        self.engine.db().flush().map_err(SyncFailed::Flush)?;
        self.file.sync_data().map_err(SyncFailed::Sync)?;
        self.times.took(begun.elapsed());
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
enum SyncFailed {
    #[error("sled could not flush")]
    Flush(#[source] sled::Error),
    #[error("the log could not be synced")]
    Sync(#[source] io::Error),
}

fn commit_all(
    mut queue: mpsc::Receiver<oneshot::Sender<()>>,
    log: &Log,
    broken: &CancellationToken,
) {
    let mut waiting = Vec::new();
    while let Some(first) = queue.blocking_recv() {
        waiting.push(first);
        while let Ok(next) = queue.try_recv() {
            waiting.push(next);
        }
        if let Err(cause) = log.sync() {
            tracing::error!(error = &cause as &dyn std::error::Error, "the disk failed");
            broken.cancel();
        }
        // After a failed sync nobody can say what is on disk, so it is not tried again here:
        // every waiter, also those who come later, learns that it was not committed.
        if broken.is_cancelled() {
            waiting.clear();
            return refuse_all(queue);
        }
        for waiter in waiting.drain(..) {
            // Whoever gave up waiting does not need to know.
            let _ = waiter.send(());
        }
    }
}

/// Until the last handle is gone: as long as there is one, the store is not closed.
fn refuse_all(mut queue: mpsc::Receiver<oneshot::Sender<()>>) {
    while let Some(waiter) = queue.blocking_recv() {
        drop(waiter);
    }
}
