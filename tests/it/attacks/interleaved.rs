//! Two people, two browsers and two links each, in any order and at once: nobody ever has
//! an account but their own.

use std::collections::HashMap;

use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use valet_sim::browser::Browser;
use valet_sim::vault::{Links, NewLink};

use super::walk::{link_for, tries_to_consent};
use crate::bot::{Bot, disconnects_if_need_be};

const PEOPLE: [&str; 2] = ["ada", "mallory"];

/// What the person of a browser does next. Browsers 0 and 1 are Ada's, 2 and 3 Mallory's.
#[derive(Debug, Clone, Copy)]
enum Deed {
    /// Opens this browser's own link and presses *Continue*.
    Continues(usize),
    /// Agrees on the page of the vault that this browser was sent to last.
    Consents(usize),
    /// The same, and keeps the way back for later.
    Keeps(usize),
    /// Goes the way back that was kept last.
    Returns(usize),
    /// Agrees on a page that the other browser was sent to, counted from the newest.
    Swallows(usize, usize, usize),
    /// Opens a way back of somebody else's.
    Borrows(usize, usize),
}

/// Everybody does their own things in order, whatever the others do in between.
const SCRIPTS: [&[Deed]; 7] = {
    use Deed::{Borrows, Consents, Continues, Keeps, Returns, Swallows};
    [
        &[Continues(0), Consents(0)],
        &[Continues(1), Consents(1)],
        &[Continues(2), Keeps(2), Returns(2)],
        &[Continues(3), Keeps(3), Returns(3)],
        &[Swallows(0, 2, 0), Swallows(1, 2, 1)],
        &[Swallows(1, 3, 0), Swallows(0, 3, 1)],
        &[Borrows(3, 2), Borrows(0, 3)],
    ]
};

/// An order of all these deeds, in groups of those that are done at once.
fn stories() -> impl Strategy<Value = Vec<Vec<Deed>>> {
    let turns: Vec<usize> = SCRIPTS
        .iter()
        .enumerate()
        .flat_map(|(script, deeds)| vec![script; deeds.len()])
        .collect();
    (Just(turns).prop_shuffle(), any::<[bool; 16]>()).prop_map(|(turns, with_the_last)| {
        let mut scripts = SCRIPTS.map(<[Deed]>::iter);
        let mut story: Vec<Vec<Deed>> = Vec::new();
        for (script, joins) in turns.into_iter().zip(with_the_last) {
            let deed = *scripts[script].next().unwrap();
            match story.last_mut() {
                Some(last) if joins => last.push(deed),
                _ => story.push(vec![deed]),
            }
        }
        story
    })
}

struct Scene {
    bot: Bot,
    browsers: Vec<Browser>,
    links: Vec<String>,
    /// The ways back that were kept, by the browser that did.
    kept: HashMap<usize, String>,
    /// Identifier → mailbox.
    owners: HashMap<String, String>,
}

impl Scene {
    async fn set(links: Links, new_link: NewLink) -> Self {
        let bot = Bot::start().await;
        bot.vault.switch(|switches| {
            switches.links = links;
            switches.new_link = new_link;
        });
        for person in PEOPLE {
            bot.connects(person, "linear").await;
        }
        let active = bot.vault.active_accounts().into_iter();
        let owners = active.map(|one| (one.identifier, one.mailbox)).collect();
        Self {
            bot,
            browsers: Vec::new(),
            links: Vec::new(),
            kept: HashMap::new(),
            owners,
        }
    }

    /// Fresh browsers and links, and no account. The links of one person are for these two
    /// connections, which may be the same.
    async fn begins_anew(&mut self, connections: [&str; 2]) {
        (self.browsers, self.links) = (Vec::new(), Vec::new());
        self.kept.clear();
        self.bot.slack.read_all();
        for person in PEOPLE {
            let who = self.bot.slack.person(person);
            for connection in connections {
                disconnects_if_need_be(&who, connection).await;
            }
            for connection in connections {
                self.browsers.push(self.bot.browser_of(person).await);
                self.links
                    .push(link_for(&self.bot, person, connection).await);
            }
        }
    }

    /// The vault's addresses that this browser was sent to, the newest first.
    fn pages(&self, browser: usize) -> impl Iterator<Item = String> + use<> {
        let history = self.browsers[browser].history().into_iter().rev();
        history
            .filter(|step| step.url.contains("/magicLink/"))
            .map(|step| step.url)
    }

    /// Does this, and gives the way back if it was kept.
    async fn does(&self, deed: Deed) -> Option<(usize, String)> {
        match deed {
            Deed::Continues(browser) => {
                let page = self.browsers[browser].get(&self.links[browser]).await;
                presses(page, "Continue").await;
            }
            Deed::Consents(browser) => {
                let page = self.pages(browser).next()?;
                presses(self.browsers[browser].get(&page).await, "Allow").await;
            }
            Deed::Keeps(browser) => {
                let page = self.browsers[browser]
                    .get(&self.pages(browser).next()?)
                    .await;
                if page.can_press("Allow") {
                    let back = tries_to_consent(&page, "mallory@example.com").await?;
                    return (back.path() == "/callback").then(|| (browser, back.into()));
                }
            }
            Deed::Returns(browser) => {
                self.browsers[browser].get(self.kept.get(&browser)?).await;
            }
            Deed::Swallows(browser, of, which) => {
                let page = self.pages(of).nth(which)?;
                presses(self.browsers[browser].get(&page).await, "Allow").await;
            }
            Deed::Borrows(browser, of) => {
                self.browsers[browser].get(self.kept.get(&of)?).await;
            }
        }
        None
    }

    fn everybody_has_their_own(&self) -> bool {
        let mut active = self.bot.vault.active_accounts().into_iter();
        active.all(|one| self.owners.get(&one.identifier) == Some(&one.mailbox))
    }
}

async fn presses(page: valet_sim::browser::Page, button: &str) {
    if page.can_press(button) {
        page.press(button).await;
    }
}

/// Plays a number of stories, and gives how many accounts were connected at their ends:
/// with none, the stories would prove nothing.
async fn plays(links: Links, new_link: NewLink) -> usize {
    let mut runner = TestRunner::deterministic();
    let mut scene = Scene::set(links, new_link).await;
    let mut connected = 0;
    for round in 0..10 {
        let story = stories().new_tree(&mut runner).unwrap().current();
        let other = ["gmail", "github"][round % 2];
        scene.begins_anew(["gmail", other]).await;
        for at_once in &story {
            let done = join_all(at_once.iter().map(|deed| scene.does(*deed))).await;
            scene.kept.extend(done.into_iter().flatten());
            assert!(
                scene.everybody_has_their_own(),
                "{links:?}: {at_once:?} of {story:?} left {:#?}",
                scene.bot.vault.active_accounts()
            );
        }
        connected += scene.bot.vault.active_accounts().len() - PEOPLE.len();
    }
    scene.bot.slack.read_all();
    scene.bot.finish().await;
    connected
}

#[tokio::test]
async fn in_whatever_order_nobody_gets_another_account_by_links_that_last() {
    assert!(plays(Links::Reusable, NewLink::Keeps).await > 0);
}

#[tokio::test]
async fn in_whatever_order_nobody_gets_another_account_by_links_that_one_consent_ends() {
    assert!(plays(Links::UntilConsent, NewLink::Demotes).await > 0);
}
