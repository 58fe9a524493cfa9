//! What time and crashes leave open.

use jiff::SignedDuration;

use super::{Context, callback};
use crate::store::Error;

/// Slack may redeliver an event for a day; an hour more for clocks that differ.
const CLAIMS_LIVE: SignedDuration = SignedDuration::from_hours(25);

/// Lets go of what has waited too long. Runs that waited for an account are open again,
/// and say so themselves.
pub(crate) async fn sweep(context: &Context) {
    if let Err(cause) = forget(context).await {
        tracing::error!(error = &cause as &dyn std::error::Error, "the store failed");
    }
}

async fn forget(context: &Context) -> Result<(), Error> {
    let now = context.clock.now();
    context.store.parked.take_expired(now).await?;
    context.store.attempts.forget_expired(now)?;
    context.store.consents.forget_expired(now)
}

/// Lets go of claims. There is one for each event of a day, so that looking through them
/// is for now and then.
pub(crate) fn forget_claims(context: &Context) {
    let now = context.clock.now();
    let oldest = now.saturating_sub(CLAIMS_LIVE).unwrap_or(now);
    if let Err(cause) = context.store.inbox.forget_claims_before(oldest) {
        tracing::error!(error = &cause as &dyn std::error::Error, "the store failed");
    }
}

/// Once, at start: attempts whose browser came back from the vault before a crash.
pub(crate) async fn finish_attempts(context: &Context) -> Result<(), Error> {
    for attempt in context.store.attempts.to_verify()? {
        let id = attempt.id();
        if let Err(refused) = callback::finish(context, attempt).await {
            tracing::warn!(attempt.id = %id, reason = %refused, "an attempt from before the restart was refused: {refused}");
        }
    }
    Ok(())
}
