//! The vault, simulated: it keeps people's accounts at the providers, asks for their
//! consent in the browser, and runs tools in their name on made-up mailboxes, trackers
//! and calendars.
//!
//! It refuses what the contract says the vault refuses, and notes as a *violation* what
//! a careful program never sends. [`Vault::finish`] fails on those.

mod account;
mod accounts;
mod call;
mod catalogue;
mod chance;
mod connections;
mod consent;
mod execute;
mod inspect;
mod links;
mod listing;
mod outcome;
mod pages;
mod paging;
mod provider;
mod refusal;
mod route;
mod shape;
mod switches;
#[cfg(test)]
mod tests;
mod token;
mod webhook;
mod world;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use jiff::SignedDuration;

pub use account::Status;
pub use call::Call;
pub use inspect::{AccountView, ActiveAccount};
pub use outcome::Outcome;
pub use provider::{IssueView, MailView, SentMail};
pub use refusal::{rate_limited, unavailable};
pub use switches::{
    ConnectionList, ExtraFields, Links, Lists, MissingVerifyUrl, NewLink, Numbers, PageTokens,
    Query, Switches, Unauthenticated, UnknownFields, UnknownPair, Unset, Verification,
    VerifiedAgain,
};
pub use webhook::{Report, Sending};
pub use world::Execution;

use crate::fault::Faults;
use crate::now::Now;
use crate::server::Server;
use world::World;

/// How a vault begins.
#[derive(Debug, Clone)]
pub struct VaultSetup {
    pub client_id: String,
    pub client_secret: String,
    /// Name and provider: `("gmail", "GMAIL")`.
    pub connections: Vec<(String, String)>,
    pub switches: Switches,
    /// What reports are signed with: `whsec_` and base64.
    pub webhook_secret: String,
    /// How long a tool takes. At first: no time at all.
    pub tools_take: Duration,
    pub now: Now,
}

impl Default for VaultSetup {
    fn default() -> Self {
        let connections = ["gmail", "github", "linear", "googlecalendar"];
        Self {
            client_id: "skc_4711".to_owned(),
            client_secret: "test_vault-secret-of-the-machine".to_owned(),
            connections: connections
                .map(|name| (name.to_owned(), name.to_uppercase()))
                .to_vec(),
            switches: Switches::default(),
            webhook_secret: "whsec_Y2FuYXJ5LWtleS1vZi10aGUtcmVwb3J0cw==".to_owned(),
            tools_take: Duration::ZERO,
            now: Now::default(),
        }
    }
}

/// A running vault; it stops when it is dropped.
#[derive(Debug)]
pub struct Vault {
    server: Server,
    world: Shared,
}

#[derive(Debug, Clone)]
struct Shared(Arc<Mutex<World>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().expect("no panic while the vault was busy")
    }
}

impl Vault {
    /// A vault with these connections, and nobody's account.
    pub async fn start(setup: VaultSetup) -> Self {
        let tools_take = setup.tools_take;
        let world = Shared(Arc::new(Mutex::new(World::new(setup, catalogue::all()))));
        let routes = Router::new()
            .fallback(serve)
            .with_state((world.clone(), tools_take));
        let server = Server::start(routes).await;
        world.lock().url = server.url();
        Self { server, world }
    }

    /// The environment's address, without a slash at the end.
    pub fn url(&self) -> String {
        self.server.url()
    }

    pub fn client_id(&self) -> String {
        self.world.lock().client_id.clone()
    }

    pub fn client_secret(&self) -> String {
        self.world.lock().client_secret.clone()
    }

    pub fn faults(&self) -> &Faults {
        self.server.faults()
    }

    /// Connections are refused from now on.
    pub async fn down(&self) {
        self.server.down().await;
    }

    /// Back, with everything it knew.
    pub fn up(&self) {
        self.server.up();
    }

    /// Turns some of the contract's unknowns another way.
    pub fn switch(&self, turn: impl FnOnce(&mut Switches)) {
        turn(&mut self.world.lock().switches);
    }

    /// Time passes for the vault alone.
    pub fn advance(&self, by: SignedDuration) {
        self.world.lock().offset += by;
    }

    /// Every machine token given out so far has expired, whatever its `expires_in` said.
    pub fn expire_tokens(&self) {
        let mut world = self.world.lock();
        let now = world.now();
        for token in &mut world.tokens {
            token.expires_at = token.expires_at.min(now);
        }
    }

    /// Somebody switched this connection off in the dashboard.
    pub fn disable(&self, connection: &str) {
        let mut world = self.world.lock();
        let mut named = world.connections.iter_mut();
        let found = named.find(|known| known.name == connection);
        found.expect("a connection of this name").enabled = false;
    }

    /// An ACTIVE account without a browser's walk.
    pub fn connect_directly(&self, identifier: &str, connection: &str, mailbox: &str) {
        let mut world = self.world.lock();
        let connection = world.connection(connection).expect("a usable connection");
        let at = world
            .account_at(&connection.name, identifier)
            .unwrap_or_else(|| world.create_account(&connection, identifier));
        let now = world.now();
        let account = &mut world.accounts[at];
        account.consented = Some(mailbox.to_owned());
        account.activate(now);
    }

    /// Sets the status of the account of this mailbox or identifier.
    pub fn set_status(&self, connection: &str, whose: &str, status: Status) {
        let mut world = self.world.lock();
        let mut accounts = world.accounts.iter_mut();
        let account = accounts.find(|account| {
            account.connection == connection
                && (account.identifier == whose || account.mailbox.as_deref() == Some(whose))
        });
        account.expect("an account to set").status = status;
    }

    /// The next call of this tool has no effect, and ends like this.
    pub fn tool_error_next(&self, tool: &str, outcome: Outcome) {
        let mut world = self.world.lock();
        world.outcomes.push_back((tool.to_owned(), outcome));
    }

    /// The names of all tools of this connection.
    pub fn tool_names(&self, connection: &str) -> Vec<String> {
        let world = self.world.lock();
        let provider = world.connection(connection).expect("a connection").provider;
        let tools = world.tools.iter().filter(|tool| tool.provider == provider);
        tools.map(|tool| tool.name.clone()).collect()
    }

    /// One more connection of a provider, such as a second mailbox.
    pub fn add_connection(&self, name: &str, provider: &str) {
        let mut world = self.world.lock();
        let connection = account::Connection::new(world.connections.len(), name, provider);
        world.connections.push(connection);
    }

    /// Takes all tools away but these, for a story that lists them very often.
    pub fn keep_tools(&self, names: &[&str]) {
        let mut world = self.world.lock();
        world
            .tools
            .retain(|tool| names.contains(&tool.name.as_str()));
    }

    /// One more tool on this connection, named after its provider and this; its parameters
    /// are in the catalogue's shorthand. The provider refuses it.
    pub fn add_tool(&self, connection: &str, name: &'static str, parameters: &'static str) {
        let mut world = self.world.lock();
        let provider = world.connection(connection).expect("a connection").provider;
        let row = (name, "Does what it is called.", parameters);
        let tool = catalogue::Tool::new(world.tools.len() + 1_000, &provider, row);
        world.tools.push(tool);
    }

    /// This many more tools on this connection. The first has a name too long for a
    /// function, the second a description too long for a model.
    pub fn add_filler_tools(&self, connection: &str, count: usize) {
        let mut world = self.world.lock();
        let provider = world.connection(connection).expect("a connection").provider;
        world.tools.extend(catalogue::fillers(&provider, count));
    }
}

async fn serve(
    State((world, tools_take)): State<(Shared, Duration)>,
    request: Request,
) -> Response {
    let call = Call::read(request).await;
    if call.path.ends_with("/execute_tool") && !tools_take.is_zero() {
        tokio::time::sleep(tools_take).await;
    }
    route::answer(&mut world.lock(), call)
}
