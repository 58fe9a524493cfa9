//! The end of an installation: what is under way ends, what was kept is forgotten, and
//! people's accounts are deleted at the vault. Slack is neither asked nor told: the token
//! is dead.

use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::sync::Semaphore;

use super::{Context, Outcome, answer, disconnect};
use crate::audit::{Cause, What};
use crate::event::Event;
use crate::ids::{Identifier, Person, RunId};
use crate::scalekit;
use crate::store::{Entry, Error};
use crate::workspace::{Removal, Workspace};

/// People whose accounts are deleted at once.
const AT_ONCE: usize = 8;

/// Held by whoever deletes accounts: one look at all of them at a time.
#[derive(Debug, Clone)]
pub(crate) struct LettingGo(Arc<Semaphore>);

impl Default for LettingGo {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

/// Obeys Slack's word, if it speaks of our installation. It can be obeyed twice.
pub(super) async fn obey(context: &Context, run: RunId, removal: &Removal) -> Outcome {
    let Some((workspace, since)) = context.store.installed.workspace() else {
        tracing::warn!("Slack speaks of the end of an installation, and Valet has none");
        return Outcome::Settled;
    };
    if !removal.is_of(&workspace) {
        tracing::warn!("Slack speaks of the end of an installation that is not ours");
        return Outcome::Settled;
    }
    if removal.is_stale(since) {
        tracing::warn!("Slack speaks of the end of an earlier installation");
        return Outcome::Settled;
    }
    match leave(context, run, workspace).await {
        Ok(()) => Outcome::Settled,
        Err(cause) => {
            tracing::error!(error = &cause as &dyn std::error::Error, "the store failed");
            Outcome::Later
        }
    }
}

async fn leave(context: &Context, run: RunId, workspace: Workspace) -> Result<(), Error> {
    tracing::error!(team = %workspace.team, "Valet was uninstalled from {}: it forgets what it knows of the people there; to use it again, install it again, put the new token into SLACK_BOT_TOKEN, and restart", workspace.team);
    let mut waited = forget(context, &workspace).await?;
    // A write that is on its way comes to its end first.
    for over in context.at_work.stop_all_but(run) {
        over.cancelled().await;
    }
    // Once more, for what those have left.
    waited.extend(forget(context, &workspace).await?);
    context.remembered.forget_people();
    for run in waited {
        // When nobody listens we are stopping, and the run is found open at the next start.
        let _ = context.resumed.send(run).await;
    }
    Ok(())
}

/// On a thread of its own: it looks at everybody.
async fn forget(context: &Context, workspace: &Workspace) -> Result<Vec<RunId>, Error> {
    let (store, workspace) = (context.store.clone(), workspace.clone());
    let now = context.clock.now();
    let forgotten = context
        .tasks
        .spawn_blocking(move || store.forget_workspace(&workspace, now));
    forgotten.await.unwrap_or(Err(Error::CommitFailed))
}

/// Something that was open when the installation ended. Nobody hears of it.
pub(super) async fn end(context: &Context, entry: &Entry) -> Outcome {
    let Event::Said(_) = &entry.event else {
        return Outcome::Settled;
    };
    match answer::conclude_unbegun(context, entry.run, answer::Unbegun::Stopped).await {
        Ok(()) => Outcome::Settled,
        Err(cause) => {
            // It is over all the same; only its record will not tell how.
            tracing::error!(run.id = %entry.run, error = &cause as &dyn std::error::Error, "the store failed");
            Outcome::Settled
        }
    }
}

/// Deletes, at the vault, the accounts of people whose workspace is gone. What fails is
/// tried again with the next sweep, and after a restart: as long as it takes.
pub(super) async fn let_go(context: &Context) {
    let Ok(_alone) = context.letting_go.0.clone().try_acquire_owned() else {
        return;
    };
    let retired = match context.store.people.retired() {
        Ok(retired) if retired.is_empty() => return,
        Ok(retired) => retired,
        Err(cause) => {
            tracing::error!(error = &cause as &dyn std::error::Error, "the store failed");
            return;
        }
    };
    let left = retired.len();
    let mut looks = futures_util::stream::iter(retired)
        .map(|(identifier, person)| async move { let_go_of(context, &person, &identifier).await })
        .buffer_unordered(AT_ONCE);
    while let Some(looked) = looks.next().await {
        if let Err(cause) = looked {
            tracing::warn!(
                left,
                error = &cause as &dyn std::error::Error,
                "accounts of an uninstalled workspace could not be deleted; it is tried again"
            );
            if is_for_all(&cause) {
                return;
            }
        }
    }
    if context
        .store
        .people
        .retired()
        .is_ok_and(|left| left.is_empty())
    {
        tracing::info!(
            "the vault has no more accounts of the workspace that Valet was uninstalled from"
        );
    }
}

/// What was deleted is looked at once more, at the next sweep: a browser that was on its
/// way may have made an account anew. What is not there any more is forgotten.
async fn let_go_of(
    context: &Context,
    person: &Person,
    identifier: &Identifier,
) -> Result<(), NotNow> {
    let mut was_there = false;
    for connection in &context.connections {
        // Looked at first, so that a vault that is down does not fill the person's chain.
        if context
            .vault
            .account(connection, identifier)
            .await?
            .is_none()
        {
            continue;
        }
        let (whose, cause) = ((person, identifier), Cause::Uninstalled);
        disconnect::delete(context, whose, What::Disconnect, connection, cause).await??;
        was_there = true;
    }
    if !was_there {
        context.store.people.forget_retired(identifier)?;
    }
    Ok(())
}

/// Why accounts could not be deleted now.
#[derive(Debug, thiserror::Error)]
enum NotNow {
    #[error("the store failed")]
    Store(#[from] Error),
    #[error(transparent)]
    Vault(#[from] scalekit::Error),
}

/// Whether it would be the same with the next account.
fn is_for_all(cause: &NotNow) -> bool {
    use scalekit::Error;
    let NotNow::Vault(cause) = cause else {
        return true;
    };
    match cause {
        Error::Down
        | Error::RateLimited { .. }
        | Error::TimedOut
        | Error::Token
        | Error::Unavailable { .. } => true,
        Error::AccountRejected
        | Error::BadAnswer
        | Error::MissingScope { .. }
        | Error::NoAccount
        | Error::NoConnection
        | Error::OutcomeUnknown { .. }
        | Error::Reconnect
        | Error::Refused { .. }
        | Error::ToolFailed { .. }
        | Error::TooLarge
        | Error::UnknownTool => false,
    }
}
