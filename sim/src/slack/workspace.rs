//! Who and what there is: teams, people, channels.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

pub const ACME: &str = "T0ACME";
pub const GLOBEX: &str = "T0GLOBEX";
pub const OTHER: &str = "T0OTHER";
pub const BOT_USER: &str = "U0VALET";
pub const BOT_ID: &str = "B0VALET";
pub const APP_ID: &str = "A0VALET";

#[derive(Debug, Clone)]
pub struct Team {
    pub id: String,
    pub name: String,
    pub domain: String,
}

/// What somebody is in Slack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bot,
    Deactivated,
    Guest,
    Member,
    /// Somebody of another workspace, met in a shared channel.
    Stranger,
}

/// Somebody who can be met in the workspace.
#[derive(Debug, Clone)]
pub struct Profile {
    /// `ada`: how stories name them, and their user name.
    pub key: String,
    pub id: String,
    /// Their home.
    pub team: String,
    pub real_name: String,
    pub tz: String,
    pub tz_label: String,
    /// Seconds east of Greenwich.
    pub tz_offset: i32,
    pub kind: Kind,
}

impl Profile {
    /// A member of Acme: `ada` becomes Ada, `U0ADA`.
    pub fn member(key: &str) -> Self {
        let mut letters = key.chars();
        let real_name = letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default();
        Self {
            key: key.to_owned(),
            id: format!("U0{}", key.to_uppercase()),
            team: ACME.to_owned(),
            real_name,
            tz: "Europe/Berlin".to_owned(),
            tz_label: "Central European Time".to_owned(),
            tz_offset: 3600,
            kind: Kind::Member,
        }
    }

    fn of(key: &str, kind: Kind) -> Self {
        Self {
            kind,
            ..Self::member(key)
        }
    }

    fn in_zone(self, tz: &str, tz_label: &str, tz_offset: i32) -> Self {
        Self {
            tz: tz.to_owned(),
            tz_label: tz_label.to_owned(),
            tz_offset,
            ..self
        }
    }

    /// The `user` of `users.info`.
    pub(crate) fn to_wire(&self) -> Value {
        let bot = self.kind == Kind::Bot;
        let guest = self.kind == Kind::Guest;
        let stranger = self.kind == Kind::Stranger;
        let mut user = json!({
            "id": self.id,
            "team_id": self.team,
            "name": self.key,
            "deleted": self.kind == Kind::Deactivated,
            "color": "9f69e7",
            "real_name": self.real_name,
            "tz": self.tz,
            "tz_label": self.tz_label,
            "tz_offset": self.tz_offset,
            "profile": {
                "title": "",
                "phone": "",
                "skype": "",
                "real_name": self.real_name,
                "real_name_normalized": self.real_name,
                "display_name": "",
                "display_name_normalized": "",
                "fields": null,
                "status_text": "",
                "status_emoji": "",
                "status_emoji_display_info": [],
                "status_expiration": 0,
                "avatar_hash": "g0123456789a",
                "bot_id": if bot { json!(bot_id(&self.id)) } else { Value::Null },
                "api_app_id": if bot { json!("") } else { Value::Null },
                "always_active": bot,
                "first_name": self.real_name,
                "last_name": "",
                "image_24": null,
                "image_original": null,
                "status_text_canonical": "",
                "team": self.team,
            },
            "is_admin": false,
            "is_owner": false,
            "is_primary_owner": false,
            "is_restricted": guest,
            "is_ultra_restricted": false,
            "is_bot": bot,
            "is_app_user": false,
            "updated": 1_700_000_000,
            "is_email_confirmed": !bot,
            "who_can_share_contact_card": "EVERYONE",
        });
        if stranger {
            user["is_stranger"] = json!(true);
        }
        if self.kind == Kind::Deactivated {
            // Slack leaves these out for people who are gone.
            for field in ["tz", "tz_label", "tz_offset", "is_restricted", "is_admin"] {
                user.as_object_mut().expect("an object").shift_remove(field);
            }
        }
        user
    }
}

/// The bot id that goes with a bot's user id.
pub(crate) fn bot_id(user: &str) -> String {
    format!("B{}", user.get(1..).unwrap_or_default())
}

/// Where one can write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    pub id: String,
    pub name: String,
    /// Whose direct messages with the bot these are.
    pub direct: Option<String>,
    /// Also a channel of another workspace.
    pub shared: bool,
    /// The bot is in it.
    pub joined: bool,
}

impl Channel {
    pub(crate) fn public(name: &str) -> Self {
        Self {
            id: format!("C0{}", name.to_uppercase()),
            name: name.to_owned(),
            direct: None,
            shared: false,
            joined: true,
        }
    }

    pub(crate) fn direct(id: String, user: &str) -> Self {
        Self {
            id,
            name: "directmessage".to_owned(),
            direct: Some(user.to_owned()),
            shared: false,
            joined: true,
        }
    }

    /// The `channel` of `conversations.info`.
    pub(crate) fn to_wire(&self) -> Value {
        let Some(user) = &self.direct else {
            return json!({
                "id": self.id,
                "name": self.name,
                "name_normalized": self.name,
                "is_channel": true,
                "is_group": false,
                "is_im": false,
                "is_mpim": false,
                "is_private": false,
                "is_archived": false,
                "is_general": self.name == "general",
                "is_shared": self.shared,
                "is_ext_shared": self.shared,
                "is_org_shared": false,
                "is_pending_ext_shared": false,
                "pending_shared": [],
                "pending_connected_team_ids": [],
                "connected_team_ids": if self.shared { json!([GLOBEX]) } else { json!([]) },
                "context_team_id": ACME,
                "is_member": self.joined,
                "created": 1_700_000_000,
                "creator": "U0ADA",
                "unlinked": 0,
                "previous_names": [],
                "topic": { "value": "", "creator": "", "last_set": 0 },
                "purpose": { "value": "", "creator": "", "last_set": 0 },
            });
        };
        json!({
            "id": self.id,
            "created": 1_700_000_000,
            "is_archived": false,
            "is_im": true,
            "is_org_shared": false,
            "context_team_id": ACME,
            "user": user,
            "is_user_deleted": false,
            "priority": 0,
        })
    }
}

pub(crate) fn teams() -> Vec<Team> {
    [(ACME, "Acme"), (GLOBEX, "Globex"), (OTHER, "Other")]
        .into_iter()
        .map(|(id, name)| Team {
            id: id.to_owned(),
            name: name.to_owned(),
            domain: name.to_lowercase(),
        })
        .collect()
}

pub(crate) fn people() -> Vec<Profile> {
    vec![
        Profile::member("ada").in_zone("Europe/London", "Greenwich Mean Time", 0),
        Profile::member("ben").in_zone("America/New_York", "Eastern Standard Time", -18_000),
        Profile::of("grace", Kind::Guest),
        Profile::member("mallory"),
        Profile {
            team: GLOBEX.to_owned(),
            ..Profile::of("olivia", Kind::Stranger)
        },
        Profile::of("rota", Kind::Bot),
        Profile::of("walter", Kind::Deactivated),
        Profile::of("valet", Kind::Bot),
    ]
}

pub(crate) fn channels() -> Vec<Channel> {
    vec![
        Channel::public("general"),
        Channel::public("random"),
        Channel {
            shared: true,
            ..Channel::public("partners")
        },
        Channel {
            joined: false,
            ..Channel::public("closed")
        },
    ]
}

/// Ids and the names people see for them.
#[derive(Clone, Default)]
pub(crate) struct Names(Arc<BTreeMap<String, String>>);

impl Names {
    pub(crate) fn new(people: &[Profile], channels: &[Channel]) -> Self {
        let people = people
            .iter()
            .map(|one| (one.id.clone(), one.real_name.clone()));
        let channels = channels
            .iter()
            .map(|one| (one.id.clone(), one.name.clone()));
        Self(Arc::new(people.chain(channels).collect()))
    }

    pub(crate) fn of<'a>(&'a self, id: &'a str) -> &'a str {
        self.0.get(id).map_or(id, String::as_str)
    }
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Names")
    }
}
