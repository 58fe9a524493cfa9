//! The vault's reports about accounts: a faster signal, and nothing but a signal. Who it is
//! about comes from our own store, and how the account stands from asking the vault.

use jiff::SignedDuration;

use super::Context;
use crate::ids::{ConnectionName, Person};
use crate::notice::{Consent, Follows, Notice, follows};
use crate::scalekit::Report;
use crate::slack::{Mark, Of, Slot, Target, render};
use crate::store::{Claim, Error};
use crate::{scalekit, slack};

/// After this long a report that could not be looked into is let go of: whoever asks has
/// learned meanwhile how the account stands.
const STALE: SignedDuration = SignedDuration::from_hours(1);

/// Reports that are in memory at once.
const AT_ONCE: usize = 1_000;

/// What became of a report at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is on disk, by this request or an earlier one.
    Kept,
    /// It is about nobody, or no connection, that we know.
    NotOurs,
}

/// Why a report could not be looked into now.
#[derive(Debug, thiserror::Error)]
enum NotNow {
    #[error("the store failed")]
    Store(#[from] Error),
    #[error("the vault failed")]
    Vault(#[from] scalekit::Error),
}

/// Keeps a report that is about somebody we know. It is looked into later, so that the
/// vault waits for the disk alone.
pub(crate) async fn take(context: &Context, report: Report) -> Result<Taken, Error> {
    let connection = context
        .connections
        .iter()
        .find(|known| known.as_str() == report.connection);
    let person = context.store.people.owner_of(&report.identifier)?;
    let (Some(connection), Some(person)) = (connection, person) else {
        return Ok(Taken::NotOurs);
    };
    let notice = Notice {
        person,
        connection: connection.clone(),
        change: report.change,
    };
    let now = context.clock.now();
    let claim = context.store.notices.take(&report.id, &notice, now).await?;
    if claim == Claim::New {
        context.noticed.notify_one();
    }
    Ok(Taken::Kept)
}

/// Looks into the reports that are open, one after the other. One about which the vault
/// cannot be asked waits for the next time.
pub(crate) async fn settle_all(context: &Context) -> Result<(), Error> {
    let open = context.store.notices.some_open(AT_ONCE)?;
    let (found, mut left) = (open.len(), 0);
    for (key, notice, taken) in open {
        let (person, connection) = (&notice.person, &notice.connection);
        match look_into(context, &notice).await {
            // Whoever it was about is forgotten, and the report with them.
            Ok(()) | Err(NotNow::Store(Error::Uninstalled)) => {}
            Err(NotNow::Store(cause)) => return Err(cause),
            Err(NotNow::Vault(cause)) => {
                tracing::warn!(connection.name = %connection, person = %person, error = &cause as &dyn std::error::Error, "a report of the vault could not be looked into");
                if context.clock.now().duration_since(taken) < STALE {
                    left += 1;
                    continue;
                }
            }
        }
        context.store.notices.settle(&key)?;
    }
    if found == AT_ONCE && left < found {
        // There may be more behind them.
        context.noticed.notify_one();
    }
    Ok(())
}

async fn look_into(context: &Context, notice: &Notice) -> Result<(), NotNow> {
    let (person, connection) = (&notice.person, &notice.connection);
    context.forget_tools(person, connection).await;
    let identifier = context.store.people.identifier_of(person).await?;
    let account = context.vault.account(connection, &identifier).await?;
    let status = account.map(|account| account.status);
    let consent = consent(context, person, connection)?;
    let followed = follows(notice.change, status, consent);
    tracing::info!(connection.name = %connection, person = %person, change = ?notice.change, status = ?status, follows = ?followed, "the vault reported a change of an account");
    match followed {
        Follows::Nothing => {}
        Follows::Resume => resume(context, person, connection).await?,
        Follows::Tell => tell(context, person, connection).await?,
    }
    Ok(())
}

fn consent(
    context: &Context,
    person: &Person,
    connection: &ConnectionName,
) -> Result<Consent, Error> {
    let is_out = context.store.consents.is_out(person, connection)?;
    Ok(if is_out {
        Consent::Possible
    } else {
        Consent::RuledOut
    })
}

async fn resume(
    context: &Context,
    person: &Person,
    connection: &ConnectionName,
) -> Result<(), Error> {
    for run in context.store.parked.take(person, connection).await? {
        // When nobody listens we are stopping, and the run is found open at the next start.
        let _ = context.resumed.send(run).await;
    }
    Ok(())
}

/// Once a day for an account, and never whom a question of theirs has told already.
async fn tell(
    context: &Context,
    person: &Person,
    connection: &ConnectionName,
) -> Result<(), Error> {
    if context.store.parked.is_awaited(person, connection) {
        return Ok(());
    }
    let now = context.clock.now();
    if !context
        .store
        .notices
        .may_tell(person, connection, now)
        .await?
    {
        return Ok(());
    }
    let mark = Mark {
        of: Of::Run(context.randomness.run_id(now)),
        slot: Slot::Reply,
    };
    let (target, message) = (Target::Direct(person.user()), render::lapsed(connection));
    let said: Result<_, slack::Error> = context.slack.post(target, &message, mark).await;
    if let Err(cause) = said {
        tracing::warn!(connection.name = %connection, person = %person, error = &cause as &dyn std::error::Error, "somebody could not be told that an account has lapsed");
    }
    Ok(())
}
