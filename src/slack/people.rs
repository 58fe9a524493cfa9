//! Who somebody is in a workspace, as far as Slack's Web API tells.

use std::collections::HashSet;

use serde_json::Value;

use super::json::{at, flag, id, text};
use super::mrkdwn::one_line;
use super::wire::Error;
use crate::audience::Standing;
use crate::ids::{EnterpriseId, TeamId, UserId};
use crate::workspace::Workspace;

/// The workspace the bot token belongs to, and who Valet is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Installation {
    pub(crate) team: TeamId,
    pub(crate) team_name: String,
    pub(crate) enterprise: Option<EnterpriseId>,
    /// In all workspaces of the enterprise at once.
    pub(crate) org_wide: bool,
    /// Our own user: what mentions name, and whose messages are not answered.
    pub(crate) bot_user: UserId,
    pub(crate) bot_id: Option<String>,
}

impl Installation {
    /// What must be known of it without Slack.
    pub(crate) fn workspace(&self) -> Workspace {
        Workspace {
            team: self.team.clone(),
            enterprise: self.enterprise.clone(),
            org_wide: self.org_wide,
            bot_user: self.bot_user.clone(),
        }
    }
}

/// A user, as the workspace sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    /// On one line, and never empty.
    pub(crate) name: String,
    pub(crate) team: Option<TeamId>,
    pub(crate) standing: Standing,
    /// Such as `Europe/Vienna`.
    pub(crate) time_zone: Option<String>,
}

/// Slack's own account, which claims to be no bot.
const SLACKBOT: &str = "USLACKBOT";

/// Reads the answer of `auth.test`.
pub(super) fn installation(answer: &Value) -> Result<Installation, Error> {
    Ok(Installation {
        team: id(answer, &[&["team_id"]], TeamId::parse).ok_or(Error::BadAnswer)?,
        team_name: one_line(text(answer, &["team"]).unwrap_or("this workspace")),
        enterprise: id(answer, &[&["enterprise_id"]], EnterpriseId::parse),
        org_wide: flag(answer, &["is_enterprise_install"]),
        bot_user: id(answer, &[&["user_id"]], UserId::parse).ok_or(Error::BadAnswer)?,
        bot_id: text(answer, &["bot_id"]).map(str::to_owned),
    })
}

/// Reads the answer of `users.info` about `asked`.
pub(super) fn profile(
    answer: &Value,
    asked: &UserId,
    here: &Installation,
) -> Result<Profile, Error> {
    let user = at(answer, &["user"]).ok_or(Error::BadAnswer)?;
    if text(user, &["id"]) != Some(asked.as_str()) {
        return Err(Error::BadAnswer);
    }
    let name = [
        &["profile", "display_name"][..],
        &["profile", "real_name"],
        &["real_name"],
        &["name"],
    ]
    .into_iter()
    .find_map(|path| text(user, path));
    Ok(Profile {
        name: one_line(name.unwrap_or_default()),
        team: id(user, &[&["team_id"]], TeamId::parse),
        standing: standing(user, here),
        time_zone: text(user, &["tz"]).map(str::to_owned),
    })
}

/// Reads the answer of `usergroups.users.list`.
pub(super) fn members(answer: &Value) -> Result<HashSet<UserId>, Error> {
    let listed = at(answer, &["users"]).and_then(Value::as_array);
    let listed = listed.ok_or(Error::BadAnswer)?.iter();
    Ok(listed
        .filter_map(Value::as_str)
        .filter_map(|user| UserId::parse(user).ok())
        .collect())
}

fn standing(user: &Value, here: &Installation) -> Standing {
    if flag(user, &["deleted"]) {
        return Standing::Deactivated;
    }
    if flag(user, &["is_bot"]) || text(user, &["id"]) == Some(SLACKBOT) {
        return Standing::Bot;
    }
    if flag(user, &["is_stranger"]) || !is_of_here(user, here) {
        return Standing::Stranger;
    }
    if flag(user, &["is_restricted"]) || flag(user, &["is_ultra_restricted"]) {
        return Standing::Guest;
    }
    Standing::Member
}

/// In an enterprise, a person of another workspace of it is no stranger. Our own token
/// looks people up in our own workspace, so that somebody without a team is of ours, unless
/// Slack calls them a stranger.
fn is_of_here(user: &Value, here: &Installation) -> bool {
    let Some(team) = text(user, &["team_id"]) else {
        return true;
    };
    let same_enterprise = here.enterprise.as_ref().is_some_and(|ours| {
        let theirs = text(user, &["enterprise_user", "enterprise_id"]);
        theirs == Some(ours.as_str()) || team == ours.as_str()
    });
    team == here.team.as_str() || same_enterprise
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn here(enterprise: Option<&str>) -> Installation {
        Installation {
            team: TeamId::parse("T1").unwrap(),
            team_name: "Acme".to_owned(),
            enterprise: enterprise.map(|id| EnterpriseId::parse(id).unwrap()),
            org_wide: false,
            bot_user: UserId::parse("UBOT").unwrap(),
            bot_id: None,
        }
    }

    fn read(user: &Value, here: &Installation) -> Result<Profile, Error> {
        let answer = json!({"ok": true, "user": user});
        profile(&answer, &UserId::parse("U1").unwrap(), here)
    }

    #[test]
    fn what_somebody_is() {
        for (user, expected) in [
            (json!({"team_id": "T1"}), Ok(Standing::Member)),
            (
                json!({"team_id": "T1", "is_restricted": true}),
                Ok(Standing::Guest),
            ),
            (
                json!({"team_id": "T1", "is_ultra_restricted": true}),
                Ok(Standing::Guest),
            ),
            (
                json!({"team_id": "T1", "is_stranger": true}),
                Ok(Standing::Stranger),
            ),
            (json!({"team_id": "T2"}), Ok(Standing::Stranger)),
            (
                json!({"team_id": "T2", "is_restricted": true}),
                Ok(Standing::Stranger),
            ),
            (json!({"team_id": "T1", "is_bot": true}), Ok(Standing::Bot)),
            (
                json!({"team_id": "T1", "deleted": true, "is_bot": true}),
                Ok(Standing::Deactivated),
            ),
            (
                json!({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}}),
                Ok(Standing::Stranger),
            ),
            (json!({"team_id": null}), Ok(Standing::Member)),
            (json!({"is_stranger": true}), Ok(Standing::Stranger)),
            (json!({"is_restricted": true}), Ok(Standing::Guest)),
        ] {
            let mut user = user;
            user["id"] = json!("U1");
            let standing = read(&user, &here(None)).map(|profile| profile.standing);
            assert_eq!(standing, expected, "{user}");
        }
    }

    #[test]
    fn an_enterprise_is_one_house() {
        let here = here(Some("E1"));
        for (user, expected) in [
            (
                json!({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}}),
                Standing::Member,
            ),
            (json!({"team_id": "E1"}), Standing::Member),
            (
                json!({"team_id": "T2", "enterprise_user": {"enterprise_id": "E2"}}),
                Standing::Stranger,
            ),
            (json!({"team_id": "T2"}), Standing::Stranger),
        ] {
            let mut user = user;
            user["id"] = json!("U1");
            assert_eq!(read(&user, &here).unwrap().standing, expected, "{user}");
        }
    }

    #[test]
    fn the_answer_must_be_about_the_one_we_asked_about() {
        let other = json!({"id": "U2", "team_id": "T1"});
        assert_eq!(read(&other, &here(None)), Err(Error::BadAnswer));
    }

    #[test]
    fn the_name_people_chose_comes_first() {
        for (user, expected) in [
            (
                json!({"profile": {"display_name": "ada", "real_name": "Ada L."}}),
                "ada",
            ),
            (
                json!({"profile": {"display_name": "", "real_name": "Ada L."}}),
                "Ada L.",
            ),
            (json!({"real_name": "Ada\nL.", "name": "al"}), "Ada L."),
            (json!({"name": "al", "profile": null}), "al"),
            (json!({}), "someone"),
        ] {
            let mut user = user;
            user["id"] = json!("U1");
            user["team_id"] = json!("T1");
            assert_eq!(read(&user, &here(None)).unwrap().name, expected, "{user}");
        }
    }
}
