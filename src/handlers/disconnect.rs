//! `/disconnect`: the account is deleted at the vault, and the person is told.

use super::connect::unknown;
use super::gate::Asker;
use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, answer, deed};
use crate::audit::{Act, Cause, Stage, What};
use crate::ids::{ConnectionName, Identifier, Person};
use crate::run::Deed;
use crate::scalekit::{self, Disconnected};
use crate::slack::render::{self, Verb};
use crate::store::Error;

pub(super) async fn disconnect(
    context: &Context,
    work: &Work,
    asker: &Asker,
    reply: &ReplyTo,
    name: Option<&str>,
) -> Result<Outcome, Unsaid> {
    let Some(connection) = context.connection_or_only(name) else {
        let known = unknown(context, Verb::Disconnect, name);
        return reply.say(context, work, &known).await;
    };
    let deed = Deed::Disconnected(connection.clone());
    if deed::is_done(context, work.run, &deed) {
        return reply
            .say(context, work, &render::disconnected(connection))
            .await;
    }
    let identifier = match context.store.people.identifier_of(asker.person()).await {
        Ok(identifier) => identifier,
        Err(cause) => {
            return reply
                .say(context, work, &answer::store_failed(&cause))
                .await;
        }
    };
    let whose = (asker.person(), &identifier);
    let cause = Cause::Run(work.run);
    let disconnected = match delete(context, whose, What::Disconnect, connection, cause).await {
        Ok(disconnected) => disconnected,
        Err(cause) => {
            return reply
                .say(context, work, &answer::store_failed(&cause))
                .await;
        }
    };
    let said = match disconnected {
        Ok(Disconnected::Deleted) => {
            tracing::info!(connection.name = %connection, person = %asker.person(), "{} disconnected {connection}", asker.person());
            deed::note(context, work.run, deed).await;
            render::disconnected(connection)
        }
        Ok(Disconnected::WasNotThere) => render::was_not_connected(connection),
        Err(cause) => answer::vault_failed(&cause),
    };
    context.forget_tools(asker.person(), connection).await;
    reply.say(context, work, &said).await
}

/// Deletes an account at the vault. What the store does not take is not done.
pub(super) async fn delete(
    context: &Context,
    (person, identifier): (&Person, &Identifier),
    what: What,
    connection: &ConnectionName,
    cause: Cause,
) -> Result<Result<Disconnected, scalekit::Error>, Error> {
    let audit = &context.store.audit;
    let act = Act::on_account(what, connection, cause);
    let noted = audit.begin_now(person, &act, context.clock.now()).await?;
    let done = context
        .vault
        .disconnect(connection, identifier, &noted)
        .await;
    let stage = match &done {
        Ok(Disconnected::Deleted) => Stage::Done,
        Ok(Disconnected::WasNotThere) => Stage::NotDone,
        Err(_) => Stage::Unknown,
    };
    // It has happened: a store that fails changes nothing.
    if let Err(cause) = audit.end(person, noted.number(), stage, context.clock.now()) {
        tracing::error!(error = &cause as &dyn std::error::Error, "the store failed");
    }
    Ok(done)
}
