//! Everything on one machine, with no account anywhere: the simulated Slack, vault and
//! router, Valet itself between them, and a page on which one is Ada or Ben.
//!
//! Nothing is read from the environment but `RUST_LOG`, and nothing is left behind.

use std::io::{self, Write as _};
use std::sync::Arc;

use anyhow::Context as _;
use tempfile::TempDir;
use valet::{App, Config, Environment, LogShape, Surroundings, Variables as _};
use valet_sim::demo::{self, Demo, DemoPerson, DemoSetup};
use valet_sim::router::{Brain, Router, RouterSetup};
use valet_sim::slack::{ACME, Slack, SlackSetup};
use valet_sim::vault::{Vault, VaultSetup};

#[path = "demo/doors.rs"]
mod doors;
#[path = "demo/settings.rs"]
mod settings;

use settings::Settings;

/// Who one can be.
const PEOPLE: [(&str, &str); 2] = [("ada", "Ada"), ("ben", "Ben")];

/// What is worth reading while one looks at a page: what went wrong.
const QUIET: &str = "error";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // It fails only if a provider is there already, and in a process that has just begun
    // none is.
    drop(rustls::crypto::ring::default_provider().install_default());
    start_log()?;
    let folder = TempDir::new().context("there is no room for temporary files")?;
    let slack = Arc::new(Slack::start(SlackSetup::default()).await);
    let vault = Vault::start(VaultSetup::default()).await;
    let router = Router::start(RouterSetup {
        brain: Brain::Rules,
        ..RouterSetup::default()
    })
    .await;

    let settings = Settings::of(&slack, &vault, &router, folder.path())?;
    let config = Config::read(&settings).context("the demo's settings cannot be used")?;
    let app = App::open(config, Surroundings::of_this_machine())
        .await
        .context("Valet cannot start")?;
    slack.set_app_url(settings.public_url());
    slack.set_consent_page(true);

    let page = Demo::start(page_of(&slack)).await;
    say(&welcome(&page.url()))?;
    app.serve_until(valet::shutdown_signal()).await?;
    say("Stopped.\n")
}

fn page_of(slack: &Arc<Slack>) -> DemoSetup {
    let people = slack.people();
    DemoSetup {
        address: demo::ADDRESS,
        workspace: "Acme".to_owned(),
        people: PEOPLE.map(|(key, name)| somebody(key, name)).to_vec(),
        names: people
            .into_iter()
            .map(|person| (person.id, person.real_name))
            .collect(),
        doors: doors::into(slack),
    }
}

/// Somebody whose browser is signed in to Slack and to their mailbox.
fn somebody(key: &str, name: &str) -> DemoPerson {
    DemoPerson {
        key: key.to_owned(),
        name: name.to_owned(),
        about: format!("with the mailbox {key}@example.com"),
        cookies: vec![
            format!("slack_session={key}.{ACME}"),
            format!("provider_session={key}@example.com"),
        ],
    }
}

fn welcome(address: &str) -> String {
    format!(
        "
Valet is running, in a world made up for it. Open

    {address}

Be Ada or Ben. Say in #general, or without @valet in the messages with Valet:

    @valet Summarize the last 5 emails from my manager
    @valet Find all emails from the last week that mention 'pricing'
    @valet Search for the thread with subject 'Q3 planning' and extract action items

The first one waits: Valet sends a button by direct message, to connect the mailbox.
Follow it, and the answer comes by itself. Then be the other one, and ask again.

Ctrl-C stops it. Nothing is kept.
"
    )
}

/// To the person at the terminal.
fn say(words: &str) -> anyhow::Result<()> {
    io::stdout()
        .write_all(words.as_bytes())
        .context("nobody reads what the demo says")
}

fn start_log() -> anyhow::Result<()> {
    let directives = Environment.get("RUST_LOG");
    let directives = directives.as_deref().unwrap_or(QUIET);
    let log = valet::log(Some(directives), LogShape::People, io::stderr);
    tracing::subscriber::set_global_default(log).context("the log cannot start")
}
