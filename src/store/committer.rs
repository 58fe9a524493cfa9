//! Group commit: one thread flushes for all who wait.

use std::fs::File;
use std::io;
use std::thread;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::Error;
use super::engine::Engine;

/// Waiters that may queue; beyond it they wait their turn to queue.
const WAITERS: usize = 4096;

/// Makes writes durable. A cheap handle; the thread ends with the last one, and the
/// store is closed and unlocked with the thread.
#[derive(Clone)]
pub(super) struct Committer {
    waiters: mpsc::Sender<oneshot::Sender<()>>,
    broken: CancellationToken,
    closed: CancellationToken,
}

impl Committer {
    pub(super) fn start(engine: Engine) -> Result<Self, Error> {
        let (waiters, queue) = mpsc::channel(WAITERS);
        let (broken, closed) = (CancellationToken::new(), CancellationToken::new());
        let log = Log {
            file: engine.log_file()?,
            engine,
        };
        let (tell_broken, tell_closed) = (broken.clone(), closed.clone());
        thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || {
                commit_all(queue, &log, &tell_broken);
                drop(log);
                tell_closed.cancel();
            })
            .map_err(|_| Error::CommitFailed)?;
        Ok(Self {
            waiters,
            broken,
            closed,
        })
    }

    /// Returns when everything written before the call is on disk.
    pub(super) async fn durable(&self) -> Result<(), Error> {
        let (done, waiter) = oneshot::channel();
        self.waiters
            .send(done)
            .await
            .map_err(|_| Error::CommitFailed)?;
        waiter.await.map_err(|_| Error::CommitFailed)
    }

    /// Cancelled when the store is closed and its folder can be opened again.
    pub(super) fn closed(&self) -> CancellationToken {
        self.closed.clone()
    }

    /// Returns once a flush has failed.
    pub(super) async fn failed(&self) {
        self.broken.cancelled().await;
    }
}

struct Log {
    file: File,
    engine: Engine,
}

impl Log {
    fn sync(&self) -> Result<(), SyncFailed> {
        self.engine.db().flush().map_err(SyncFailed::Flush)?;
        self.file.sync_data().map_err(SyncFailed::Sync)
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
            // After a failed sync nobody can say what is on disk, so it is not tried again:
            // the queue is dropped here, and every waiter learns that it was not committed.
            tracing::error!(error = &cause as &dyn std::error::Error, "the disk failed");
            broken.cancel();
            return;
        }
        for waiter in waiting.drain(..) {
            // Whoever gave up waiting does not need to know.
            let _ = waiter.send(());
        }
    }
}
