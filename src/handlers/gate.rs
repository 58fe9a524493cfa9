//! Who is asking, and whether they may.

use jiff::tz::TimeZone;

use super::{Context, Unsaid};
use crate::audience::{self, Home, Place, Turned};
use crate::connect::Owner;
use crate::event::{Actor, Said};
use crate::ids::Person;
use crate::slack::{Installation, Profile};

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
pub(super) fn later(cause: Unsaid) -> Unsaid {
    let Unsaid::Refused { code } = cause else {
        return cause;
    };
    tracing::error!(code = %code, "Slack does not accept SLACK_BOT_TOKEN: {code}");
    Unsaid::Unavailable
}

/// Finds out who acts where nobody else reads what comes of it, by Slack's word alone. The
/// outer error means that Slack could not even be asked which workspace this is.
pub(super) async fn admit(
    context: &Context,
    actor: &Actor,
) -> Result<Result<Asker, Gated>, Unsaid> {
    admit_at(context, actor, Place::ALONE).await
}

/// The same for words, which are answered where they were said.
pub(super) async fn admit_to(
    context: &Context,
    said: &Said,
) -> Result<Result<Asker, Gated>, Unsaid> {
    let place = Place {
        surface: said.surface,
        channel: Some(&said.thread.channel),
    };
    admit_at(context, &said.actor, place).await
}

async fn admit_at(
    context: &Context,
    actor: &Actor,
    place: Place<'_>,
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
    let people = context.policy.people();
    if let Err(turned) = audience::may_ask(actor, home, profile.standing, place, people) {
        return Ok(Err(Gated::Turned(turned)));
    }
    if let Err(gated) = is_in_a_group(context, actor, installation).await {
        return Ok(Err(gated));
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

/// Whether the person is in one of the groups that may ask, if there are any. As long as
/// Slack does not tell, nobody is.
async fn is_in_a_group(
    context: &Context,
    actor: &Actor,
    installation: &Installation,
) -> Result<(), Gated> {
    let groups = context.policy.people().user_groups();
    // An installation of a whole enterprise has to name the workspace of the group.
    let team = installation.org_wide.then_some(&actor.team);
    let mut unknown = false;
    for group in groups {
        match context.group_members(group, team).await {
            Ok(members) if members.contains(&actor.user) => return Ok(()),
            Ok(_) => {}
            Err(cause) => {
                tracing::error!(group = %group, error = &cause as &dyn std::error::Error, "who is in the user group {group} could not be read; if a scope is missing, add usergroups:read");
                unknown = true;
            }
        }
    }
    match (groups, unknown) {
        ([], _) => Ok(()),
        (_, true) => Err(Gated::Unknown),
        (_, false) => Err(Gated::Turned(Turned::InNoGroup)),
    }
}
