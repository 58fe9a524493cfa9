//! Socket Mode, kept up: a connection always stands, or the next one is being opened. What
//! comes over it goes the way of what comes to the doors of `http`: to whatever life is behind
//! at that time, and onto the disk before it is acknowledged.
//!
//! See `docs/decisions/0048-socket-mode.md`.

mod pause;
mod serve;
mod standing;

use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backoff::{Backoff, rest};
use crate::http::Behind;
use crate::metrics::Metrics;
use crate::random::Randomness;
use crate::slack::socket::{Leaving, Link, NotOpened, SocketMode};

use pause::{Over, Pauses};
use serve::Way;
pub(crate) use standing::Standing;

/// The longest pause between two tries is so many times the first.
const LONGEST_PAUSE: u32 = 120;

/// How patient it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// For one envelope, until it is on disk.
    pub(crate) request: Duration,
    /// Before the first try to connect anew.
    pub(crate) pause: Duration,
    /// Without a connection, before that is told.
    pub(crate) without: Duration,
    /// For what is under way when it is time to stop.
    pub(crate) drain: Duration,
}

/// What keeps a connection up.
pub(crate) struct Socket {
    slack: SocketMode,
    way: Way,
    standing: Standing,
    metrics: Metrics,
    backoff: Backoff,
    drain: Duration,
}

impl Socket {
    /// Nothing is connected yet.
    pub(crate) fn new(
        slack: SocketMode,
        behind: watch::Receiver<Behind>,
        metrics: Metrics,
        (times, randomness): (Times, Randomness),
    ) -> Self {
        Self {
            slack,
            way: Way {
                behind,
                metrics: metrics.clone(),
                longest: times.request,
            },
            standing: Standing::new(metrics.clone(), times.without),
            metrics,
            backoff: Backoff::new(
                times.pause,
                times.pause.saturating_mul(LONGEST_PAUSE),
                randomness,
            ),
            drain: times.drain,
        }
    }

    /// Tells whether one stands.
    pub(crate) fn standing(&self) -> Standing {
        self.standing.clone()
    }

    /// Opens a connection, and the next one when Slack is about to close it or it is gone,
    /// until told to stop; then lets what is under way get to the disk.
    pub(crate) async fn keep(self, stop: CancellationToken) {
        let served = TaskTracker::new();
        let cut = CancellationToken::new();
        let mut pauses = Pauses::new(self.backoff.clone());
        let keeping = async {
            loop {
                let over = self.one(&served, (&stop, &cut)).await;
                rest(pauses.after(over)).await;
            }
        };
        stop.run_until_cancelled(keeping).await;
        served.close();
        if tokio::time::timeout(self.drain, served.wait())
            .await
            .is_err()
        {
            tracing::warn!("connections of Socket Mode were still at work and are cut");
            cut.cancel();
            served.wait().await;
        }
    }

    /// Opens one and comes back when there has to be another. It may be served still.
    async fn one(
        &self,
        served: &TaskTracker,
        (stop, cut): (&CancellationToken, &CancellationToken),
    ) -> Over {
        let link = match self.slack.open().await {
            Ok((link, connections)) => {
                tracing::info!(connections, "a connection of Socket Mode stands");
                link
            }
            Err(why) => return self.not_opened(&why),
        };
        let (born, leaving) = (Instant::now(), self.serve(link, served, (stop, cut)));
        let left = leaving.await;
        let lived = born.elapsed();
        match left {
            Ok(Leaving::Asked) => Over::Asked { lived },
            Ok(why @ (Leaving::Disabled | Leaving::TooMany)) => {
                tracing::error!(reason = %why, "Slack ends Socket Mode: {why}");
                self.standing.missing_because(&why);
                Over::Final
            }
            // It is gone, and that was said where it ended.
            Err(_) => Over::Gone { lived },
        }
    }

    fn not_opened(&self, why: &NotOpened) -> Over {
        self.metrics.socket_not_opened();
        self.standing.missing_because(why);
        if why.is_final() {
            tracing::error!(reason = %why, "no connection of Socket Mode: {why}");
            return Over::Final;
        }
        tracing::warn!(reason = %why, "no connection of Socket Mode: {why}");
        Over::Failed {
            asked: why.asked_wait(),
        }
    }

    /// On a task of its own. What comes back is when, and why, there has to be another.
    fn serve(
        &self,
        link: Link,
        served: &TaskTracker,
        (stop, cut): (&CancellationToken, &CancellationToken),
    ) -> oneshot::Receiver<Leaving> {
        let (tell, left) = oneshot::channel();
        let (way, stop) = (self.way.clone(), stop.clone());
        let stands = self.standing.one_more();
        let serving = async move {
            let ended = way.serve(link, tell, &stop).await;
            stands.ended(ended);
        };
        served.spawn(cut.clone().run_until_cancelled_owned(serving));
        left
    }
}
