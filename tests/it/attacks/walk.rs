//! The way to a connected account, step by step, so that each step can be bent.

use url::Url;
use valet_sim::browser::{Browser, Page};

use crate::bot::{Bot, asks_to_connect};

/// A link for this person, out of their direct messages.
pub async fn link_for(bot: &Bot, person: &str, connection: &str) -> String {
    asks_to_connect(&bot.slack.person(person), connection).await
}

/// From the link to Slack's own page, where a person agrees once.
pub async fn to_slack(browser: &Browser, link: &str) -> Page {
    let page = browser.get(link).await.press("Continue").await;
    assert!(page.can_press("Allow"), "{}", page.text());
    page
}

/// From the link to the vault's consent page.
pub async fn to_vault(browser: &Browser, link: &str) -> Page {
    let page = browser.get(link).await.press("Continue").await;
    assert!(page.url.path().starts_with("/consent/"), "{}", page.url);
    page
}

/// Consents as the owner of this mailbox, and stops before the browser returns: the
/// address it would have returned to.
pub async fn consents_and_stays(at_vault: &Page, mailbox: &str) -> Url {
    let back = tries_to_consent(at_vault, mailbox).await;
    back.expect("a consent that the vault takes")
}

/// The same, where the vault may refuse.
pub async fn tries_to_consent(at_vault: &Page, mailbox: &str) -> Option<Url> {
    let answer = plain()
        .post(format!("{}/allow", at_vault.url))
        .form(&[("account", mailbox)])
        .send()
        .await
        .unwrap();
    let location = answer.headers().get("location")?;
    at_vault.url.join(location.to_str().unwrap()).ok()
}

/// The answer to Sign in with Slack that is on its way back, caught before it arrives.
pub async fn agrees_and_stays(at_slack: &Page, person: &str) -> Url {
    let mut agreed = at_slack.url.clone();
    agreed.query_pairs_mut().append_pair("agreed", "1");
    let answer = plain()
        .get(agreed)
        .header("cookie", format!("slack_session={person}.T0ACME"))
        .send()
        .await
        .unwrap();
    Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap()
}

pub fn parameter(url: &Url, name: &str) -> String {
    let mut pairs = url.query_pairs();
    pairs.find(|(key, _)| key == name).unwrap().1.into_owned()
}

/// The same address with other parameters.
pub fn with(url: &Url, parameters: &[(&str, &str)]) -> String {
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(parameters);
    url.into()
}

/// The page for everybody who gets nowhere: the same for all of them.
pub fn is_turned_away(page: &Page) -> bool {
    page.status == 400 && page.title().starts_with("This link no longer works")
}

/// A client that keeps no cookies and follows nothing.
pub fn plain() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}
