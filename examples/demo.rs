//! Everything on one machine, with no account anywhere: the simulated Slack, vault and
//! router, Valet itself between them, and a page on which one is Ada, Ben or a guest.
//!
//! Of the environment it reads `RUST_LOG` and, for a real model in place of the built-in
//! one, `FASTROUTER_API_KEY`, `FASTROUTER_BASE_URL` and `FASTROUTER_MODEL`. Nothing is left behind.

use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;
use valet::{App, Config, Environment, LogShape, Surroundings, Variables as _};
use valet_sim::demo::{ADDRESS, ModelSetup, Playground};
use valet_sim::router::Pace;

#[path = "demo/settings.rs"]
mod settings;

use settings::Settings;

/// What is worth reading while one looks at a page: what went wrong.
const QUIET: &str = "error";

/// About as long as a tool takes in life.
const TOOLS_TAKE: Duration = Duration::from_millis(800);

/// Sooner than in a service, so that the steps of a short question are seen.
const STEPS: Duration = Duration::from_millis(250);

/// Where a key for the router is good, unless told otherwise.
const ROUTER: &str = "https://api.fastrouter.ai/api/v1";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // It fails only if a provider is there already, and in a process that has just begun
    // none is.
    drop(rustls::crypto::ring::default_provider().install_default());
    start_log()?;
    let folder = TempDir::new().context("there is no room for temporary files")?;
    let playground = Playground::start(ADDRESS, model(), TOOLS_TAKE).await;

    let settings = Settings::of(&playground, folder.path())?;
    let config = Config::read(&settings).context("the demo's settings cannot be used")?;
    let mut surroundings = Surroundings::of_this_machine();
    surroundings.patience.steps = STEPS;
    let app = App::open(config, surroundings)
        .await
        .context("Valet cannot start")?;
    playground.set_app_url(settings.public_url());

    say(&welcome(&playground))?;
    app.serve_until(valet::shutdown_signal()).await?;
    say("Stopped.\n")
}

/// A real model for whoever has a key, else the built-in one.
fn model() -> ModelSetup {
    let set = |name: &str| Environment.get(name).filter(|value| !value.is_empty());
    match set("FASTROUTER_API_KEY") {
        None => ModelSetup::BuiltIn(Pace::LIKE_A_MODEL),
        Some(api_key) => ModelSetup::Real {
            api_key,
            base_url: set("FASTROUTER_BASE_URL").unwrap_or_else(|| ROUTER.to_owned()),
            name: set("FASTROUTER_MODEL"),
        },
    }
}

fn welcome(playground: &Playground) -> String {
    format!(
        "
Valet is running, in a world made up for it. Open

    {}

and press one of the questions. The first one waits: Valet sends a button by direct message, to
connect the mailbox. Follow it, and the answer comes by itself. Then be somebody else, and ask again.

{}
Ctrl-C stops it. Nothing is kept.
",
        playground.url(),
        playground.model().words(),
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
