//! What time and crashes leave open.

use jiff::SignedDuration;

use super::{Context, callback, cards, sessions, uninstall};
use crate::line::Try;
use crate::store::Error;

/// Slack may redeliver an event for a day; an hour more for clocks that differ.
const CLAIMS_LIVE: SignedDuration = SignedDuration::from_hours(25);

/// Lets go of what has waited too long. Runs that waited for an account are open again,
/// and say so themselves. Runs that are over are filed away.
pub(crate) async fn sweep(context: &Context) {
    let expired = context.store.parked.take_expired(context.clock.now());
    log(expired.await.map(drop));
    log(cards::expire(context).await);
    sessions::renew(context);
    let store = context.store.clone();
    aside(context, move || log(store.finished.file_away())).await;
    let shared = Context::clone(context);
    context
        .tasks
        .spawn(async move { uninstall::let_go(&shared).await });
    context.metrics.damaged(context.store.set_aside());
}

/// Forgets what is too old to be kept: for now and then, since some of it is looked
/// through.
pub(crate) async fn tidy(context: &Context) {
    let now = context.clock.now();
    let retention = context.policy.retention();
    let claims_since = now.saturating_sub(CLAIMS_LIVE).unwrap_or(now);
    let store = context.store.clone();
    aside(context, move || {
        log(store.approvals.forget_expired(now));
        log(store.attempts.forget_expired(now));
        log(store.consents.forget_expired(now));
        log(store.notices.forget_expired(now));
        log(store.inbox.forget_claims_before(claims_since));
        log(store.threads.forget_before(retention.threads_since(now)));
        log(store.usage.forget_before_last_month(now));
        log(store.audit.forget_before(retention.audit_since(now)));
        log(store
            .finished
            .forget_before(retention.finished_runs_since(now)));
    })
    .await;
}

/// Work that waits for the disk is for a thread of its own: answers must not wait for it.
async fn aside(context: &Context, work: impl FnOnce() + Send + 'static) {
    if let Err(broken) = context.tasks.spawn_blocking(work).await {
        tracing::error!(
            error = &broken as &dyn std::error::Error,
            "the sweep broke off"
        );
    }
}

fn log(done: Result<(), Error>) {
    if let Err(cause) = done {
        tracing::error!(error = &cause as &dyn std::error::Error, "the store failed");
    }
}

/// Once, at start: attempts whose browser came back from the vault before a crash.
pub(crate) async fn finish_attempts(context: &Context) -> Result<(), Error> {
    for attempt in context.store.attempts.to_verify()? {
        let id = attempt.id();
        if let Err(refused) = callback::finish(context, attempt, Try::Again).await {
            tracing::warn!(attempt.id = %id, reason = %refused, "an attempt from before the restart was refused: {refused}");
        }
    }
    Ok(())
}
