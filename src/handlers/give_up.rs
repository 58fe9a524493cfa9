//! The end of an event that cannot be worked on: one word, in the place of the sign of
//! life where there is one, and below it what was done and what may have been.

use jiff::tz::TimeZone;

use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, gate, journal, post};
use crate::event::{Actor, Event};
use crate::line::Try;
use crate::run::{Failure, Posted, Progress, Step};
use crate::slack::{self, Slot, Target, render};
use crate::store::Entry;

pub(super) async fn give_up(
    context: &Context,
    entry: &Entry,
    tried: Try,
    why: Failure,
) -> Result<Outcome, Unsaid> {
    let work = Work::on(entry, tried);
    let progress = journal::progress(context, entry.run);
    let (actor, reply) = match &entry.event {
        Event::Commanded(command) => (&command.actor, ReplyTo::alone(&command.actor)),
        Event::Pressed(pressed) => (&pressed.actor, ReplyTo::alone(&pressed.actor)),
        Event::Said(said) => (&said.actor, ReplyTo::to(said)),
    };
    let mut message = render::failed(why);
    if let Some(note) = note(context, actor, &progress).await {
        message = message.followed_by(note);
    }
    if let Some(placed) = placed(context, entry, &work, progress).await? {
        match context.slack.update(&placed, &message).await {
            Err(slack::Error::Refused { .. }) => {}
            updated => return updated.map(|()| Outcome::Settled),
        }
    }
    reply.say_in(context, &work, &message, Slot::End).await
}

async fn note(context: &Context, actor: &Actor, progress: &Progress) -> Option<slack::Message> {
    if progress.ledger.done().is_empty() && progress.ledger.unknown().is_empty() {
        return None;
    }
    let zone = match context.profile(&actor.user).await {
        Ok(profile) => gate::zone(&profile),
        Err(_) => TimeZone::UTC,
    };
    render::writes_of(&progress.ledger, &zone)
}

/// The sign of life, also one of which nothing is written down.
async fn placed(
    context: &Context,
    entry: &Entry,
    work: &Work,
    progress: Progress,
) -> Result<Option<Posted>, Unsaid> {
    let (Event::Said(said), None, Try::Again) = (&entry.event, &progress.placed, work.tried) else {
        return Ok(progress.placed);
    };
    let target = Target::Thread(&said.thread);
    match post::look(context, work, target, progress.not_found_out).await {
        Ok(standing) => Ok(standing.at(Slot::Placeholder).cloned()),
        Err(unsaid) => {
            journal::note(context, entry.run, &Step::NotFoundOut).await;
            Err(unsaid)
        }
    }
}
