//! The environment of the program, the same for all its lives.

use std::net::TcpListener;
use std::path::Path;

use valet_sim::router::{Router, RouterSetup};
use valet_sim::slack::Slack;
use valet_sim::vault::Vault;

use crate::mind::POLICY;

/// Names and values of environment variables.
#[derive(Debug, Clone)]
pub struct Settings(Vec<(&'static str, String)>);

impl Settings {
    pub fn of(slack: &Slack, vault: &Vault, router: &Router, folder: &Path) -> Self {
        let policy = folder.join("policy.toml");
        std::fs::write(&policy, POLICY).expect("a folder to write to");
        let app = slack.setup();
        let (public, ops) = (free_address(0), free_address(1));
        Self(vec![
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
            ("VALET_CONNECTIONS", "gmail".to_owned()),
            ("VALET_PUBLIC_URL", format!("http://{public}")),
            ("VALET_LISTEN", public),
            ("VALET_OPS_LISTEN", ops),
            ("VALET_DATA_DIR", folder.join("data").display().to_string()),
            ("VALET_POLICY", policy.display().to_string()),
            ("RUST_LOG", "info".to_owned()),
        ])
    }

    pub fn value(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }

    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

/// An address on loopback that is free, and below those that the system gives away by
/// itself, so that nobody takes it while the program is not there.
fn free_address(which: u32) -> String {
    let here = std::process::id().wrapping_mul(397).wrapping_add(which);
    let mut ports = (0..).map(|step: u32| 10_000 + here.wrapping_add(step * 7) % 22_000);
    let free = ports.find(|port| TcpListener::bind(format!("127.0.0.1:{port}")).is_ok());
    format!("127.0.0.1:{}", free.expect("a free port"))
}
