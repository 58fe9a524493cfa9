//! Who looks at every request of the program: springs the trap, makes the weather, tells
//! the lies that were planted.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Value, json};
use valet_sim::fault::{Fault, Moment, Sight, Watcher};
use valet_sim::slack::Message;

use crate::plant::Plant;
use crate::points::{Point, call_of};
use crate::town::Town;

pub fn watcher(town: &Arc<Town>) -> Watcher {
    let (trap, life) = (Arc::clone(&town.trap), Arc::clone(&town.life));
    let weather = Arc::clone(&town.weather);
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
            Moment::After => None,
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

/// All that was said. Beside the blocks of a long answer the text is cut short, and what was
/// taken in is answered behind it.
pub fn whole(said: &Message) -> Cow<'_, str> {
    if said.text.contains("Part ") {
        Cow::Owned(said.visible_text())
    } else {
        Cow::Borrowed(&said.text)
    }
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
