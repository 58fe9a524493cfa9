//! What Slack itself shows of a thread: that it is worked on, that it waits for a person,
//! or nothing. It is shown beside the words, and nobody waits for it: a Slack that wants no
//! sessions, or fails, costs nothing.

mod known;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use known::{Known, Where};

pub(crate) use known::Had;

use super::{Context, Outcome, journal};
use crate::event::{Event, Said};
use crate::ids::{RunId, Thread};
use crate::line::Try;
use crate::slack::{self, Beginning, SessionStatus};
use crate::store::Entry;
use crate::tasks::Spawned;

/// So long a run that rests or is over waits until Slack shows that, so that a crash leaves
/// no session at work. It is shown all the same if it takes longer.
const SHOWN_WITHIN: Duration = Duration::from_secs(1);

/// The sessions that are open.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<Known>);

impl Sessions {
    fn with<T>(&self, act: impl FnOnce(&mut Known) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether Slack is to show that this run is at work.
pub(super) fn begin(context: &Context, run: RunId, thread: &Thread, had: Had) -> bool {
    let now = context.clock.now();
    let begin = |known: &mut Known| known.begin(run, thread, had, now);
    context.sessions.with(begin)
}

/// Shows it; the session begins if there is none.
pub(super) fn show_begun(context: &Context, said: &Said, question: &str) {
    let beginning = Beginning::of(&said.actor.user, question);
    drop(shown(context, &said.thread, Some(beginning)));
}

/// Shows how this thread stands.
pub(super) async fn show(context: &Context, thread: &Thread) {
    let shown = shown(context, thread, None);
    // Where it takes longer, it goes on by itself.
    let _ = tokio::time::timeout(SHOWN_WITHIN, shown).await;
}

/// A run has come to this rest: its thread stands as those beside it do.
pub(super) async fn rested(context: &Context, entry: &Entry, tried: Try, outcome: Outcome) {
    let Event::Said(said) = &entry.event else {
        return;
    };
    let (run, thread, now) = (entry.run, &said.thread, context.clock.now());
    match outcome {
        Outcome::Later => return,
        Outcome::Settled => {
            let known = context.sessions.with(|known| {
                let had = known.has(run);
                known.end(run);
                had
            });
            let had = known || tried == Try::Again && had_one(context, run);
            if !had {
                return;
            }
        }
        Outcome::Waiting => {
            let waits = |known: &mut Known| {
                let had = known.has(run);
                if had {
                    known.rest(run, thread, SessionStatus::Suspended, now);
                }
                had
            };
            if !context.sessions.with(waits) {
                return;
            }
        }
    }
    show(context, thread).await;
}

/// A run from an earlier life that waits for its person, as Slack has it.
pub(crate) fn asleep(context: &Context, entry: &Entry) {
    if let Event::Said(said) = &entry.event
        && had_one(context, entry.run)
    {
        let (status, now) = (SessionStatus::Suspended, context.clock.now());
        let rest = |known: &mut Known| known.rest(entry.run, &said.thread, status, now);
        context.sessions.with(rest);
    }
}

/// What is at work for long is shown again, before Slack takes it for over.
pub(super) fn renew(context: &Context) {
    let now = context.clock.now();
    for thread in context.sessions.with(|known| known.due(now)) {
        drop(shown(context, &thread, None));
    }
}

fn had_one(context: &Context, run: RunId) -> bool {
    journal::progress(context, run).in_session
}

fn shown(context: &Context, thread: &Thread, beginning: Option<Beginning>) -> Spawned<()> {
    let (shared, thread) = (Context::clone(context), thread.clone());
    context.tasks.spawn(async move {
        say(&shared, &thread, beginning.as_ref()).await;
    })
}

/// Says how the thread stands, and again if it stands otherwise by then: of two who speak
/// at once, the last word is a true one.
async fn say(context: &Context, thread: &Thread, beginning: Option<&Beginning>) {
    loop {
        let now = context.clock.now();
        let refused = context.sessions.with(|known| known.is_refused(thread, now));
        if refused || context.store.installed.is_gone() {
            return;
        }
        let status = context.sessions.with(|known| known.status(thread));
        match context.slack.set_session(thread, status, beginning).await {
            Ok(()) => {}
            Err(cause) => {
                note(context, thread, &cause);
                return;
            }
        }
        if context.sessions.with(|known| known.status(thread)) == status {
            return;
        }
    }
}

fn note(context: &Context, thread: &Thread, cause: &slack::Error) {
    let now = context.clock.now();
    let slack::Error::Refused { code } = cause else {
        tracing::info!(
            error = cause as &dyn std::error::Error,
            "a session could not be shown"
        );
        return;
    };
    tracing::info!(code = %code, "Slack wants no session: {code}");
    if code.speaks_of_the_thread() {
        return;
    }
    let place = if code.speaks_of_sessions() {
        Where::Everywhere
    } else {
        Where::In(thread.channel.clone())
    };
    context.sessions.with(|known| known.refuse(place, now));
}
