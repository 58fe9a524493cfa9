//! People who are asked for their word on a write, and say yes, no, or yes twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use valet_sim::slack::Message;

use crate::chance::Chance;
use crate::mind::marks;
use crate::town::Town;

/// Between two looks at what waits.
const PAUSE: Duration = Duration::from_millis(150);
/// Messages of a channel that are looked at, the latest ones.
const LOOKED_AT: usize = 300;
/// Presses of one card that were taken: then it is up to Valet.
const MOST: usize = 3;

/// A card, or the buttons for several.
pub fn is_card(one: &Message) -> bool {
    let slot = one.metadata.as_ref();
    let slot = slot.and_then(|metadata| metadata["event_payload"]["slot"].as_str());
    slot.is_some_and(|slot| slot.starts_with("card"))
}

/// Decides whatever waits, until nobody cares any more.
pub async fn live(town: Arc<Town>, mut chance: Chance) {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    loop {
        for card in waiting(&town) {
            let pressed = taken
                .entry(format!("{} {}", card.channel, card.ts))
                .or_default();
            if *pressed < MOST {
                *pressed += decide(&town, &card, &mut chance).await;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn waiting(town: &Town) -> Vec<Message> {
    let mut all = Vec::new();
    for channel in town.slack.channels() {
        town.slack.look(&channel.id, |messages| {
            let latest = messages.iter().rev().take(LOOKED_AT);
            let waits = |one: &&Message| {
                is_card(one) && one.buttons().iter().any(|one| one.action_id == "approve")
            };
            all.extend(latest.filter(waits).cloned());
        });
    }
    all
}

/// How many presses were taken.
async fn decide(town: &Town, card: &Message, chance: &mut Chance) -> usize {
    let number = marks(&card.text)
        .next()
        .and_then(|mark| mark[1..].parse().ok());
    let Some(number) = number else { return 0 };
    let key = town.book.earlier(number).person;
    let who = town.slack.person(&key);
    let button = if chance.per_mille(120) {
        "deny"
    } else {
        "approve"
    };
    town.counts.presses.add();
    if chance.per_mille(250) {
        town.counts.presses.add();
        let (one, two) = tokio::join!(who.clicks(card, button), who.clicks(card, button));
        return [one, two]
            .iter()
            .filter(|one| one.status == Some(200))
            .count();
    }
    usize::from(who.clicks(card, button).await.status == Some(200))
}
