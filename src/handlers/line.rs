//! The line, as handlers and dispatch share it.

use std::sync::{Arc, Mutex, PoisonError};

use super::Context;
use crate::event::Event;
use crate::line::{Kind, Line, Room};
use crate::slack::Intent;

/// A cheap handle on the line.
#[derive(Clone)]
pub(crate) struct SharedLine(Arc<Mutex<Line>>);

impl SharedLine {
    pub(crate) fn new(room: Room) -> Self {
        Self(Arc::new(Mutex::new(Line::new(room))))
    }

    /// Looks at the line or changes it; nobody else does meanwhile.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Line) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What kind of work an event makes. As long as Slack has not said who we are, all words
/// are questions.
pub(crate) fn kind_of(context: &Context, event: &Event) -> Kind {
    let (Event::Said(said), Some(installation)) = (event, context.known_installation()) else {
        return match event {
            Event::Automated(_)
            | Event::Commanded(_)
            | Event::Opened(_)
            | Event::Pressed(_)
            | Event::Removed(_)
            | Event::Submitted(_) => Kind::Quick,
            Event::Said(_) => Kind::Question,
            Event::SessionStopped(_) => Kind::Stop,
        };
    };
    match Intent::said(&said.text, &installation.bot_user) {
        Intent::Connect(_)
        | Intent::Connections
        | Intent::Disconnect(_)
        | Intent::Forget
        | Intent::Grants
        | Intent::Help
        | Intent::Nothing
        | Intent::Usage => Kind::Quick,
        Intent::Question(_) => Kind::Question,
        Intent::Stop => Kind::Stop,
    }
}
