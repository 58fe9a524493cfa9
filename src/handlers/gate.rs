//! Who is asking, and whether they may.

use jiff::tz::TimeZone;

use super::{Context, Unsaid};
use crate::audience::{self, Home, Turned};
use crate::connect::Owner;
use crate::event::{Actor, Surface};
use crate::ids::Person;
use crate::slack::Profile;

/// Somebody who may ask.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    owner: Owner,
    zone: TimeZone,
}

/// Somebody who may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gated {
    NotOurs,
    Silent,
    Turned(Turned),
    /// Slack did not say who it is, and a guess is not good enough.
    Unknown,
}

impl Asker {
    pub(super) fn person(&self) -> &Person {
        &self.owner.person
    }

    /// As they call themselves; others can read it, nobody should trust it.
    pub(super) fn name(&self) -> &str {
        &self.owner.name
    }

    /// In which they read times.
    pub(super) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    pub(super) fn owner(&self) -> &Owner {
        &self.owner
    }
}

/// The time zone of a person; UTC where it is not known, or this machine does not know it.
pub(super) fn zone(profile: &Profile) -> TimeZone {
    let named = profile.time_zone.as_deref();
    named
        .and_then(|name| TimeZone::get(name).ok())
        .unwrap_or(TimeZone::UTC)
}

/// A token that is refused may be put right: the question is kept until then.
fn later(cause: Unsaid) -> Unsaid {
    let Unsaid::Refused { code } = cause else {
        return cause;
    };
    tracing::error!(code = %code, "Slack does not accept SLACK_BOT_TOKEN: {code}");
    Unsaid::Unavailable
}

/// Finds out who acts, by Slack's word alone. The outer error means that Slack could not
/// even be asked which workspace this is.
pub(super) async fn admit(
    context: &Context,
    actor: &Actor,
    surface: Surface,
) -> Result<Result<Asker, Gated>, Unsaid> {
    let installation = context.installation().await.map_err(later)?;
    let home = Home {
        team: &installation.team,
        enterprise: installation.enterprise.as_ref(),
    };
    if !audience::is_ours(actor, home) {
        return Ok(Err(Gated::NotOurs));
    }
    if actor.user == installation.bot_user {
        return Ok(Err(Gated::Silent));
    }
    let profile = match context.profile(&actor.user).await {
        Ok(profile) => profile,
        Err(cause) => {
            tracing::warn!(
                error = &cause as &dyn std::error::Error,
                "a person's profile could not be read"
            );
            return Ok(Err(Gated::Unknown));
        }
    };
    match audience::may_ask(actor, home, profile.standing, surface) {
        Ok(()) => {}
        Err(Turned::Bot) => return Ok(Err(Gated::Silent)),
        Err(turned) => return Ok(Err(Gated::Turned(turned))),
    }
    Ok(Ok(Asker {
        zone: zone(&profile),
        owner: Owner {
            person: Person::new(home.enterprise, home.team, &actor.user),
            team: actor.team.clone(),
            enterprise: installation.enterprise.clone(),
            name: profile.name.clone(),
            workspace_name: installation.team_name.clone(),
        },
    }))
}
