//! Connections, and people's accounts on them.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A configured connection.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    pub(super) id: String,
    pub(super) name: String,
    /// `GMAIL`
    pub(super) provider: String,
    pub(super) enabled: bool,
}

impl Connection {
    pub(super) fn new(at: usize, name: &str, provider: &str) -> Self {
        Self {
            id: format!("conn_{}", 88_000_000_001 + at),
            name: name.to_owned(),
            provider: provider.to_owned(),
            enabled: true,
        }
    }
}

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Active,
    Disconnected,
    Expired,
    PendingAuth,
    PendingVerification,
    /// A word no contract knows.
    Unheard,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Disconnected => "DISCONNECTED",
            Self::Expired => "EXPIRED",
            Self::PendingAuth => "PENDING_AUTH",
            Self::PendingVerification => "PENDING_VERIFICATION",
            Self::Unheard => "SUSPENDED_BY_MOONLIGHT",
        }
    }
}

/// One person's account on one connection.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) identifier: String,
    pub(super) connection: String,
    pub(super) connection_id: String,
    pub(super) provider: String,
    pub(super) status: Status,
    /// Whose account at the provider this is, once it has been ACTIVE.
    pub(super) mailbox: Option<String>,
    /// Consented to, not verified.
    pub(super) consented: Option<String>,
    pub(super) canary: String,
    pub(super) updated_at: Timestamp,
    pub(super) last_used_at: Option<Timestamp>,
}

impl Account {
    /// The tokens of the last consent take the place of the old ones.
    pub(super) fn activate(&mut self, now: Timestamp) {
        if let Some(consented) = self.consented.take() {
            self.mailbox = Some(consented);
        }
        self.status = Status::Active;
        self.updated_at = now;
    }

    /// As every call but one shows it. An unset message is `null` here; `shape` may drop it.
    pub(super) fn metadata(&self) -> Value {
        let expires = (self.status == Status::Active)
            .then(|| (self.updated_at + SignedDuration::from_hours(1)).to_string());
        json!({
            "id": self.id,
            "identifier": self.identifier,
            "provider": self.provider,
            "connector": self.connection,
            "connection_id": self.connection_id,
            "status": self.status.word(),
            "authorization_type": "OAUTH",
            "authorization_details": null,
            "token_expires_at": expires,
            "updated_at": self.updated_at.to_string(),
            "last_used_at": self.last_used_at.map(|at| at.to_string()),
            "api_config": null,
            "is_org_wide_credential": false,
        })
    }

    /// With the tokens that the program must never ask for.
    pub(super) fn with_credentials(&self) -> Value {
        let mut shown = self.metadata();
        shown["authorization_details"] = json!({"oauth_token": {
            "access_token": self.canary,
            "refresh_token": format!("{}-refresh", self.canary),
            "scopes": ["openid", "email"],
            "domain": "",
        }});
        shown
    }
}
