//! Who may ask: members of this workspace. Everybody else gets a clear word, not silence.

use crate::event::{Actor, Surface};
use crate::ids::{EnterpriseId, TeamId};

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
    /// Bots get no answer at all, lest two of them talk for ever.
    Bot,
    Deactivated,
    Guest,
    /// A member, but in a channel where another organisation reads along.
    SharedChannel,
    Stranger,
}

/// Whether the request is for the workspace that our token speaks in.
pub(crate) fn is_ours(actor: &Actor, home: Home<'_>) -> bool {
    let same_enterprise = home.enterprise.is_some() && actor.enterprise.as_ref() == home.enterprise;
    actor.team == *home.team || same_enterprise
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

/// Whether this person may ask here. Being turned away is the default: only a member of
/// this workspace, in a place that only this workspace reads, gets through.
pub(crate) fn may_ask(
    actor: &Actor,
    home: Home<'_>,
    standing: Standing,
    surface: Surface,
) -> Result<(), Turned> {
    match standing {
        Standing::Bot => return Err(Turned::Bot),
        Standing::Deactivated => return Err(Turned::Deactivated),
        Standing::Guest => return Err(Turned::Guest),
        Standing::Stranger => return Err(Turned::Stranger),
        Standing::Member => {}
    }
    if is_from_elsewhere(actor, home) {
        return Err(Turned::Stranger);
    }
    match surface {
        Surface::Channel | Surface::Direct => Ok(()),
        Surface::SharedChannel => Err(Turned::SharedChannel),
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
            let said = may_ask(&actor(from), home, standing, surface);
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
