//! `stop`: the asker's word that ends what runs for them in this thread.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use super::gate::Asker;
use super::reply::ReplyTo;
use super::{Context, Outcome, Unsaid};
use crate::event::{Event, Said};
use crate::ids::{Person, RunId, Thread};
use crate::slack::{Intent, render};
use crate::store::Entry;

/// The runs at work, so that their askers can stop them.
#[derive(Clone, Default)]
pub(crate) struct AtWork(Arc<Mutex<HashMap<Thread, Working>>>);

struct Working {
    person: Person,
    stop: CancellationToken,
}

/// A run at work; it is no longer when this is dropped.
pub(super) struct Begun {
    at_work: AtWork,
    thread: Thread,
    stop: CancellationToken,
}

impl AtWork {
    pub(super) fn begin(&self, thread: &Thread, person: &Person) -> Begun {
        let stop = CancellationToken::new();
        let working = Working {
            person: person.clone(),
            stop: stop.clone(),
        };
        self.lock().insert(thread.clone(), working);
        Begun {
            at_work: self.clone(),
            thread: thread.clone(),
            stop,
        }
    }

    /// Stops the person's own run in this thread. `false` when there is none.
    fn stop(&self, thread: &Thread, person: &Person) -> bool {
        match self.lock().get(thread) {
            Some(working) if working.person == *person => {
                working.stop.cancel();
                true
            }
            Some(_) | None => false,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Thread, Working>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Begun {
    pub(super) async fn stopped(&self) {
        self.stop.cancelled().await;
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.at_work.lock().remove(&self.thread);
    }
}

/// Whether this is a word to stop, which must not queue behind what it is to stop.
pub(crate) fn is_stop(context: &Context, entry: &Entry) -> bool {
    let (Event::Said(said), Some(installation)) = (&entry.event, context.known_installation())
    else {
        return false;
    };
    Intent::said(&said.text, &installation.bot_user) == Intent::Stop
}

/// Stops what runs or waits for this person in this thread; the run itself says so.
pub(super) async fn stop(
    context: &Context,
    run: RunId,
    said: &Said,
    asker: &Asker,
) -> Result<Outcome, Unsaid> {
    let working = context.at_work.stop(&said.thread, asker.person());
    let waiting = super::answer::stop_waiting(context, run, said)
        .await
        .unwrap_or_else(|cause| {
            tracing::error!(error = &cause as &dyn std::error::Error, "the store failed");
            false
        });
    if working || waiting {
        return Ok(Outcome::Settled);
    }
    ReplyTo::to(said)
        .say(context, &render::nothing_to_stop())
        .await
}
