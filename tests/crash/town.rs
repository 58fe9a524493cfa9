//! The world, the program's lives in it, and everything that is shared between those who
//! ask, kill and count.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use valet_sim::browser::Browser;
use valet_sim::router::{Router, RouterSetup};
use valet_sim::slack::{ACME, Profile, Slack, SlackSetup};
use valet_sim::vault::{Vault, VaultSetup, VerifiedAgain};

use crate::args::Size;
use crate::book::Book;
use crate::chance::Chance;
use crate::counts::Counts;
use crate::life::Life;
use crate::mind;
use crate::pace::Pace;
use crate::plant::Plant;
use crate::points::Trap;
use crate::settings::Settings;
use crate::watch;
use crate::weather::Weather;

/// People who are connected from the beginning and stay so.
pub const STEADY: [&str; 24] = [
    "ada", "ben", "ada1", "ada2", "ada3", "ada4", "ada5", "ada6", "ada7", "ada8", "ada9", "ada10",
    "ada11", "ben1", "ben2", "ben3", "ben4", "ben5", "ben6", "ben7", "ben8", "ben9", "ben10",
    "ben11",
];
/// People who connect and disconnect all the time.
pub const RESTLESS: [&str; 4] = ["ada20", "ben20", "ada21", "ben21"];
const CHANNELS: usize = 24;

pub struct Town {
    pub slack: Slack,
    pub vault: Vault,
    pub router: Router,
    /// What all browsers are made after.
    browser: Browser,
    pub folder: PathBuf,
    pub size: Size,
    pub plant: Option<Plant>,
    pub book: Book,
    pub counts: Counts,
    pub pace: Pace,
    pub life: Arc<Life>,
    pub trap: Arc<Trap>,
    pub weather: Arc<Weather>,
    /// Nobody begins anything new.
    pub closing: AtomicBool,
    pub began: Instant,
    stood_still: Mutex<Vec<String>>,
}

impl Town {
    /// A world in which nothing has happened yet, and no program.
    pub async fn build(size: &Size, plant: Option<Plant>, chance: &mut Chance) -> Arc<Self> {
        // A planted fault always leaves something to look at: once is enough.
        let name = match plant {
            Some(plant) => format!("crash-{}", plant.name()),
            None => format!("crash-{}", size.seed),
        };
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // Left by an earlier run.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder to write to");
        let slack = Slack::start(SlackSetup::default()).await;
        let vault = Vault::start(VaultSetup::default()).await;
        let router = Router::start(RouterSetup::default()).await;
        vault.keep_tools(&mind::TOOLS);
        router.answers_by(Arc::new(mind::turn));
        for number in 0..CHANNELS {
            slack.add_channel(&channel(number));
        }
        for key in STEADY.iter().chain(&RESTLESS) {
            if !slack.people().iter().any(|known| known.key == *key) {
                slack.add_person(Profile::member(key));
            }
        }
        if plant == Some(Plant::ForgivingVault) {
            vault.switch(|switches| switches.verified_again = VerifiedAgain::Ok);
        }
        let settings = Settings::of(&slack, &vault, &router, &folder);
        slack.set_app_url(settings.value("VALET_PUBLIC_URL"));
        let town = Arc::new(Self {
            life: Arc::new(Life::new(&size.binary, &settings, &folder)),
            browser: Browser::new(),
            slack,
            vault,
            router,
            folder,
            size: size.clone(),
            plant,
            book: Book::default(),
            counts: Counts::default(),
            pace: Pace::default(),
            trap: Arc::default(),
            weather: Arc::new(Weather::fine(chance.fork())),
            closing: AtomicBool::new(false),
            began: Instant::now(),
            stood_still: Mutex::default(),
        });
        for faults in [
            town.slack.faults(),
            town.vault.faults(),
            town.router.faults(),
        ] {
            faults.watch(watch::watcher(&town));
        }
        town
    }

    /// This was waited for long enough: the run goes to its end, and fails.
    pub fn stands_still(&self, what: String) {
        println!("  STANDS STILL: {what}");
        self.closing.store(true, Ordering::Relaxed);
        let mut all = self
            .stood_still
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.push(what);
    }

    pub fn all_that_stood_still(&self) -> Vec<String> {
        let all = self.stood_still.lock();
        all.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// This person's browser, signed in to Slack and to their mailbox.
    pub async fn browser_of(&self, person: &str) -> Browser {
        let browser = self.browser.another();
        let mailbox = format!("{person}@example.com");
        browser
            .signed_in_to_slack_as(&self.slack.url(), person, ACME)
            .await;
        browser
            .signed_in_to_provider_as(&self.vault.url(), &mailbox)
            .await;
        browser
    }
}

/// The name of a channel.
pub fn channel(number: usize) -> String {
    format!("work{}", number % CHANNELS)
}
