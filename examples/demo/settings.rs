//! Valet's settings, made for the world around it.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use anyhow::Context as _;
use valet::Variables;
use valet_sim::router::{Router, RouterSetup};
use valet_sim::slack::Slack;
use valet_sim::vault::Vault;

/// In place of the environment, in which a developer's own `SLACK_…` may stand.
pub(crate) struct Settings {
    variables: BTreeMap<&'static str, String>,
    public_url: String,
}

impl Settings {
    pub(crate) fn of(
        slack: &Slack,
        vault: &Vault,
        router: &Router,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let app = slack.setup();
        let [public, ops] = free_addresses()?;
        let public_url = format!("http://{public}");
        let variables = BTreeMap::from([
            ("SLACK_SIGNING_SECRET", app.signing_secret.clone()),
            ("SLACK_BOT_TOKEN", app.bot_token.clone()),
            ("SLACK_CLIENT_ID", app.client_id.clone()),
            ("SLACK_CLIENT_SECRET", app.client_secret.clone()),
            ("SLACK_API_URL", slack.api_url()),
            ("SLACK_OPENID_URL", slack.url()),
            ("SCALEKIT_ENVIRONMENT_URL", vault.url()),
            ("SCALEKIT_CLIENT_ID", vault.client_id()),
            ("SCALEKIT_CLIENT_SECRET", vault.client_secret()),
            ("FASTROUTER_API_KEY", RouterSetup::default().api_key),
            ("FASTROUTER_BASE_URL", router.url()),
            (
                "VALET_CONNECTIONS",
                "gmail,linear,github,googlecalendar".to_owned(),
            ),
            ("VALET_LISTEN", public),
            ("VALET_OPS_LISTEN", ops),
            ("VALET_PUBLIC_URL", public_url.clone()),
            ("VALET_DATA_DIR", folder.join("data").display().to_string()),
        ]);
        Ok(Self {
            variables,
            public_url,
        })
    }

    /// Where browsers and Slack reach Valet.
    pub(crate) fn public_url(&self) -> &str {
        &self.public_url
    }
}

impl Variables for Settings {
    fn get(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    /// No setting of the demo names a file.
    fn read_file(&self, _: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// Two addresses on loopback that nobody had a moment ago: a port has to be known before
/// Valet binds it, since it stands in the public URL.
fn free_addresses() -> anyhow::Result<[String; 2]> {
    let bind =
        || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("there is no free port on loopback");
    // Both are held at once, so that they differ.
    let (public, ops) = (bind()?, bind()?);
    Ok([
        public.local_addr()?.to_string(),
        ops.local_addr()?.to_string(),
    ])
}
