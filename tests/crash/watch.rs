//! Who looks at every request of the program: springs the trap, makes the weather, tells
//! the lies that were planted.

use std::sync::Arc;

use serde_json::{Value, json};
use valet_sim::fault::{Fault, Moment, Sight, Watcher};

use crate::plant::Plant;
use crate::points::{Point, call_of};
use crate::town::Town;

pub fn watcher(town: &Arc<Town>) -> Watcher {
    let (trap, life) = (Arc::clone(&town.trap), Arc::clone(&town.life));
    let (weather, counts) = (Arc::clone(&town.weather), Arc::clone(&town.counts));
    let plant = town.plant;
    Arc::new(move |sight| {
        let call = call_of(&sight)?;
        if trap.step_on(Point::Call(call, sight.moment), || life.kill()) {
            return Some(Fault::Cut);
        }
        match sight.moment {
            Moment::Before if plant == Some(Plant::DeafSlack) && call == "update" => {
                Some(deaf(&sight))
            }
            Moment::Before => weather.fault(),
            Moment::After => {
                if is_last_word(call, sight.body) {
                    counts.last_words.add();
                }
                None
            }
        }
    })
}

/// `ok`, and nothing was changed.
fn deaf(sight: &Sight<'_>) -> Fault {
    let asked: Value = serde_json::from_slice(sight.body).unwrap_or_default();
    let said =
        json!({"ok": true, "channel": asked["channel"], "ts": asked["ts"], "text": asked["text"]});
    Fault::json(200, &said)
}

/// Neither a sign of life nor a word about waiting.
fn is_last_word(call: &str, body: &[u8]) -> bool {
    let holds = |words: &str| {
        let words = words.as_bytes();
        body.windows(words.len()).any(|part| part == words)
    };
    matches!(call, "post" | "update")
        && !holds(PLACEHOLDER)
        && !holds(WAITS)
        && !holds("button below")
}

/// What stands in a thread while a question is worked on.
pub const PLACEHOLDER: &str = "Working on it";
/// What stands there while it waits for an account.
pub const WAITS: &str = "will answer here when that is done";
