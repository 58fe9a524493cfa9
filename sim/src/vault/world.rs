//! All that the vault remembers.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::VaultSetup;
use super::account::{Account, Connection, Status};
use super::call::Call;
use super::catalogue::Tool;
use super::chance;
use super::consent::{AuthRequest, Consent, Link};
use super::outcome::Outcome;
use super::provider::Providers;
use super::refusal::Refusal;
use super::switches::{Switches, UnknownPair};
use super::token::MachineToken;
use crate::now::Now;

/// A tool that was run, and in whose account.
#[derive(Debug, Clone, PartialEq)]
pub struct Execution {
    pub tool: String,
    pub params: Map<String, Value>,
    pub identifier: String,
    pub account_id: String,
    pub mailbox: String,
    pub agent_run_id: Option<String>,
}

/// The state behind every endpoint.
#[derive(Debug)]
pub(super) struct World {
    pub(super) url: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) webhook_secret: String,
    pub(super) switches: Switches,
    pub(super) connections: Vec<Connection>,
    pub(super) accounts: Vec<Account>,
    pub(super) tokens: Vec<MachineToken>,
    pub(super) token_calls: usize,
    pub(super) links: Vec<Link>,
    pub(super) consents: Vec<Consent>,
    pub(super) auth_requests: Vec<AuthRequest>,
    pub(super) tools: Vec<Tool>,
    pub(super) providers: Providers,
    pub(super) executions: Vec<Execution>,
    /// Auth requests by how often `user/verify` was a success for them.
    pub(super) verified: BTreeMap<String, u32>,
    /// What the next call of a tool meets in place of its effect.
    pub(super) outcomes: VecDeque<(String, Outcome)>,
    pub(super) requests: Vec<Call>,
    pub(super) violations: Vec<String>,
    secrets: Vec<String>,
    /// Identifiers that were given with a link or a new account.
    introduced: Vec<String>,
    now: Now,
    pub(super) offset: SignedDuration,
    numbered: u64,
}

impl World {
    pub(super) fn new(setup: VaultSetup, tools: Vec<Tool>) -> Self {
        let providers = Providers::new(setup.now.get());
        let connections = setup.connections.iter();
        let mut world = Self {
            url: String::new(),
            client_id: setup.client_id,
            client_secret: setup.client_secret,
            webhook_secret: setup.webhook_secret,
            switches: setup.switches,
            connections: connections
                .enumerate()
                .map(|(at, (name, provider))| Connection::new(at, name, provider))
                .collect(),
            accounts: Vec::new(),
            tokens: Vec::new(),
            token_calls: 0,
            links: Vec::new(),
            consents: Vec::new(),
            auth_requests: Vec::new(),
            tools,
            providers,
            executions: Vec::new(),
            verified: BTreeMap::new(),
            outcomes: VecDeque::new(),
            requests: Vec::new(),
            violations: Vec::new(),
            secrets: Vec::new(),
            introduced: Vec::new(),
            now: setup.now,
            offset: SignedDuration::ZERO,
            numbered: 113_673_059_499_000_000,
        };
        let secret = world.client_secret.clone();
        world.keep_secret(&secret);
        let secret = world.webhook_secret.clone();
        world.keep_secret(&secret);
        world
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now.get() + self.offset
    }

    pub(super) fn violation(&mut self, violation: String) {
        self.violations.push(violation);
    }

    /// This must appear in no log.
    pub(super) fn keep_secret(&mut self, secret: &str) {
        if !secret.is_empty() && !self.secrets.iter().any(|known| known == secret) {
            self.secrets.push(secret.to_owned());
        }
    }

    pub(super) fn secrets(&self) -> &[String] {
        &self.secrets
    }

    pub(super) fn introduce(&mut self, identifier: &str) {
        self.keep_secret(identifier);
        if !self.introduced.iter().any(|known| known == identifier) {
            self.introduced.push(identifier.to_owned());
        }
    }

    pub(super) fn introduced(&self) -> &[String] {
        &self.introduced
    }

    /// Acting under an identifier nobody introduced is a mistake of the program.
    pub(super) fn expect_introduced(&mut self, identifier: &str, call: &Call) {
        if !self.introduced.iter().any(|known| known == identifier) {
            self.violation(format!("{}: an identifier never introduced", call.path));
        }
    }

    /// A number that was never given before.
    pub(super) fn number(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }

    /// The connection of this name, if it can be used.
    pub(super) fn connection(&self, name: &str) -> Result<Connection, Refusal> {
        let named = |connection: &&Connection| connection.name == name;
        match self.connections.iter().find(named) {
            None => Err(Refusal::not_found("connection not found")),
            Some(connection) if !connection.enabled => Err(Refusal::not_enabled()),
            Some(connection) => Ok(connection.clone()),
        }
    }

    pub(super) fn account_at(&self, connection: &str, identifier: &str) -> Option<usize> {
        let theirs = |account: &Account| {
            account.connection == connection && account.identifier == identifier
        };
        self.accounts.iter().position(theirs)
    }

    pub(super) fn account_of_id(&self, id: &str) -> Option<usize> {
        self.accounts.iter().position(|account| account.id == id)
    }

    /// The account that `id`, or `connector` and `identifier`, name. What is wrong with
    /// an unknown one differs, as it does live.
    pub(super) fn select(
        &self,
        id: &str,
        connection: &str,
        identifier: &str,
    ) -> Result<usize, Refusal> {
        if !id.is_empty() {
            return self.account_of_id(id).ok_or_else(Refusal::internal);
        }
        if connection.is_empty() || identifier.is_empty() {
            let wanted = "id, or connector and identifier";
            return Err(Refusal::invalid(wanted, "required"));
        }
        self.account_at(connection, identifier)
            .ok_or_else(|| self.no_such_account())
    }

    pub(super) fn no_such_account(&self) -> Refusal {
        match self.switches.unknown_pair {
            UnknownPair::ResourceNotFound => Refusal::not_found("connected account not found"),
            UnknownPair::InternalError => {
                Refusal::not_found_internally("connected account not found")
            }
        }
    }

    /// A new account of this identifier, not authorized yet.
    pub(super) fn create_account(&mut self, connection: &Connection, identifier: &str) -> usize {
        self.introduce(identifier);
        let canary = format!("canary-{}", chance::token());
        self.keep_secret(&canary);
        let id = format!("ca_{}", self.number());
        self.accounts.push(Account {
            id,
            identifier: identifier.to_owned(),
            connection: connection.name.clone(),
            connection_id: connection.id.clone(),
            provider: connection.provider.clone(),
            status: Status::PendingAuth,
            mailbox: None,
            consented: None,
            canary,
            updated_at: self.now(),
            last_used_at: None,
        });
        self.accounts.len() - 1
    }
}
