//! The settings of a story: those of a service, with the world in the place of the world.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use valet::Variables;
use valet_sim::router::{Router, RouterSetup};
use valet_sim::slack::{Slack, SlackSetup};
use valet_sim::vault::Vault;

/// Environment variables by name.
#[derive(Debug, Clone, Default)]
pub struct Settings(BTreeMap<String, String>);

impl Settings {
    pub fn of(slack: &Slack, vault: &Vault, router: &Router, data: &Path) -> Self {
        let mut settings = Self::default();
        let app = slack.setup();
        let public = free_address();
        let data = data.join("data");
        for (name, value) in [
            ("SLACK_SIGNING_SECRET", app.signing_secret.as_str()),
            ("SLACK_BOT_TOKEN", &app.bot_token),
            ("SLACK_CLIENT_ID", &app.client_id),
            ("SLACK_CLIENT_SECRET", &app.client_secret),
            ("SLACK_API_URL", &slack.api_url()),
            ("SLACK_OPENID_URL", &slack.url()),
            ("SCALEKIT_ENVIRONMENT_URL", &vault.url()),
            ("SCALEKIT_CLIENT_ID", &vault.client_id()),
            ("SCALEKIT_CLIENT_SECRET", &vault.client_secret()),
            ("FASTROUTER_API_KEY", &RouterSetup::default().api_key),
            ("FASTROUTER_BASE_URL", &router.url()),
            ("VALET_CONNECTIONS", "gmail,github,linear,googlecalendar"),
            ("VALET_LISTEN", &public),
            ("VALET_OPS_LISTEN", &free_address()),
            ("VALET_PUBLIC_URL", &format!("http://{public}")),
            ("VALET_DATA_DIR", &data.display().to_string()),
        ] {
            settings.set(name, value);
        }
        settings
    }

    /// Slack comes over Socket Mode alone.
    pub fn over_socket(&mut self) {
        self.unset("SLACK_SIGNING_SECRET");
        self.set("SLACK_APP_TOKEN", &SlackSetup::default().app_token);
    }

    /// A policy file with this text, beside the data.
    pub fn policy(&mut self, text: &str) {
        let path = Path::new(self.value("VALET_DATA_DIR")).with_file_name("policy.toml");
        std::fs::write(&path, text).expect("a policy file");
        self.set("VALET_POLICY", &path.display().to_string());
    }

    /// A prompt with these bytes, beside the policy, which names it and nothing else.
    pub fn prompt(&mut self, bytes: &[u8]) {
        let path = Path::new(self.value("VALET_DATA_DIR")).with_file_name("own.md");
        std::fs::write(&path, bytes).expect("a prompt");
        self.policy("prompt = \"own.md\"\n");
    }

    /// One setting and no other.
    pub fn only(name: &str, value: &str) -> Self {
        let mut settings = Self::default();
        settings.set(name, value);
        settings
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    pub fn unset(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub fn value(&self, name: &str) -> &str {
        &self.0[name]
    }

    pub fn public_url(&self) -> String {
        self.value("VALET_PUBLIC_URL").to_owned()
    }

    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl Variables for Settings {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    fn read_file(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(path)
    }
}

/// An address on loopback that was free a moment ago. It is below those that the system
/// gives away by itself, so that no connection of another story takes it while Valet is
/// not there.
fn free_address() -> String {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let here = std::process::id().wrapping_mul(397);
    loop {
        let port = 10_000 + here.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed)) % 22_000;
        let address = format!("127.0.0.1:{port}");
        if is_free(&address) {
            return address;
        }
    }
}

/// Comes back once nobody listens there. What did may live on for a moment in a program
/// that another story starts just now.
pub async fn until_free(address: &str) {
    while !is_free(address) {
        tokio::task::yield_now().await;
    }
}

/// Nobody listens there. It is not found out by listening: a program that another story
/// starts at that moment would hold the address for as long as it takes to begin.
fn is_free(address: &str) -> bool {
    TcpStream::connect(address).is_err()
}
