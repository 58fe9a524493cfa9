//! What is told while a run goes on, and whether it still does.

use std::time::{Duration, Instant};

use crate::tally::{Counter, Tally};
use crate::town::Town;

/// Kills between two lines.
const EACH: usize = 50;
/// Between two lines while what is owed is waited for.
const EACH_WAIT: Duration = Duration::from_secs(15);

/// After a kill.
pub fn tell(town: &Town) {
    let kills = town.counts.kills.get();
    if !kills.is_multiple_of(EACH) {
        return;
    }
    println!(
        "  {kills} kills, {} lives, {} questions, {} of them open, {} overdue, {:.0} s",
        town.life.number(),
        town.book.asked(),
        town.pace.open(),
        town.pace.overdue(town.plant.is_some()),
        town.began.elapsed().as_secs_f64()
    );
}

/// Told now and then while the last things come to their ends.
pub struct Wait(Instant);

impl Default for Wait {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Wait {
    pub fn tell(&mut self, tally: &Tally) {
        if self.0.elapsed() < EACH_WAIT {
            return;
        }
        self.0 = Instant::now();
        println!(
            "  no more kills; {} questions and {} people still wait",
            tally.count(Counter::Lost),
            tally.count(Counter::LeftWaiting)
        );
    }
}

/// Looks at a number, and knows for how long it has been the same.
pub struct Lull {
    number: usize,
    since: Instant,
}

impl Lull {
    pub fn of(number: usize) -> Self {
        Self {
            number,
            since: Instant::now(),
        }
    }

    /// It is this number now, and has been for so long.
    pub fn lasts(&mut self, number: usize) -> Duration {
        if number != self.number {
            *self = Self::of(number);
        }
        self.since.elapsed()
    }
}
