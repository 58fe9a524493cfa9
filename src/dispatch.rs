//! From an accepted event to the work on it: one lane for each thread, a cap on the runs
//! at work, tracked tasks.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use crate::event::Event;
use crate::handlers::{self, Context, Outcome};
use crate::ids::RunId;
use crate::slack::ClaimKeys;
use crate::store::{Claim, Entry, Error};

/// Runs at work at once; the others wait in their lanes.
const AT_WORK: usize = 256;

/// Accepted events that are not settled. Beyond it Slack is told to come again.
const OPEN_EVENTS: usize = 10_000;

/// Between two times at which what is too old is forgotten.
const TIDIED_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Before the names of lanes for words to stop, of which each has its own.
const TO_STOP: &str = "stop/";

/// Takes events in, and sees that each is worked on. A cheap handle.
#[derive(Clone)]
pub(crate) struct Dispatch {
    context: Context,
    lanes: Arc<Lanes>,
    room: Arc<Semaphore>,
    /// No new work; what runs may finish.
    closing: CancellationToken,
    /// What still runs is parked where it stands.
    halt: CancellationToken,
}

/// The lanes that have work, and what waits in each behind the run at work.
#[derive(Default)]
struct Lanes(Mutex<HashMap<String, VecDeque<RunId>>>);

/// Why an event was not accepted. Slack delivers it again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAccepted {
    #[error("too many events wait")]
    Full,
    #[error("the store did not take the event")]
    Store(#[from] Error),
}

impl Dispatch {
    pub(crate) fn new(context: Context) -> Self {
        Self {
            context,
            lanes: Arc::default(),
            room: Arc::new(Semaphore::new(AT_WORK)),
            closing: CancellationToken::new(),
            halt: CancellationToken::new(),
        }
    }

    /// Accepts an event: when this returns, it is on disk, and somebody works on it.
    pub(crate) async fn accept(
        &self,
        event: Event,
        keys: &ClaimKeys,
    ) -> Result<Claim, NotAccepted> {
        if self.context.store.inbox.open_count() >= OPEN_EVENTS {
            return Err(NotAccepted::Full);
        }
        let now = self.context.clock.now();
        let entry = Entry {
            run: self.context.randomness.run_id(now),
            accepted_at: now,
            event,
        };
        let claim = self
            .context
            .store
            .inbox
            .claim(&keys.iter().collect::<Vec<_>>(), &entry)
            .await?;
        match claim {
            Claim::New => {
                self.context.metrics.accepted();
                self.enqueue(&entry);
            }
            Claim::Duplicate => self.context.metrics.duplicate(),
        }
        Ok(claim)
    }

    /// Works on an accepted event when its lane is free. One that is in its lane already
    /// is not put there again.
    fn enqueue(&self, entry: &Entry) {
        let lane = if handlers::stop::is_stop(&self.context, entry) {
            // A word to stop would come too late behind what it is to stop.
            format!("{TO_STOP}{}", entry.run)
        } else {
            lane_of(&entry.event)
        };
        if self.lanes.push(&lane, entry.run) == Lane::Started {
            let (dispatch, run) = (self.clone(), entry.run);
            self.context.tasks.spawn(dispatch.work_off(lane, run));
        }
    }

    /// Puts back to work every open event that neither waits in a lane nor for a person.
    fn enqueue_open(&self) -> Result<(), Error> {
        // In this order: a run that falls asleep in between is seen sleeping, and one that
        // wakes in between is in its lane.
        let open = self.context.store.inbox.entries()?;
        let parked = self.context.store.parked.runs()?;
        for entry in open {
            if !parked.contains(&entry.run) {
                self.enqueue(&entry);
            }
        }
        Ok(())
    }

    /// Begins the work that nobody has to ask for: what a crash left open, runs that are
    /// woken, and the sweep.
    pub(crate) fn begin(&self, resumed: mpsc::Receiver<RunId>, sweep: Duration) {
        self.learn_installation();
        self.finish_attempts();
        self.wake_all(resumed);
        self.sweep_every(sweep);
    }

    /// Which workspace this is; asked again for every event until Slack has answered.
    fn learn_installation(&self) {
        let context = self.context.clone();
        self.context.tasks.spawn(async move {
            match context.installation().await {
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
        });
    }

    /// Attempts that a crash interrupted on their last step.
    fn finish_attempts(&self) {
        let context = self.context.clone();
        self.context.tasks.spawn(async move {
            if let Err(cause) = handlers::sweep::finish_attempts(&context).await {
                log_store(&cause);
            }
        });
    }

    /// Puts runs back to work whose person has connected an account.
    fn wake_all(&self, mut resumed: mpsc::Receiver<RunId>) {
        let dispatch = self.clone();
        self.context.tasks.spawn(async move {
            loop {
                let run = tokio::select! {
                    () = dispatch.closing.cancelled() => return,
                    run = resumed.recv() => run,
                };
                let Some(run) = run else { return };
                match dispatch.context.store.inbox.entry(run) {
                    Ok(Some(entry)) => dispatch.enqueue(&entry),
                    Ok(None) => {}
                    Err(cause) => log_store(&cause),
                }
            }
        });
    }

    /// Settles, again and again, what time or a failure left open.
    fn sweep_every(&self, pause: Duration) {
        let dispatch = self.clone();
        self.context.tasks.spawn(async move {
            let mut ticks = tokio::time::interval(pause);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            let mut tidied = Timestamp::MIN;
            loop {
                tokio::select! {
                    () = dispatch.closing.cancelled() => return,
                    _ = ticks.tick() => {}
                }
                handlers::sweep::sweep(&dispatch.context).await;
                let now = dispatch.context.clock.now();
                if now.duration_since(tidied) > TIDIED_EVERY {
                    handlers::sweep::tidy(&dispatch.context).await;
                    tidied = now;
                }
                if let Err(cause) = dispatch.enqueue_open() {
                    log_store(&cause);
                }
            }
        });
    }

    /// Takes no new work, gives the runs at work this long, and parks the rest where they
    /// stand: they are on disk.
    pub(crate) async fn stop_within(&self, deadline: Duration) {
        self.closing.cancel();
        self.context.tasks.close();
        if tokio::time::timeout(deadline, self.context.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("runs were still at work at the deadline and are parked");
            self.halt.cancel();
            self.context.tasks.wait().await;
        }
    }

    async fn work_off(self, lane: String, first: RunId) {
        let mut next = Some(first);
        while let Some(run) = next
            && !self.closing.is_cancelled()
        {
            // A word to stop must not wait for room that what it is to stop takes up.
            let permit = if lane.starts_with(TO_STOP) {
                None
            } else {
                // The semaphore is never closed.
                tokio::select! {
                    () = self.closing.cancelled() => return,
                    permit = self.room.acquire() => permit.ok(),
                }
            };
            self.settle(run).await;
            drop(permit);
            next = self.lanes.next(&lane);
        }
    }

    async fn settle(&self, run: RunId) {
        let entry = match self.context.store.inbox.entry(run) {
            Ok(Some(entry)) => entry,
            Ok(None) => return,
            Err(cause) => return log_store(&cause),
        };
        tokio::select! {
            () = self.halt.cancelled() => {}
            outcome = handlers::settle(&self.context, &entry) => self.close(run, outcome).await,
        }
    }

    async fn close(&self, run: RunId, outcome: Outcome) {
        match outcome {
            Outcome::Later | Outcome::Waiting => {}
            Outcome::Settled => {
                if let Err(cause) = handlers::close(&self.context, run).await {
                    log_store(&cause);
                }
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Lane {
    Busy,
    Started,
}

impl Lanes {
    fn push(&self, lane: &str, run: RunId) -> Lane {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match lanes.entry(lane.to_owned()) {
            Slot::Vacant(slot) => {
                // The run at work stays at the head, so that it is not queued twice.
                slot.insert(VecDeque::from([run]));
                Lane::Started
            }
            Slot::Occupied(mut slot) => {
                if !slot.get().contains(&run) {
                    slot.get_mut().push_back(run);
                }
                Lane::Busy
            }
        }
    }

    /// The run at work is done; the next one of its lane.
    fn next(&self, lane: &str) -> Option<RunId> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = lanes.get_mut(lane)?;
        waiting.pop_front();
        let next = waiting.front().copied();
        if next.is_none() {
            lanes.remove(lane);
        }
        next
    }
}

/// Questions in one thread are answered in order; a person's commands likewise.
fn lane_of(event: &Event) -> String {
    match event {
        Event::Said(said) => said.thread.to_string(),
        Event::Commanded(command) => format!("{}/{}", command.actor.team, command.actor.user),
        Event::Pressed(pressed) => format!("{}/{}", pressed.actor.team, pressed.actor.user),
    }
}

fn log_store(cause: &Error) {
    tracing::error!(error = cause as &dyn std::error::Error, "the store failed");
}
