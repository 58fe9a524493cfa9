//! One try at connecting an account, from the button in Slack to the vault's callback.
//!
//! Every step takes the attempt and gives back the next one, or says which rule was
//! broken. Nothing here trusts a URL to say who somebody is.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::account::AuthRequestId;
use crate::ids::{ConnectionName, EnterpriseId, Person, TeamId, UserId};
use crate::random::{Digest, Nonce};

/// How long a link can be used: long enough to find a password, short enough to forget.
pub(crate) const ATTEMPT_LIFE: SignedDuration = SignedDuration::from_mins(15);

/// Names an attempt in cookies and logs; it opens nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct AttemptId(u64);

impl AttemptId {
    /// Of the ticket: one ticket, one attempt.
    pub(crate) fn of(ticket: &Digest) -> Self {
        let (first, _) = ticket.as_bytes().split_at(size_of::<u64>());
        Self(first.iter().fold(0, |id, byte| id << 8 | u64::from(*byte)))
    }

    pub(crate) fn to_be_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Who asked to connect, by Slack's signed request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owner {
    pub(crate) person: Person,
    pub(crate) team: TeamId,
    pub(crate) enterprise: Option<EnterpriseId>,
    /// As the start page calls them.
    pub(crate) name: String,
    pub(crate) workspace_name: String,
}

/// Who sits at a browser, by Sign in with Slack. Only `slack::identity` makes one
/// (`tests/repo.rs` holds it to that).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignedIn {
    user: UserId,
    team: TeamId,
    enterprise: Option<EnterpriseId>,
}

impl SignedIn {
    pub(crate) fn proved(user: UserId, team: TeamId, enterprise: Option<EnterpriseId>) -> Self {
        Self {
            user,
            team,
            enterprise,
        }
    }

    fn is(&self, owner: &Owner) -> bool {
        let same_enterprise = owner.enterprise.is_some() && self.enterprise == owner.enterprise;
        self.user == *owner.person.user() && (self.team == owner.team || same_enterprise)
    }
}

/// One try at connecting an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    id: AttemptId,
    owner: Owner,
    connection: ConnectionName,
    expires_at: Timestamp,
    ticket: Digest,
    stage: Stage,
}

/// How far an attempt has come, named for what it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// The person's press on *Continue*, in whichever browser.
    Continue,
    /// Slack's word on who sits at the browser with this cookie.
    SignIn { cookie: Digest, state: Digest },
    /// The vault, which sends the browser with this cookie back.
    Consent { cookie: Digest, state: Digest },
    /// Our word to the vault that this is the person.
    Verify { auth_request: AuthRequestId },
}

/// Why a step was refused. The browser learns nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the browser is not the one that pressed Continue")]
    AnotherBrowser,
    #[error("the link has expired")]
    Expired,
    #[error("the address holds another secret than this step's")]
    NotItsSecret,
    #[error("the attempt does not wait for this step")]
    OutOfOrder,
    #[error("somebody else is signed in to Slack in this browser")]
    SomebodyElse,
}

impl Attempt {
    pub(crate) fn new(
        owner: Owner,
        connection: ConnectionName,
        ticket: &Nonce,
        now: Timestamp,
    ) -> Self {
        let ticket = ticket.digest();
        Self {
            id: AttemptId::of(&ticket),
            owner,
            connection,
            expires_at: now.saturating_add(ATTEMPT_LIFE).unwrap_or(now),
            ticket,
            stage: Stage::Continue,
        }
    }

    pub(crate) fn id(&self) -> AttemptId {
        self.id
    }

    pub(crate) fn owner(&self) -> &Owner {
        &self.owner
    }

    pub(crate) fn connection(&self) -> &ConnectionName {
        &self.connection
    }

    pub(crate) fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    /// Whether the start page may be shown to who holds this ticket. A state of a later
    /// step finds the attempt too, and is no ticket.
    pub(crate) fn can_continue(&self, ticket: &Nonce, now: Timestamp) -> Result<(), Refusal> {
        self.in_time(now)?;
        in_address(&self.ticket, ticket)?;
        match self.stage {
            Stage::Continue | Stage::SignIn { .. } | Stage::Consent { .. } => Ok(()),
            Stage::Verify { .. } => Err(Refusal::OutOfOrder),
        }
    }

    /// *Continue* was pressed in the browser that now gets this cookie. Pressed again, in
    /// this browser or another, the newest counts and the earlier one has to begin anew.
    pub(crate) fn continued(
        self,
        ticket: &Nonce,
        cookie: &Nonce,
        state: &Nonce,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        self.can_continue(ticket, now)?;
        Ok(Self {
            stage: Stage::SignIn {
                cookie: cookie.digest(),
                state: state.digest(),
            },
            ..self
        })
    }

    /// The browser came back from Sign in with Slack. Takes the state: whatever comes of
    /// it, it counts once, and until [`Awaited::signed_in`] the link can be tried again.
    pub(crate) fn back_from_slack(
        self,
        state: &Nonce,
        cookie: Option<&Nonce>,
        now: Timestamp,
    ) -> Result<Awaited, Refusal> {
        self.in_time(now)?;
        match &self.stage {
            Stage::SignIn {
                cookie: its_cookie,
                state: its_state,
            } => {
                in_address(its_state, state)?;
                at_browser(its_cookie, cookie)?;
            }
            Stage::Continue | Stage::Consent { .. } | Stage::Verify { .. } => {
                return Err(Refusal::OutOfOrder);
            }
        }
        Ok(Awaited(Self {
            stage: Stage::Continue,
            ..self
        }))
    }

    /// The browser came back from the vault. Takes the attempt: it answers one callback.
    pub(crate) fn back_from_vault(
        self,
        state: &Nonce,
        cookie: Option<&Nonce>,
        auth_request: AuthRequestId,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        self.in_time(now)?;
        match &self.stage {
            Stage::Consent {
                cookie: its_cookie,
                state: its_state,
            } => {
                in_address(its_state, state)?;
                at_browser(its_cookie, cookie)?;
            }
            Stage::Continue | Stage::SignIn { .. } | Stage::Verify { .. } => {
                return Err(Refusal::OutOfOrder);
            }
        }
        Ok(Self {
            stage: Stage::Verify { auth_request },
            ..self
        })
    }

    /// The same attempt before its browser went to the vault; `None` if it is not there.
    pub(crate) fn withdrawn(self) -> Option<Self> {
        match self.stage {
            Stage::Consent { .. } => Some(Self {
                stage: Stage::Continue,
                ..self
            }),
            Stage::Continue | Stage::SignIn { .. } | Stage::Verify { .. } => None,
        }
    }

    /// What the vault wants to have verified, once the browser has come back.
    pub(crate) fn to_verify(&self) -> Option<&AuthRequestId> {
        match &self.stage {
            Stage::Verify { auth_request } => Some(auth_request),
            Stage::Continue | Stage::SignIn { .. } | Stage::Consent { .. } => None,
        }
    }

    /// The digests under which this attempt can be found now.
    pub(crate) fn keys(&self) -> Vec<Digest> {
        match &self.stage {
            Stage::Continue => vec![self.ticket],
            Stage::SignIn { state, .. } | Stage::Consent { state, .. } => vec![self.ticket, *state],
            Stage::Verify { .. } => Vec::new(),
        }
    }

    fn in_time(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.is_over(now) {
            return Err(Refusal::Expired);
        }
        Ok(())
    }
}

/// An attempt whose browser is back from Sign in with Slack, and has still to be known.
#[derive(Debug)]
pub(crate) struct Awaited(Attempt);

impl Awaited {
    /// As it stands in the store meanwhile: the state is used up.
    pub(crate) fn attempt(&self) -> &Attempt {
        &self.0
    }

    /// Slack has said who it is. Only the owner goes on to the vault.
    pub(crate) fn signed_in(
        self,
        by: &SignedIn,
        cookie: &Nonce,
        state: &Nonce,
    ) -> Result<Attempt, Refusal> {
        if !by.is(&self.0.owner) {
            return Err(Refusal::SomebodyElse);
        }
        Ok(Attempt {
            stage: Stage::Consent {
                cookie: cookie.digest(),
                state: state.digest(),
            },
            ..self.0
        })
    }
}

/// The state must be the one of this very step: an attempt is found by its ticket too,
/// which travelled through Slack and is known to more than one browser.
fn in_address(expected: &Digest, brought: &Nonce) -> Result<(), Refusal> {
    if brought.digest() == *expected {
        Ok(())
    } else {
        Err(Refusal::NotItsSecret)
    }
}

fn at_browser(expected: &Digest, cookie: Option<&Nonce>) -> Result<(), Refusal> {
    match cookie {
        Some(cookie) if cookie.digest() == *expected => Ok(()),
        Some(_) | None => Err(Refusal::AnotherBrowser),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Randomness;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn user(id: &str) -> UserId {
        UserId::parse(id).unwrap()
    }

    fn team(id: &str) -> TeamId {
        TeamId::parse(id).unwrap()
    }

    fn ada() -> SignedIn {
        SignedIn::proved(user("UADA"), team("T1"), None)
    }

    /// A fresh attempt, and its ticket.
    fn attempt(nonces: &Randomness) -> (Attempt, Nonce) {
        let owner = Owner {
            person: Person::new(None, &team("T1"), &user("UADA")),
            team: team("T1"),
            enterprise: None,
            name: "Ada".to_owned(),
            workspace_name: "Acme".to_owned(),
        };
        let gmail = ConnectionName::parse("gmail").unwrap();
        let ticket = nonces.nonce();
        (Attempt::new(owner, gmail, &ticket, now()), ticket)
    }

    /// An attempt whose browser is at Slack.
    fn at_slack(nonces: &Randomness, cookie: &Nonce, state: &Nonce) -> Attempt {
        let (attempt, ticket) = attempt(nonces);
        attempt.continued(&ticket, cookie, state, now()).unwrap()
    }

    fn auth_request() -> AuthRequestId {
        AuthRequestId::parse("request").unwrap()
    }

    #[test]
    fn the_owner_in_one_browser_gets_through() {
        let nonces = Randomness::seeded(1);
        let (cookie, state, vault_state) = (nonces.nonce(), nonces.nonce(), nonces.nonce());
        let verified = at_slack(&nonces, &cookie, &state)
            .back_from_slack(&state, Some(&cookie), now())
            .unwrap()
            .signed_in(&ada(), &cookie, &vault_state)
            .unwrap()
            .back_from_vault(&vault_state, Some(&cookie), auth_request(), now())
            .unwrap();
        assert_eq!(verified.to_verify(), Some(&auth_request()));
        assert!(verified.keys().is_empty(), "nothing finds it any more");
    }

    #[test]
    fn nobody_else_gets_past_the_sign_in() {
        let others = [
            SignedIn::proved(user("UBEN"), team("T1"), None),
            SignedIn::proved(user("UADA"), team("T2"), None),
            SignedIn::proved(user("UADA"), team("T2"), EnterpriseId::parse("E1").ok()),
        ];
        for other in others {
            let nonces = Randomness::seeded(1);
            let (cookie, state) = (nonces.nonce(), nonces.nonce());
            let refused = at_slack(&nonces, &cookie, &state)
                .back_from_slack(&state, Some(&cookie), now())
                .unwrap()
                .signed_in(&other, &cookie, &nonces.nonce());
            assert_eq!(refused, Err(Refusal::SomebodyElse), "{other:?}");
        }
    }

    #[test]
    fn another_browser_gets_nowhere() {
        let nonces = Randomness::seeded(1);
        let (cookie, other) = (nonces.nonce(), nonces.nonce());
        let (state, vault_state) = (nonces.nonce(), nonces.nonce());
        let at_slack = at_slack(&nonces, &cookie, &state);
        for wrong in [None, Some(&other)] {
            let refused = at_slack.clone().back_from_slack(&state, wrong, now());
            assert_eq!(refused.err(), Some(Refusal::AnotherBrowser));
        }
        let at_vault = at_slack
            .back_from_slack(&state, Some(&cookie), now())
            .unwrap()
            .signed_in(&ada(), &cookie, &vault_state)
            .unwrap();
        for wrong in [None, Some(&other)] {
            let refused =
                at_vault
                    .clone()
                    .back_from_vault(&vault_state, wrong, auth_request(), now());
            assert_eq!(refused, Err(Refusal::AnotherBrowser));
        }
    }

    #[test]
    fn the_secret_of_one_step_opens_no_other() {
        let nonces = Randomness::seeded(1);
        let (cookie, state, vault_state) = (nonces.nonce(), nonces.nonce(), nonces.nonce());
        let (attempt, ticket) = attempt(&nonces);
        let at_slack = attempt.continued(&ticket, &cookie, &state, now()).unwrap();
        for wrong in [&state, &vault_state, &cookie] {
            let refused = at_slack.can_continue(wrong, now());
            assert_eq!(refused, Err(Refusal::NotItsSecret));
        }
        for wrong in [&ticket, &vault_state, &cookie] {
            let refused = at_slack
                .clone()
                .back_from_slack(wrong, Some(&cookie), now());
            assert_eq!(refused.err(), Some(Refusal::NotItsSecret));
        }
        let at_vault = at_slack
            .back_from_slack(&state, Some(&cookie), now())
            .unwrap()
            .signed_in(&ada(), &cookie, &vault_state)
            .unwrap();
        for wrong in [&ticket, &state, &cookie] {
            let refused =
                at_vault
                    .clone()
                    .back_from_vault(wrong, Some(&cookie), auth_request(), now());
            assert_eq!(refused, Err(Refusal::NotItsSecret));
        }
    }

    #[test]
    fn no_step_can_be_left_out_or_done_late() {
        let nonces = Randomness::seeded(1);
        let cookie = nonces.nonce();
        let (fresh, ticket) = attempt(&nonces);
        let late = now().saturating_add(ATTEMPT_LIFE).unwrap();
        let back = fresh
            .clone()
            .back_from_slack(&ticket, Some(&cookie), now())
            .err();
        assert_eq!(back, Some(Refusal::OutOfOrder));
        let back = fresh
            .clone()
            .back_from_vault(&ticket, Some(&cookie), auth_request(), now());
        assert_eq!(back, Err(Refusal::OutOfOrder));
        let late = fresh.continued(&ticket, &cookie, &nonces.nonce(), late);
        assert_eq!(late, Err(Refusal::Expired));
    }
}
