//! `/connections`: a person's own accounts, and how they are.

use jiff::tz::TimeZone;

use super::gate::Asker;
use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, answer};
use crate::account::{Account, Seen, Standing};
use crate::ids::{ConnectionName, Person};
use crate::slack::Message;
use crate::slack::render::{self, Reader};

pub(super) async fn list(
    context: &Context,
    work: &Work,
    asker: &Asker,
    reply: &ReplyTo,
) -> Result<Outcome, Unsaid> {
    let listed = listed(context, asker.person(), asker.zone()).await;
    let said = listed.unwrap_or_else(|failed| failed);
    reply.say(context, work, &said).await
}

/// The list, or what it failed of.
pub(super) async fn listed(
    context: &Context,
    person: &Person,
    zone: &TimeZone,
) -> Result<Message, Message> {
    let people = &context.store.people;
    let identifier = people.identifier_of(person).await;
    let identifier = identifier.map_err(|cause| answer::store_failed(&cause))?;
    let accounts = context.accounts(&identifier).await;
    let accounts = accounts.map_err(|cause| answer::vault_failed(&cause))?;
    let seen: Vec<Seen> = accounts
        .into_iter()
        .map(|(connection, account)| seen(context, person, connection, account.as_ref()))
        .collect();
    let now = context.clock.now();
    Ok(render::accounts(&seen, Reader { now, zone }))
}

fn seen(
    context: &Context,
    person: &Person,
    connection: ConnectionName,
    account: Option<&Account>,
) -> Seen {
    let mut standing = Standing::of(account);
    if standing == Standing::NotConnected && !context.is_set_up(&connection) {
        standing = Standing::NotSetUp;
    }
    Seen {
        standing,
        whose: whose(context, person, &connection),
        last_used_at: account.and_then(|account| account.last_used_at),
        connection,
    }
}

/// What the provider called the account, if it is kept: nothing fails for want of it.
pub(super) fn whose(
    context: &Context,
    person: &Person,
    connection: &ConnectionName,
) -> Option<String> {
    let name = context.store.accounts.name(person, connection);
    name.unwrap_or_else(|cause| {
        tracing::error!(error = &cause as &dyn std::error::Error, "the store failed");
        None
    })
}
