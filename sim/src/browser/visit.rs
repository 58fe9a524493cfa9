//! One visit: a request, and every redirect that follows from it.

use std::time::Duration;

use axum::http::Method;
use url::Url;

use super::cookies::Asked;
use super::policy::{self, Referrer};
use super::{Browser, Page, Step};

/// Where to go, and with what.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    method: Method,
    url: Url,
    body: Option<String>,
    /// Comes from a form: `form-action` has a say.
    form: bool,
}

impl Visit {
    pub(super) fn new(method: Method, url: Url, body: Option<String>) -> Self {
        let form = method == Method::POST;
        Self {
            method,
            url,
            body,
            form,
        }
    }

    pub(super) fn form(url: Url, body: String) -> Self {
        Self::new(Method::POST, url, Some(body))
    }

    /// A form that is sent as a query.
    pub(super) fn submitted(url: Url) -> Self {
        let form = true;
        Self {
            form,
            ..Self::new(Method::GET, url, None)
        }
    }

    /// A step that nobody answered.
    fn unanswered(&self, sent: Vec<(String, String)>) -> Step {
        Step {
            method: self.method.to_string(),
            url: self.url.to_string(),
            status: 0,
            sent,
            headers: Vec::new(),
        }
    }

    /// The next step of a redirect. 307 and 308 keep the method; all others make it GET.
    fn redirected(mut self, status: u16, url: Url) -> Self {
        if ![307, 308].contains(&status) {
            self.method = Method::GET;
            self.body = None;
        }
        self.url = url;
        self
    }
}

/// The page that a visit started from.
#[derive(Debug)]
pub(super) struct Initiator {
    url: Url,
    referrer: Referrer,
    policies: Vec<String>,
}

impl Initiator {
    pub(super) fn of(page: &Page) -> Self {
        let policies = page
            .headers
            .iter()
            .filter(|(name, _)| name == "content-security-policy");
        Self {
            url: page.url.clone(),
            referrer: Referrer::read(page.header("referrer-policy")),
            policies: policies.map(|(_, value)| value.clone()).collect(),
        }
    }

    fn allows(&self, visit: &Visit) -> bool {
        let policies = self.policies.iter().map(String::as_str);
        !visit.form || policy::allows_form(policies, &self.url, &visit.url)
    }
}

/// Redirects that a browser puts up with.
const MOST: usize = 20;

impl Browser {
    /// Makes a visit, redirects and all, and goes on where a page sends it by itself.
    pub(super) async fn go(&self, visit: Visit, from: Option<Initiator>) -> Page {
        let mut page = self.redirects(visit, from).await;
        for _ in 0..MOST {
            let next = page.document.refresh.as_ref();
            let Some(next) = next.and_then(|next| page.url.join(next).ok()) else {
                break;
            };
            let visit = Visit::new(Method::GET, next, None);
            let from = Initiator::of(&page);
            page = self.redirects(visit, Some(from)).await;
        }
        page
    }

    async fn redirects(&self, mut visit: Visit, from: Option<Initiator>) -> Page {
        let mut foreign = false;
        for _ in 0..MOST {
            if let Some(from) = &from {
                foreign |= from.url.origin() != visit.url.origin();
                if !from.allows(&visit) {
                    return self.blocked(&visit);
                }
            }
            let (step, html) = self.ask(&visit, from.as_ref(), foreign).await;
            let location = step.headers.iter().find(|(name, _)| name == "location");
            match location {
                Some((_, location)) if (300..400).contains(&step.status) => {
                    let next = visit.url.join(location).expect("a location");
                    visit = visit.redirected(step.status, next);
                }
                _ => return Page::new(self, &step, html),
            }
        }
        unreachable!("more than {MOST} redirects, now at {}", visit.url)
    }

    fn blocked(&self, visit: &Visit) -> Page {
        let origin = visit.url.origin().ascii_serialization();
        let told = format!("Content-Security-Policy: form-action does not allow {origin}");
        self.lock().violations.push(told.clone());
        Page::new(self, &visit.unanswered(Vec::new()), told)
    }

    /// One request.
    async fn ask(&self, visit: &Visit, from: Option<&Initiator>, foreign: bool) -> (Step, String) {
        let sent = self.headers(visit, from, foreign);
        let mut request = self.client.request(visit.method.clone(), visit.url.clone());
        for (name, value) in &sent {
            request = request.header(name, value);
        }
        if let Some(body) = &visit.body {
            request = request.body(body.clone());
        }
        let Ok(response) = request.send().await else {
            let step = visit.unanswered(sent);
            self.lock().history.push(step.clone());
            return (step, "This site cannot be reached.".to_owned());
        };
        for value in response.headers().get_all("set-cookie") {
            self.keep_cookie(&visit.url, &String::from_utf8_lossy(value.as_bytes()));
        }
        let headers = response.headers().iter().map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        });
        let step = Step {
            method: visit.method.to_string(),
            url: visit.url.to_string(),
            status: response.status().as_u16(),
            sent,
            headers: headers.collect(),
        };
        self.lock().history.push(step.clone());
        // A body that breaks off is shown as far as it came: not at all.
        (step, response.text().await.unwrap_or_default())
    }

    /// What a browser sends along.
    fn headers(
        &self,
        visit: &Visit,
        from: Option<&Initiator>,
        foreign: bool,
    ) -> Vec<(String, String)> {
        let site = match from {
            None => "none",
            Some(_) if foreign => "cross-site",
            Some(_) => "same-origin",
        };
        let mut headers = vec![
            (
                "accept",
                "text/html,application/xhtml+xml,*/*;q=0.8".to_owned(),
            ),
            ("accept-language", "en".to_owned()),
            ("sec-fetch-dest", "document".to_owned()),
            ("sec-fetch-mode", "navigate".to_owned()),
            ("sec-fetch-site", site.to_owned()),
            ("sec-fetch-user", "?1".to_owned()),
            ("upgrade-insecure-requests", "1".to_owned()),
            ("user-agent", "Mozilla/5.0 (simulated)".to_owned()),
        ];
        if let Some(from) = from {
            let referer = from.referrer.referer(&from.url, &visit.url);
            headers.extend(referer.map(|referer| ("referer", referer)));
            if visit.method == Method::POST {
                headers.push(("origin", from.referrer.origin(&from.url, &visit.url)));
            }
        }
        if visit.body.is_some() {
            headers.push((
                "content-type",
                "application/x-www-form-urlencoded".to_owned(),
            ));
        }
        let asked = match foreign {
            false => Asked::Here,
            true if visit.method == Method::GET => Asked::ByAnotherSite,
            true => Asked::ByAnotherSiteUnsafely,
        };
        let cookies = self.lock().jar.header(&visit.url, asked, self.now.get());
        headers.extend(cookies.map(|cookies| ("cookie", cookies)));
        let owned = headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        owned.collect()
    }
}

/// Without redirects and cookies of its own.
pub(super) fn client() -> reqwest::Client {
    crate::client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_mins(1))
        .build()
        .expect("a client")
}
