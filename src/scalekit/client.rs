//! The vault's client: what can be asked of it about accounts.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use crate::account::{Account, AuthRequestId};
use crate::audit::Noted;
use crate::backoff::Backoff;
use crate::circuit::Breaker;
use crate::clock::Clock;
use crate::ids::{ConnectionName, Identifier};
use crate::random::Nonce;

use super::error::{Error, Repeat};
use super::line::{Answer, Line};
use super::token::{Token, TokenRequest, Tokens};
use super::wire::{self, Link};

/// How long the vault may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadlines {
    /// For everything but tools, tries and waits between them included.
    pub(crate) control: Duration,
    /// For one execution of a tool; also for a whole listing.
    pub(crate) tools: Duration,
}

/// A cheap handle on the vault.
#[derive(Clone)]
pub(crate) struct Vault {
    http: Client,
    base: Arc<Url>,
    line: Line,
    tokens: Tokens,
    pub(super) deadlines: Deadlines,
}

/// One request, to be built as often as it is sent.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) query: &'a [(&'static str, &'a str)],
    pub(super) body: Option<&'a Value>,
    pub(super) repeat: Repeat,
    pub(super) deadline: Duration,
}

/// What came of [`Vault::disconnect`]; either way there is no account left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disconnected {
    Deleted,
    WasNotThere,
}

/// Why an account was not verified.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum VerifyError {
    /// Unknown, expired, or answered already: the account's status tells which.
    #[error("the consent is not there any more")]
    Gone,
    /// The consent was asked for under another identifier.
    #[error("the consent belongs to another person")]
    OtherPerson,
    /// After [`Error::OutcomeUnknown`], too, the account's status tells.
    #[error(transparent)]
    Vault(#[from] Error),
}

impl Vault {
    /// `http` must not follow redirects: it would send a request twice.
    #[expect(
        clippy::too_many_arguments,
        reason = "called once, where the program is put together"
    )]
    pub(crate) fn new(
        http: Client,
        env_url: Url,
        client_id: String,
        client_secret: SecretString,
        deadlines: Deadlines,
        (backoff, breaker): (Backoff, Breaker),
        clock: Clock,
    ) -> Self {
        let line = Line::new(backoff, breaker);
        let request = TokenRequest {
            http: http.clone(),
            url: under(&env_url, "/oauth/token"),
            client_id,
            client_secret,
            deadline: deadlines.control,
        };
        Self {
            http,
            base: Arc::new(env_url),
            tokens: Tokens::new(request, line.clone(), clock),
            line,
            deadlines,
        }
    }

    /// Whether the vault takes our own credentials: they fetch a token, or have fetched one
    /// that is still good.
    pub(crate) async fn check_credentials(&self) -> Result<(), Error> {
        self.tokens.current().await.map(drop)
    }

    /// The person's account on this connection, with its status; `None` if there is none.
    pub(crate) async fn account(
        &self,
        connection: &ConnectionName,
        identifier: &Identifier,
    ) -> Result<Option<Account>, Error> {
        let answer = self
            .call(&Call {
                method: Method::GET,
                path: "/api/v1/connected_accounts/details",
                query: &[
                    ("connector", connection.as_str()),
                    ("identifier", &identifier.expose()),
                ],
                body: None,
                repeat: Repeat::Freely,
                deadline: self.deadlines.control,
            })
            .await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        wire::account(&answer.json()?, identifier).map(Some)
    }

    /// A fresh link to the consent page; it makes the account where there is none. The
    /// browser comes back to `verify_url` with `state`.
    pub(crate) async fn link(
        &self,
        connection: &ConnectionName,
        identifier: &Identifier,
        verify_url: &Url,
        state: &Nonce,
    ) -> Result<Link, Error> {
        let body = json!({
            "connector": connection.as_str(),
            "identifier": identifier.expose(),
            "user_verify_url": verify_url.as_str(),
            "state": state.expose(),
        });
        let answer = self
            .post(
                "/api/v1/connected_accounts/magic_link",
                &body,
                Repeat::Freely,
            )
            .await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Err(Error::NoConnection);
        }
        Link::read(&answer.json()?)
    }

    /// Confirms that this consent was given by the person with this identifier. Where the
    /// vault would send the browser next is not asked: we have our own page.
    pub(crate) async fn verify(
        &self,
        auth_request: &AuthRequestId,
        identifier: &Identifier,
        _noted: &Noted,
    ) -> Result<(), VerifyError> {
        let body = json!({
            "auth_request_id": auth_request.expose(),
            "identifier": identifier.expose(),
        });
        let answer = self
            .post(
                "/api/v1/connected_accounts/user/verify",
                &body,
                Repeat::UnlessSent,
            )
            .await?;
        let Err(refusal) = answer.json() else {
            return Ok(());
        };
        Err(if matches!(refusal, Error::NoAccount) {
            VerifyError::Gone
        } else if matches!(refusal, Error::Refused { status: 403, .. }) {
            VerifyError::OtherPerson
        } else {
            VerifyError::Vault(refusal)
        })
    }

    /// Deletes the person's account on this connection, tokens and all.
    pub(crate) async fn disconnect(
        &self,
        connection: &ConnectionName,
        identifier: &Identifier,
        _noted: &Noted,
    ) -> Result<Disconnected, Error> {
        let body = json!({
            "connector": connection.as_str(),
            "identifier": identifier.expose(),
        });
        let answer = self
            .post("/api/v1/connected_accounts:delete", &body, Repeat::Freely)
            .await?;
        if answer.status() == StatusCode::NOT_FOUND {
            // Gone at the second try: the first has deleted it, and its answer was lost.
            return Ok(if answer.is_to_a_repeat() {
                Disconnected::Deleted
            } else {
                Disconnected::WasNotThere
            });
        }
        answer.json().map(|_| Disconnected::Deleted)
    }

    async fn post(
        &self,
        path: &'static str,
        body: &Value,
        repeat: Repeat,
    ) -> Result<Answer, Error> {
        self.call(&Call {
            method: Method::POST,
            path,
            query: &[],
            body: Some(body),
            repeat,
            deadline: self.deadlines.control,
        })
        .await
    }

    /// Makes a call; once more with a new token if ours was refused, which the vault does
    /// before it looks at the call.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Answer, Error> {
        let token = self.tokens.current().await?;
        let answer = self.call_with(call, &token).await?;
        if !answer.rejects_token() {
            return Ok(answer);
        }
        let token = self.tokens.renewed(&token).await?;
        let answer = self.call_with(call, &token).await?;
        if answer.rejects_token() {
            return Err(Error::Token);
        }
        Ok(answer)
    }

    async fn call_with(&self, call: &Call<'_>, token: &Token) -> Result<Answer, Error> {
        let url = under(&self.base, call.path);
        self.line
            .exchange(call.repeat, call.deadline, || {
                let request = self
                    .http
                    .request(call.method.clone(), url.clone())
                    .bearer_auth(token.expose())
                    .query(call.query);
                match call.body {
                    Some(body) => request.json(body),
                    None => request,
                }
            })
            .await
    }
}

fn under(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_put_under_the_base() {
        for (base, url) in [
            (
                "https://env.example.com",
                "https://env.example.com/a:delete",
            ),
            (
                "https://env.example.com/",
                "https://env.example.com/a:delete",
            ),
            (
                "http://localhost:1/vault/",
                "http://localhost:1/vault/a:delete",
            ),
        ] {
            let joined = under(&Url::parse(base).unwrap(), "/a:delete");
            assert_eq!(joined.as_str(), url);
        }
    }
}
