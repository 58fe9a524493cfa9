//! A clock that the story moves by hand.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use valet::{Clock, Time};
use valet_sim::now::Now;

/// The machine's time and what the story has added to it.
#[derive(Debug, Clone, Default)]
pub struct StoryClock {
    added: Arc<AtomicI64>,
    /// Seconds by which Valet's own clock is wrong.
    wrong_by: Arc<AtomicI64>,
    stopped_at: Arc<OnceLock<Timestamp>>,
}

impl StoryClock {
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins at this time: `2026-11-23T12:00:00Z`.
    pub fn beginning(now: &str) -> Self {
        let now: Timestamp = now.parse().expect("a time");
        let ahead = now.duration_since(Timestamp::now());
        Self {
            added: Arc::new(AtomicI64::new(ahead.as_secs())),
            ..Self::default()
        }
    }

    pub fn advance(&self, by: Duration) {
        let seconds = i64::try_from(by.as_secs()).expect("a short story");
        self.added.fetch_add(seconds, Ordering::Relaxed);
    }

    /// From now on time passes only by [`StoryClock::advance`]: for stories in which a
    /// second counts.
    pub fn stand_still(&self) {
        self.stopped_at.get_or_init(Timestamp::now);
    }

    /// The clock of Valet's machine jumps, and the world's does not. 0: it is right again.
    pub fn valets_is_wrong_by(&self, seconds: i64) {
        self.wrong_by.store(seconds, Ordering::Relaxed);
    }

    pub fn for_valet(&self) -> Clock {
        Clock::new(ValetsClock(self.clone()))
    }

    pub fn as_world_time(&self) -> Now {
        let clock = self.clone();
        Now::new(move || clock.now())
    }
}

struct ValetsClock(StoryClock);

impl Time for ValetsClock {
    fn now(&self) -> Timestamp {
        let wrong_by = self.0.wrong_by.load(Ordering::Relaxed);
        self.0.now() + SignedDuration::from_secs(wrong_by)
    }
}

impl StoryClock {
    fn now(&self) -> Timestamp {
        let by_machine = self.stopped_at.get().copied();
        let added = SignedDuration::from_secs(self.added.load(Ordering::Relaxed));
        by_machine.unwrap_or_else(Timestamp::now) + added
    }
}
