//! What people did, written down as they do it: the other side of the reckoning.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use valet_sim::slack::MessageRef;

use crate::mind::{Asks, mark};

/// Something somebody wrote to Valet. Slack delivers until it is taken, so each of these
/// was acknowledged in the end.
#[derive(Debug, Clone)]
pub struct Written {
    pub asks: Asks,
    pub mark: String,
    pub person: String,
    pub at: MessageRef,
}

/// What came of a command or a click, which Slack delivers once.
#[derive(Debug, Clone, Copy, Default)]
pub struct Obeyed {
    /// Got their 200.
    pub taken: usize,
    /// Got no answer, and may have been taken all the same.
    pub unsure: usize,
}

/// A browser that came back from the vault.
#[derive(Debug, Clone)]
pub struct Walked {
    pub person: String,
    pub channel: String,
    /// Messages that were there before.
    pub from: usize,
    pub auth_request: String,
    /// The page said that the account is connected.
    pub told_by_page: bool,
}

#[derive(Default)]
struct Pages {
    written: Vec<Written>,
    obeyed: BTreeMap<String, Obeyed>,
    walked: Vec<Walked>,
    /// One-time secrets of the walk's addresses, and how often each led on.
    led_on: BTreeMap<String, usize>,
}

/// The book. A cheap lock, held for a few lines.
#[derive(Default)]
pub struct Book(Mutex<Pages>);

impl Book {
    /// The mark of what is written next, by whoever calls this.
    pub fn write(&self, asks: Asks, person: &str, put: impl FnOnce(&str) -> MessageRef) -> Written {
        let mut pages = self.lock();
        let mark = mark(pages.written.len());
        let written = Written {
            asks,
            person: person.to_owned(),
            at: put(&asks.words(&mark)),
            mark,
        };
        pages.written.push(written.clone());
        written
    }

    pub fn obeyed(&self, person: &str, status: Option<u16>) {
        let mut pages = self.lock();
        let obeyed = pages.obeyed.entry(person.to_owned()).or_default();
        match status {
            Some(200) => obeyed.taken += 1,
            // It said that it did not take it.
            Some(_) => {}
            None => obeyed.unsure += 1,
        }
    }

    pub fn walked(&self, walked: Walked) {
        self.lock().walked.push(walked);
    }

    pub fn led_on(&self, secret: String) {
        *self.lock().led_on.entry(secret).or_default() += 1;
    }

    /// How much was written so far.
    pub fn asked(&self) -> usize {
        self.lock().written.len()
    }

    /// Something written before, for somebody who goes on in its thread.
    pub fn earlier(&self, number: usize) -> Written {
        self.lock().written[number].clone()
    }

    pub fn all_written(&self) -> Vec<Written> {
        self.lock().written.clone()
    }

    pub fn all_obeyed(&self) -> BTreeMap<String, Obeyed> {
        self.lock().obeyed.clone()
    }

    pub fn all_walked(&self) -> Vec<Walked> {
        self.lock().walked.clone()
    }

    pub fn all_led_on(&self) -> BTreeMap<String, usize> {
        self.lock().led_on.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
