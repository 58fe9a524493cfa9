//! The machine token: one for the whole process, fetched by one caller for all who wait.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::clock::Clock;

use super::error::{Error, Repeat};
use super::line::{Answer, Line};
use super::wire;

/// Renewed this long before its end, in seconds, so that no call sets out with a token
/// that ends on the way.
const MARGIN: i64 = 60;

/// Lifetime where the vault names none, in seconds.
const USUAL_LIFETIME: i64 = 3600;

/// A longer lifetime is not believed, in seconds.
const LONGEST_LIFETIME: i64 = 24 * 3600;

/// A machine token in use.
#[derive(Clone)]
pub(super) struct Token {
    bearer: Arc<SecretString>,
    good_until: Timestamp,
}

impl Token {
    pub(super) fn expose(&self) -> &str {
        self.bearer.expose_secret()
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.bearer, &other.bearer)
    }
}

/// How a token is asked for.
pub(super) struct TokenRequest {
    pub(super) http: Client,
    pub(super) url: Url,
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) deadline: Duration,
}

type Fetch = BoxFuture<'static, Result<Token, Error>>;

/// The token in hand and the fetch under way, if any.
///
/// The fetch is held weakly: it lives as long as somebody waits for it, and when all of
/// them have gone the next caller starts afresh instead of taking over a stale one.
#[derive(Default)]
struct Held {
    token: Option<Token>,
    fetch: Option<WeakShared<Fetch>>,
}

#[derive(Clone)]
pub(super) struct Tokens(Arc<Inner>);

struct Inner {
    request: TokenRequest,
    line: Line,
    clock: Clock,
    held: Mutex<Held>,
}

impl Tokens {
    pub(super) fn new(request: TokenRequest, line: Line, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            request,
            line,
            clock,
            held: Mutex::default(),
        }))
    }

    /// A token that is good for now.
    pub(super) async fn current(&self) -> Result<Token, Error> {
        self.other_than(None).await
    }

    /// A token in the place of one that was refused; whoever comes second gets the one
    /// that the first has fetched.
    pub(super) async fn renewed(&self, refused: &Token) -> Result<Token, Error> {
        self.other_than(Some(refused)).await
    }

    async fn other_than(&self, refused: Option<&Token>) -> Result<Token, Error> {
        let fetch = {
            let mut held = self.0.held();
            if let Some(token) = held.token.as_ref()
                && self.0.clock.now() < token.good_until
                && refused.is_none_or(|refused| !token.is(refused))
            {
                return Ok(token.clone());
            }
            self.join_or_start(&mut held)
        };
        fetch.await
    }

    fn join_or_start(&self, held: &mut Held) -> Shared<Fetch> {
        if let Some(under_way) = held.fetch.as_ref().and_then(WeakShared::upgrade) {
            return under_way;
        }
        let inner = Arc::clone(&self.0);
        let fetch = async move {
            let fetched = inner.fetch().await;
            let mut held = inner.held();
            held.fetch = None;
            if let Ok(token) = &fetched {
                held.token = Some(token.clone());
            }
            drop(held);
            fetched
        }
        .boxed()
        .shared();
        held.fetch = fetch.downgrade();
        fetch
    }
}

impl Inner {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(&self) -> Result<Token, Error> {
        let request = &self.request;
        let answer = self
            .line
            .exchange(Repeat::Freely, request.deadline, || {
                request.http.post(request.url.clone()).form(&[
                    ("grant_type", "client_credentials"),
                    ("client_id", request.client_id.as_str()),
                    ("client_secret", request.client_secret.expose_secret()),
                ])
            })
            .await?;
        self.read(&answer)
    }

    fn read(&self, answer: &Answer) -> Result<Token, Error> {
        // Token errors follow OAuth and carry no error code of the vault's.
        if matches!(
            answer.status(),
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
        ) {
            return Err(Error::Token);
        }
        let body = answer.json()?;
        let bearer = wire::text(&body, "access_token").ok_or(Error::BadAnswer)?;
        let lifetime = wire::whole_number(&body, "expires_in").unwrap_or(USUAL_LIFETIME);
        Ok(Token {
            bearer: Arc::new(bearer.to_owned().into()),
            good_until: self.clock.now() + SignedDuration::from_secs(use_for(lifetime)),
        })
    }
}

/// How long to use a token of this lifetime, in seconds. A very short one is used for
/// half of it: asking anew for each call would be worse.
fn use_for(lifetime: i64) -> i64 {
    let lifetime = lifetime.clamp(0, LONGEST_LIFETIME);
    (lifetime - MARGIN).max(lifetime / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_until_shortly_before_its_end() {
        for (lifetime, used) in [
            (86_399, 86_339),
            (3600, 3540),
            (300, 240),
            (60, 30),
            (0, 0),
            (-5, 0),
            (i64::MAX, 86_340),
        ] {
            assert_eq!(use_for(lifetime), used, "{lifetime}");
        }
    }
}
