//! Work under way, which can be waited for, and cut off.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::thread;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

/// All work that one life of the service has begun. A cheap handle.
#[derive(Debug, Clone)]
pub(crate) struct Tasks {
    under_way: TaskTracker,
    cut: CancellationToken,
    /// Where it is done, whoever begins it: the thread that answers Slack does no work.
    runtime: Handle,
    ahead: Ahead,
}

/// Whether a thread is awake that all work gives way to. A cheap handle.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ahead(Arc<AtomicBool>);

impl Ahead {
    /// Of the thread itself: it has something to do, or no more.
    pub(crate) fn is_awake(&self, is_awake: bool) {
        self.0.store(is_awake, Ordering::Relaxed);
    }

    /// Lets it go first where both share a core. Without it there, nothing happens.
    fn give_way(&self) {
        if self.0.load(Ordering::Relaxed) {
            thread::yield_now();
        }
    }

    /// Gives way before each step of this work.
    async fn before<W: Future>(self, work: W) -> W::Output {
        let mut work = pin!(work);
        poll_fn(|context| {
            self.give_way();
            work.as_mut().poll(context)
        })
        .await
    }
}

impl Tasks {
    /// Work is done where this is called, which is within a runtime.
    pub(crate) fn here(ahead: Ahead) -> Self {
        Self {
            under_way: TaskTracker::new(),
            cut: CancellationToken::new(),
            runtime: Handle::current(),
            ahead,
        }
    }

    /// Begins this. It ends by itself, or at its next await after [`Tasks::cut`].
    pub(crate) fn spawn<W>(&self, work: W) -> Spawned<W::Output>
    where
        W: Future + Send + 'static,
        W::Output: Send + 'static,
    {
        let cut = self.cut.clone();
        let work = self.ahead.clone().before(work);
        let work = cut.run_until_cancelled_owned(work);
        Spawned(self.under_way.spawn_on(work, &self.runtime))
    }

    /// Begins this on a thread where it may block. It cannot be cut off, so that it has to
    /// be short.
    pub(crate) fn spawn_blocking<W, T>(&self, work: W) -> Spawned<T>
    where
        W: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let work = move || Some(work());
        Spawned(self.under_way.spawn_blocking_on(work, &self.runtime))
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

impl<T> Spawned<T> {
    /// Waits for it. It ends where it stands when nobody waits any more.
    pub(crate) async fn waited_for(self) -> Result<T, Unfinished> {
        let kept = AbortOnDropHandle::new(self.0);
        kept.await.ok().flatten().ok_or(Unfinished)
    }
}

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
        let tasks = Tasks::here(Ahead::default());
        assert!(matches!(tasks.spawn(async { 7 }).await, Ok(7)));
        let endless = tasks.spawn(std::future::pending::<()>());
        tasks.cut();
        assert!(endless.await.is_err());
        tasks.close();
        tasks.wait().await;
    }
    #[tokio::test]
    async fn what_nobody_waits_for_any_more_ends() {
        let tasks = Tasks::here(Ahead::default());
        assert!(matches!(tasks.spawn(async { 7 }).waited_for().await, Ok(7)));
        let endless = tasks.spawn(std::future::pending::<()>());
        let waited = futures_util::poll!(Box::pin(endless.waited_for()));
        assert!(waited.is_pending());
        tasks.close();
        tasks.wait().await;
    }
}
