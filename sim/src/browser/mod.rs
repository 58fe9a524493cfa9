//! A person's browser: it keeps cookies, follows redirects, submits forms, and holds to
//! the policies that pages set.
//!
//! Real browsers share cookies between the ports of a host. Here each origin is a site of
//! its own, because on loopback the ports stand for different hosts: the program, Slack,
//! the vault.

mod cookies;
mod html;
mod page;
mod policy;
#[cfg(test)]
mod tests;
mod visit;

use std::sync::{Arc, Mutex, MutexGuard};

use axum::http::Method;
use url::Url;

pub use cookies::{Cookie, SameSite};
pub use html::{Button, Form, Link};
pub use page::Page;

use crate::now::Now;
use cookies::Jar;
use visit::{Initiator, Visit};

/// One request a browser made, and how it was answered.
#[derive(Debug, Clone)]
pub struct Step {
    pub method: String,
    pub url: String,
    pub status: u16,
    /// What was sent.
    pub sent: Vec<(String, String)>,
    /// What came back.
    pub headers: Vec<(String, String)>,
}

/// A browser. A clone is the same browser.
#[derive(Debug, Clone)]
pub struct Browser {
    client: reqwest::Client,
    now: Now,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Debug, Default)]
struct Memory {
    jar: Jar,
    history: Vec<Step>,
    violations: Vec<String>,
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

impl Browser {
    /// A browser nobody has used yet.
    pub fn new() -> Self {
        Self::at(Now::system())
    }

    /// A browser in which cookies age by this clock.
    pub fn at(now: Now) -> Self {
        Self {
            client: visit::client(),
            now,
            memory: Arc::default(),
        }
    }

    /// Another browser nobody has used yet. It is made faster than the first, which reads
    /// all the certificates of the machine.
    #[must_use]
    pub fn another(&self) -> Self {
        Self {
            memory: Arc::default(),
            ..self.clone()
        }
    }

    /// Somebody types this address, or opens it from outside any page.
    pub async fn get(&self, url: &str) -> Page {
        let url = Url::parse(url).expect("an address");
        self.go(Visit::new(Method::GET, url, None), None).await
    }

    /// Signs this browser in to the simulated Slack.
    pub async fn signed_in_to_slack_as(&self, slack_url: &str, person: &str, team: &str) -> &Self {
        self.sign_in(
            slack_url,
            "/test/sign-in",
            &[("person", person), ("team", team)],
        )
        .await
    }

    /// Signs this browser in at the provider behind the simulated vault.
    pub async fn signed_in_to_provider_as(&self, vault_url: &str, mailbox: &str) -> &Self {
        self.sign_in(vault_url, "/test/provider-sign-in", &[("account", mailbox)])
            .await
    }

    async fn sign_in(&self, base: &str, path: &str, query: &[(&str, &str)]) -> &Self {
        let mut url = Url::parse(base).expect("an address");
        url.set_path(path);
        url.query_pairs_mut().extend_pairs(query);
        let page = self.get(url.as_str()).await;
        assert!(page.status < 400, "signing in at {url}: {}", page.text());
        self
    }

    /// Walks the whole way of connecting an account, as far as it goes: the start page and
    /// its *Continue*, Sign in with Slack, every *Allow*, the page it ends on.
    pub async fn connects(&self, link: &str) -> Page {
        let mut page = self.get(link).await;
        if page.can_press("Continue") {
            page = page.press("Continue").await;
        }
        for _ in 0..3 {
            if !page.can_press("Allow") {
                break;
            }
            page = page.press("Allow").await;
        }
        page
    }

    /// Every request made so far, redirects one by one.
    pub fn history(&self) -> Vec<Step> {
        self.lock().history.clone()
    }

    /// The cookies kept at present.
    pub fn cookies(&self) -> Vec<Cookie> {
        self.lock().jar.all(self.now.get())
    }

    /// Puts a cookie in, as somebody with a hand in the browser could.
    pub fn plant_cookie(&self, url: &str, set_cookie: &str) {
        let url = Url::parse(url).expect("an address");
        self.keep_cookie(&url, set_cookie);
    }

    pub fn forget_cookies(&self) {
        self.lock().jar = Jar::default();
    }

    /// What sites got wrong: cookies against their own rules, forms stopped by a policy.
    pub fn violations(&self) -> Vec<String> {
        self.lock().violations.clone()
    }

    fn keep_cookie(&self, url: &Url, set_cookie: &str) {
        let mut memory = self.lock();
        if let Err(broken) = memory.jar.keep(url, set_cookie, self.now.get()) {
            memory.violations.push(format!("{}: {broken}", url.path()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().expect("no panic while browsing")
    }

    /// Follows a link or submits a form of this page.
    async fn go_from(&self, visit: Visit, page: &Page) -> Page {
        self.go(visit, Some(Initiator::of(page))).await
    }
}
