//! Who kills: at any instant, or at a point that was aimed at.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use valet_sim::fault::Moment;

use crate::chance::Chance;
use crate::disk::ForgetfulDisk;
use crate::life::Start;
use crate::load::OPEN;
use crate::plant::Plant;
use crate::points::Point;
use crate::progress::{self, Lull};
use crate::town::Town;

/// How long a point is waited for.
const PATIENCE: Duration = Duration::from_millis(1_200);
/// How long a life goes on in which nothing ends any more: all that is open may be waiting
/// for somebody.
const LONGEST_LULL: Duration = Duration::from_secs(3);
/// How long a start is waited for: what it asks of Slack and the vault may stall.
const READY: Duration = Duration::from_secs(3);

/// After so long without an end of any question, no more of them will come.
const STANDSTILL: Duration = Duration::from_mins(2);
/// Starts that may fail one after the other, by themselves.
const STARTS: usize = 20;

/// The vault took our word, and we do not know.
const VERIFIED: Point = Point::Call("verify", Moment::After);

/// What there is to tell of the kills.
#[derive(Debug, Default)]
pub struct Killed {
    pub at: BTreeMap<Point, usize>,
    /// Points that nobody came by in time.
    pub in_vain: BTreeMap<Point, usize>,
    /// From each start after a kill to being ready.
    pub ready_after: Vec<Duration>,
}

pub struct Killer {
    town: Arc<Town>,
    chance: Chance,
    killed: Killed,
    /// The points that come next.
    rota: Vec<Point>,
    disk: Option<ForgetfulDisk>,
}

impl Killer {
    pub fn new(town: &Arc<Town>, chance: Chance) -> Self {
        let forgets = town.plant == Some(Plant::ForgetfulDisk);
        Self {
            town: Arc::clone(town),
            chance,
            killed: Killed::default(),
            rota: Vec::new(),
            disk: forgets.then(|| ForgetfulDisk::of(&town.folder)),
        }
    }

    /// Kills until there were enough kills and questions; the last process is left dead.
    pub async fn kill_all(mut self) -> Killed {
        let size = self.town.size.clone();
        self.work_goes_on().await;
        self.kill(Point::Random);
        let mut lull = Lull::of(0);
        while self.town.counts.kills.get() < size.kills
            || self.town.book.asked() < size.questions
            || self.misses_its_point()
        {
            self.clean_up();
            let point = self.next_point();
            self.live_until(point).await;
            if lull.lasts(self.town.pace.ended()) > STANDSTILL && self.waits_for_something() {
                self.stands_still();
                break;
            }
        }
        self.town.life.end();
        self.killed
    }

    /// Some question, or somebody who comes by the point.
    fn waits_for_something(&self) -> bool {
        self.town.pace.open() > 0 || self.town.plant.is_some()
    }

    fn stands_still(&self) {
        self.town.stands_still(format!(
            "no question has ended for {} s; {} are open after {} kills",
            STANDSTILL.as_secs(),
            self.town.pace.open(),
            self.town.counts.kills.get()
        ));
    }

    /// Whether the one point on which the planted fault shows has yet to be hit.
    fn misses_its_point(&self) -> bool {
        let needed = self.town.plant == Some(Plant::ForgivingVault);
        needed && !self.killed.at.contains_key(&VERIFIED)
    }

    fn next_point(&mut self) -> Point {
        match self.town.plant {
            // What it forgets has to be work that was done.
            Some(Plant::ForgetfulDisk) => return Point::Random,
            Some(Plant::ForgivingVault) => return VERIFIED,
            _ => {}
        }
        if self.chance.per_mille(350) {
            return Point::Random;
        }
        if self.rota.is_empty() {
            self.rota = Point::all();
            self.chance.shuffle(&mut self.rota);
        }
        self.rota.pop().unwrap_or(Point::Random)
    }

    /// One life, killed at this point.
    async fn live_until(&mut self, point: Point) {
        match point {
            Point::Accepted | Point::Call(..) => self.trap(point).await,
            Point::Draining => {
                self.start().await;
                self.work_goes_on().await;
                self.town.life.tell_to_stop();
                tokio::time::sleep(self.chance.millis(0, 600)).await;
                self.kill(point);
            }
            Point::Random => {
                self.start().await;
                self.work_goes_on().await;
                self.kill(point);
            }
            Point::Ready => {
                self.start().await;
                self.kill(point);
            }
            Point::Starting => {
                self.town.life.begin();
                tokio::time::sleep(self.chance.millis(0, 300)).await;
                self.kill(point);
            }
        }
    }

    /// Some questions end, and then it goes on for some instants. By the clock alone a
    /// slow machine would never get anything done between two kills.
    async fn work_goes_on(&mut self) {
        let more = self.enough();
        let pace = &self.town.pace;
        let (mut ended, mut moved) = (pace.ended(), Instant::now());
        let enough = ended + more;
        while ended < enough && moved.elapsed() < LONGEST_LULL {
            tokio::time::sleep(Duration::from_millis(5)).await;
            let now = pace.ended();
            if now != ended {
                (ended, moved) = (now, Instant::now());
            }
        }
        tokio::time::sleep(self.chance.millis(0, 150)).await;
    }

    /// How many questions end in a life that is not cut short. What others left undone is
    /// made up for, so that the last kill comes with the last questions.
    fn enough(&mut self) -> usize {
        let (size, kills) = (&self.town.size, self.town.counts.kills.get());
        let share = size.due(1);
        if self.disk.is_some() && !kills.is_multiple_of(2) {
            // Much is done that will be forgotten.
            return OPEN;
        }
        if self.town.plant.is_some() {
            return self.chance.below(share.clamp(4, 40) * 5 / 2);
        }
        let some = self.chance.below(share * 2 + 4);
        let due = (size.due(kills) + some).min(size.questions);
        let ended = self.town.book.asked().saturating_sub(self.town.pace.open());
        due.saturating_sub(ended)
    }

    /// Some points are passed at the start only, others mostly when much is going on.
    async fn trap(&mut self, point: Point) {
        let at_start = self.chance.per_mille(500);
        if !at_start {
            self.start().await;
            self.work_goes_on().await;
        }
        let mut sprung = self.town.trap.set(point);
        if at_start {
            self.start().await;
        }
        let heard = tokio::time::timeout(PATIENCE, sprung.changed()).await;
        self.town.trap.take_away();
        // It may have been stepped on in this very moment.
        if heard.is_ok() || sprung.has_changed().unwrap_or(false) {
            self.note(point);
        } else {
            *self.killed.in_vain.entry(point).or_default() += 1;
            self.kill(Point::Random);
        }
    }

    fn kill(&mut self, point: Point) {
        self.town.life.kill();
        self.note(point);
    }

    fn note(&mut self, point: Point) {
        *self.killed.at.entry(point).or_default() += 1;
        self.town.counts.kills.add();
        progress::tell(&self.town);
    }

    fn clean_up(&mut self) {
        self.town.life.end();
        if let Some(disk) = &mut self.disk {
            disk.forgets();
        }
    }

    /// A process, ready unless it was killed on the way or Slack or the vault keep it
    /// waiting.
    async fn start(&mut self) {
        for _ in 0..STARTS {
            self.town.life.begin();
            match self.town.life.ready(READY).await {
                Start::Ended if !self.town.life.was_killed() => self.town.life.end(),
                Start::Ended | Start::Late => return,
                Start::Ready(after) => return self.killed.ready_after.push(after),
            }
        }
    }
}
