//! The names of things. Each is parsed once, at the edge, and has a type of its own,
//! so that two of them cannot be swapped.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is not an id of the kind it was read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind}")]
pub(crate) struct BadId {
    kind: &'static str,
}

/// Longest id taken from Slack, in bytes; the longest seen in the wild is 18.
const LONGEST_SLACK_ID: usize = 64;

fn is_slack_id(text: &str) -> bool {
    (1..=LONGEST_SLACK_ID).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

macro_rules! slack_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub(crate) struct $name(String);

        impl $name {
            /// Reads an id as Slack writes it.
            pub(crate) fn parse(text: &str) -> Result<Self, BadId> {
                if is_slack_id(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(BadId { kind: $kind })
                }
            }

            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;

            fn try_from(text: String) -> Result<Self, BadId> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

slack_id!(
    /// A Slack workspace, `T…`.
    TeamId, "team id"
);
slack_id!(
    /// An Enterprise organisation, `E…`.
    EnterpriseId, "enterprise id"
);
slack_id!(
    /// A Slack user, `U…` or `W…`. Alone it names nobody: see [`Person`].
    UserId, "user id"
);
slack_id!(
    /// A user group, `S…`, which people mention as `@marketing`.
    UserGroupId, "user group id"
);
slack_id!(
    /// A channel or direct message, `C…`, `G…`, `D…`; the prefix says nothing about privacy.
    ChannelId, "channel id"
);
slack_id!(
    /// A message's time stamp, which is its id within a channel: `1531420618.000100`.
    MessageTs, "message ts"
);

impl MessageTs {
    /// When the message was posted, to the second, by Slack's clock.
    pub(crate) fn time(&self) -> Option<Timestamp> {
        let (seconds, _) = self.0.split_once('.')?;
        Timestamp::from_second(seconds.parse().ok()?).ok()
    }
}

/// A human being in a workspace: the pair (enterprise or home team, user id).
///
/// In an enterprise, user ids are global, so the enterprise stands in the team's place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Person {
    home: Home,
    user: UserId,
}

/// What a user id is unique in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
enum Home {
    Enterprise(EnterpriseId),
    Team(TeamId),
}

impl Person {
    pub(crate) fn new(enterprise: Option<&EnterpriseId>, team: &TeamId, user: &UserId) -> Self {
        let home = match enterprise {
            Some(enterprise) => Home::Enterprise(enterprise.clone()),
            None => Home::Team(team.clone()),
        };
        Self {
            home,
            user: user.clone(),
        }
    }

    pub(crate) fn user(&self) -> &UserId {
        &self.user
    }
}

/// The pair of Slack ids, which is also how a person is logged and keyed in the store.
impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.home {
            Home::Enterprise(enterprise) => write!(f, "{enterprise}/{}", self.user),
            Home::Team(team) => write!(f, "{team}/{}", self.user),
        }
    }
}

/// Where a conversation takes place: a channel and the message that heads the thread.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Thread {
    pub(crate) team: TeamId,
    pub(crate) channel: ChannelId,
    pub(crate) ts: MessageTs,
}

impl fmt::Display for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.team, self.channel, self.ts)
    }
}

/// The name under which the vault keeps one person's accounts: 128 random bits, minted
/// once, so that it tells nobody who the person is and cannot be guessed.
///
/// Only the store's `People::identifier_of` makes one (`tests/repo.rs` holds it to that),
/// so a vault call under an invented or calculated identifier cannot be written by
/// accident. It has no `Display` and no serde, so no record or log can smuggle one out.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Identifier(u128);

impl Identifier {
    pub(crate) fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    pub(crate) fn to_be_bytes(&self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// As the vault is told it: 32 hexadecimal digits.
    pub(crate) fn expose(&self) -> String {
        format!("{:032x}", self.0)
    }

    /// The text without it: the vault may name it in what it says, and the router is not
    /// to read it.
    pub(crate) fn hidden_in(&self, text: &str) -> String {
        text.replace(&self.expose(), "[hidden]")
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identifier(hidden)")
    }
}

/// The name of a configured connection, such as `gmail`; case counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct ConnectionName(String);

/// The vault's own limit, in bytes.
const LONGEST_CONNECTION_NAME: usize = 400;

impl ConnectionName {
    /// Reads a name by the vault's rule: letters, digits, `_`, `:`, `-` and spaces.
    pub(crate) fn parse(text: &str) -> Result<Self, BadId> {
        let text = text.trim();
        let lawful = (1..=LONGEST_CONNECTION_NAME).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'-' | b' '));
        if lawful {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadId {
                kind: "connection name",
            })
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ConnectionName {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        Self::parse(&text)
    }
}

impl From<ConnectionName> for String {
    fn from(name: ConnectionName) -> Self {
        name.0
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One run: the work of answering one question. Ordered by the time it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct RunId(Uuid);

impl RunId {
    pub(crate) fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// Reads what a button brought back; anybody can have changed it.
    pub(crate) fn parse(text: &str) -> Result<Self, BadId> {
        let uuid = Uuid::try_parse(text).map_err(|_| BadId { kind: "run id" })?;
        Ok(Self(uuid))
    }

    /// Not the id of a run: it sorts before all that begin from this time on.
    pub(crate) fn first_at(time: Timestamp) -> Self {
        let millis = u128::try_from(time.as_millisecond()).unwrap_or(0);
        // As in a UUID of version 7, the first 48 of 128 bits are the time.
        Self(Uuid::from_u128(millis << 80))
    }

    /// When its event was taken in, to the millisecond.
    pub(crate) fn begun_at(&self) -> Timestamp {
        let millis = i64::try_from(self.0.as_u128() >> 80).unwrap_or_default();
        Timestamp::from_millisecond(millis).unwrap_or_default()
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The half of it that is random.
    pub(crate) fn last_bytes(&self) -> [u8; 8] {
        let (_, random) = self.0.as_u64_pair();
        random.to_be_bytes()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names one approval: 128 random bits. It is all that a button carries, and proves
/// nothing by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct ApprovalId(u128);

impl ApprovalId {
    pub(crate) fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// Reads what a button brought back; anybody can have changed it.
    pub(crate) fn parse(text: &str) -> Result<Self, BadId> {
        let lawful = text.len() == 32
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
        let bits = lawful.then(|| u128::from_str_radix(text, 16).ok());
        bits.flatten().map(Self).ok_or(BadId {
            kind: "approval id",
        })
    }

    pub(crate) fn as_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl TryFrom<String> for ApprovalId {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        Self::parse(&text)
    }
}

impl From<ApprovalId> for String {
    fn from(id: ApprovalId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for ApprovalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_user_id_in_two_workspaces_is_two_people() {
        let user = UserId::parse("U1").unwrap();
        let here = Person::new(None, &TeamId::parse("T1").unwrap(), &user);
        let there = Person::new(None, &TeamId::parse("T2").unwrap(), &user);
        assert_ne!(here, there);
        assert_ne!(here.to_string(), there.to_string());
    }

    #[test]
    fn in_an_enterprise_a_person_is_the_same_in_every_workspace() {
        let enterprise = EnterpriseId::parse("E1").unwrap();
        let user = UserId::parse("W1").unwrap();
        let here = Person::new(Some(&enterprise), &TeamId::parse("T1").unwrap(), &user);
        let there = Person::new(Some(&enterprise), &TeamId::parse("T2").unwrap(), &user);
        assert_eq!(here, there);
    }

    #[test]
    fn an_id_has_no_room_for_anything_but_an_id() {
        for bad in ["", "U1 U2", "U1/..", "U\n1", "<@U1>", &"U".repeat(65)] {
            assert!(UserId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_id_of_an_approval_comes_back_from_a_button_or_is_none() {
        let id = ApprovalId::from_bits(7);
        assert_eq!(ApprovalId::parse(&id.to_string()).unwrap(), id);
        for bad in [
            "",
            "7",
            &"g".repeat(32),
            &"A".repeat(32),
            &format!("+{}", "1".repeat(31)),
            &"0".repeat(33),
        ] {
            assert!(ApprovalId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_identifier_does_not_print() {
        assert_eq!(
            format!("{:?}", Identifier::from_bits(7)),
            "Identifier(hidden)"
        );
    }
}
