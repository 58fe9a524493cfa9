//! People who are connected ask, as fast as they are answered.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::book::Written;
use crate::chance::Chance;
use crate::deliver::deliver;
use crate::mind::Asks;
use crate::plant::Plant;
use crate::town::{STEADY, Town, channel};

/// Questions that are open at once. With more, a slow machine gets none of them done
/// between two kills.
pub const OPEN: usize = 40;

/// Asks all questions; comes back when the last was taken.
pub async fn ask_all(town: Arc<Town>, mut chance: Chance) {
    let mut deliveries = JoinSet::new();
    while town.book.asked() < town.size.questions && wait_for_room(&town).await {
        let written = write(&town, &mut chance);
        town.pace.begins(&written);
        let split = town.plant == Some(Plant::SplitEvent) && chance.per_mille(100);
        let twin = split.then(|| again(&town, &written));
        for message in [Some(written.at), twin].into_iter().flatten() {
            let (town, chance) = (Arc::clone(&town), chance.fork());
            deliveries.spawn(async move { deliver(&town, &message, chance).await });
        }
        while deliveries.try_join_next().is_some() {}
    }
    deliveries.join_all().await;
}

/// The pace is that of the kills, and of the answers. A planted fault needs as much open
/// as can be. `false` when nothing is to be asked any more.
async fn wait_for_room(town: &Town) -> bool {
    let planted = town.plant.is_some();
    // Some lives end more of them than others.
    let runs_ahead = || !planted && town.book.asked() > town.size.due(town.counts.kills.get() + 3);
    while !town.is_closing() && (runs_ahead() || town.pace.fresh(planted) >= OPEN) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    !town.is_closing()
}

/// Somebody writes something, somewhere.
fn write(town: &Town, chance: &mut Chance) -> Written {
    let key = *chance.one_of(&STEADY);
    let person = town.slack.person(key);
    let asks = match chance.below(100) {
        0..28 => Asks::Say,
        28..52 => Asks::Read,
        52..62 => Asks::Reads,
        62..77 => Asks::Write,
        77..84 => Asks::Label,
        84..90 => Asks::Writes,
        90..93 => Asks::Long,
        93..96 => Asks::List,
        _ => Asks::Stop,
    };
    let asked = town.book.asked();
    let goes_on = asked > 20 && (asks == Asks::Stop || chance.per_mille(180));
    if goes_on {
        let earlier = town.book.earlier(asked - 1 - chance.below(20)).at;
        // In direct messages everybody has a place of their own.
        if !earlier.channel.starts_with('D') {
            return town.book.write(asks, key, |words| {
                person.puts(&earlier.channel, Some(earlier.root()), words)
            });
        }
    }
    let place = match chance.below(5) {
        0 => "dm".to_owned(),
        _ => channel(chance.below(usize::MAX)),
    };
    town.book
        .write(asks, key, |words| person.puts(&place, None, words))
}

/// The same words as a second message, of which the person knows nothing.
fn again(town: &Town, written: &Written) -> valet_sim::slack::MessageRef {
    let place = match written.at.channel.as_str() {
        direct if direct.starts_with('D') => "dm",
        channel => channel,
    };
    let words = written.asks.words(&written.mark);
    let thread = written.at.thread_ts.as_deref();
    town.slack
        .person(&written.person)
        .puts(place, thread, &words)
}
