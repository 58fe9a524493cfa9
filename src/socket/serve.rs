//! One connection: each envelope gets to the disk, many at a time, and is acknowledged then.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::Value;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::backoff::rest;
use crate::dispatch::Taken;
use crate::handlers::unbroken;
use crate::http::Behind;
use crate::metrics::Metrics;
use crate::slack::EventRequest;
use crate::slack::socket::{Ended, Envelope, EnvelopeId, Frame, Heard, Leaving, Link};
use crate::store::Room;

/// Envelopes of one connection that are on their way to the disk; meanwhile no more are read.
const UNDER_WAY: usize = 256;

/// How long a connection is served after Slack has asked for another: it closes the old one
/// within seconds. Should it not, we do.
const LONGEST_LEAVING: Duration = Duration::from_mins(2);

/// Where what comes over a connection goes.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) behind: watch::Receiver<Behind>,
    pub(super) metrics: Metrics,
    /// For one envelope, until it is on disk.
    pub(super) longest: Duration,
}

/// What Slack is to be told of an envelope.
struct Acknowledged {
    id: EnvelopeId,
    /// Beside the fields of a form.
    shown: Option<Value>,
}

/// How far Slack is with closing a connection.
enum Stage {
    /// Whoever waits for it is told that there has to be another.
    Serving(oneshot::Sender<Leaving>),
    Leaving {
        until: Instant,
    },
}

impl Way {
    /// Serves it until it ends, or until told to stop. `tell` says as soon as there has to be
    /// another one. What comes back is why it ended, unless that was our doing.
    pub(super) async fn serve(
        &self,
        mut link: Link,
        tell: oneshot::Sender<Leaving>,
        stop: &CancellationToken,
    ) -> Option<Ended> {
        let mut under_way = FuturesUnordered::new();
        let mut stage = Stage::Serving(tell);
        let ended = loop {
            let heard = tokio::select! {
                () = stop.cancelled() => break None,
                () = stage.over() => break None,
                Some(dealt) = under_way.next() => {
                    if let Err(ended) = answer(&mut link, dealt).await {
                        break Some(ended);
                    }
                    continue;
                }
                heard = link.next(), if under_way.len() < UNDER_WAY => heard,
            };
            match heard {
                Ok(Heard::Frame(Frame::Envelope(envelope))) => under_way.push(self.deal(envelope)),
                Ok(Heard::Frame(Frame::Leaving(why))) => stage = stage.leaving(why),
                Ok(Heard::Frame(Frame::Hello { .. })) => {}
                Ok(Heard::Odd(why)) => {
                    self.metrics.socket_odd();
                    tracing::warn!(reason = %why, "a message of Socket Mode was not understood: {why}");
                }
                Err(ended) => break Some(ended),
            }
        };
        if let Some(why) = ended {
            stage.log(why);
        }
        // Whoever waits for the end opens another one now.
        drop(stage);
        // What is on its way to the disk gets there, and Slack hears so if it still listens.
        while let Some(dealt) = under_way.next().await {
            if ended.is_none() && answer(&mut link, dealt).await.is_err() {
                return ended;
            }
        }
        link.close().await;
        ended
    }

    /// To the disk, or nowhere: what is not acknowledged is brought again.
    async fn deal(&self, envelope: Box<Envelope>) -> Option<Acknowledged> {
        let Envelope { id, door, request } = *envelope;
        let taking = Box::pin(unbroken(self.take(door, request)));
        let taken = tokio::time::timeout(self.longest, taking);
        let taken = taken.await.ok().flatten().flatten()?;
        let shown = match taken {
            Taken::Complained(why) => Some(why),
            // Over a connection that we have opened there is nothing to try out.
            Taken::Challenge(_) | Taken::Done => None,
        };
        Some(Acknowledged { id, shown })
    }

    /// Whatever life is behind now takes it, unless there is none or its disk is nearly full.
    async fn take(&self, door: &'static str, request: EventRequest) -> Option<Taken> {
        let behind = self.behind.borrow().clone();
        let living = match behind {
            Behind::Life(living) if living.room == Room::Enough => living,
            Behind::Life(_) | Behind::Nobody(_) => return None,
        };
        let (cut, dispatch) = (living.cut, living.dispatch);
        let taking = async move { dispatch.take(door, request).await };
        match cut.run_until_cancelled_owned(taking).await? {
            Ok(taken) => Some(taken),
            Err(not_accepted) => {
                tracing::warn!(door, reason = %not_accepted, "an envelope was not acknowledged: {not_accepted}");
                None
            }
        }
    }
}

async fn answer(link: &mut Link, dealt: Option<Acknowledged>) -> Result<(), Ended> {
    match dealt {
        Some(Acknowledged { id, shown }) => link.acknowledge(&id, shown).await,
        None => Ok(()),
    }
}

impl Stage {
    /// Said twice, it was said once.
    fn leaving(self, why: Leaving) -> Self {
        match self {
            Self::Serving(tell) => {
                tracing::info!(reason = %why, "a connection of Socket Mode is about to end: {why}");
                // Nobody waits when we stop.
                let _ = tell.send(why);
                Self::Leaving {
                    until: Instant::now() + LONGEST_LEAVING,
                }
            }
            leaving @ Self::Leaving { .. } => leaving,
        }
    }

    /// Comes back when it has been leaving for too long.
    async fn over(&self) {
        match self {
            Self::Serving(_) => std::future::pending().await,
            Self::Leaving { until } => {
                rest(until.saturating_duration_since(Instant::now())).await;
            }
        }
    }

    fn log(&self, why: Ended) {
        match self {
            Self::Serving(_) => {
                tracing::warn!(reason = %why, "a connection of Socket Mode ended: {why}");
            }
            Self::Leaving { .. } => tracing::debug!(reason = %why, "an old connection ended"),
        }
    }
}
