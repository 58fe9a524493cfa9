//! One run: the world, the load, the kills, and the reckoning when all is quiet.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::task::{JoinHandle, JoinSet};

use crate::args::Size;
use crate::chance::Chance;
use crate::killer::{Killed, Killer};
use crate::life::Start;
use crate::load;
use crate::pace;
use crate::plant::Plant;
use crate::presses;
use crate::progress::{Lull, Wait};
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

/// After this long without a new question or an end of one, nobody waits for those who ask;
/// nor, on a fine day, for those who connect.
const LONGEST_LULL: Duration = Duration::from_mins(2);
const LONGEST_GOODBYE: Duration = Duration::from_mins(5);
/// For so long what is owed may stay as much as it is while other things move.
const LONGEST_DEBT: Duration = Duration::from_mins(3);

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
    let pressing = tokio::spawn(presses::live(Arc::clone(&town), chance.fork()));
    let looking = tokio::spawn(pace::looks(Arc::clone(&town)));
    let killed = live(&town, &mut chance).await;
    settle(&town).await;
    pressing.abort();
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
    assert!(begin(town).await, "no start: see {}", town.folder.display());
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
    if begin(town).await {
        asked_all(town, asking).await;
        all_said_goodbye(town, people).await;
    } else {
        town.stands_still(format!("the last life was not ready, {LONGEST_START:?} on"));
        asking.abort();
    }
    forgetting.abort();
    killed
}

/// Waits until the last question was taken.
async fn asked_all(town: &Town, asking: JoinHandle<()>) {
    let mut lull = Lull::of(0);
    while !asking.is_finished() {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if lull.lasts(town.book.asked() + town.pace.ended()) > LONGEST_LULL {
            town.stands_still("an event is not taken".to_owned());
            asking.abort();
            return;
        }
    }
    asking.await.expect("asking does not fail");
}

/// Waits until those who connect have nothing open.
async fn all_said_goodbye(town: &Town, mut people: JoinSet<()>) {
    town.closing.store(true, Ordering::Relaxed);
    let all = async {
        while let Some(ended) = people.join_next().await {
            ended.expect("nobody fails");
        }
    };
    if tokio::time::timeout(LONGEST_GOODBYE, all).await.is_err() {
        town.stands_still("somebody's connecting does not come to an end".to_owned());
    }
}

/// A life in which nothing goes wrong outside, and whether it is ready.
async fn begin(town: &Town) -> bool {
    town.life.begin();
    matches!(town.life.ready(LONGEST_START).await, Start::Ready(_))
}

/// A long run fits into memory.
async fn forget(town: Arc<Town>) {
    loop {
        tokio::time::sleep(Duration::from_secs(2)).await;
        town.slack.forget_record();
        town.vault.forget_record();
    }
}

/// Waits until nothing is owed any more, or nothing moves; what is still owed then is in
/// the counters.
async fn settle(town: &Town) {
    let standstill = match town.plant {
        Some(_) => STANDSTILL_PLANTED,
        None => STANDSTILL,
    };
    let changes = town.slack.changes();
    let (mut told, mut nothing_new, mut debt) = (Wait::default(), Lull::of(0), Lull::of(0));
    loop {
        let began = Instant::now();
        let tally = Tally::take(town);
        if tally.is_settled() {
            break;
        }
        told.tell(&tally);
        // Counting shares two cores with what is counted.
        tokio::time::sleep(began.elapsed().mul_f32(5.0) + Duration::from_millis(200)).await;
        let seen = usize::try_from(*changes.borrow()).unwrap_or_default();
        if nothing_new.lasts(seen) > standstill || debt.lasts(tally.owed()) > LONGEST_DEBT {
            return;
        }
    }
    tokio::time::sleep(GRACE).await;
}
