//! The way to a connected account, request by request and without a browser, so that each
//! can be bent: cookies are carried by hand.

use reqwest::{Method, RequestBuilder, Response};
use url::Url;

use super::answer::Answer;
use super::scene::Scene;
pub use crate::attacks::walk::{parameter, with};

/// An attempt whose browser was sent to Slack.
pub struct AtSlack {
    pub link: String,
    /// As a browser sends it: `name=value`.
    pub cookie: String,
    pub authorize: Url,
}

impl Scene {
    pub fn request(&self, method: Method, url: &str, cookie: Option<&str>) -> RequestBuilder {
        let request = self.client.request(method, url);
        match cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    /// A browser with this cookie opens this address.
    pub async fn get(&self, url: &str, cookie: Option<&str>) -> Answer {
        Answer::of(self.send(Method::GET, url, cookie).await).await
    }

    pub async fn send(&self, method: Method, url: &str, cookie: Option<&str>) -> Response {
        let sent = self.request(method, url, cookie).send().await;
        sent.expect("Valet answers")
    }

    /// An address of Valet's own.
    pub fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.bot.settings.value("VALET_LISTEN"))
    }

    /// *Continue*, pressed on this link's page.
    pub async fn continues(&self, link: &str) -> AtSlack {
        let response = self.send(Method::POST, link, None).await;
        let set = response.headers()["set-cookie"].to_str().unwrap();
        AtSlack {
            link: link.to_owned(),
            cookie: set.split(';').next().unwrap().to_owned(),
            authorize: location(&response),
        }
    }

    /// A person's link, and *Continue* pressed.
    pub async fn at_slack(&self, person: &str, connection: &str) -> AtSlack {
        self.continues(&self.link(person, connection).await).await
    }

    /// Whoever is signed in to Slack there (`ada`, or `ada.T0OTHER`) is sent back: here.
    pub async fn agrees(&self, authorize: &Url, session: &str) -> Url {
        let session = format!("slack_session={session}");
        location(
            &self
                .send(Method::GET, authorize.as_str(), Some(&session))
                .await,
        )
    }

    /// Back from Slack with everything right: the address, and the cookie for it.
    pub async fn back_from_slack(&self, person: &str, connection: &str) -> (Url, String) {
        let walk = self.at_slack(person, connection).await;
        (self.agrees(&walk.authorize, person).await, walk.cookie)
    }

    /// The vault's link, given to a browser that has signed in.
    pub async fn at_vault(&self, person: &str, connection: &str) -> (Url, String) {
        let (back, cookie) = self.back_from_slack(person, connection).await;
        let response = self.send(Method::GET, back.as_str(), Some(&cookie)).await;
        (location(&response), cookie)
    }

    /// Somebody opens the vault's link and consents as the owner of this mailbox: where
    /// the vault sends them.
    pub async fn consents(&self, vault_link: &Url, mailbox: &str) -> Url {
        let page = location(&self.send(Method::GET, vault_link.as_str(), None).await);
        let allowed = self
            .client
            .post(format!("{page}/allow"))
            .form(&[("account", mailbox)])
            .send();
        location(&allowed.await.expect("the vault answers"))
    }

    /// Back from the vault with everything right.
    pub async fn back_from_vault(&self, person: &str, connection: &str) -> (Url, String) {
        let (link, cookie) = self.at_vault(person, connection).await;
        let mailbox = format!("{person}@example.com");
        (self.consents(&link, &mailbox).await, cookie)
    }
}

fn location(response: &Response) -> Url {
    let to = response.headers().get("location");
    let to = to.expect("a redirect");
    response.url().join(to.to_str().unwrap()).unwrap()
}

/// Keeps no cookies and follows nothing.
pub fn client() -> reqwest::Client {
    crate::attacks::walk::plain()
}
