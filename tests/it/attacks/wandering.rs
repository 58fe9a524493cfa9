//! Two people, their browsers and one that they share, and whatever comes into their heads:
//! links are asked for, passed on, opened and continued by anybody, consented to, kept,
//! swapped and repeated; accounts are disconnected, and Valet is started again. An account
//! is never active for anybody in whose browser it was not consented to.

use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use valet_sim::browser::Browser;
use valet_sim::vault::{Links, NewLink};

use super::walk::{link_for, parameter, tries_to_consent, with};
use crate::bot::{Bot, disconnects_if_need_be};

const PEOPLE: [&str; 2] = ["ada", "mallory"];
const CONNECTIONS: [&str; 2] = ["gmail", "github"];

/// Stories of each kind.
const ROUNDS: usize = 24;

/// Who is signed in to Slack in each browser at first. The last is everybody's.
const BROWSERS: [&str; 4] = ["ada", "ada", "mallory", "mallory"];
const SHARED: usize = 3;

/// What somebody does. Numbers that are too large begin again at the first.
#[derive(Debug, Clone, Copy)]
enum Deed {
    /// Consents on a page that any browser was sent to, as one of the two owners of a
    /// mailbox at this browser, and is sent back.
    Agrees {
        browser: usize,
        page: usize,
        mailbox: usize,
    },
    /// Asks for a link.
    Asks {
        person: usize,
        connection: usize,
    },
    /// Goes the whole way with the newest link of the one whose browser it was at first.
    Connects {
        browser: usize,
        mailbox: usize,
    },
    /// *Continue* on anybody's link, and Sign in with Slack.
    Continues {
        browser: usize,
        link: usize,
    },
    Disconnects {
        person: usize,
        connection: usize,
    },
    /// Consents on a page of its own, and does not go back yet.
    Keeps {
        browser: usize,
        mailbox: usize,
    },
    Opens {
        browser: usize,
        link: usize,
    },
    /// Opens an address of Valet's that any browser has been to.
    Repeats {
        browser: usize,
        step: usize,
    },
    Restarts,
    /// Goes a way back that anybody has kept.
    Returns {
        browser: usize,
        kept: usize,
    },
    /// Signs in to Slack on the shared machine.
    SignsIn {
        person: usize,
    },
    /// Goes a way back with the request of one consent and the state of another.
    Swaps {
        browser: usize,
        request: usize,
        state: usize,
    },
}

fn deeds() -> impl Strategy<Value = Deed> {
    let (any, of) = (0..6_usize, 0..4_usize);
    let (one, two) = (0..2_usize, 0..2_usize);
    prop_oneof![
        4 => (one.clone(), two.clone()).prop_map(|(person, connection)| Deed::Asks { person, connection }),
        3 => (of.clone(), one.clone()).prop_map(|(browser, mailbox)| Deed::Connects { browser, mailbox }),
        6 => (of.clone(), any.clone()).prop_map(|(browser, link)| Deed::Continues { browser, link }),
        6 => (of.clone(), any.clone(), one.clone())
            .prop_map(|(browser, page, mailbox)| Deed::Agrees { browser, page, mailbox }),
        4 => (of.clone(), one.clone()).prop_map(|(browser, mailbox)| Deed::Keeps { browser, mailbox }),
        4 => (of.clone(), any.clone()).prop_map(|(browser, kept)| Deed::Returns { browser, kept }),
        2 => (of.clone(), any.clone(), any.clone())
            .prop_map(|(browser, request, state)| Deed::Swaps { browser, request, state }),
        2 => (of.clone(), any.clone()).prop_map(|(browser, step)| Deed::Repeats { browser, step }),
        1 => (of, any).prop_map(|(browser, link)| Deed::Opens { browser, link }),
        1 => (one.clone(), two).prop_map(|(person, connection)| Deed::Disconnects { person, connection }),
        1 => one.prop_map(|person| Deed::SignsIn { person }),
        1 => Just(Deed::Restarts),
    ]
}

/// The same ones every time.
fn stories() -> Vec<Vec<Deed>> {
    let mut runner = TestRunner::deterministic();
    let stories = proptest::collection::vec(deeds(), 20..40);
    (0..ROUNDS)
        .map(|_| stories.new_tree(&mut runner).unwrap().current())
        .collect()
}

/// One of these, counted round.
fn pick<T>(of: &[T], number: usize) -> Option<&T> {
    of.get(number.checked_rem(of.len())?)
}

struct Scene {
    bot: Bot,
    /// Identifier → person.
    owners: HashMap<String, &'static str>,
    browsers: Vec<Browser>,
    /// Whose, and where it leads.
    links: Vec<(&'static str, String)>,
    kept: Vec<url::Url>,
    /// Who has signed in to Slack in which browser.
    signed_in: BTreeSet<(usize, &'static str)>,
}

impl Scene {
    async fn set(links: Links, new_link: NewLink) -> Self {
        let bot = Bot::start().await;
        bot.vault.switch(|switches| {
            switches.links = links;
            switches.new_link = new_link;
        });
        let mut owners = HashMap::new();
        for person in PEOPLE {
            bot.connects(person, "linear").await;
            for identifier in bot.vault.identifiers() {
                owners.entry(identifier).or_insert(person);
            }
        }
        Self {
            bot,
            owners,
            browsers: Vec::new(),
            links: Vec::new(),
            kept: Vec::new(),
            signed_in: BTreeSet::new(),
        }
    }

    /// Nobody has anything, and a link each.
    async fn begins_anew(&mut self) {
        let unused = self.bot.browser();
        self.browsers = BROWSERS.map(|_| unused.another()).to_vec();
        self.signed_in.clear();
        for (browser, person) in BROWSERS.into_iter().enumerate() {
            self.signs_in(browser, person).await;
        }
        (self.links, self.kept) = (Vec::new(), Vec::new());
        self.bot.slack.read_all();
        for person in 0..PEOPLE.len() {
            for connection in 0..CONNECTIONS.len() {
                self.disconnects(person, connection).await;
            }
            self.asks(person, 0).await;
        }
    }

    async fn signs_in(&mut self, browser: usize, person: &'static str) {
        let slack = self.bot.slack.url();
        self.browsers[browser]
            .signed_in_to_slack_as(&slack, person, "T0ACME")
            .await;
        self.signed_in.insert((browser, person));
    }

    async fn disconnects(&self, person: usize, connection: usize) {
        let who = self.bot.slack.person(PEOPLE[person]);
        self.bot.slack.read_all();
        disconnects_if_need_be(&who, CONNECTIONS[connection]).await;
    }

    /// Who has the account already is told so, and gets no link.
    async fn asks(&mut self, person: usize, connection: usize) {
        let (person, connection) = (PEOPLE[person], CONNECTIONS[connection]);
        let has_it = self.bot.vault.active_accounts().into_iter().any(|one| {
            one.connection == connection && self.owners.get(&one.identifier) == Some(&person)
        });
        if !has_it {
            self.bot.slack.read_all();
            let link = link_for(&self.bot, person, connection).await;
            self.links.push((person, link));
        }
    }

    /// The vault's addresses that this browser was sent to, the newest first.
    fn pages(&self, browser: usize) -> Vec<String> {
        let history = self.browsers[browser].history().into_iter().rev();
        let pages = history.filter(|step| step.url.contains("/magicLink/"));
        pages.map(|step| step.url).collect()
    }

    /// Those that any browser was sent to, this one's first.
    fn all_pages(&self, of: usize) -> Vec<String> {
        let others = (0..self.browsers.len()).filter(|browser| *browser != of);
        let browsers = std::iter::once(of).chain(others);
        browsers.flat_map(|browser| self.pages(browser)).collect()
    }

    async fn does(&mut self, deed: Deed) -> Option<()> {
        match deed {
            Deed::Agrees {
                browser,
                page,
                mailbox,
            } => {
                let page = pick(&self.all_pages(browser), page)?.clone();
                let vault = self.bot.vault.url();
                let visitor = &self.browsers[browser];
                visitor
                    .signed_in_to_provider_as(&vault, &mailbox_at(browser, mailbox))
                    .await;
                presses(visitor.get(&page).await, "Allow").await;
            }
            Deed::Asks { person, connection } => self.asks(person, connection).await,
            Deed::Connects { browser, mailbox } => {
                let theirs = |link: &&(&str, String)| link.0 == BROWSERS[browser];
                let (_, link) = self.links.iter().rev().find(theirs)?;
                let vault = self.bot.vault.url();
                let visitor = &self.browsers[browser];
                visitor
                    .signed_in_to_provider_as(&vault, &mailbox_at(browser, mailbox))
                    .await;
                visitor.connects(link).await;
            }
            Deed::Continues { browser, link } => {
                let (_, link) = pick(&self.links, link)?;
                presses(self.browsers[browser].get(link).await, "Continue").await;
            }
            Deed::Disconnects { person, connection } => self.disconnects(person, connection).await,
            Deed::Keeps { browser, mailbox } => {
                let page = self.pages(browser).into_iter().next()?;
                let page = self.browsers[browser].get(&page).await;
                if page.can_press("Allow") {
                    let back = tries_to_consent(&page, &mailbox_at(browser, mailbox)).await?;
                    let is_back = back.path() == "/callback";
                    self.kept.extend(is_back.then_some(back));
                }
            }
            Deed::Opens { browser, link } => {
                let (_, link) = pick(&self.links, link)?;
                self.browsers[browser].get(link).await;
            }
            Deed::Repeats { browser, step } => {
                let steps = self.browsers.iter().flat_map(Browser::history);
                let ours = steps.filter(|one| one.url.contains("callback?"));
                let urls: Vec<String> = ours.map(|one| one.url).collect();
                self.browsers[browser].get(pick(&urls, step)?).await;
            }
            Deed::Restarts => self.bot.restart().await,
            Deed::Returns { browser, kept } => {
                let back = pick(&self.kept, kept)?.as_str();
                self.browsers[browser].get(back).await;
            }
            Deed::SignsIn { person } => self.signs_in(SHARED, PEOPLE[person]).await,
            Deed::Swaps {
                browser,
                request,
                state,
            } => {
                let (one, other) = (pick(&self.kept, request)?, pick(&self.kept, state)?);
                let request = parameter(one, "auth_request_id");
                let state = parameter(other, "state");
                let swapped = with(one, &[("auth_request_id", &request), ("state", &state)]);
                self.browsers[browser].get(&swapped).await;
            }
        }
        Some(())
    }

    /// What is connected for somebody in whose browser it was not consented to.
    fn stolen(&self) -> Vec<String> {
        let active = self.bot.vault.active_accounts().into_iter();
        let theirs = active.filter(|one| one.connection != "linear");
        let stolen = theirs.filter(|one| {
            let owner = self.owners.get(&one.identifier).copied();
            let browser = browser_of(&one.mailbox);
            !owner.is_some_and(|owner| self.signed_in.contains(&(browser, owner)))
        });
        stolen.map(|one| format!("{one:?}")).collect()
    }
}

/// Two people's worth of mailboxes for each browser, so that it can be told where an
/// account was consented to.
fn mailbox_at(browser: usize, mailbox: usize) -> String {
    format!("{browser}.{mailbox}@example.com")
}

fn browser_of(mailbox: &str) -> usize {
    let (browser, _) = mailbox.split_once('.').expect("a mailbox of a browser");
    browser.parse().expect("a browser")
}

async fn presses(page: valet_sim::browser::Page, button: &str) {
    if page.can_press(button) {
        page.press(button).await;
    }
}

/// Plays a number of stories, and gives how many accounts were connected on their way:
/// with none, the stories would prove nothing.
async fn plays(links: Links, new_link: NewLink) -> usize {
    let mut scene = Scene::set(links, new_link).await;
    let mut connected = 0;
    for story in stories() {
        scene.begins_anew().await;
        for (at, deed) in story.iter().enumerate() {
            let before = scene.bot.vault.active_accounts().len();
            scene.does(*deed).await;
            let stolen = scene.stolen();
            assert!(
                stolen.is_empty(),
                "{links:?}, {new_link:?}: {:#?} left {stolen:#?}",
                &story[..=at]
            );
            let after = scene.bot.vault.active_accounts().len();
            connected += after.saturating_sub(before);
        }
    }
    scene.bot.slack.read_all();
    scene.bot.finish().await;
    connected
}

#[tokio::test]
async fn whatever_two_people_do_an_account_is_theirs_who_signed_in_by_links_that_last() {
    let connected = plays(Links::Reusable, NewLink::Keeps).await;
    assert!(connected > 20, "{connected}");
}

#[tokio::test]
async fn whatever_two_people_do_an_account_is_theirs_who_signed_in_by_links_that_one_consent_ends()
{
    let connected = plays(Links::UntilConsent, NewLink::Demotes).await;
    assert!(connected > 20, "{connected}");
}
