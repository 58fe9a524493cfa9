//! What nobody has to ask for: what was open before the start, runs that are woken, the
//! sweep.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;

use super::{Dispatch, log_store};
use crate::handlers;
use crate::handlers::line::kind_of;
use crate::ids::RunId;
use crate::line::{Arrival, Item};
use crate::store::{Entry, Error};

/// Between two times at which what is too old is forgotten.
const TIDIED_EVERY: SignedDuration = SignedDuration::from_hours(1);

impl Dispatch {
    /// Attempts that a crash interrupted on their last step.
    pub(super) fn finish_attempts(&self) {
        let context = self.context.clone();
        self.context.tasks.spawn(async move {
            if let Err(cause) = handlers::sweep::finish_attempts(&context).await {
                log_store(&cause);
            }
        });
    }

    /// Puts what was open before the start in line, oldest first. Nothing else is worked on
    /// before that.
    pub(super) async fn load(&self) {
        tokio::select! {
            () = self.closing.cancelled() => return,
            () = self.learn_installation() => {}
        }
        if let Err(cause) = handlers::answer::end_taken_in(&self.context).await {
            log_store(&cause);
        }
        if let Err(cause) = self.rest_asleep() {
            log_store(&cause);
        }
        self.enter_open();
        self.loaded.store(true, Ordering::Release);
    }

    /// Runs whose link may never have been sent wait no more.
    pub(super) async fn wake_half_asleep(&self, half_asleep: Result<Vec<RunId>, Error>) {
        let woken = match half_asleep {
            Ok(runs) => handlers::wake(&self.context, runs).await,
            Err(cause) => Err(cause),
        };
        if let Err(cause) = woken {
            log_store(&cause);
        }
    }

    /// Puts runs back in line whose person has connected an account or said stop.
    pub(super) async fn wake_all(self, mut resumed: mpsc::Receiver<RunId>) {
        loop {
            let run = tokio::select! {
                () = self.closing.cancelled() => return,
                run = resumed.recv() => run,
            };
            let Some(run) = run else { return };
            self.wake(run);
        }
    }

    fn wake(&self, run: RunId) {
        match self.context.store.inbox.entry(run) {
            Ok(Some(entry)) => self.enter(&entry, Arrival::Woken),
            Ok(None) => {}
            Err(cause) => log_store(&cause),
        }
        self.go_on();
    }

    /// Runs that may still say that they are worked on wait as all do that wait for a word.
    pub(super) fn bring_to_rest(&self, half_at_rest: Result<Vec<RunId>, Error>) {
        match half_at_rest {
            Ok(runs) => runs.into_iter().for_each(|run| self.wake(run)),
            Err(cause) => log_store(&cause),
        }
    }

    /// Looks into what the vault reports, as soon as it comes, and again for what could not
    /// be looked into. Apart from the sweep, which must not wait for the vault.
    pub(super) async fn look_into_reports(self, pause: Duration) {
        let mut ticks = tokio::time::interval(pause);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.closing.cancelled() => return,
                () = self.context.noticed.notified() => {}
                _ = ticks.tick() => {}
            }
            let settled = handlers::webhook::settle_all(&self.context);
            let settled = tokio::select! {
                () = self.closing.cancelled() => return,
                settled = handlers::unbroken(settled) => settled,
            };
            if let Some(Err(cause)) = settled {
                log_store(&cause);
            }
        }
    }

    /// Settles, again and again, what time or a failure left open. What was accepted while
    /// the older ones were loaded is found by the first look.
    pub(super) async fn sweep_every(&self, pause: Duration) {
        let mut ticks = tokio::time::interval(pause);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut tidied = Timestamp::MIN;
        loop {
            tokio::select! {
                () = self.closing.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let now = self.context.clock.now();
            let tidy = now.duration_since(tidied) > TIDIED_EVERY;
            // The next sweep comes whatever breaks in this one.
            if handlers::unbroken(self.sweep(tidy)).await.is_some() && tidy {
                tidied = now;
            }
        }
    }

    async fn sweep(&self, tidy: bool) {
        handlers::sweep::sweep(&self.context).await;
        if tidy {
            handlers::sweep::tidy(&self.context).await;
        }
        self.enter_open();
    }

    /// Which workspace this is, and so what words are commands; asked again for every event
    /// until Slack has answered.
    async fn learn_installation(&self) {
        match self.context.installation().await {
            Ok(installation) => {
                tracing::info!(team = %installation.team, "Slack knows us");
            }
            Err(cause) => {
                tracing::error!(
                    error = &cause as &dyn std::error::Error,
                    "Slack does not accept SLACK_BOT_TOKEN, or cannot be asked"
                );
            }
        }
    }

    /// Puts every open event in line that neither stands there nor waits for a person.
    fn enter_open(&self) {
        if let Err(cause) = self.try_enter_open() {
            log_store(&cause);
        }
        self.go_on();
    }

    fn try_enter_open(&self) -> Result<(), Error> {
        // In this order: a run that falls asleep in between is seen sleeping, and one that
        // wakes in between is in its lane.
        let open = self.context.store.inbox.entries()?;
        let asleep = self.asleep()?;
        for entry in open.iter().filter(|entry| !asleep.contains(&entry.run)) {
            self.enter(entry, Arrival::Again);
        }
        Ok(())
    }

    /// The runs that wait for an account, or for their person's word.
    fn asleep(&self) -> Result<HashSet<RunId>, Error> {
        let store = &self.context.store;
        Ok(&store.parked.runs()? | &store.approvals.resting()?)
    }

    /// Those who wait for something have a question open, too.
    fn rest_asleep(&self) -> Result<(), Error> {
        for run in self.asleep()? {
            if let Some(entry) = self.context.store.inbox.entry(run)? {
                handlers::sessions::asleep(&self.context, &entry);
                let item = self.item(&entry);
                self.context.line.with(|line| line.rest(item));
            }
        }
        Ok(())
    }

    fn enter(&self, entry: &Entry, arrival: Arrival) {
        let item = self.item(entry);
        let now = self.context.clock.now();
        self.context
            .line
            .with(|line| line.enter(item, arrival, now));
    }

    fn item(&self, entry: &Entry) -> Item {
        Item::new(
            entry.run,
            &entry.event,
            kind_of(&self.context, &entry.event),
        )
    }
}
