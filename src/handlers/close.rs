//! The end of a run: a record of what came of it, without what was said.

use std::collections::BTreeMap;

use super::{Context, cards};
use crate::agent::{Line, Transcript};
use crate::audience::{self, Home};
use crate::event::{Actor, Event};
use crate::ids::{Person, RunId};
use crate::run::{Conclusion, Progress};
use crate::slack::Installation;
use crate::store::{Ending, Error, Finished, Kind};

/// Different tools that a record names. The names are the model's own and may be nonsense.
const MOST_TOOLS: usize = 64;

/// Longest name that the vault gives a tool.
const LONGEST_TOOL: usize = 128;

/// Forgets what a settled event needed, and keeps what came of it.
pub(crate) async fn close(context: &Context, run: RunId) -> Result<(), Error> {
    let Some(entry) = context.store.inbox.entry(run)? else {
        return Ok(());
    };
    cards::end_all(context, run).await?;
    // A journal that cannot be read keeps nobody from closing it.
    let steps = context.store.journal.steps(run).unwrap_or_default();
    let progress = Progress::of(steps);
    let (kind, actor) = of_event(&entry.event);
    for (_, approval) in &progress.asked {
        context.store.approvals.forget_texts(*approval)?;
    }
    let finished = Finished {
        run,
        kind,
        ending: ending(progress.conclusion.as_ref()),
        person: context
            .known_installation()
            .and_then(|at| person(actor?, at)),
        accepted_at: entry.accepted_at,
        ended_at: context.clock.now(),
        turns: turns(&progress.lines),
        tools: tools(progress.lines),
        usage: progress.usage,
        models: progress.models,
    };
    context.store.close(&finished).await
}

/// What an event asks for, and who asks it.
pub(crate) fn of_event(event: &Event) -> (Kind, Option<&Actor>) {
    match event {
        Event::Automated(_) => (Kind::Automated, None),
        Event::Commanded(command) => (Kind::Command, Some(&command.actor)),
        Event::Opened(opened) => (Kind::Home, Some(&opened.actor)),
        Event::Pressed(pressed) => (Kind::Press, Some(&pressed.actor)),
        Event::Removed(_) => (Kind::Removal, None),
        Event::Said(said) => (Kind::Question, Some(&said.actor)),
        Event::SessionStopped(stopped) => (Kind::Press, Some(&stopped.actor)),
        Event::Submitted(submitted) => (Kind::Press, Some(&submitted.actor)),
    }
}

fn ending(conclusion: Option<&Conclusion>) -> Ending {
    match conclusion {
        Some(Conclusion::Answer(_)) => Ending::Answered,
        Some(Conclusion::Failed(failure)) => Ending::Failed(*failure),
        Some(Conclusion::Stopped) => Ending::Stopped,
        None => Ending::Settled,
    }
}

/// Whoever is not of this workspace is nobody whom we know.
fn person(actor: &Actor, at: &Installation) -> Option<Person> {
    let home = Home {
        team: &at.team,
        enterprise: at.enterprise.as_ref(),
    };
    audience::is_at_home(actor, home).then(|| Person::new(home.enterprise, home.team, &actor.user))
}

fn turns(lines: &[Line]) -> usize {
    let taken = lines.iter();
    taken
        .filter(|line| matches!(line, Line::Assistant(_)))
        .count()
}

fn tools(lines: Vec<Line>) -> BTreeMap<String, u32> {
    let mut transcript = Transcript::new("", (&[], false), "");
    for line in lines {
        transcript.push(line);
    }
    let mut tools = BTreeMap::new();
    for call in transcript.calls() {
        let is_news = !tools.contains_key(&call.name);
        if is_name(&call.name) && !(is_news && tools.len() == MOST_TOOLS) {
            *tools.entry(call.name).or_default() += 1;
        }
    }
    tools
}

/// Words that a model puts in a name's place are text, and not for the record.
fn is_name(tool: &str) -> bool {
    (1..=LONGEST_TOOL).contains(&tool.len())
        && tool
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}
