//! Posting what may stand there already: it is looked for first, by its mark.

use jiff::Timestamp;

use super::work::Work;
use super::{Context, Unsaid, journal};
use crate::line::Try;
use crate::run::{Posted, Step};
use crate::slack::{self, Message, Of, Slot, Standing, Target};

/// A word that may stand twice is better than silence: after so many searches that failed,
/// each with its own tries, a message is posted unlooked.
const SEARCHES: u32 = 3;

/// Posts a word of an event, unless it stands there.
pub(super) async fn once(
    context: &Context,
    work: &Work,
    target: Target<'_>,
    message: &Message,
    slot: Slot,
) -> Result<Posted, Unsaid> {
    if let Some(posted) = stands(context, work, target, slot).await? {
        return Ok(posted);
    }
    context.slack.post(target, message, work.mark(slot)).await
}

/// The word of an event that stands there, if it was tried before and does.
pub(super) async fn stands(
    context: &Context,
    work: &Work,
    target: Target<'_>,
    slot: Slot,
) -> Result<Option<Posted>, Unsaid> {
    let standing = standing(context, work, target).await?;
    Ok(standing.at(slot).cloned())
}

/// What stands there of an event that was tried before.
pub(super) async fn standing(
    context: &Context,
    work: &Work,
    target: Target<'_>,
) -> Result<Standing, Unsaid> {
    if work.tried == Try::First {
        return Ok(Standing::default());
    }
    let before = journal::progress(context, work.run).not_found_out;
    let found = look(context, work, target, before).await;
    if found.as_ref().is_err_and(was_asked) {
        journal::note(context, work.run, &Step::NotFoundOut).await;
    }
    found
}

/// What stands there of an event. An error is to be written down as [`Step::NotFoundOut`]
/// if Slack [was asked](was_asked);
/// `before` says how often that was.
pub(super) async fn look(
    context: &Context,
    work: &Work,
    target: Target<'_>,
    before: u32,
) -> Result<Standing, Unsaid> {
    let found = search(context, target, Of::Run(work.run), work.since).await;
    if let Err(cause) = &found
        && was_asked(cause)
        && before + 1 >= SEARCHES
    {
        tracing::warn!(run.id = %work.run, error = cause as &dyn std::error::Error, "what stands there already could not be found out; it may be said twice");
        return Ok(Standing::default());
    }
    found
}

/// Whether this search counts among those that failed. What is not asked of a Slack that
/// is taken to be down will be, while a post now may already get through.
pub(super) fn was_asked(cause: &Unsaid) -> bool {
    *cause != slack::Error::Down
}

/// What stands there of what cannot be left to the sweep: asked again at once.
pub(super) async fn search_repeatedly(
    context: &Context,
    target: Target<'_>,
    of: Of,
    since: Timestamp,
) -> Result<Standing, Unsaid> {
    let mut found = search(context, target, of, since).await;
    for _ in 1..SEARCHES {
        if found.is_ok() {
            break;
        }
        found = search(context, target, of, since).await;
    }
    found
}

/// What stands there of a run or attempt. Where we may not look, nothing does: a missing
/// scope would be missing at the next try too.
pub(super) async fn search(
    context: &Context,
    target: Target<'_>,
    of: Of,
    since: Timestamp,
) -> Result<Standing, Unsaid> {
    let here = context.installation().await?;
    match context.slack.standing(target, of, since, here).await {
        Err(slack::Error::Refused { code }) => {
            tracing::warn!(code = %code, "Slack does not let us look for what we said: {code}; it may be said twice");
            Ok(Standing::default())
        }
        found => found,
    }
}
