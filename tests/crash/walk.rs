//! A browser's walk through connecting, reloaded wherever the program was not there.

use std::time::Duration;

use url::Url;
use valet_sim::browser::{Browser, Page, Step};

use crate::book::Walked;
use crate::commands::Restless;

/// Times that somebody begins at the link again, and reloads a page that is not there.
const ROUNDS: usize = 6;
const RELOADS: usize = 40;

impl Restless<'_> {
    /// Follows a link as far as it leads. `true` when a page said that it is done.
    pub async fn walks(&self, link: &str, looks_back: bool) -> bool {
        self.town.counts.walks.add();
        let browser = self.town.browser_of(&self.person.key).await;
        let mut told = false;
        for _ in 0..ROUNDS {
            let page = there(&browser, browser.get(link).await).await;
            if !page.can_press("Continue") {
                break;
            }
            let page = there(&browser, page.press("Continue").await).await;
            if !page.can_press("Allow") {
                continue;
            }
            let page = there(&browser, page.press("Allow").await).await;
            told = page.status == 200 && page.text().contains("is connected");
            if looks_back {
                there(&browser, browser.get(page.url.as_str()).await).await;
            }
            break;
        }
        self.writes_down(&browser, told);
        told
    }

    fn writes_down(&self, browser: &Browser, told_by_page: bool) {
        let history = browser.history();
        for step in &history {
            if let Some(secret) = led_on(step) {
                self.town.book.led_on(secret);
            }
        }
        let mut back = history.iter().rev();
        if let Some(auth_request) = back.find_map(|step| given(step, "auth_request_id")) {
            self.town.book.walked(Walked {
                person: self.person.key.clone(),
                channel: self.direct.clone(),
                from: self.from,
                auth_request,
                told_by_page,
            });
        }
    }
}

/// This page, reloaded until somebody answers.
async fn there(browser: &Browser, page: Page) -> Page {
    let mut page = page;
    for _ in 0..RELOADS {
        if page.status != 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        page = browser.get(page.url.as_str()).await;
    }
    page
}

/// The one-time secret in this step's address, if the step led on by it.
fn led_on(step: &Step) -> Option<String> {
    let path = Url::parse(&step.url).ok()?.path().to_owned();
    let leads = match path.as_str() {
        "/slack/openid/callback" => (300..400).contains(&step.status),
        "/callback" => step.status == 200,
        _ => false,
    };
    leads.then(|| given(step, "state")).flatten()
}

fn given(step: &Step, name: &str) -> Option<String> {
    let url = Url::parse(&step.url).ok()?;
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}
