//! The usual trouble of the services outside, at a low rate.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use valet_sim::fault::{Canned, Fault};

use crate::chance::Chance;

/// Of a thousand calls, so many fail.
const RATE: usize = 15;

/// Whether and how calls fail.
pub struct Weather {
    chance: Mutex<Chance>,
    bad: AtomicBool,
    seen: Mutex<BTreeMap<&'static str, usize>>,
}

impl Weather {
    pub fn fine(chance: Chance) -> Self {
        Self {
            chance: Mutex::new(chance),
            bad: AtomicBool::new(false),
            seen: Mutex::default(),
        }
    }

    pub fn turns_bad(&self) {
        self.bad.store(true, Ordering::Relaxed);
    }

    pub fn clears_up(&self) {
        self.bad.store(false, Ordering::Relaxed);
    }

    /// What becomes of the next call.
    pub fn fault(&self) -> Option<Fault> {
        if !self.bad.load(Ordering::Relaxed) {
            return None;
        }
        let (name, fault) = {
            let mut chance = self.chance.lock().expect("no panic in the weather");
            if !chance.per_mille(RATE) {
                return None;
            }
            kinds().swap_remove(chance.below(8))
        };
        let mut seen = self.seen.lock().expect("no panic in the weather");
        *seen.entry(name).or_default() += 1;
        Some(fault)
    }

    /// How often there was what.
    pub fn seen(&self) -> BTreeMap<&'static str, usize> {
        self.seen.lock().expect("no panic in the weather").clone()
    }
}

fn kinds() -> Vec<(&'static str, Fault)> {
    let broken = Canned::new(500, "text/plain", "");
    vec![
        ("429", Fault::too_many(1)),
        ("500", Fault::Answer(broken.clone())),
        ("cut", Fault::Cut),
        ("done, 500", Fault::ActThenAnswer(broken)),
        ("done, cut", Fault::ActThenCut),
        ("half an answer", Fault::HalfAnswer),
        ("stall", Fault::Stall),
        ("done, stall", Fault::ActThenStall),
    ]
}
