//! One life of the service: a store, the services around it, and the work on them. It can
//! end, in order or at once, and another can begin, while the process stays.
//!
//! Ending at once is what a crash does, and beginning is what a start does: there is no
//! third way that would have to be right as well. See
//! `docs/decisions/0018-a-life-that-can-begin-again.md`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::patience::{Patience, Surroundings};
use super::services::services;
use crate::config::Config;
use crate::dispatch::Dispatch;
use crate::handlers;
use crate::http::{Door, Living, public_routes};
use crate::ids::RunId;
use crate::metrics::Metrics;
use crate::scalekit::WebhookSecret;
use crate::slack::SigningSecret;
use crate::store::{Room, Store};
use crate::tasks::{Ahead, Tasks};
use crate::traces::Traces;

/// Runs that have been woken and are on their way to their lane.
const WAKING: usize = 1024;

/// How long closing the store may take once nobody uses it any more. After that the
/// process has to end: a store that is not closed cannot be opened again.
const CLOSING: Duration = Duration::from_mins(1);

/// What every life is made of.
#[derive(Clone)]
pub(super) struct Makings {
    pub(super) config: Config,
    pub(super) surroundings: Surroundings,
    pub(super) metrics: Metrics,
    /// The thread of the doors.
    pub(super) ahead: Ahead,
    pub(super) traces: Traces,
}

/// A store that is open, and those who work with it.
pub(super) struct Life {
    pub(super) context: handlers::Context,
    dispatch: Dispatch,
    resumed: Option<mpsc::Receiver<RunId>>,
    living: Living,
    patience: Patience,
}

impl Makings {
    /// Opens the store. Nothing is worked on yet.
    pub(super) async fn open(&self) -> anyhow::Result<Life> {
        let Self {
            config,
            surroundings,
            metrics,
            ahead,
            traces,
        } = self.clone();
        let patience = surroundings.patience;
        let (folder, bits) = (config.data_dir.clone(), surroundings.randomness.clone());
        let times = metrics.flush_times();
        let store = tokio::task::spawn_blocking(move || Store::open_timed(&folder, bits, times))
            .await?
            .context("VALET_DATA_DIR: the store cannot be opened")?;
        let (resume, resumed) = mpsc::channel(WAKING);
        let clock = surroundings.clock.clone();
        let signing_secret = config.slack.signing_secret.clone().map(SigningSecret::new);
        let webhook_key = config.vault.webhook_key.clone();
        let around = (surroundings, metrics, traces);
        let context = services(store, config, around, Tasks::here(ahead), resume)?;
        let dispatch = Dispatch::new(Arc::clone(&context));
        let door = Door {
            context: Arc::clone(&context),
            dispatch: dispatch.clone(),
            signing_secret,
            webhook_secret: webhook_key.as_ref().and_then(WebhookSecret::new),
            clock,
        };
        let living = Living {
            routes: public_routes(door, patience.request),
            context: Arc::clone(&context),
            dispatch: dispatch.clone(),
            cut: CancellationToken::new(),
            room: Room::Enough,
        };
        Ok(Life {
            context,
            dispatch,
            resumed: Some(resumed),
            living,
            patience,
        })
    }
}

impl Life {
    /// Begins the work that nobody has to ask for, and says who answers from now on.
    pub(super) fn begin(&mut self, room: Room) -> Living {
        if let Some(resumed) = self.resumed.take() {
            self.dispatch.begin(resumed, self.patience.sweep);
            let looks = self.patience.connections;
            self.dispatch.look_at_connections(looks);
        }
        Living {
            room,
            ..self.living.clone()
        }
    }

    /// The store, and what tells that it is to be let go of.
    pub(super) fn store(&self) -> (Store, CancellationToken) {
        (self.context.store.clone(), self.living.cut.clone())
    }

    /// Takes no new work, lets runs finish, and parks what is left at the deadline. If the
    /// disk fails meanwhile there is nothing to wait for.
    pub(super) async fn drain(&self, deadline: Duration) {
        tokio::select! {
            () = self.dispatch.stop_within(deadline) => {}
            () = self.context.store.failed() => {}
        }
    }

    /// Ends what is still under way where it stands, closes the store, and unlocks it. An
    /// error means that something still holds it.
    pub(super) async fn end(self) -> anyhow::Result<()> {
        let Self {
            context,
            dispatch,
            resumed,
            living,
            ..
        } = self;
        living.cut.cancel();
        context.tasks.cut();
        context.tasks.close();
        let closed = context.store.closed();
        let ended = async {
            wake_waiters(context.clone()).await;
            context.tasks.wait().await;
            drop((context, dispatch, resumed, living));
            closed.cancelled().await;
        };
        tokio::time::timeout(CLOSING, ended)
            .await
            .context("something still holds the store")
    }
}

/// Whoever waits for a write of sled's that has failed without a word learns of it by
/// another look at the disk.
async fn wake_waiters(context: handlers::Context) {
    let looked = tokio::task::spawn_blocking(move || {
        // Whatever it finds, this life ends.
        let _ = context.store.look_at_disk();
    });
    let _ = looked.await;
}
