//! Who kills: at any instant, or at a point that was aimed at.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::chance::Chance;
use crate::disk::ForgetfulDisk;
use crate::life::Start;
use crate::plant::Plant;
use crate::points::Point;
use crate::town::Town;

/// How long a point is waited for.
const PATIENCE: Duration = Duration::from_millis(1_200);
/// How long a start is waited for: what it asks of Slack and the vault may stall.
const READY: Duration = Duration::from_secs(3);

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
        self.kill(Point::Random);
        while self.town.counts.kills.get() < size.kills || self.town.book.asked() < size.questions {
            self.clean_up();
            let point = self.next_point();
            self.live_until(point).await;
        }
        self.town.life.end();
        self.killed
    }

    fn next_point(&mut self) -> Point {
        if self.town.plant == Some(Plant::ForgivingVault) {
            return Point::Call("verify", valet_sim::fault::Moment::After);
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
                tokio::time::sleep(self.chance.millis(100, 900)).await;
                self.town.life.tell_to_stop();
                tokio::time::sleep(self.chance.millis(0, 600)).await;
                self.kill(point);
            }
            Point::Random => {
                self.start().await;
                tokio::time::sleep(self.chance.millis(150, 1_500)).await;
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

    /// Some points are passed at the start only, others mostly when much is going on.
    async fn trap(&mut self, point: Point) {
        let at_start = self.chance.per_mille(500);
        if !at_start {
            self.start().await;
            tokio::time::sleep(self.chance.millis(50, 500)).await;
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
        loop {
            self.town.life.begin();
            match self.town.life.ready(READY).await {
                Start::Ended if !self.town.life.was_killed() => self.town.life.end(),
                Start::Ended | Start::Late => return,
                Start::Ready(after) => return self.killed.ready_after.push(after),
            }
        }
    }
}
