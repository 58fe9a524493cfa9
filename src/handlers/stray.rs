//! Consent that was given in another browser than the one that signed in with Slack: what
//! the vault now keeps under the asker's identifier may be somebody else's account.
//!
//! Refusing to confirm it is not enough. Where the vault keeps what was consented to with
//! the account, the asker could confirm it by an older consent of their own.

use super::Context;
use super::disconnect::delete;
use crate::account::AuthRequestId;
use crate::audit::{Cause, What};
use crate::connect::AttemptId;
use crate::random::Nonce;
use crate::store::{Error, Given};

/// The link of the vault's that this consent was given through, if it is a stray one.
pub(super) fn strayed(
    context: &Context,
    state: &Nonce,
    consent: &AuthRequestId,
    cookie_of: impl Fn(AttemptId) -> Option<Nonce>,
) -> Result<Option<Given>, Error> {
    let given = context.store.consents.find(state)?;
    Ok(given.filter(|given| given.is_stray(cookie_of(given.attempt).as_ref(), consent)))
}

/// Ends what could still confirm it, then deletes what the vault has of it.
pub(super) async fn undo(context: &Context, given: &Given) -> Result<(), Error> {
    let (person, connection) = (&given.owner.person, &given.connection);
    tracing::warn!(attempt.id = %given.attempt, connection.name = %connection, person = %person, "consent to {connection} came from another browser than {person}'s; it is deleted");
    context
        .store
        .attempts
        .withdraw_consents(person, connection, None)
        .await?;
    let identifier = context.store.people.identifier_of(person).await?;
    let (whose, cause) = ((person, &identifier), Cause::Attempt(given.attempt));
    if let Err(cause) = delete(context, whose, What::Undo, connection, cause).await? {
        tracing::error!(attempt.id = %given.attempt, error = &cause as &dyn std::error::Error, "a consent that came from another browser could not be deleted");
    }
    context.forget_tools(person, connection).await;
    Ok(())
}
