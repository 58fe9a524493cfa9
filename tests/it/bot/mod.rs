//! Valet at work in the simulated world, and the verbs of the people around it.

mod clock;
mod heard;
mod process;
mod running;
mod settings;

use std::time::Duration;

use tempfile::TempDir;
use valet::{Patience, Room};
use valet_sim::browser::Browser;
use valet_sim::fault::Faults;
use valet_sim::router::{Brain, Router, RouterSetup};
use valet_sim::slack::{Message, MessageRef, Person, Slack, SlackSetup};
use valet_sim::vault::{Vault, VaultSetup};

pub use clock::StoryClock;
pub use heard::Heard;
pub use process::Process;
pub use settings::{Settings, until_free};

use running::Running;
pub use running::{LONG, impatient, patient};

/// What stands in the thread until the answer does.
pub fn is_placeholder(message: &Message) -> bool {
    let text = message.visible_text();
    text.contains("Working on it") || is_in_line(message)
}

/// What stands there as long as others are ahead.
pub fn is_in_line(message: &Message) -> bool {
    message.visible_text().contains("It is in line")
}

/// Comes back once every fault that was planned a number of times has begun.
pub async fn has_happened(faults: &Faults) {
    while !faults.unused().is_empty() {
        tokio::task::yield_now().await;
    }
}

/// Somebody asks by command to connect an account, and gets this link.
pub async fn asks_to_connect(who: &Person, connection: &str) -> String {
    who.command("/connect", connection, "general").await;
    let link = who.next_dm().await.link();
    who.next_ephemeral().await;
    link
}

/// Somebody asks by command to disconnect an account, means it, and hears this.
pub async fn disconnects(who: &Person, connection: &str) -> String {
    who.command("/disconnect", connection, "general").await;
    let asked = who.next_ephemeral().await;
    who.clicks(&asked, "disconnect").await;
    who.next_dm().await.visible_text()
}

/// The same where there may be nothing to disconnect.
pub async fn disconnects_if_need_be(who: &Person, connection: &str) {
    who.command("/disconnect", connection, "general").await;
    let told = who.next_ephemeral().await;
    if told.visible_text().contains("Keep it") {
        who.clicks(&told, "disconnect").await;
        while !who.next_dm().await.visible_text().contains("disconnect") {}
    }
}

/// Valet, and the world it works in.
pub struct Bot {
    pub slack: Slack,
    pub vault: Vault,
    pub router: Router,
    pub clock: StoryClock,
    pub settings: Settings,
    pub patience: Patience,
    room: Room,
    running: Option<Running>,
    /// Deleted with the story.
    _folder: TempDir,
}

impl Bot {
    /// One workspace, four connections, nobody connected.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same with other settings.
    pub async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut bot = Self::world(change).await;
        bot.run().await;
        bot
    }

    /// The same with a model that talks by itself, at this time: the mails of the world
    /// are as old as ever, but their dates are known.
    pub async fn start_conversing(now: &str) -> Self {
        let model = RouterSetup {
            brain: Brain::Rules,
            ..RouterSetup::default()
        };
        let mut bot = Self::world_of(StoryClock::beginning(now), model, |_| {}).await;
        bot.run().await;
        bot
    }

    /// The same with this patience, also after a restart.
    pub async fn start_in(patience: &Patience) -> Self {
        Self::start_with_patience(|set| *set = *patience).await
    }

    /// The same with other patience, also after a restart.
    pub async fn start_with_patience(change: impl FnOnce(&mut Patience)) -> Self {
        Self::start_with_both(|_| {}, change).await
    }

    /// The same with other settings too.
    pub async fn start_with_both(
        settings: impl FnOnce(&mut Settings),
        patience: impl FnOnce(&mut Patience),
    ) -> Self {
        let mut bot = Self::world(settings).await;
        patience(&mut bot.patience);
        bot.run().await;
        bot
    }

    /// The same with less room, and so much patience with the router that a story can hold
    /// its answers back; also after a restart.
    pub async fn start_with_room(change: impl FnOnce(&mut Room)) -> Self {
        let mut bot = Self::world(|_| {}).await;
        change(&mut bot.room);
        bot.patience.router = Duration::from_mins(1);
        bot.patience.reply = Duration::from_mins(1);
        bot.run().await;
        bot
    }

    /// The world, and no Valet in it yet.
    pub async fn world(change: impl FnOnce(&mut Settings)) -> Self {
        Self::world_of(StoryClock::new(), RouterSetup::default(), change).await
    }

    /// The same, where Slack is like this.
    pub async fn world_in(slack: SlackSetup) -> Self {
        Self::world_with((StoryClock::new(), RouterSetup::default(), slack), |_| {}).await
    }

    async fn world_of(
        clock: StoryClock,
        model: RouterSetup,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let slack = SlackSetup {
            patience: LONG,
            ..SlackSetup::default()
        };
        Self::world_with((clock, model, slack), change).await
    }

    async fn world_with(
        (clock, model, slack): (StoryClock, RouterSetup, SlackSetup),
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let slack = Slack::start(SlackSetup {
            now: clock.as_world_time(),
            ..slack
        })
        .await;
        let vault = Vault::start(VaultSetup {
            now: clock.as_world_time(),
            ..VaultSetup::default()
        })
        .await;
        let router = Router::start(model).await;
        let folder = TempDir::new().expect("a temporary folder");
        let mut settings = Settings::of(&slack, &vault, &router, folder.path());
        change(&mut settings);
        slack.set_app_url(&settings.public_url());
        for secret in slack_ids(&slack) {
            router.forbid(secret);
        }
        Self {
            slack,
            vault,
            router,
            clock,
            settings,
            patience: patient(),
            room: Room::default(),
            running: None,
            _folder: folder,
        }
    }

    /// With less room, also after a restart.
    pub fn room_for(&mut self, change: impl FnOnce(&mut Room)) {
        change(&mut self.room);
    }

    /// Valet begins in this world.
    pub async fn begin(mut self) -> Self {
        self.run().await;
        self
    }

    async fn run(&mut self) {
        self.running =
            Some(Running::start(&self.settings, &self.clock, (&self.patience, self.room)).await);
    }

    /// Stops in an orderly way and starts again on the same data.
    pub async fn restart(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
        self.run().await;
    }

    /// The same, and has this patience from then on.
    pub async fn restart_in(&mut self, patience: &Patience) {
        self.patience = *patience;
        self.restart().await;
    }

    /// Stops in an orderly way, and starts again on the same data after this long.
    pub async fn sleeps_for(&mut self, time: Duration) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
        self.later(time);
        self.run().await;
    }

    /// Where health and metrics are.
    pub fn ops_url(&self) -> String {
        self.running.as_ref().expect("Valet is running").ops_url()
    }

    /// What one of the figures on the ops listener says; 0 if it is not there.
    pub async fn figure(&self, name: &str) -> u64 {
        let text = self.figures().await;
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
            .unwrap_or_default()
    }

    /// All of them, as Prometheus gets them.
    pub async fn figures(&self) -> String {
        let answer = reqwest::get(format!("{}/metrics", self.ops_url())).await;
        answer.expect("metrics").text().await.expect("metrics")
    }

    /// Time passes, for Valet and for the world.
    pub fn later(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// A browser in which nobody is signed in anywhere.
    pub fn browser(&self) -> Browser {
        Browser::at(self.clock.as_world_time())
    }

    /// This person's browser, also signed in to their mailbox.
    pub async fn browser_of(&self, person: &str) -> Browser {
        let browser = self.browser();
        browser
            .signed_in_to_slack_as(&self.slack.url(), person, "T0ACME")
            .await;
        browser
            .signed_in_to_provider_as(&self.vault.url(), &format!("{person}@example.com"))
            .await;
        browser
    }

    /// This person connects this account, from the command to the last message.
    pub async fn connects(&self, person: &str, connection: &str) {
        let who = self.slack.person(person);
        let link = asks_to_connect(&who, connection).await;
        let page = self.browser_of(person).await.connects(&link).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let told = who.next_dm().await;
        assert!(told.visible_text().contains("is connected"), "{told:?}");
        for identifier in self.vault.identifiers() {
            self.router.forbid(identifier);
        }
    }

    /// The answer to this, once it stands.
    pub async fn answer(&self, to: &MessageRef) -> String {
        self.slack
            .final_answer(to, is_placeholder)
            .await
            .visible_text()
    }

    /// The same where it waited for an account before.
    pub async fn answer_after_waiting(&self, to: &MessageRef) -> String {
        let waits =
            |one: &Message| is_placeholder(one) || one.visible_text().contains("will answer here");
        self.slack.final_answer(to, waits).await.visible_text()
    }

    /// Nothing unread, nothing unused, nothing unexpected, anywhere.
    pub async fn finish(mut self) {
        match self.running.take() {
            Some(running) => running.stop().await,
            // A process that was not stopped in order may be cut off anywhere.
            None => self.slack.expect_unfinished_work(),
        }
        self.slack.finish();
        self.vault.finish();
        self.router.finish();
    }
}

/// Ids of people, which are not for the router.
fn slack_ids(slack: &Slack) -> Vec<String> {
    slack.people().into_iter().map(|person| person.id).collect()
}
