//! What the page looks at: the world, and the people one can be in it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::model::Model;
use crate::slack::{ACME, Kind, Message, Slack};
use crate::vault::Vault;

/// Those one can be.
const PEOPLE: [&str; 3] = ["ada", "ben", "grace"];

/// The public channel.
pub(super) const GENERAL: &str = "general";

pub(super) struct Window {
    pub(super) slack: Slack,
    pub(super) vault: Vault,
    pub(super) model: Model,
    pub(super) people: Vec<Somebody>,
    /// By Slack user id, for mentions.
    pub(super) names: BTreeMap<String, String>,
}

impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Window")
    }
}

/// Somebody one can be.
#[derive(Debug, Clone)]
pub(super) struct Somebody {
    /// As in the page's address: `ada`.
    pub(super) key: String,
    pub(super) name: String,
    /// A guest in the workspace, without a mailbox of its own.
    pub(super) guest: bool,
    /// Of their mailbox.
    pub(super) address: String,
}

impl Somebody {
    /// `name=value`: the sessions their browser holds at the other services. Cookies do
    /// not know ports, so the page can set them for all of 127.0.0.1.
    pub(super) fn cookies(&self) -> [String; 2] {
        [
            format!("slack_session={}.{ACME}", self.key),
            format!("provider_session={}", self.address),
        ]
    }
}

/// A conversation one can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Place {
    /// One's direct messages with the app.
    Dm,
    General,
}

impl Place {
    pub(super) const ALL: [Self; 2] = [Self::General, Self::Dm];
}

impl Window {
    pub(super) fn new(slack: Slack, vault: Vault, model: Model) -> Self {
        let profiles = slack.people();
        let somebody = |key: &str| {
            let profile = profiles.iter().find(|one| one.key == key);
            let profile = profile.expect("somebody of the workspace");
            Somebody {
                key: key.to_owned(),
                name: profile.real_name.clone(),
                guest: profile.kind == Kind::Guest,
                address: format!("{key}@example.com"),
            }
        };
        Self {
            people: PEOPLE.map(somebody).to_vec(),
            names: profiles
                .iter()
                .map(|one| (one.id.clone(), one.real_name.clone()))
                .collect(),
            slack,
            vault,
            model,
        }
    }

    pub(super) fn somebody(&self, key: &str) -> Option<&Somebody> {
        self.people.iter().find(|one| one.key == key)
    }

    /// What this person sees in this place, oldest first.
    pub(super) fn messages(&self, key: &str, place: Place) -> Vec<Message> {
        let who = self.slack.person(key);
        let mut messages = self.slack.messages(&match place {
            Place::Dm => who.direct_channel(),
            Place::General => GENERAL.to_owned(),
        });
        messages.retain(|message| {
            let alone = message.ephemeral_for.as_ref();
            alone.is_none_or(|one| *one == who.id)
        });
        messages
    }

    /// One message that this person sees.
    pub(super) fn message(&self, key: &str, ts: &str) -> Option<(Place, Message)> {
        Place::ALL.into_iter().find_map(|place| {
            let mut seen = self.messages(key, place).into_iter();
            Some((place, seen.find(|message| message.ts == ts)?))
        })
    }
}
