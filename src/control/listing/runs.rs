//! Runs: those that are open, and those that are over.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::super::audit::NotRead;
use super::people::moment;
use crate::agent::{Line, Usage};
use crate::event::Event;
use crate::handlers::of_event;
use crate::ids::{Person, RunId};
use crate::run::Progress;
use crate::store::{Entry, Kind, Store};

/// A run that is open, in the words of those that are over.
#[derive(Serialize)]
struct Open {
    run: RunId,
    kind: Kind,
    outcome: &'static str,
    /// What it rests for, if it rests.
    waits_for: Option<&'static str>,
    person: Option<String>,
    accepted_at: Timestamp,
    turns: usize,
    #[serde(skip_serializing_if = "Usage::is_nothing")]
    usage: Usage,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    models: BTreeSet<String>,
}

/// Those that are over come first.
pub(super) fn list(
    store: &Store,
    mut take: impl FnMut(Value) -> Result<(), NotRead>,
) -> Result<(), NotRead> {
    for line in store.finished.unfiled()? {
        // One that cannot be read is filed as it is.
        if let Ok(over) = serde_json::from_slice(&line) {
            take(over)?;
        }
    }
    let (words, accounts) = (store.approvals.resting()?, store.parked.runs()?);
    for entry in store.inbox.entries()? {
        // As long as it is worked on, nobody else needs its journal to be readable.
        let steps = store.journal.steps(entry.run).unwrap_or_default();
        let waits_for = if words.contains(&entry.run) {
            Some("word")
        } else {
            accounts.contains(&entry.run).then_some("account")
        };
        let open = Open::of(&entry, Progress::of(steps), waits_for);
        take(serde_json::to_value(open).map_err(std::io::Error::from)?)?;
    }
    Ok(())
}

impl Open {
    fn of(entry: &Entry, progress: Progress, waits_for: Option<&'static str>) -> Self {
        let (kind, _) = of_event(&entry.event);
        let is_turn = |line: &&Line| matches!(line, Line::Assistant(_));
        Self {
            run: entry.run,
            kind,
            outcome: "open",
            waits_for,
            person: asker(&entry.event).map(|person| person.to_string()),
            accepted_at: entry.accepted_at,
            turns: progress.lines.iter().filter(is_turn).count(),
            usage: progress.usage,
            models: progress.models,
        }
    }
}

/// Who asks, as far as the request tells: whether they belong here is for who answers.
pub(super) fn asker(event: &Event) -> Option<Person> {
    let (_, actor) = of_event(event);
    let actor = actor?;
    let home = actor.home_team.as_ref().unwrap_or(&actor.team);
    Some(Person::new(actor.enterprise.as_ref(), home, &actor.user))
}

/// One line of a table.
pub(super) fn in_words(run: &Value) -> String {
    let text = |name: &str| run[name].as_str().unwrap_or("-");
    let more = run["why"].as_str().map(str::to_owned).or_else(|| {
        let waits_for = run["waits_for"].as_str()?;
        Some(format!("waits for {waits_for}"))
    });
    let usage = |name: &str| {
        let count = run.get("usage").and_then(|usage| usage.get(name));
        count.and_then(Value::as_u64).unwrap_or_default()
    };
    format!(
        "{}  {:<36}  {:<26} {:<9} {:<9} {:>2} turns {:>8} tokens  {}",
        moment(&run["accepted_at"]),
        text("run"),
        text("person"),
        text("kind"),
        text("outcome"),
        run["turns"].as_u64().unwrap_or_default(),
        usage("prompt_tokens").saturating_add(usage("completion_tokens")),
        more.unwrap_or_default(),
    )
    .trim_end()
    .to_owned()
}
