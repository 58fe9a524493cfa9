//! One call of the Web API by the plain HTTP client, for the few that the library's client
//! does not serve: it gives no headers, and speaks with one token.

use std::time::Duration;

use axum::http::HeaderMap;
use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::Url;

use super::json;
use super::wire::{self, Error};
use crate::backoff;

/// Longest answer that is read, in bytes; real ones have a few hundred.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Asks once, with this token and without arguments.
pub(super) async fn ask(
    http: &reqwest::Client,
    (api_url, method): (&Url, &str),
    token: &SecretString,
    deadline: Duration,
) -> Result<(HeaderMap, Value), Error> {
    let mut url = api_url.clone();
    url.set_path(&format!("{}/{method}", url.path().trim_end_matches('/')));
    let request = http.post(url).bearer_auth(token.expose_secret());
    tokio::time::timeout(deadline, asked(request))
        .await
        .unwrap_or(Err(Error::TimedOut))
}

async fn asked(request: reqwest::RequestBuilder) -> Result<(HeaderMap, Value), Error> {
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
    let headers = answer.headers().clone();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| Error::Interrupted)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            return Err(Error::BadAnswer);
        }
    }
    let answer = wire::success(json::parse(&body).ok_or(Error::BadAnswer)?)?;
    Ok((headers, answer))
}
