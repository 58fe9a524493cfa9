//! What an attacker gets to see.

use std::fmt;

use reqwest::Response;
use valet_sim::browser::Page;
use valet_sim::slack::Delivered;

/// In the words of the page: a status, and what can be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer(String);

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Answer {
    pub async fn of(response: Response) -> Self {
        let status = response.status().as_u16();
        let location = response.headers().get("location").cloned();
        if let Some(to) = location {
            return Self(format!("{status} to {}", place(to.to_str().unwrap())));
        }
        let body = response.text().await.unwrap_or_default();
        Self(described(status, title(&body)))
    }

    /// Several answers, each once with its number.
    pub fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        let mut counted: Vec<(Self, usize)> = Vec::new();
        for answer in answers {
            match counted.iter_mut().find(|(known, _)| *known == answer) {
                Some((_, times)) => *times += 1,
                None => counted.push((answer, 1)),
            }
        }
        counted.sort();
        let words = counted.into_iter().map(|(answer, times)| match times {
            1 => answer.0,
            times => format!("{times} × {answer}"),
        });
        Self(words.collect::<Vec<_>>().join("; "))
    }
}

impl From<Page> for Answer {
    fn from(page: Page) -> Self {
        Self(described(page.status, title(&page.html)))
    }
}

impl From<Delivered> for Answer {
    fn from(delivered: Delivered) -> Self {
        Self(described(
            delivered.status.unwrap_or_default(),
            &delivered.body,
        ))
    }
}

impl From<String> for Answer {
    fn from(said: String) -> Self {
        Self(said.replace('\n', " ").replace('|', "\\|"))
    }
}

impl From<&str> for Answer {
    fn from(said: &str) -> Self {
        Self::from(said.to_owned())
    }
}

fn described(status: u16, words: &str) -> String {
    match words {
        "" => status.to_string(),
        words => format!("{status} {words}"),
    }
}

fn title(html: &str) -> &str {
    let title = html.split("<title>").nth(1).unwrap_or_default();
    title.split(" · Valet").next().unwrap_or_default()
}

/// Where a redirect leads, without what differs from one story to the next.
fn place(location: &str) -> &'static str {
    let known = [
        ("/openid/connect/authorize?", "Sign in with Slack"),
        ("/magicLink/", "the vault"),
    ];
    let loopback = location.starts_with("http://127.0.0.1:");
    known
        .iter()
        .find(|(part, _)| loopback && location.contains(part))
        .map_or("a place of somebody else's choosing", |(_, name)| name)
}
