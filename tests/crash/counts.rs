//! What the harness does itself, counted for the table.

use std::sync::atomic::{AtomicUsize, Ordering};

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
    pub commands: Count,
    pub clicks: Count,
    /// Of the buttons of cards.
    pub presses: Count,
    pub walks: Count,
    pub kills: Count,
}
