//! `auth.test` with the header that says what the token may do. The library's client gives
//! no headers, and the service needs none; `valet check` does.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::json;
use super::people::{self, Installation};
use super::wire::{self, Error};
use crate::backoff;

/// Where Slack lists a token's scopes, with commas between them.
const SCOPES: &str = "x-oauth-scopes";

/// Longest answer that is read, in bytes; real ones have a few hundred.
const LONGEST_ANSWER: usize = 64 * 1024;

/// What Slack says of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Introduction {
    pub(crate) installation: Installation,
    /// `None`: Slack did not say.
    pub(crate) scopes: Option<BTreeSet<String>>,
}

/// Asks Slack whose this token is and what it may do; once.
pub(crate) async fn introduction(
    http: &reqwest::Client,
    api_url: &Url,
    token: &SecretString,
    deadline: Duration,
) -> Result<Introduction, Error> {
    let mut url = api_url.clone();
    url.set_path(&format!("{}/auth.test", url.path().trim_end_matches('/')));
    let request = http.get(url).bearer_auth(token.expose_secret());
    tokio::time::timeout(deadline, asked(request))
        .await
        .unwrap_or(Err(Error::TimedOut))
}

async fn asked(request: reqwest::RequestBuilder) -> Result<Introduction, Error> {
    let mut answer = request.send().await.map_err(|error| {
        if error.is_connect() {
            Error::Unreachable
        } else {
            Error::Interrupted
        }
    })?;
    if answer.status() == StatusCode::TOO_MANY_REQUESTS {
        let after = backoff::retry_after(answer.headers());
        return Err(Error::RateLimited { after });
    }
    if answer.status().is_server_error() {
        return Err(Error::Unavailable);
    }
    let scopes = answer.headers().get(SCOPES);
    let scopes = scopes.and_then(|scopes| scopes.to_str().ok()).map(listed);
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| Error::Interrupted)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            return Err(Error::BadAnswer);
        }
    }
    let answer = wire::success(json::parse(&body).ok_or(Error::BadAnswer)?)?;
    Ok(Introduction {
        installation: people::installation(&answer)?,
        scopes,
    })
}

/// Only what looks like a scope: they are printed.
fn listed(scopes: &str) -> BTreeSet<String> {
    let lawful = |scope: &&str| {
        let letters = |b: u8| b.is_ascii_lowercase() || matches!(b, b':' | b'.' | b'_' | b'-');
        !scope.is_empty() && scope.bytes().all(letters)
    };
    let scopes = scopes.split(',').map(str::trim).filter(lawful);
    scopes.map(str::to_owned).collect()
}
