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
                if let Some(said) = last_word(call, sight.body) {
                    counts.ended.hears(said);
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

/// What ends a question, or may; words on the word to stop do not.
fn last_word<'a>(call: &str, body: &'a [u8]) -> Option<&'a str> {
    let said = std::str::from_utf8(body).ok()?;
    let is_last = matches!(call, "post" | "update")
        && (call == "update" || said.contains("thread_ts"))
        && !announces(said)
        && !said.contains("may I do this?")
        && !said.contains("button below")
        && !said.contains("nothing to stop");
    is_last.then_some(said)
}

/// What only stands in a thread until an answer does.
pub fn announces(said: &str) -> bool {
    [WORKING, IN_LINE, WAITS]
        .iter()
        .any(|words| said.contains(words))
}

const WORKING: &str = "Working on it";
const IN_LINE: &str = "Other questions are ahead of this one";
/// It waits for an account.
pub const WAITS: &str = "will answer here when that is done";
