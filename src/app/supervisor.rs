//! Sees to it that there is a life behind the listeners, and if there cannot be one, that
//! there is again as soon as the disk allows it.

use std::convert::Infallible;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::backups::make_backups;
use super::clients::LONGEST_PAUSE;
use super::life::{Life, Makings};
use super::watch::watch_disk;
use crate::backoff::{Backoff, rest};
use crate::control::Wish;
use crate::http::Behind;
use crate::store::{self, Room};

/// Why nobody answers, as `/readyz` tells it.
const DISK_FAILED: &str =
    "the disk of VALET_DATA_DIR does not take writes; Valet goes on by itself when it does";
const RESTORING: &str = "a backup is being restored";
const STOPPING: &str = "Valet stops";

/// A life shorter than this ended by what it did: the next one is begun later and later,
/// since each takes up again what is open, and asks the router anew.
const SHORT_LIFE: Duration = Duration::from_mins(1);

/// The longest pause between short lives.
const LONGEST_BETWEEN_LIVES: Duration = Duration::from_mins(1);

/// How long runs may go on that a restore is to end.
const BRIEFLY: Duration = Duration::from_secs(3);

pub(super) struct Supervisor {
    makings: Makings,
    behind: watch::Sender<Behind>,
    wishes: mpsc::Receiver<Wish>,
}

/// Why a life is over.
enum Over {
    DiskFailed,
    Replaced(Replaced),
    Stop,
}

/// Where to tell what came of it.
type Replaced = oneshot::Sender<Put>;

/// Where the former store is kept, if there was one, or why nothing was put in its place.
type Put = Result<Option<PathBuf>, String>;

impl Supervisor {
    pub(super) fn new(
        makings: Makings,
        behind: watch::Sender<Behind>,
        wishes: mpsc::Receiver<Wish>,
    ) -> Self {
        Self {
            makings,
            behind,
            wishes,
        }
    }

    /// One life after the other, until told to stop. An error means that a life could not
    /// be ended, so that no other can begin in this process. `served` is cancelled when,
    /// after the stop, the last request is answered.
    pub(super) async fn live(
        mut self,
        first: Life,
        stop: impl Future<Output = ()>,
        served: &CancellationToken,
    ) -> anyhow::Result<()> {
        let mut stop = pin!(stop);
        let patience = self.makings.surroundings.patience;
        let mut life = first;
        let mut short_lives = 0_u32;
        let mut restored: Option<(Replaced, Put)> = None;
        loop {
            let born = Instant::now();
            self.behind
                .send_replace(Behind::Life(life.begin(Room::Enough)));
            if let Some((told, before)) = restored.take() {
                // Not before somebody answers again. Whoever asked may be gone.
                let _ = told.send(before);
            }
            match self.until_over(&life, stop.as_mut()).await {
                Over::Stop => {
                    tokio::join!(life.drain(patience.drain), served.cancelled());
                    self.nobody(STOPPING);
                    return life.end().await;
                }
                Over::DiskFailed => {
                    self.nobody(DISK_FAILED);
                    life.end().await?;
                    tracing::error!("{DISK_FAILED}");
                    let long = born.elapsed() >= SHORT_LIFE;
                    short_lives = if long {
                        0
                    } else {
                        short_lives.saturating_add(1)
                    };
                    let pauses = self.pauses(LONGEST_BETWEEN_LIVES);
                    tokio::select! {
                        () = &mut stop => return Ok(()),
                        never = refuse(&mut self.wishes) => match never {},
                        () = rest(pauses.delay(short_lives, None)) => {}
                    }
                    match self.begin_again(stop.as_mut()).await {
                        Some(next) => life = next,
                        None => return Ok(()),
                    }
                    tracing::info!("the disk is well again: Valet goes on");
                }
                Over::Replaced(told) => {
                    self.nobody(RESTORING);
                    life.drain(patience.drain.min(BRIEFLY)).await;
                    life.end().await?;
                    let before = self.put_in_place().await;
                    let Some(next) = self.begin_again(stop.as_mut()).await else {
                        let _ = told.send(before);
                        return Ok(());
                    };
                    restored = Some((told, before));
                    life = next;
                }
            }
        }
    }

    async fn until_over(
        &mut self,
        life: &Life,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Over {
        let (store, ends) = life.store();
        let surroundings = &self.makings.surroundings;
        let patience = surroundings.patience;
        let mut watching = pin!(watch_disk(
            &life.context,
            patience.disk,
            &self.behind,
            &surroundings.randomness
        ));
        let mut backups = pin!(make_backups(&self.makings, &store, &ends, patience.backup));
        loop {
            let wish = tokio::select! {
                () = &mut stop => return Over::Stop,
                () = store.failed() => return Over::DiskFailed,
                never = &mut watching => match never {},
                never = &mut backups => match never {},
                wish = next(&mut self.wishes) => wish,
            };
            match wish {
                Wish::PutInPlace(told) => return Over::Replaced(told),
                Wish::Store(told) => {
                    let _ = told.send(Some(life.store()));
                }
            }
        }
    }

    fn pauses(&self, longest: Duration) -> Backoff {
        let surroundings = &self.makings.surroundings;
        let randomness = surroundings.randomness.clone();
        Backoff::new(surroundings.patience.disk, longest, randomness)
    }

    fn nobody(&self, why: &str) {
        self.behind.send_replace(Behind::Nobody(why.into()));
    }

    async fn put_in_place(&self) -> Put {
        let data = self.makings.config.data_dir.clone();
        let now = self.makings.surroundings.clock.now();
        let put = tokio::task::spawn_blocking(move || store::put_in_place(&data, now));
        match put.await {
            Ok(Ok(before)) => {
                tracing::warn!("a backup was restored");
                Ok(before)
            }
            Ok(Err(cause)) => Err(format!("{:#}", anyhow::Error::from(cause))),
            Err(_) => Err("it broke off".to_owned()),
        }
    }

    /// Tries, less and less often, until the disk takes writes and has room. `None` when
    /// told to stop meanwhile.
    async fn begin_again(&mut self, mut stop: Pin<&mut impl Future<Output = ()>>) -> Option<Life> {
        let pauses = self.pauses(LONGEST_PAUSE);
        let mut failed = 0_u32;
        loop {
            match self.try_again().await {
                Ok(life) => return Some(life),
                Err(cause) => self.nobody(&format!("{DISK_FAILED}: {cause:#}")),
            }
            tokio::select! {
                () = &mut stop => return None,
                never = refuse(&mut self.wishes) => match never {},
                () = rest(pauses.delay(failed, None)) => failed = failed.saturating_add(1),
            }
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

/// Never comes when nobody can wish for anything any more.
async fn next(wishes: &mut mpsc::Receiver<Wish>) -> Wish {
    match wishes.recv().await {
        Some(wish) => wish,
        None => std::future::pending().await,
    }
}

/// While there is no store.
async fn refuse(wishes: &mut mpsc::Receiver<Wish>) -> Infallible {
    loop {
        match next(wishes).await {
            Wish::PutInPlace(told) => {
                let _ = told.send(Err(DISK_FAILED.to_owned()));
            }
            Wish::Store(told) => {
                let _ = told.send(None);
            }
        }
    }
}
