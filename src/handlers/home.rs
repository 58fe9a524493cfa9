//! App Home: a person's accounts, and what was done in their name, for that person alone.
//!
//! What is shown may be overtaken by what changes meanwhile. So a Home is shown over the
//! one that was known before its accounts were looked at; if another came in between, it is
//! looked at again.

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::gate::{self, Asker, Gated};
use super::{Context, Outcome, Unsaid, connections, grants, heard};
use crate::event::{Opened, ViewHash};
use crate::ids::Person;
use crate::run::Failure;
use crate::slack::{self, Message, render};
use crate::store::Entry;

/// After the last of them it is shown over whatever stands there.
const TRIES: u32 = 3;

/// After this long nobody looks at what they opened any more; if they do, they open it again.
const TOO_LATE: SignedDuration = SignedDuration::from_mins(10);

/// Somebody opened it. It ends without a word if it comes too late, and is never given up
/// with one: the next look at it is the next try.
pub(super) async fn opened(context: &Context, entry: &Entry, opened: &Opened) -> Outcome {
    if context.clock.now().duration_since(entry.accepted_at) > TOO_LATE {
        return Outcome::Settled;
    }
    heard(
        entry,
        open(context, opened).await.map(|()| Outcome::Settled),
    )
}

async fn open(context: &Context, opened: &Opened) -> Result<(), Unsaid> {
    match gate::admit(context, &opened.actor).await? {
        Ok(asker) => {
            stands(context, &asker, opened.shown.as_ref()).await;
            show(context, asker.person(), asker.zone()).await
        }
        Err(Gated::NotOurs | Gated::Silent) => Ok(()),
        Err(Gated::Turned(turned)) => say(context, opened, &render::turned_away(turned)).await,
        Err(Gated::Unknown) => say(context, opened, &render::failed(Failure::NotChecked)).await,
    }
}

/// A word in the place of a Home.
async fn say(context: &Context, opened: &Opened, word: &Message) -> Result<(), Unsaid> {
    let user = &opened.actor.user;
    context.slack.publish(user, word, None).await.map(drop)
}

/// This person has a Home, and this is what stood there when they last touched it.
pub(super) async fn stands(context: &Context, asker: &Asker, shown: Option<&ViewHash>) {
    let homes = &context.remembered.homes;
    homes.touch(asker.person(), shown).await;
}

/// Something about this person's accounts has changed: if they have a Home, it is shown
/// anew. They hear of the change in other ways too.
pub(super) async fn refresh(context: &Context, person: &Person) {
    if !context.remembered.homes.knows(person).await {
        return;
    }
    let zone = match context.profile(person.user()).await {
        Ok(profile) => gate::zone(&profile),
        Err(_) => TimeZone::UTC,
    };
    if let Err(cause) = show(context, person, &zone).await {
        tracing::warn!(person = %person, error = &cause as &dyn std::error::Error, "a Home could not be shown anew");
    }
}

async fn show(context: &Context, person: &Person, zone: &TimeZone) -> Result<(), Unsaid> {
    let homes = &context.remembered.homes;
    let mut tries = 0;
    loop {
        tries += 1;
        // In this order: what changes after this look changes the Home too.
        let before = homes.shown(person).await.filter(|_| tries < TRIES);
        let page = page(context, person, zone).await;
        let shown = context
            .slack
            .publish(person.user(), &page, before.as_ref())
            .await;
        match shown {
            Ok(now) => {
                homes.put(person, now).await;
                return Ok(());
            }
            Err(slack::Error::Refused { code })
                if code.speaks_of_something_newer() && before.is_some() =>
            {
                homes.overtaken(person, before.as_ref()).await;
            }
            Err(cause) => return Err(cause),
        }
    }
}

/// All that a Home shows.
async fn page(context: &Context, person: &Person, zone: &TimeZone) -> Message {
    let listed = connections::listed(context, person, zone).await;
    let listed = listed.unwrap_or_else(|failed| failed);
    let page = match grants::granted(context, person, zone) {
        Some(granted) => render::home().followed_by(listed).followed_by(granted),
        None => render::home().followed_by(listed),
    };
    // Of most acts there are two entries.
    let entries = context.store.audit.recent(person, 2 * render::ACTS_SHOWN);
    let entries = entries.unwrap_or_else(|cause| {
        tracing::error!(error = &cause as &dyn std::error::Error, "the store failed");
        Vec::new()
    });
    match render::acts(&entries, zone) {
        Some(acts) => page.followed_by(acts),
        None => page,
    }
}
