//! The end of an event that cannot be worked on: one word, in the place of the sign of
//! life where there is one, and below it what was done and what may have been.

use jiff::tz::TimeZone;

use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, answer, gate, journal, post};
use crate::event::{Actor, Event};
use crate::line::Try;
use crate::run::{Failure, Posted, Progress, Step, Stream};
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
    let Some((actor, reply)) = listener(&entry.event) else {
        return Ok(Outcome::Settled);
    };
    let message = noted(
        context,
        entry,
        (&work, actor),
        &progress,
        render::failed(why),
    )
    .await?;
    end_stream(context, &work, &progress).await;
    if let Some(placed) = placed(context, entry, &work, progress).await? {
        match context.slack.update(&placed, &message).await {
            Err(slack::Error::Refused { .. }) => {}
            updated => return updated.map(|()| Outcome::Settled),
        }
    }
    reply.say_in(context, &work, &message, Slot::End).await
}

/// What still grows cannot be changed. Whether that worked shows when it is changed.
async fn end_stream(context: &Context, work: &Work, progress: &Progress) {
    if let (Stream::Open, Some(placed)) = (progress.stream, &progress.placed) {
        let mark = work.mark(Slot::Placeholder);
        let ended = context.slack.stop_stream(placed, (&[], None), mark).await;
        if let Err(cause) = ended {
            tracing::info!(run.id = %work.run, error = &cause as &dyn std::error::Error, "a stream was not ended");
        }
    }
}

/// The same below everything, since what was the sign of life may be the answer by now.
pub(super) async fn say_last(
    context: &Context,
    entry: &Entry,
    tried: Try,
    last: slack::Message,
) -> Result<Outcome, Unsaid> {
    let work = Work::on(entry, tried);
    let progress = journal::progress(context, entry.run);
    let Some((actor, reply)) = listener(&entry.event) else {
        return Ok(Outcome::Settled);
    };
    let message = noted(context, entry, (&work, actor), &progress, last).await?;
    reply.say_in(context, &work, &message, Slot::End).await
}

/// Who hears the last word of it, and where; nobody of what no person did.
pub(super) fn listener(event: &Event) -> Option<(&Actor, ReplyTo)> {
    match event {
        Event::Automated(_) | Event::Removed(_) => None,
        Event::Commanded(command) => Some((&command.actor, ReplyTo::alone(&command.actor))),
        // Nothing is ever given up about it: see `home::opened`.
        Event::Opened(opened) => Some((&opened.actor, ReplyTo::alone(&opened.actor))),
        Event::Pressed(pressed) => Some((&pressed.actor, ReplyTo::alone(&pressed.actor))),
        Event::Said(said) => Some((&said.actor, ReplyTo::to(said))),
        Event::SessionStopped(stopped) => Some((&stopped.actor, ReplyTo::alone(&stopped.actor))),
        Event::Submitted(sent) => Some((&sent.actor, ReplyTo::alone(&sent.actor))),
    }
}

/// The word, and below it what was done; unless that is for its person alone, who is told
/// where nobody else reads it.
async fn noted(
    context: &Context,
    entry: &Entry,
    (work, actor): (&Work, &Actor),
    progress: &Progress,
    last: slack::Message,
) -> Result<slack::Message, Unsaid> {
    let whole = with_note(context, actor, progress, last.clone()).await;
    let Event::Said(said) = &entry.event else {
        return Ok(whole);
    };
    if whole == last || !answer::is_private(context, said, progress) {
        return Ok(whole);
    }
    let alone = ReplyTo::alone(actor);
    match alone.say_in(context, work, &whole, Slot::End).await {
        // Nobody else is told instead.
        Ok(_) | Err(slack::Error::Refused { .. }) => Ok(last),
        Err(unsaid) => Err(unsaid),
    }
}

async fn with_note(
    context: &Context,
    actor: &Actor,
    progress: &Progress,
    word: slack::Message,
) -> slack::Message {
    if progress.ledger.done().is_empty() && progress.ledger.unknown().is_empty() {
        return word;
    }
    let zone = match context.profile(&actor.user).await {
        Ok(profile) => gate::zone(&profile),
        Err(_) => TimeZone::UTC,
    };
    match render::writes_of(&progress.ledger, &zone) {
        Some(note) => word.followed_by(note),
        None => word,
    }
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
            if post::was_asked(&unsaid) {
                journal::note(context, entry.run, &Step::NotFoundOut).await;
            }
            Err(unsaid)
        }
    }
}
