//! The workspace that Valet is installed in, and Slack's word that it is so no more. What
//! is known of it must do without Slack: after that word the token is dead.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{EnterpriseId, TeamId, UserId};

/// Slack's clock and ours differ by no more, or its requests would not be accepted.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);

/// One installation, as Slack has told us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Workspace {
    /// For an installation of a whole enterprise, whatever Slack names in its place.
    pub(crate) team: TeamId,
    pub(crate) enterprise: Option<EnterpriseId>,
    /// In all workspaces of the enterprise at once.
    pub(crate) org_wide: bool,
    pub(crate) bot_user: UserId,
}

/// Slack's word that an installation is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Removal {
    pub(crate) team: Option<TeamId>,
    pub(crate) enterprise: Option<EnterpriseId>,
    pub(crate) org_wide: bool,
    pub(crate) how: How,
    /// By Slack's clock.
    pub(crate) at: Option<Timestamp>,
}

/// Which of the two words it is. They come in either order, and each suffices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// The tokens of these bots are dead.
    Revoked {
        bots: Vec<UserId>,
    },
    Uninstalled,
}

impl Workspace {
    /// What people of it are keyed by: before it joined an enterprise, and since.
    pub(crate) fn homes(&self) -> impl Iterator<Item = &str> {
        let enterprise = self.enterprise.as_ref().map(EnterpriseId::as_str);
        enterprise.into_iter().chain([self.team.as_str()])
    }
}

impl Removal {
    /// Whether it speaks of this installation, and not of another one of the same app.
    pub(crate) fn is_of(&self, workspace: &Workspace) -> bool {
        let is_ours = match &self.how {
            How::Revoked { bots } => bots.contains(&workspace.bot_user),
            How::Uninstalled => true,
        };
        is_ours && self.is_there(workspace)
    }

    /// An enterprise that takes Valet from one of its workspaces keeps it in the others.
    fn is_there(&self, workspace: &Workspace) -> bool {
        let same_team = self.team.as_ref() == Some(&workspace.team);
        if !workspace.org_wide {
            return same_team && !self.org_wide;
        }
        let same_enterprise =
            workspace.enterprise.is_some() && self.enterprise == workspace.enterprise;
        let of_one = self.team.as_ref().is_some_and(|team| {
            workspace.enterprise.as_ref().map(EnterpriseId::as_str) != Some(team.as_str())
        });
        same_enterprise && (self.org_wide || same_team || !of_one)
    }

    /// Whether it was said of an earlier installation than the one since then.
    pub(crate) fn is_stale(&self, since: Timestamp) -> bool {
        self.at
            .is_some_and(|at| since.duration_since(at) > CLOCKS_DIFFER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn team(id: &str) -> TeamId {
        TeamId::parse(id).unwrap()
    }

    fn user(id: &str) -> UserId {
        UserId::parse(id).unwrap()
    }

    fn workspace(enterprise: Option<&str>, org_wide: bool) -> Workspace {
        Workspace {
            team: team("T1"),
            enterprise: enterprise.map(|id| EnterpriseId::parse(id).unwrap()),
            org_wide,
            bot_user: user("UBOT"),
        }
    }

    fn removal(named: Option<&str>, enterprise: Option<&str>, org_wide: bool) -> Removal {
        Removal {
            team: named.map(team),
            enterprise: enterprise.map(|id| EnterpriseId::parse(id).unwrap()),
            org_wide,
            how: How::Uninstalled,
            at: None,
        }
    }

    #[test]
    fn only_our_own_installation_ends() {
        for (ours, said, expected) in [
            (
                workspace(None, false),
                removal(Some("T1"), None, false),
                true,
            ),
            (
                workspace(None, false),
                removal(Some("T2"), None, false),
                false,
            ),
            (workspace(None, false), removal(None, None, false), false),
            // One workspace of an enterprise.
            (
                workspace(Some("E1"), false),
                removal(Some("T1"), Some("E1"), false),
                true,
            ),
            (
                workspace(Some("E1"), false),
                removal(Some("T2"), Some("E1"), false),
                false,
            ),
            (
                workspace(Some("E1"), false),
                removal(None, Some("E1"), true),
                false,
            ),
            // All of them.
            (
                workspace(Some("E1"), true),
                removal(None, Some("E1"), true),
                true,
            ),
            (
                workspace(Some("E1"), true),
                removal(None, Some("E1"), false),
                true,
            ),
            (
                workspace(Some("E1"), true),
                removal(Some("E1"), Some("E1"), false),
                true,
            ),
            (
                workspace(Some("E1"), true),
                removal(Some("T2"), Some("E1"), true),
                true,
            ),
            (
                workspace(Some("E1"), true),
                removal(Some("T2"), Some("E1"), false),
                false,
            ),
            (
                workspace(Some("E1"), true),
                removal(None, Some("E2"), true),
                false,
            ),
        ] {
            assert_eq!(said.is_of(&ours), expected, "{ours:?} {said:?}");
        }
    }

    #[test]
    fn a_token_that_is_not_our_bots_ends_nothing() {
        for (bots, expected) in [
            (vec![], false),
            (vec!["UADA"], false),
            (vec!["UADA", "UBOT"], true),
        ] {
            let how = How::Revoked {
                bots: bots.into_iter().map(user).collect(),
            };
            let said = Removal {
                how,
                ..removal(Some("T1"), None, false)
            };
            assert_eq!(said.is_of(&workspace(None, false)), expected, "{said:?}");
        }
    }

    #[test]
    fn a_late_word_does_not_end_what_was_installed_after_it() {
        let since = Timestamp::from_second(10_000).unwrap();
        for (at, stale) in [
            (None, false),
            (Some(20_000), false),
            (Some(10_000), false),
            (Some(9_700), false),
            (Some(9_699), true),
        ] {
            let at = at.map(|second| Timestamp::from_second(second).unwrap());
            let said = Removal {
                at,
                ..removal(Some("T1"), None, false)
            };
            assert_eq!(said.is_stale(since), stale, "{at:?}");
        }
    }
}
