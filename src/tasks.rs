//! Work under way, which can be waited for, and cut off.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// All work that one life of the service has begun. A cheap handle.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tasks {
    under_way: TaskTracker,
    cut: CancellationToken,
}

impl Tasks {
    /// Begins this. It ends by itself, or at its next await after [`Tasks::cut`].
    pub(crate) fn spawn<W>(&self, work: W) -> Spawned<W::Output>
    where
        W: Future + Send + 'static,
        W::Output: Send + 'static,
    {
        let cut = self.cut.clone();
        Spawned(self.under_way.spawn(cut.run_until_cancelled_owned(work)))
    }

    /// Begins this on a thread where it may block. It cannot be cut off, so that it has to
    /// be short.
    pub(crate) fn spawn_blocking<W, T>(&self, work: W) -> Spawned<T>
    where
        W: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Spawned(self.under_way.spawn_blocking(move || Some(work())))
    }

    /// Nothing more is coming, so that [`Tasks::wait`] may return.
    pub(crate) fn close(&self) {
        self.under_way.close();
    }

    /// Returns when all is closed and done.
    pub(crate) async fn wait(&self) {
        self.under_way.wait().await;
    }

    /// Ends all of it where it stands, as a crash would. What comes later ends at once.
    pub(crate) fn cut(&self) {
        self.cut.cancel();
    }
}

/// What was begun. It goes on when this is dropped.
pub(crate) struct Spawned<T>(JoinHandle<Option<T>>);

/// The work was cut off, or panicked.
#[derive(Debug, thiserror::Error)]
#[error("cut off")]
pub(crate) struct Unfinished;

impl<T> Future for Spawned<T> {
    type Output = Result<T, Unfinished>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0)
            .poll(context)
            .map(|done| done.ok().flatten().ok_or(Unfinished))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_cut_ends_and_says_so() {
        let tasks = Tasks::default();
        assert!(matches!(tasks.spawn(async { 7 }).await, Ok(7)));
        let endless = tasks.spawn(std::future::pending::<()>());
        tasks.cut();
        assert!(endless.await.is_err());
        tasks.close();
        tasks.wait().await;
    }
}
