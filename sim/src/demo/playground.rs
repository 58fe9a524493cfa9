//! The world around one Valet, with a page to play in.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use super::model::{Model, ModelSetup};
use super::serve;
use super::window::Window;
use crate::router::RouterSetup;
use crate::server::Server;
use crate::slack::{Slack, SlackSetup};
use crate::vault::{Vault, VaultSetup};

/// Where the page is, unless told otherwise.
pub const ADDRESS: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8080));

/// The running playground; it stops when it is dropped.
pub struct Playground {
    server: Server,
    window: Arc<Window>,
    setup: ModelSetup,
}

impl Playground {
    /// At this address; taken by somebody else, it gives way to a free port. Tools take that
    /// long: as with the model, there is something to be seen meanwhile.
    pub async fn start(address: SocketAddr, setup: ModelSetup, tools_take: Duration) -> Self {
        let slack = Slack::start(SlackSetup::default()).await;
        slack.set_consent_page(true);
        let vault = Vault::start(VaultSetup {
            tools_take,
            ..VaultSetup::default()
        })
        .await;
        let model = Model::start(&setup).await;
        let window = Arc::new(Window::new(slack, vault, model));
        let routes = serve::routes(Arc::clone(&window));
        let server = match Server::start_at(address, routes.clone()).await {
            Ok(server) => server,
            Err(_) => Server::start(routes).await,
        };
        Self {
            server,
            window,
            setup,
        }
    }

    /// The address to open in a browser.
    pub fn url(&self) -> String {
        self.server.url()
    }

    pub fn slack(&self) -> &Slack {
        &self.window.slack
    }

    pub fn vault(&self) -> &Vault {
        &self.window.vault
    }

    pub fn model(&self) -> &Model {
        &self.window.model
    }

    /// What an app that lives in this world has to be told of it, by the names of its
    /// settings.
    pub fn settings(&self) -> BTreeMap<&'static str, String> {
        let (app, vault) = (self.slack().setup(), self.vault());
        let connections = VaultSetup::default().connections.into_iter();
        let connections: Vec<String> = connections.map(|(name, _)| name).collect();
        let mut settings = BTreeMap::from([
            ("SLACK_SIGNING_SECRET", app.signing_secret.clone()),
            ("SLACK_BOT_TOKEN", app.bot_token.clone()),
            ("SLACK_CLIENT_ID", app.client_id.clone()),
            ("SLACK_CLIENT_SECRET", app.client_secret.clone()),
            ("SLACK_API_URL", self.slack().api_url()),
            ("SLACK_OPENID_URL", self.slack().url()),
            ("SCALEKIT_ENVIRONMENT_URL", vault.url()),
            ("SCALEKIT_CLIENT_ID", vault.client_id()),
            ("SCALEKIT_CLIENT_SECRET", vault.client_secret()),
            ("FASTROUTER_BASE_URL", self.model().url()),
            ("VALET_CONNECTIONS", connections.join(",")),
        ]);
        let key = match &self.setup {
            ModelSetup::BuiltIn(_) => RouterSetup::default().api_key,
            ModelSetup::Real { api_key, name, .. } => {
                settings.extend(name.clone().map(|name| ("FASTROUTER_MODEL", name)));
                api_key.clone()
            }
        };
        settings.insert("FASTROUTER_API_KEY", key);
        settings
    }

    /// Slack tells the app at this address.
    pub fn set_app_url(&self, url: &str) {
        self.slack().set_app_url(url);
    }
}
