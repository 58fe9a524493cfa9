//! `grants`: what a person lets be done without being asked, and taking it back.

use super::gate::Asker;
use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, answer, cards, home};
use crate::event::Pressed;
use crate::ids::{ConnectionName, Person};
use crate::slack::Message;
use crate::slack::render;
use crate::store::Grant;
use jiff::tz::TimeZone;

pub(super) async fn list(
    context: &Context,
    work: &Work,
    asker: &Asker,
    reply: &ReplyTo,
) -> Result<Outcome, Unsaid> {
    let said = match context.store.grants.of(asker.person()) {
        Ok(grants) => render::grants(&grants_in_words(&grants), asker.zone()),
        Err(cause) => answer::store_failed(&cause),
    };
    reply.say(context, work, &said).await
}

/// The same for App Home, if there are any.
pub(super) fn granted(context: &Context, person: &Person, zone: &TimeZone) -> Option<Message> {
    let grants = cards::logged(context.store.grants.of(person))?;
    (!grants.is_empty()).then(|| render::grants(&grants_in_words(&grants), zone))
}

/// Whoever presses takes back what is their own: the button names a tool, and nobody.
pub(super) async fn revoke(
    context: &Context,
    work: &Work,
    asker: &Asker,
    pressed: &Pressed,
) -> Result<Outcome, Unsaid> {
    let reply = ReplyTo::beside(pressed);
    let Some((connection, tool)) = named(&pressed.value) else {
        return Ok(Outcome::Settled);
    };
    let grants = &context.store.grants;
    let said = match grants.revoke(asker.person(), &connection, tool).await {
        Ok(_) => {
            tracing::info!(person = %asker.person(), tool.name = %tool, connection.name = %connection, "{} wants to be asked about {tool} again", asker.person());
            home::refresh(context, asker.person()).await;
            render::revoked(tool)
        }
        Err(cause) => answer::store_failed(&cause),
    };
    reply.say(context, work, &said).await
}

fn named(value: &str) -> Option<(ConnectionName, &str)> {
    let (connection, tool) = value.split_once('\n')?;
    Some((ConnectionName::parse(connection).ok()?, tool))
}

fn grants_in_words(grants: &[Grant]) -> Vec<render::Granted<'_>> {
    grants
        .iter()
        .map(|grant| render::Granted {
            connection: &grant.connection,
            tool: &grant.tool,
            since: grant.since,
        })
        .collect()
}
