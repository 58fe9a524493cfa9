//! Slack's deliveries: until they are taken, and now and then once more than that.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use valet_sim::slack::{MessageRef, Signing};

use crate::chance::Chance;
use crate::plant::Plant;
use crate::points::Point;
use crate::town::Town;

/// Slack tries again at once, after a minute, after five. Here a minute is a fifth of a
/// second, and it goes on until the event is taken, so that every question is owed.
const PAUSES: [u64; 3] = [0, 200, 1_000];

/// Delivers what a message causes.
pub async fn deliver(town: &Arc<Town>, message: &MessageRef, mut chance: Chance) {
    let direct = message.channel.starts_with('D');
    let kind = if direct { "message" } else { "app_mention" };
    let envelope = town.slack.envelope(town.slack.event_of(message, kind));
    town.counts.events.add();
    if town.plant == Some(Plant::AckWithoutDelivery) && chance.per_mille(100) {
        return;
    }
    // Two of Slack's machines may be at it at once.
    if chance.per_mille(30) {
        town.counts.copies.add();
        tokio::join!(until_taken(town, &envelope), until_taken(town, &envelope));
    } else {
        until_taken(town, &envelope).await;
    }
    // Slack did not hear the 200.
    if chance.per_mille(80) {
        town.counts.copies.add();
        tokio::time::sleep(chance.millis(0, 1_500)).await;
        until_taken(town, &envelope).await;
    }
    // Where the app also hears the channel, a mention is two events.
    if !direct && chance.per_mille(60) {
        town.counts.copies.add();
        let twin = town.slack.event_of(message, "message");
        until_taken(town, &town.slack.envelope(twin)).await;
    }
}

async fn until_taken(town: &Arc<Town>, envelope: &Value) {
    let body = envelope.to_string();
    let mut reason = None;
    for retry in 0_usize.. {
        let headers: Vec<(String, String)> = match reason {
            None => Vec::new(),
            Some(reason) => vec![
                ("x-slack-retry-num".to_owned(), retry.min(3).to_string()),
                ("x-slack-retry-reason".to_owned(), String::from(reason)),
            ],
        };
        let delivered = town
            .slack
            .deliver_event_raw(body.clone(), Signing::Good, &headers)
            .await;
        let Some(failure) = delivered.failure else {
            town.trap.step_on(Point::Accepted, || town.life.kill());
            return;
        };
        reason = Some(failure);
        town.counts.redeliveries.add();
        if delivered.status == Some(503) {
            town.counts.put_off.add();
        }
        let pause = PAUSES.get(retry).unwrap_or(&500);
        tokio::time::sleep(Duration::from_millis(*pause)).await;
    }
}
