//! What the harness does itself, counted for the table.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::mind::marks;

#[derive(Debug, Default)]
pub struct Count(AtomicUsize);

impl Count {
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
pub struct Counts {
    pub events: Count,
    /// Deliveries of an event after the first that was sent.
    pub redeliveries: Count,
    /// Events delivered again although they had been taken.
    pub copies: Count,
    /// Deliveries that the program put off.
    pub put_off: Count,
    pub ended: Ended,
    pub commands: Count,
    pub clicks: Count,
    /// Of the buttons of cards.
    pub presses: Count,
    pub walks: Count,
    pub kills: Count,
}

/// The questions that were seen to end, for the pace of asking and killing; the reckoning
/// does not rely on it.
#[derive(Debug, Default)]
pub struct Ended(Mutex<(BTreeSet<String>, usize)>);

impl Ended {
    /// Valet says this, and it is no sign of life.
    pub fn hears(&self, said: &str) {
        let mut ended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match marks(said).next() {
            Some(mark) => drop(ended.0.insert(mark.to_owned())),
            None => ended.1 += 1,
        }
    }

    pub fn get(&self) -> usize {
        let ended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ended.0.len() + ended.1
    }
}
