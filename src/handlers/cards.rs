//! The cards on which people are asked for their word: each shows where its approval
//! stands, whoever has changed it.

use super::{Context, Unsaid, journal};
use crate::approval::{Approval, State, Why};
use crate::ids::{ConnectionName, Person, RunId};
use crate::metrics::Decided;
use crate::run::Progress;
use crate::slack::{self, render};
use crate::store::Error;

/// Brings a card to where its approval stands. Somebody may have taken a further step while
/// Slack was told of this one: then it is told of that one too, so that what is said last
/// is true.
pub(super) async fn show(context: &Context, approval: &Approval) -> Result<(), Unsaid> {
    let mut shown = approval.clone();
    loop {
        let Some(card) = &shown.card else {
            return Ok(());
        };
        let Some(words) = words(context, &shown) else {
            return Ok(());
        };
        match context.slack.update(card, &words).await {
            // Somebody has deleted it. What it would say is said by the answer.
            Ok(()) | Err(slack::Error::Refused { .. }) => {}
            Err(unsaid) => return Err(unsaid),
        }
        match logged(context.store.approvals.find(shown.id)).flatten() {
            Some(now) if now.state() != shown.state() => shown = now,
            Some(_) | None => return Ok(()),
        }
    }
}

/// The words of a card, as long as it is known what it is about.
fn words(context: &Context, approval: &Approval) -> Option<slack::Message> {
    let proposal = logged(context.store.approvals.proposal(approval.id)).flatten()?;
    render::card(approval, &proposal)
}

/// What is open of a run that is over is not to be done any more, unless it was; the cards
/// say so as far as Slack takes it. For runs that could not see to it themselves.
pub(super) async fn end_all(context: &Context, run: RunId) -> Result<(), Error> {
    let approvals = &context.store.approvals;
    let open = approvals.open_of(run)?;
    if open.is_empty() {
        return Ok(());
    }
    let progress = journal::progress(context, run);
    for approval in open {
        let ended = end(context, &progress, &approval, Why::RunOver).await?;
        if let Err(unsaid) = show(context, &ended).await {
            tracing::warn!(run.id = %run, approval.id = %approval.id, error = &unsaid as &dyn std::error::Error, "a card could not be brought up to date");
        }
        approvals.note(&ended)?;
    }
    Ok(())
}

/// How an approval of a run ends that nobody works on: by the run's ledger it was used, or
/// certainly not.
pub(super) async fn end(
    context: &Context,
    progress: &Progress,
    approval: &Approval,
    why: Why,
) -> Result<Approval, Error> {
    let now = context.clock.now();
    let made = progress.ledger.made_under(approval.id);
    let trace = progress.trace_of(approval.id);
    let ended = context
        .store
        .approvals
        .advance(approval.id, |one| match made {
            Some(fate) => one.used(fate, trace.clone()),
            None => one.never_sent(why, now),
        });
    let ended = ended.await?.unwrap_or_else(|| approval.clone());
    count(context, approval, &ended);
    Ok(ended)
}

/// An account is gone, or may be another one now: a word on what was to be done in it no
/// longer counts.
pub(super) async fn lapse(context: &Context, person: &Person, connection: &ConnectionName) {
    let lapsed = try_lapse(context, person, connection).await;
    if let Err(cause) = lapsed {
        tracing::error!(error = &cause as &dyn std::error::Error, "the store failed");
    }
}

async fn try_lapse(
    context: &Context,
    person: &Person,
    connection: &ConnectionName,
) -> Result<(), Error> {
    context.store.grants.revoke_all(person, connection).await?;
    let now = context.clock.now();
    for approval in context.store.approvals.open_for(person)? {
        if approval.subject.connection != *connection {
            continue;
        }
        let lapsed = context
            .store
            .approvals
            .advance(approval.id, |one| one.withdrawn(Why::AccountChanged, now));
        if let Some(lapsed) = lapsed.await? {
            count(context, &approval, &lapsed);
        }
        // When nobody listens we are stopping, and the run is found open at the next start.
        let _ = context.resumed.send(approval.subject.run).await;
    }
    Ok(())
}

/// Whoever has said nothing in time has said no. Their runs are open again, and say so.
pub(super) async fn expire(context: &Context) -> Result<(), Error> {
    let now = context.clock.now();
    for approval in context.store.approvals.all_open()? {
        if approval.waits() && now >= approval.until {
            let expired = context
                .store
                .approvals
                .advance(approval.id, |one| one.expired(now));
            if let Some(expired) = expired.await? {
                count(context, &approval, &expired);
            }
        }
    }
    Ok(())
}

/// Counts a decision, by where it stood before and stands now.
pub(super) fn count(context: &Context, before: &Approval, after: &Approval) {
    if !before.waits() {
        return;
    }
    let verdict = match after.state() {
        State::Begun(_) | State::Granted(_) | State::Replaced(_) | State::Used(..) => {
            Decided::Granted
        }
        State::Denied(no) => match no.why {
            Why::Expired => Decided::Expired,
            Why::Person => Decided::Denied,
            Why::AccountChanged
            | Why::NoLongerPossible
            | Why::NotShown
            | Why::RunOver
            | Why::Stopped => Decided::Withdrawn,
        },
        State::Waiting => return,
    };
    context.metrics.decided(verdict);
    let subject = &after.subject;
    tracing::info!(approval.id = %after.id, run.id = %subject.run, person = %subject.person, tool.name = %subject.tool, verdict = ?verdict, "{} was asked for their word: {verdict:?}", subject.person);
}

pub(super) fn logged<T>(found: Result<T, Error>) -> Option<T> {
    found
        .inspect_err(|cause| {
            tracing::error!(error = cause as &dyn std::error::Error, "the store failed");
        })
        .ok()
}
