//! A page in a browser, and what can be done on it.

use axum::http::Method;
use url::Url;

use super::html::{self, Document, Form, Link};
use super::visit::Visit;
use super::{Browser, Step};

/// Where the browser ended up.
#[derive(Debug, Clone)]
pub struct Page {
    /// 0 if nobody answered, or a policy stopped the browser.
    pub status: u16,
    pub url: Url,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub html: String,
    pub(super) document: Document,
    pub(super) browser: Browser,
}

impl Page {
    pub(super) fn new(browser: &Browser, step: &Step, html: String) -> Self {
        Self {
            status: step.status,
            url: Url::parse(&step.url).expect("an address"),
            headers: step.headers.clone(),
            document: html::read(&html),
            html,
            browser: browser.clone(),
        }
    }

    /// The words a person reads, a line for each block.
    pub fn text(&self) -> &str {
        &self.document.text
    }

    pub fn title(&self) -> &str {
        &self.document.title
    }

    pub fn links(&self) -> &[Link] {
        &self.document.links
    }

    pub fn forms(&self) -> &[Form] {
        &self.document.forms
    }

    /// The first header of this name, in lower case; `""` if there is none.
    pub fn header(&self, name: &str) -> &str {
        let mut named = self.headers.iter().filter(|(key, _)| key == name);
        named.next().map_or("", |(_, value)| value)
    }

    /// Whether there is a button or a link of this label.
    pub fn can_press(&self, label: &str) -> bool {
        self.submission(label).is_some() || self.target(label).is_some()
    }

    /// The same page with this field filled in, or this choice made.
    #[must_use]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        for form in &mut self.document.forms {
            form.fields.retain(|(key, _)| key != name);
            form.fields.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Presses the button, or follows the link, of this label.
    ///
    /// # Panics
    ///
    /// If the page has neither.
    pub async fn press(&self, label: &str) -> Self {
        let visit = self.submission(label).or_else(|| self.target(label));
        let at = format!("{} ({})", self.url.path(), self.status);
        assert!(
            visit.is_some(),
            "no {label:?} on {at}:
{}",
            self.text()
        );
        let visit = visit.expect("just seen");
        self.browser.go_from(visit, self).await
    }

    /// Follows an address as if a link on this page led there.
    pub async fn follow(&self, href: &str) -> Self {
        let url = self.url.join(href).expect("an address");
        let visit = Visit::new(Method::GET, url, None);
        self.browser.go_from(visit, self).await
    }

    /// Sends a form of this page's making anywhere, as a hostile page would.
    pub async fn post(&self, url: &str, fields: &[(&str, &str)]) -> Self {
        let url = self.url.join(url).expect("an address");
        let visit = Visit::new(Method::POST, url, Some(encode(fields.iter().copied())));
        self.browser.go_from(visit, self).await
    }

    fn target(&self, label: &str) -> Option<Visit> {
        let link = self
            .document
            .links
            .iter()
            .find(|link| link.label == label)?;
        let url = self.url.join(&link.href).ok()?;
        Some(Visit::new(Method::GET, url, None))
    }

    fn submission(&self, label: &str) -> Option<Visit> {
        let forms = self.document.forms.iter();
        let mut pairs =
            forms.flat_map(|form| form.buttons.iter().map(move |button| (form, button)));
        let (form, button) = pairs.find(|(_, button)| button.label == label)?;
        let mut url = self
            .url
            .join(button.action.as_ref().unwrap_or(&form.action))
            .ok()?;
        let pressed =
            (!button.name.is_empty()).then_some((button.name.as_str(), button.value.as_str()));
        let fields = form
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let encoded = encode(fields.chain(pressed));
        if form.method == "post" {
            return Some(Visit::form(url, encoded));
        }
        url.set_query(Some(&encoded));
        Some(Visit::submitted(url))
    }
}

fn encode<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut encoded = url::form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(fields);
    encoded.finish()
}
