//! One run: the world, the load, the kills, and the reckoning when all is quiet.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::args::Size;
use crate::chance::Chance;
use crate::killer::{Killed, Killer};
use crate::life::Start;
use crate::load;
use crate::pace;
use crate::plant::Plant;
use crate::report;
use crate::restless;
use crate::tally::Tally;
use crate::town::{RESTLESS, Town};

/// After this long without anything new in Slack, what is open stays open: longer than
/// the program waits between two sweeps.
const STANDSTILL: Duration = Duration::from_secs(40);
/// The same where something is open for good, because it was planted.
const STANDSTILL_PLANTED: Duration = Duration::from_secs(3);
/// After everything is settled, for what may still come twice.
const GRACE: Duration = Duration::from_millis(1_500);

/// On a fine day and a busy machine.
const LONGEST_START: Duration = Duration::from_mins(1);

/// What came of a run.
pub struct Ran {
    pub tally: Tally,
    pub killed: Killed,
    pub took: Duration,
}

impl Ran {
    pub fn is_clean(&self) -> bool {
        self.tally.is_clean()
    }
}

/// Runs once, and prints the table.
pub async fn run(size: &Size, plant: Option<Plant>) -> Ran {
    let began = Instant::now();
    let mut chance = Chance::new(size.seed);
    let town = Town::build(size, plant, &mut chance).await;
    let looking = tokio::spawn(pace::looks(Arc::clone(&town)));
    let killed = live(&town, &mut chance).await;
    settle(&town).await;
    looking.abort();
    let tally = Tally::take(&town);
    town.life.end();
    let ran = Ran {
        tally,
        killed,
        took: began.elapsed(),
    };
    report::print(&town, &ran);
    ran
}

/// Runs each planted fault, and says whether all were seen.
pub async fn sees(size: &Size, plants: &[Plant]) -> bool {
    let mut blind = Vec::new();
    for plant in plants {
        let ran = run(size, Some(*plant)).await;
        let unseen = plant
            .shows_in()
            .iter()
            .filter(|counter| ran.tally.count(**counter) == 0);
        blind.extend(unseen.map(|counter| (plant.name(), counter.name())));
    }
    for (plant, counter) in &blind {
        println!("NOT SEEN: {plant} left \"{counter}\" at zero");
    }
    blind.is_empty()
}

async fn live(town: &Arc<Town>, chance: &mut Chance) -> Killed {
    begin(town).await;
    restless::connect_steady(town).await;
    if town.plant.is_none() {
        town.weather.turns_bad();
    }
    let mut people = JoinSet::new();
    for key in RESTLESS {
        people.spawn(restless::live(Arc::clone(town), key, chance.fork()));
    }
    let asking = tokio::spawn(load::ask_all(Arc::clone(town), chance.fork()));
    let forgetting = tokio::spawn(forget(Arc::clone(town)));
    let killed = Killer::new(town, chance.fork()).kill_all().await;
    town.weather.clears_up();
    begin(town).await;
    asking.await.expect("asking does not fail");
    town.closing.store(true, Ordering::Relaxed);
    while let Some(ended) = people.join_next().await {
        ended.expect("nobody fails");
    }
    forgetting.abort();
    killed
}

/// A life in which nothing goes wrong outside.
async fn begin(town: &Town) {
    town.life.begin();
    let started = town.life.ready(LONGEST_START).await;
    assert!(
        matches!(started, Start::Ready(_)),
        "{started:?}: see {}",
        town.folder.display()
    );
}

/// A long run fits into memory.
async fn forget(town: Arc<Town>) {
    loop {
        tokio::time::sleep(Duration::from_secs(2)).await;
        town.slack.forget_record();
        town.vault.forget_record();
    }
}

/// Waits until nothing is open any more, or nothing moves.
async fn settle(town: &Town) {
    let standstill = match town.plant {
        Some(_) => STANDSTILL_PLANTED,
        None => STANDSTILL,
    };
    let changes = town.slack.changes();
    let (mut seen, mut moved) = (*changes.borrow(), Instant::now());
    loop {
        let began = Instant::now();
        if Tally::take(town).is_settled() {
            break;
        }
        // Counting shares two cores with what is counted.
        tokio::time::sleep(began.elapsed().mul_f32(5.0) + Duration::from_millis(200)).await;
        let now = *changes.borrow();
        if now != seen {
            (seen, moved) = (now, Instant::now());
        } else if moved.elapsed() > standstill {
            return;
        }
    }
    tokio::time::sleep(GRACE).await;
}
