//! Connections that are configured and that the vault does not know. It is the operator who
//! can put that right, so it is in the log, and people are told in words whom to tell.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Context, answer, callback};
use crate::connect::Attempt;
use crate::ids::ConnectionName;
use crate::line::Try;
use crate::run::Failure;
use crate::scalekit::{self, Configured};
use crate::slack::render;
use crate::store::Error;

/// Whoever puts it right does not restart Valet for that: it is believed no longer than
/// this, unless the vault says so again.
const BELIEVED: Duration = Duration::from_mins(10);

/// The configured connections that the vault said it does not know, and when.
#[derive(Default)]
pub(crate) struct NotSetUp(Mutex<HashMap<ConnectionName, Instant>>);

impl NotSetUp {
    pub(super) fn note(&self, connection: &ConnectionName) {
        if !self.holds(connection) {
            warn(connection);
        }
        self.lock().insert(connection.clone(), Instant::now());
    }

    fn forget(&self, connection: &ConnectionName) {
        if self.lock().remove(connection).is_some() {
            tracing::info!(connection.name = %connection, "the vault knows {connection} now");
        }
    }

    pub(super) fn holds(&self, connection: &ConnectionName) -> bool {
        let since = self.lock().get(connection).copied();
        since.is_some_and(|since| since.elapsed() < BELIEVED)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionName, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn warn(connection: &ConnectionName) {
    tracing::error!(connection.name = %connection, "VALET_CONNECTIONS names `{connection}`, which the vault does not have or has switched off, so nobody can connect it: make or enable a connection of exactly this name in the vault's dashboard, or take it out of VALET_CONNECTIONS");
}

/// Asks the vault which connections it has, and says which of ours are not among them. A
/// client that may not ask finds out when somebody follows a link.
pub(crate) async fn look(context: &Context) -> Result<(), scalekit::Error> {
    let there = context.vault.connections().await?;
    for connection in &context.connections {
        let found = there.iter().find(|known| known.is_called(connection));
        match found.map(Configured::is_enabled) {
            Some(true) => context.remembered.not_set_up.forget(connection),
            Some(false) | None => context.remembered.not_set_up.note(connection),
        }
    }
    Ok(())
}

/// Somebody followed a link to it and got nowhere. All that waits for it ends with a word.
pub(super) async fn found(context: &Context, attempt: &Attempt) {
    let connection = attempt.connection();
    context.remembered.not_set_up.note(connection);
    let person = &attempt.owner().person;
    let word = render::not_set_up(connection);
    callback::say(context, attempt.id(), Try::First, person, &word).await;
    if let Err(cause) = end(context, attempt).await {
        tracing::error!(attempt.id = %attempt.id(), error = &cause as &dyn std::error::Error, "the store failed");
    }
}

async fn end(context: &Context, attempt: &Attempt) -> Result<(), Error> {
    let (person, connection) = (&attempt.owner().person, attempt.connection());
    context.store.attempts.end_all(person, connection).await?;
    answer::end_waiting(context, person, connection, Failure::NotSetUp).await
}
