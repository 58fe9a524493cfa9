//! Who may ask, and where. People of other organisations never may: Sign in with Slack
//! does not prove to this workspace who they are.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::ids::{ChannelId, UserGroupId};

/// Each is asked about every two minutes, and Slack answers twenty such calls a minute.
const MOST_GROUPS: usize = 20;

/// What the operator says of people. At first: every member, in every channel of their
/// own workspace, and nobody else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct People {
    pub(crate) guests: Welcome,
    /// Our own members, where another organisation reads along.
    pub(crate) shared_channels: Welcome,
    /// Where questions are taken, direct messages aside; `None` is everywhere.
    channels: Option<Vec<ChannelId>>,
    /// Who may ask at all; empty is everybody.
    user_groups: Vec<UserGroupId>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Welcome {
    Allow,
    #[default]
    Refuse,
}

impl People {
    /// Whether questions are taken in this channel.
    pub(crate) fn may_ask_in(&self, channel: &ChannelId) -> bool {
        let channels = self.channels.as_ref();
        channels.is_none_or(|channels| channels.contains(channel))
    }

    /// One of these a person must be in; if there are none, they need not.
    pub(crate) fn user_groups(&self) -> &[UserGroupId] {
        &self.user_groups
    }
}

/// As the operator writes it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    #[serde(default)]
    guests: Welcome,
    #[serde(default)]
    shared_channels: Welcome,
    channels: Option<Spanned<Vec<Spanned<String>>>>,
    user_groups: Option<Spanned<Vec<Spanned<String>>>>,
}

impl Table {
    /// What the operator says, or where in the file the mistake is, and the fix.
    pub(super) fn read(self) -> Result<People, (Range<usize>, &'static str)> {
        let channels = self.channels.map(|listed| {
            let fix =
                "a channel is named by its id, such as \"C0123ABCD\", and there is at least one";
            ids(listed, fix, |id| {
                let is_channel = id.starts_with(['C', 'G']);
                ChannelId::parse(id).ok().filter(|_| is_channel)
            })
        });
        let user_groups = self.user_groups.map(|listed| {
            let fix = "a user group is named by its id, such as \"S0123ABCD\", and there are one to twenty";
            let span = listed.span();
            let groups = ids(listed, fix, |id| {
                UserGroupId::parse(id).ok().filter(|_| id.starts_with('S'))
            })?;
            if groups.len() > MOST_GROUPS {
                return Err((span, fix));
            }
            Ok(groups)
        });
        Ok(People {
            guests: self.guests,
            shared_channels: self.shared_channels,
            channels: channels.transpose()?,
            user_groups: user_groups.transpose()?.unwrap_or_default(),
        })
    }
}

/// An empty list would let nobody ask; whoever writes one has lost something.
fn ids<T>(
    listed: Spanned<Vec<Spanned<String>>>,
    fix: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, (Range<usize>, &'static str)> {
    let span = listed.span();
    let listed = listed.into_inner();
    if listed.is_empty() {
        return Err((span, fix));
    }
    let ids = listed.into_iter();
    ids.map(|id| read(id.get_ref()).ok_or_else(|| (id.span(), fix)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Policy;
    use super::*;

    fn channel(id: &str) -> ChannelId {
        ChannelId::parse(id).unwrap()
    }

    #[test]
    fn without_a_word_members_may_ask_in_their_own_channels() {
        for text in ["", "[people]\n"] {
            let policy = Policy::parse(text).unwrap();
            let people = policy.people();
            assert_eq!(people, &People::default());
            assert_eq!(
                (people.guests, people.shared_channels),
                (Welcome::Refuse, Welcome::Refuse)
            );
            assert!(people.may_ask_in(&channel("C1")));
            assert!(people.user_groups().is_empty());
        }
    }

    #[test]
    fn what_the_operator_says_is_read() {
        let policy = Policy::parse(
            r#"
            [people]
            guests = "allow"
            shared_channels = "allow"
            channels = ["C1", "G2"]
            user_groups = ["S1", "S2"]
            "#,
        )
        .unwrap();
        let people = policy.people();
        assert_eq!(
            (people.guests, people.shared_channels),
            (Welcome::Allow, Welcome::Allow)
        );
        for (id, expected) in [("C1", true), ("G2", true), ("C3", false)] {
            assert_eq!(people.may_ask_in(&channel(id)), expected, "{id}");
        }
        assert_eq!(people.user_groups().len(), 2);
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let channels =
            "a channel is named by its id, such as \"C0123ABCD\", and there is at least one";
        let groups =
            "a user group is named by its id, such as \"S0123ABCD\", and there are one to twenty";
        let many: Vec<String> = (0..21).map(|number| format!("\"S{number}\"")).collect();
        for (text, wanted) in [
            ("[people]\nchannels = []\n", format!("line 2: {channels}")),
            (
                "[people]\nchannels = [\n\"C1\",\n\"#general\"]\n",
                format!("line 4: {channels}"),
            ),
            ("[people]\nchannels = [\"D1\"]\n", format!("line 2: {channels}")),
            ("[people]\nuser_groups = [\"@ops\"]\n", format!("line 2: {groups}")),
            (
                &format!("[people]\nuser_groups = [{}]\n", many.join(",")),
                format!("line 2: {groups}"),
            ),
            (
                "[people]\nguests = \"yes\"\n",
                "line 2: unknown variant `yes`, expected `allow` or `refuse`".to_owned(),
            ),
            (
                "[people]\nother_workspaces = \"allow\"\n",
                "line 2: unknown field `other_workspaces`, expected one of `guests`, `shared_channels`, `channels`, `user_groups`".to_owned(),
            ),
        ] {
            assert_eq!(Policy::parse(text).unwrap_err().to_string(), wanted);
        }
    }
}
