//! Sees to it that there is a life behind the listeners, and if there cannot be one, that
//! there is again as soon as the disk allows it.

use std::convert::Infallible;
use std::pin::pin;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::life::{Life, Makings};
use super::services::LONGEST_PAUSE;
use super::watch::watch_disk;
use crate::backoff::Backoff;
use crate::http::Behind;
use crate::store::{self, Room};

/// Why nobody answers, as `/readyz` tells it.
const DISK_FAILED: &str =
    "the disk of VALET_DATA_DIR does not take writes; Valet goes on by itself when it does";
const STOPPING: &str = "Valet stops";

pub(super) struct Supervisor {
    makings: Makings,
    behind: watch::Sender<Behind>,
}

/// Why a life is over.
enum Over {
    DiskFailed,
    Stop,
}

impl Supervisor {
    pub(super) fn new(makings: Makings, behind: watch::Sender<Behind>) -> Self {
        Self { makings, behind }
    }

    /// One life after the other, until told to stop. An error means that a life could not
    /// be ended, so that no other can begin in this process. `served` is cancelled when,
    /// after the stop, the last request is answered.
    pub(super) async fn live(
        &self,
        first: Life,
        stop: impl Future<Output = ()>,
        served: &CancellationToken,
    ) -> anyhow::Result<()> {
        let mut stop = pin!(stop);
        let mut life = first;
        loop {
            self.behind
                .send_replace(Behind::Life(life.begin(Room::Enough)));
            let over = tokio::select! {
                () = &mut stop => Over::Stop,
                () = life.context.store.failed() => Over::DiskFailed,
                never = self.watch(&life) => match never {},
            };
            match over {
                Over::Stop => {
                    let deadline = self.makings.surroundings.patience.drain;
                    tokio::join!(life.drain(deadline), served.cancelled());
                    self.nobody(STOPPING);
                    return life.end().await;
                }
                Over::DiskFailed => self.nobody(DISK_FAILED),
            }
            life.end().await?;
            tracing::error!("{DISK_FAILED}");
            life = tokio::select! {
                () = &mut stop => return Ok(()),
                life = self.begin_again() => life,
            };
            tracing::info!("the disk is well again: Valet goes on");
        }
    }

    async fn watch(&self, life: &Life) -> Infallible {
        let surroundings = &self.makings.surroundings;
        let (pause, randomness) = (surroundings.patience.disk, &surroundings.randomness);
        watch_disk(&life.context, pause, &self.behind, randomness).await
    }

    fn nobody(&self, why: &str) {
        self.behind.send_replace(Behind::Nobody(why.into()));
    }

    /// Tries, less and less often, until the disk takes writes and has room.
    async fn begin_again(&self) -> Life {
        let surroundings = &self.makings.surroundings;
        let pauses = Backoff::new(
            surroundings.patience.disk,
            LONGEST_PAUSE,
            surroundings.randomness.clone(),
        );
        let mut failed = 0;
        loop {
            pauses.pause(failed, None).await;
            match self.try_again().await {
                Ok(life) => return life,
                Err(cause) => {
                    let why = format!("{DISK_FAILED}: {cause:#}");
                    tracing::debug!("{why}");
                    self.nobody(&why);
                }
            }
            failed = failed.saturating_add(1);
        }
    }

    /// The disk is tried before the store is opened: opening writes too.
    async fn try_again(&self) -> anyhow::Result<Life> {
        let folder = self.makings.config.data_dir.clone();
        tokio::task::spawn_blocking(move || store::try_disk(&folder)).await??;
        let life = self.makings.open().await?;
        if life.context.store.check_writable().await {
            return Ok(life);
        }
        life.end().await?;
        anyhow::bail!("the store could be opened, and takes no writes")
    }
}
