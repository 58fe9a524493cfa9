//! Who may ask: members of this workspace, and whom the operator lets in besides. Everybody
//! else gets a clear word, not silence.

use crate::event::{Actor, Surface};
use crate::ids::{ChannelId, EnterpriseId, TeamId};
use crate::policy::{People, Welcome};

/// What Slack says about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Bot,
    Deactivated,
    Guest,
    Member,
    /// A member of another workspace or organisation.
    Stranger,
}

/// The workspace that Valet is installed in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Home<'a> {
    pub(crate) team: &'a TeamId,
    pub(crate) enterprise: Option<&'a EnterpriseId>,
}

/// Why somebody's words start nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turned {
    /// Bots are told seldom, lest two of them talk for ever.
    Bot,
    Deactivated,
    Guest,
    /// The operator lets some groups ask, and this person is in none of them.
    InNoGroup,
    /// The operator lets people ask in other channels.
    OtherChannel,
    /// A member, but in a channel where another organisation reads along.
    SharedChannel,
    Stranger,
}

/// Where somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) surface: Surface,
    /// `None` where nobody else reads the answer.
    pub(crate) channel: Option<&'a ChannelId>,
}

impl Place<'_> {
    /// What is answered to its person alone, wherever they asked.
    pub(crate) const ALONE: Self = Self {
        surface: Surface::Direct,
        channel: None,
    };
}

/// Whether the request is for the workspace that our token speaks in.
pub(crate) fn is_ours(actor: &Actor, home: Home<'_>) -> bool {
    is_here(&actor.team, actor.enterprise.as_ref(), home)
}

/// Whether something happened in the workspace that our token speaks in.
pub(crate) fn is_here(team: &TeamId, enterprise: Option<&EnterpriseId>, home: Home<'_>) -> bool {
    let same_enterprise = home.enterprise.is_some() && enterprise == home.enterprise;
    team == home.team || same_enterprise
}

/// Whether the request is for our workspace and by somebody of it, as far as it tells.
pub(crate) fn is_at_home(actor: &Actor, home: Home<'_>) -> bool {
    is_ours(actor, home) && !is_from_elsewhere(actor, home)
}

/// In an enterprise the home team may be any of its workspaces; `Standing` has told.
fn is_from_elsewhere(actor: &Actor, home: Home<'_>) -> bool {
    let of_another = |team: &TeamId| team != home.team;
    home.enterprise.is_none() && actor.home_team.as_ref().is_some_and(of_another)
}

/// Whether this person may ask here, groups aside. Being turned away is the default: only a
/// member of this workspace, in a place that only this workspace reads, gets through. The
/// operator may let guests in, and members where others read along; never strangers.
pub(crate) fn may_ask(
    actor: &Actor,
    home: Home<'_>,
    standing: Standing,
    place: Place<'_>,
    people: &People,
) -> Result<(), Turned> {
    match (standing, people.guests) {
        (Standing::Bot, _) => return Err(Turned::Bot),
        (Standing::Deactivated, _) => return Err(Turned::Deactivated),
        (Standing::Guest, Welcome::Refuse) => return Err(Turned::Guest),
        (Standing::Stranger, _) => return Err(Turned::Stranger),
        (Standing::Guest, Welcome::Allow) | (Standing::Member, _) => {}
    }
    if is_from_elsewhere(actor, home) {
        return Err(Turned::Stranger);
    }
    match (place.surface, people.shared_channels) {
        (Surface::Direct, _) => return Ok(()),
        (Surface::SharedChannel, Welcome::Refuse) => return Err(Turned::SharedChannel),
        (Surface::SharedChannel, Welcome::Allow) | (Surface::Channel, _) => {}
    }
    match place.channel {
        Some(channel) if !people.may_ask_in(channel) => Err(Turned::OtherChannel),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::UserId;

    fn team(id: &str) -> TeamId {
        TeamId::parse(id).unwrap()
    }

    fn actor(home: Option<&str>) -> Actor {
        Actor {
            user: UserId::parse("U1").unwrap(),
            team: team("T1"),
            enterprise: None,
            home_team: home.map(team),
        }
    }

    #[test]
    fn only_members_in_their_own_workspace_get_through() {
        let ours = team("T1");
        let home = Home {
            team: &ours,
            enterprise: None,
        };
        let table = [
            (None, Standing::Member, Surface::Channel, Ok(())),
            (Some("T1"), Standing::Member, Surface::Direct, Ok(())),
            (None, Standing::Guest, Surface::Direct, Err(Turned::Guest)),
            (None, Standing::Bot, Surface::Channel, Err(Turned::Bot)),
            (
                None,
                Standing::Deactivated,
                Surface::Channel,
                Err(Turned::Deactivated),
            ),
            (
                None,
                Standing::Stranger,
                Surface::SharedChannel,
                Err(Turned::Stranger),
            ),
            (
                Some("T2"),
                Standing::Member,
                Surface::Channel,
                Err(Turned::Stranger),
            ),
            (
                Some("T1"),
                Standing::Member,
                Surface::SharedChannel,
                Err(Turned::SharedChannel),
            ),
        ];
        for (from, standing, surface, expected) in table {
            let place = Place {
                surface,
                channel: None,
            };
            let said = may_ask(&actor(from), home, standing, place, &People::default());
            assert_eq!(said, expected, "{from:?} {standing:?} {surface:?}");
        }
    }

    #[test]
    fn the_operator_lets_in_guests_and_members_where_others_read_along() {
        let ours = team("T1");
        let home = Home {
            team: &ours,
            enterprise: None,
        };
        let policy = crate::policy::Policy::parse(
            "[people]\nguests = \"allow\"\nshared_channels = \"allow\"\nchannels = [\"C1\"]\n",
        )
        .unwrap();
        let (listed, other) = (
            ChannelId::parse("C1").unwrap(),
            ChannelId::parse("C2").unwrap(),
        );
        for (from, standing, surface, channel, expected) in [
            (None, Standing::Guest, Surface::Direct, &other, Ok(())),
            (None, Standing::Guest, Surface::Channel, &listed, Ok(())),
            (
                None,
                Standing::Member,
                Surface::SharedChannel,
                &listed,
                Ok(()),
            ),
            (
                None,
                Standing::Member,
                Surface::SharedChannel,
                &other,
                Err(Turned::OtherChannel),
            ),
            (
                None,
                Standing::Guest,
                Surface::Channel,
                &other,
                Err(Turned::OtherChannel),
            ),
            (
                Some("T2"),
                Standing::Member,
                Surface::SharedChannel,
                &listed,
                Err(Turned::Stranger),
            ),
            (
                None,
                Standing::Stranger,
                Surface::SharedChannel,
                &listed,
                Err(Turned::Stranger),
            ),
            (
                None,
                Standing::Deactivated,
                Surface::Direct,
                &listed,
                Err(Turned::Deactivated),
            ),
        ] {
            let place = Place {
                surface,
                channel: Some(channel),
            };
            let said = may_ask(&actor(from), home, standing, place, policy.people());
            assert_eq!(said, expected, "{from:?} {standing:?} {surface:?}");
        }
    }

    #[test]
    fn a_request_for_another_workspace_is_not_ours() {
        let other = team("T2");
        let home = Home {
            team: &other,
            enterprise: None,
        };
        assert!(!is_ours(&actor(None), home));
    }
}
