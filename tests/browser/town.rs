//! The playground with Valet in it, in this process.

use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use valet::{App, Config, Surroundings};
use valet_sim::browser::Browser;
use valet_sim::demo::{Model, ModelSetup, Playground};
use valet_sim::router::{Pace, Router};
use valet_sim::slack::ACME;

use crate::chromium::Chromium;
use crate::settings::Settings;
use crate::tab::{Look, Tab};

pub struct Town {
    runtime: Runtime,
    pub playground: Playground,
    stop: CancellationToken,
    serving: Option<JoinHandle<anyhow::Result<()>>>,
    _folder: TempDir,
}

impl Town {
    /// Nobody has connected anything, and the model takes no time.
    pub fn start() -> Self {
        Self::start_with(ModelSetup::BuiltIn(Pace::default()))
    }

    pub fn start_with(model: ModelSetup) -> Self {
        Self::start_taking(model, Duration::ZERO)
    }

    /// Tools take that long, and every step is told.
    pub fn start_taking(model: ModelSetup, tools_take: Duration) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let folder = TempDir::new().expect("room for the store");
        let stop = CancellationToken::new();
        let told = stop.clone();
        let (playground, serving) = runtime.block_on(async {
            let playground = Playground::start(([127, 0, 0, 1], 0).into(), model, tools_take).await;
            let settings = Settings::of(&playground, folder.path()).expect("settings");
            let config = Config::read(&settings).expect("good settings");
            let mut surroundings = Surroundings::of_this_machine();
            if !tools_take.is_zero() {
                surroundings.patience.steps = Duration::ZERO;
            }
            let app = App::open(config, surroundings).await.expect("Valet starts");
            playground.set_app_url(settings.public_url());
            let serving = tokio::spawn(app.serve_until(async move { told.cancelled().await }));
            (playground, serving)
        });
        Self {
            runtime,
            playground,
            stop,
            serving: Some(serving),
            _folder: folder,
        }
    }

    /// Somebody opens the playground.
    pub fn opens(&self, chromium: &Chromium, person: &str, look: Look) -> Tab {
        chromium.opens(&format!("{}/as/{person}", self.playground.url()), look)
    }

    /// Somebody has connected this account already.
    pub fn connected(&self, person: &str, connection: &str) {
        let (slack, vault) = (self.playground.slack(), self.playground.vault());
        self.runtime.block_on(async {
            let who = slack.person(person);
            who.command("/connect", connection, "dm").await;
            let link = slack
                .next(|one| one.buttons().iter().any(|button| button.url.is_some()))
                .await
                .link();
            let browser = Browser::new();
            browser
                .signed_in_to_slack_as(&slack.url(), person, ACME)
                .await
                .signed_in_to_provider_as(&vault.url(), &format!("{person}@example.com"))
                .await;
            let page = browser.connects(&link).await;
            assert_eq!(page.status, 200, "{}", page.text());
            slack
                .next(|one| one.visible_text().contains("is connected"))
                .await;
        });
    }

    /// The built-in model, to be told what to say.
    pub fn router(&self) -> &Router {
        match self.playground.model() {
            Model::BuiltIn(router) => router,
            Model::Real { .. } => panic!("stories have no real model"),
        }
    }

    /// Comes back once this many requests have come to the model.
    pub fn asked(&self, times: usize) {
        self.runtime.block_on(self.router().asked(times));
    }

    /// The story is over: Valet stops in order, and nobody saw what they must not.
    pub fn ends(mut self) {
        self.stop.cancel();
        let serving = self.serving.take().expect("it serves until the end");
        let stopped = self
            .runtime
            .block_on(serving)
            .expect("Valet does not panic");
        stopped.expect("Valet stops in order");
        self.playground.slack().read_all();
        let modals = self.playground.slack().modals().len();
        self.runtime.block_on(async {
            for _ in 0..modals {
                self.playground.slack().next_modal().await;
            }
        });
        self.playground.slack().finish();
        self.playground.vault().finish();
        if let Model::BuiltIn(router) = self.playground.model() {
            router.finish();
        }
    }
}
