//! `/disconnect`: asks once, then deletes the account at the vault, and with it all that
//! could bring it back or waits for it.

use super::connect::unknown;
use super::gate::Asker;
use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, answer, cards, connections, deed, home};
use crate::account::Account;
use crate::audit::{Act, Cause, Stage, What};
use crate::ids::{ConnectionName, Identifier, Person};
use crate::run::{Deed, Failure};
use crate::scalekit::{self, Disconnected};
use crate::slack::Message;
use crate::slack::render::{self, Verb};
use crate::store::Error;

/// `/disconnect [name]`, or the words.
pub(super) async fn ask(
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
    let said = match account(context, asker.person(), connection).await {
        Ok(Some(_)) => {
            let whose = connections::whose(context, asker.person(), connection);
            render::disconnect_or_keep(connection, whose.as_deref())
        }
        // There is nothing to lose, and a link under way may still be ended.
        Ok(None) => end(context, work, asker.person(), connection).await,
        Err(failed) => failed,
    };
    reply.say(context, work, &said).await
}

/// The button: Slack or we have asked before.
pub(super) async fn disconnect(
    context: &Context,
    work: &Work,
    asker: &Asker,
    reply: &ReplyTo,
    name: &str,
) -> Result<Outcome, Unsaid> {
    let said = match context.connection(name) {
        Some(connection) => end(context, work, asker.person(), connection).await,
        None => unknown(context, Verb::Disconnect, Some(name)),
    };
    reply.say(context, work, &said).await
}

/// The other button: nothing is done.
pub(super) async fn keep(
    context: &Context,
    work: &Work,
    reply: &ReplyTo,
    name: &str,
) -> Result<Outcome, Unsaid> {
    let said = match context.connection(name) {
        Some(connection) => render::kept(connection),
        None => unknown(context, Verb::Disconnect, Some(name)),
    };
    reply.say(context, work, &said).await
}

async fn account(
    context: &Context,
    person: &Person,
    connection: &ConnectionName,
) -> Result<Option<Account>, Message> {
    let identifier = context.store.people.identifier_of(person).await;
    let identifier = identifier.map_err(|cause| answer::store_failed(&cause))?;
    let account = context.vault.account(connection, &identifier).await;
    account.map_err(|cause| answer::vault_failed(&cause))
}

/// Ends what this person has on this connection, and says what came of it. After a crash it
/// is done again from the beginning; only the deletion is remembered.
async fn end(
    context: &Context,
    work: &Work,
    person: &Person,
    connection: &ConnectionName,
) -> Message {
    match try_to_end(context, work, person, connection).await {
        Ok(said) => said,
        Err(cause) => answer::store_failed(&cause),
    }
}

async fn try_to_end(
    context: &Context,
    work: &Work,
    person: &Person,
    connection: &ConnectionName,
) -> Result<Message, Error> {
    let deed = Deed::Disconnected(connection.clone());
    let said = if deed::is_done(context, work.run, &deed) {
        render::disconnected(connection)
    } else {
        // First, so that no browser on its way makes the account anew behind our back.
        context.store.attempts.end_all(person, connection).await?;
        let identifier = context.store.people.identifier_of(person).await?;
        let (whose, cause) = ((person, &identifier), Cause::Run(work.run));
        match delete(context, whose, What::Disconnect, connection, cause).await? {
            Ok(Disconnected::Deleted) => {
                tracing::info!(connection.name = %connection, person = %person, "{person} disconnected {connection}");
                deed::note(context, work.run, deed).await;
                render::disconnected(connection)
            }
            Ok(Disconnected::WasNotThere) => render::was_not_connected(connection),
            Err(cause) => {
                context.forget_tools(person, connection).await;
                return Ok(answer::vault_failed(&cause));
            }
        }
    };
    context.forget_tools(person, connection).await;
    context.store.accounts.forget(person, connection).await?;
    answer::end_waiting(context, person, connection, Failure::Disconnected).await?;
    // After those who wait for the account have heard: a run that waits for a word on it goes
    // on, and may wait for another account.
    cards::lapse(context, person, connection).await;
    home::refresh(context, person).await;
    Ok(said)
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
