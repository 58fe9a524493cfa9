//! What stands in line: ids alone, since thousands may wait.

use std::sync::Arc;

use crate::event::{Actor, Event};
use crate::ids::{RunId, Thread};

/// Whose turn it is: who acts, by the signed request alone. Whether they may is not
/// known yet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Who(Arc<str>);

impl Who {
    pub(crate) fn of(actor: &Actor) -> Self {
        Self(format!("{}/{}", actor.team, actor.user).into())
    }

    fn acting_in(event: &Event) -> Self {
        match event {
            Event::Commanded(command) => Self::of(&command.actor),
            Event::Opened(opened) => Self::of(&opened.actor),
            Event::Pressed(pressed) => Self::of(&pressed.actor),
            Event::Automated(by) => {
                let name = by.name().unwrap_or_default();
                Self(format!("{}/bot {name}", by.thread.team).into())
            }
            // One lane for all of them: each waits for the others' work to end.
            Event::Removed(_) => Self(Arc::from("Slack")),
            Event::Said(said) => Self::of(&said.actor),
            Event::SessionStopped(stopped) => Self::of(&stopped.actor),
            Event::Submitted(submitted) => Self::of(&submitted.actor),
        }
    }
}

/// What kind of work an event makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It can take minutes.
    Question,
    /// A command, a press, a short word: it takes a few calls.
    Quick,
    /// A word to stop, which would come too late behind what it is to stop.
    Stop,
}

/// Where things happen one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Lane {
    /// A person's commands, wherever they were typed.
    Commands(Who),
    /// Words to a person who has too many questions open.
    Refusals(Who),
    Thread(Arc<Thread>),
}

/// One accepted event on its way into the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(super) run: RunId,
    pub(super) who: Who,
    pub(super) kind: Kind,
    pub(super) lane: Lane,
}

impl Item {
    pub(crate) fn new(run: RunId, event: &Event, kind: Kind) -> Self {
        let who = Who::acting_in(event);
        let lane = match (event, kind) {
            (Event::Said(said), Kind::Question) => Lane::Thread(Arc::new(said.thread.clone())),
            (
                Event::Automated(_)
                | Event::Commanded(_)
                | Event::Opened(_)
                | Event::Pressed(_)
                | Event::Removed(_)
                | Event::Said(_)
                | Event::SessionStopped(_)
                | Event::Submitted(_),
                _,
            ) => Lane::Commands(who.clone()),
        };
        Self {
            run,
            who,
            kind,
            lane,
        }
    }
}

/// How an event comes into the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Found open: after a restart, or because it could not be settled.
    Again,
    /// Just accepted, under a reservation.
    Fresh,
    /// What it waited for is there.
    Woken,
}

/// Whether an event is fresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Try {
    /// It was worked on before, by this process or an earlier one: what it said may stand
    /// there although nothing is written down of it.
    Again,
    /// Nobody has worked on it, so that nothing can stand there.
    First,
}

/// What is to be done for a run whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errand {
    /// Its person has too many questions open: only say so.
    Refuse {
        most: usize,
    },
    /// Its person said stop: only say so.
    Stop,
    Work,
}

/// A run whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) run: RunId,
    pub(crate) errand: Errand,
    pub(crate) tried: Try,
}
