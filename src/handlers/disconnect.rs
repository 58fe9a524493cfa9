//! `/disconnect`: the account is deleted at the vault, and the person is told.

use super::connect::unknown;
use super::gate::Asker;
use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, answer, cards, deed};
use crate::run::Deed;
use crate::scalekit::Disconnected;
use crate::slack::render::{self, Verb};

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
    let said = match context.vault.disconnect(connection, &identifier).await {
        Ok(Disconnected::Deleted) => {
            tracing::info!(connection.name = %connection, person = %asker.person(), "{} disconnected {connection}", asker.person());
            deed::note(context, work.run, deed).await;
            cards::lapse(context, asker.person(), connection).await;
            render::disconnected(connection)
        }
        Ok(Disconnected::WasNotThere) => render::was_not_connected(connection),
        Err(cause) => answer::vault_failed(&cause),
    };
    context.forget_tools(asker.person(), connection).await;
    reply.say(context, work, &said).await
}
