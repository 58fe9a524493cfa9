//! `auth.test` with the header that says what the token may do. The library's client gives
//! no headers, and the service needs none; `valet check` does.

use std::collections::BTreeSet;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::asking::ask;
use super::people::{self, Installation};
use super::wire::Error;

/// Where Slack lists a token's scopes, with commas between them.
const SCOPES: &str = "x-oauth-scopes";

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
    let (headers, answer) = ask(http, (api_url, "auth.test"), token, deadline).await?;
    let scopes = headers.get(SCOPES);
    let scopes = scopes.and_then(|scopes| scopes.to_str().ok()).map(listed);
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
