//! Doing whose turn it is.

use super::{Dispatch, log_store};
use crate::handlers::answer::{Unbegun, conclude_unbegun};
use crate::handlers::{self, Outcome};
use crate::ids::RunId;
use crate::line::{Errand, Leave, Start, Try};
use crate::store::{Entry, Error};

impl Dispatch {
    /// Begins everything whose turn it is, and tells people in line that they are. Called
    /// after every change of the line.
    pub(super) fn go_on(&self) {
        if self.closing.is_cancelled() {
            return;
        }
        let (starts, to_tell) = self.context.line.with(|line| {
            let starts = line.starts();
            for start in &starts {
                self.context.at_work.begin(start.run);
            }
            (starts, line.tell_next())
        });
        for start in starts {
            self.context.tasks.spawn(self.clone().work(start));
        }
        for (run, tried) in to_tell {
            self.context.tasks.spawn(self.clone().tell(run, tried));
        }
    }

    async fn work(self, start: Start) {
        // Whatever breaks, its lane goes on, and the sweep tries it again.
        let settled = Box::pin(handlers::unbroken(self.settle(start))).await;
        let leave = settled.unwrap_or(Leave::Resting);
        let now = self.context.clock.now();
        self.context.line.with(|line| {
            self.context.at_work.end(start.run);
            line.leave(start.run, leave, now);
        });
        self.go_on();
    }

    async fn settle(&self, start: Start) -> Leave {
        let run = start.run;
        tracing::debug!(run.id = %run, tried = ?start.tried, "it is a run's turn");
        let entry = match self.context.store.inbox.entry(run) {
            Ok(Some(entry)) => entry,
            Ok(None) => return Leave::Over,
            Err(cause) => {
                log_store(&cause);
                return Leave::Resting;
            }
        };
        tokio::select! {
            // Whoever waits for what is parked is parked as well.
            biased;
            () = self.halt.cancelled() => Leave::Resting,
            outcome = self.carry_out(start, &entry) => self.close(run, outcome).await,
        }
    }

    async fn carry_out(&self, start: Start, entry: &Entry) -> Outcome {
        let tried = match handlers::begin(&self.context, entry, start.tried).await {
            Ok(tried) => tried,
            Err(cause) => {
                log_store(&cause);
                return Outcome::Later;
            }
        };
        let concluded = match start.errand {
            Errand::Refuse { most } => {
                self.context.metrics.turned_down();
                self.conclude(entry.run, Unbegun::TooManyOpen { most })
                    .await
            }
            Errand::Stop => self.conclude(entry.run, Unbegun::Stopped).await,
            Errand::Work => Ok(()),
        };
        match concluded {
            Ok(()) => handlers::settle(&self.context, entry, tried).await,
            Err(cause) => {
                log_store(&cause);
                Outcome::Later
            }
        }
    }

    async fn conclude(&self, run: RunId, why: Unbegun) -> Result<(), Error> {
        conclude_unbegun(&self.context, run, why).await
    }

    async fn close(&self, run: RunId, outcome: Outcome) -> Leave {
        match outcome {
            Outcome::Later | Outcome::Waiting => Leave::Resting,
            Outcome::Settled => match handlers::close(&self.context, run).await {
                Ok(()) => Leave::Over,
                Err(cause) => {
                    log_store(&cause);
                    Leave::Resting
                }
            },
        }
    }

    async fn tell(self, run: RunId, tried: Try) {
        match self.context.store.inbox.entry(run) {
            Ok(Some(entry)) => tokio::select! {
                () = self.halt.cancelled() => {}
                () = self.tell_of(&entry, tried) => {}
            },
            Ok(None) => {}
            Err(cause) => log_store(&cause),
        }
        self.context.line.with(|line| line.told(run));
        self.go_on();
    }

    async fn tell_of(&self, entry: &Entry, tried: Try) {
        // What was restored ends with a word of its own.
        if !matches!(self.context.store.restored.backup_of(entry.run), Ok(None)) {
            return;
        }
        match handlers::begin(&self.context, entry, tried).await {
            Ok(tried) => handlers::tell_in_line(&self.context, entry, tried).await,
            Err(cause) => log_store(&cause),
        }
    }
}
