//! Everybody whom Valet knows, and what they use of it.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::super::audit::NotRead;
use super::runs::asker;
use crate::store::Store;

/// One person. Whose accounts they have connected only the vault knows.
#[derive(Serialize)]
struct Known {
    person: String,
    /// Runs of theirs that are open.
    open: usize,
    /// When something was last done in their name.
    last_act: Option<Timestamp>,
    tokens_today: u64,
    tokens_this_month: u64,
    nano_usd_this_month: u64,
}

pub(super) fn list(
    store: &Store,
    now: Timestamp,
    mut take: impl FnMut(Value) -> Result<(), NotRead>,
) -> Result<(), NotRead> {
    let mut open: HashMap<String, usize> = HashMap::new();
    for entry in store.inbox.entries()? {
        if let Some(person) = asker(&entry.event) {
            *open.entry(person.to_string()).or_default() += 1;
        }
    }
    for person in store.people.everybody()? {
        let used = store.usage.of(&person, now)?;
        let last = store.audit.recent(&person, 1)?;
        let name = person.to_string();
        let known = Known {
            open: open.get(&name).copied().unwrap_or_default(),
            person: name,
            last_act: last.first().map(|entry| entry.at),
            tokens_today: used.today.tokens(),
            tokens_this_month: used.this_month.tokens(),
            nano_usd_this_month: used.this_month.nano_usd,
        };
        take(serde_json::to_value(known).map_err(std::io::Error::from)?)?;
    }
    Ok(())
}

/// One line of a table.
pub(super) fn in_words(known: &Value) -> String {
    let number = |name: &str| known[name].as_u64().unwrap_or_default();
    format!(
        "{:<26} last act {:<20}  {:>3} open  {:>9} tokens today  {:>10} this month  {:>8.2} USD",
        known["person"].as_str().unwrap_or_default(),
        moment(&known["last_act"]),
        number("open"),
        number("tokens_today"),
        number("tokens_this_month"),
        in_dollars(number("nano_usd_this_month")),
    )
}

/// To the second, for people.
pub(super) fn moment(value: &Value) -> String {
    let time: Option<Timestamp> = value.as_str().and_then(|text| text.parse().ok());
    time.map_or_else(
        || "-".to_owned(),
        |time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
    )
}

#[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
fn in_dollars(nano: u64) -> f64 {
    nano as f64 / 1e9
}
