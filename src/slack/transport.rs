//! How a call reaches Slack: under a deadline, waiting as long as Slack asks when it
//! limits us, and tried again only where doing it twice does no harm.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use slack_morphism::errors::SlackClientError;
use slack_morphism::prelude::{
    SlackApiToken, SlackClient, SlackClientApiCallContext, SlackClientHttpConnector as _,
    SlackClientHyperConnector, SlackHyperClient,
};
use url::Url;

use super::json;
use super::limits::{Limited, Limits, Pace, TooLong};
use super::wire::{self, Error};
use crate::backoff::{Backoff, rest};
use crate::circuit::{Breaker, Permit};
use crate::random::Randomness;

/// Tries of one call, the first included.
const TRIES: u32 = 3;

/// How long one call waits, all in all, because Slack limits us; beyond it the caller is
/// told.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The wait before the second try where Slack asks for none.
const SHORTEST_WAIT: Duration = Duration::from_millis(200);

/// How long Slack may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadlines {
    /// To accept a connection.
    pub(crate) connect: Duration,
    /// To answer one try of one call.
    pub(crate) call: Duration,
    /// Between calls, and where Slack says that there were too many.
    pub(crate) pace: Pace,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            call: Duration::from_secs(10),
            pace: Pace::default(),
        }
    }
}

/// The machine has no certificates by which Slack could be recognised.
#[derive(Debug, thiserror::Error)]
#[error("the system's root certificates cannot be read")]
pub(crate) struct NoTrustRoots(#[from] std::io::Error);

/// The way to one workspace's Web API.
pub(super) struct Transport {
    client: SlackHyperClient,
    token: SlackApiToken,
    api_url: Url,
    deadlines: Deadlines,
    backoff: Backoff,
    limits: Mutex<Limits>,
    /// For reads alone: what a person should hear is tried whatever came of others.
    breaker: Breaker,
}

/// Whether a call may be done twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeatable {
    No,
    Yes,
}

/// One call, ready to be tried.
pub(super) enum Call<'a> {
    Read(&'a str, Vec<(&'a str, Option<&'a str>)>),
    /// To a `response_url`, without the token.
    Respond(Url, Value),
    Write(&'a str, Value),
}

impl Call<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Read(method, _) | Self::Write(method, _) => method,
            Self::Respond(..) => "response_url",
        }
    }

    /// What Slack counts this call under. Each `response_url` has a few uses of its own.
    fn limited(&self) -> Option<Limited> {
        match self {
            Self::Respond(..) => None,
            Self::Write("chat.postMessage", body) => {
                let channel = json::text(body, &["channel"]).unwrap_or_default();
                Some(Limited::Posts(channel.into()))
            }
            Self::Read(method, _) | Self::Write(method, _) => {
                Some(Limited::Method((*method).into()))
            }
        }
    }
}

impl Transport {
    pub(super) fn new(
        api_url: &Url,
        token: &SecretString,
        deadlines: Deadlines,
        randomness: Randomness,
        breaker: Breaker,
    ) -> Result<Self, NoTrustRoots> {
        let connector = connector(api_url, deadlines)?
            .with_slack_api_url(api_url.as_str().trim_end_matches('/'));
        Ok(Self {
            client: SlackClient::new(connector),
            token: SlackApiToken::new(token.expose_secret().into()),
            api_url: api_url.clone(),
            deadlines,
            backoff: Backoff::new(SHORTEST_WAIT, LONGEST_WAIT, randomness),
            limits: Mutex::new(Limits::new(deadlines.pace)),
            breaker,
        })
    }

    /// The answer to a call, if Slack says that it went well.
    pub(super) async fn tried(
        &self,
        call: &Call<'_>,
        repeatable: Repeatable,
    ) -> Result<Value, Error> {
        let limited = call.limited();
        let latest = Instant::now() + LONGEST_WAIT;
        let mut tries = 0;
        loop {
            if let Some(limited) = &limited {
                self.turn(limited, latest).await?;
            }
            let permit = self.permit(call)?;
            let answer = self.once(call).await;
            settle(permit, &answer);
            let error = match answer {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let pause = self.backoff.delay(tries, asked_wait(&error));
            tries += 1;
            let again = tries < TRIES && may_be_tried_again(&error, repeatable);
            match (&error, &limited) {
                (Error::RateLimited { after }, Some(limited)) => {
                    self.close(call, limited, after.unwrap_or(pause));
                }
                _ if again => rest(pause).await,
                _ => {}
            }
            if !again {
                return Err(error);
            }
        }
    }

    /// The same at once and once, or not at all: for what is worth nothing later.
    pub(super) async fn hurried(&self, call: &Call<'_>) -> Result<Value, Error> {
        let limited = call.limited();
        if let Some(limited) = &limited {
            let now = Instant::now();
            let turn = self.limits().turn(limited, now, now);
            turn.map_err(|TooLong(wait)| Error::RateLimited { after: Some(wait) })?;
        }
        let answer = self.once(call).await;
        if let (Err(Error::RateLimited { after }), Some(limited)) = (&answer, &limited) {
            self.close(call, limited, after.unwrap_or(SHORTEST_WAIT));
        }
        answer
    }

    /// All who want the same wait for their turn.
    fn close(&self, call: &Call<'_>, limited: &Limited, wait: Duration) {
        tracing::warn!(
            slack.method = call.name(),
            wait_ms = wait.as_millis(),
            "Slack limits our rate"
        );
        self.limits().close(limited, wait, Instant::now());
    }

    fn permit(&self, call: &Call<'_>) -> Result<Option<Permit>, Error> {
        match call {
            Call::Read(..) => self.breaker.ask().map(Some).ok_or(Error::Down),
            Call::Respond(..) | Call::Write(..) => Ok(None),
        }
    }

    /// Waits until this may be asked of Slack, which may take back its word meanwhile.
    async fn turn(&self, limited: &Limited, latest: Instant) -> Result<(), Error> {
        loop {
            let now = Instant::now();
            let turn = self.limits().turn(limited, now, latest);
            let at = turn.map_err(|TooLong(wait)| Error::RateLimited { after: Some(wait) })?;
            if at <= now {
                return Ok(());
            }
            rest(at - now).await;
            if !self.limits().is_closed(limited, Instant::now()) {
                return Ok(());
            }
        }
    }

    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn once(&self, call: &Call<'_>) -> Result<Value, Error> {
        let answer = self.answer_to(call).await;
        if let Some(trouble) = answer.as_ref().err().and_then(Error::trouble) {
            self.breaker.count(trouble);
        }
        answer
    }

    async fn answer_to(&self, call: &Call<'_>) -> Result<Value, Error> {
        let answer = tokio::time::timeout(self.deadlines.call, self.sent(call))
            .await
            .map_err(|_| Error::TimedOut)?;
        let answer = answer.map_err(|error| wire::failure(&error))?;
        match call {
            // A plain `ok` is read as `{}`.
            Call::Respond(..) if answer.as_object().is_some_and(Map::is_empty) => Ok(answer),
            Call::Respond(..) | Call::Read(..) | Call::Write(..) => wire::success(answer),
        }
    }

    async fn sent(&self, call: &Call<'_>) -> Result<Value, SlackClientError> {
        let session = self.client.open_session(&self.token);
        let api = &session.http_session_api;
        match call {
            Call::Read(method, parameters) => api.http_get(method, parameters, None).await,
            Call::Write(method, body) => api.http_post(method, body, None).await,
            Call::Respond(url, body) => {
                let context = SlackClientApiCallContext {
                    rate_control_params: None,
                    token: None,
                    tracing_span: &api.span,
                    is_sensitive_url: true,
                };
                let connector = &self.client.http_api.connector;
                connector.http_post_uri(url.clone(), body, context).await
            }
        }
    }

    /// A `response_url` is obeyed only if it leads to Slack, or to where we take Slack to be.
    pub(super) fn address(&self, response_url: &str) -> Result<Url, Error> {
        let url = Url::parse(response_url).map_err(|_| Error::ForeignAddress)?;
        let hooks = url.scheme() == "https"
            && url.host_str() == Some("hooks.slack.com")
            && url.port().is_none();
        let simulated = url.scheme() == self.api_url.scheme()
            && url.host().is_some()
            && url.host() == self.api_url.host();
        if hooks || simulated {
            Ok(url)
        } else {
            Err(Error::ForeignAddress)
        }
    }
}

/// What an outcome says of Slack itself; a limit or a refusal is an answer.
fn settle(permit: Option<Permit>, answer: &Result<Value, Error>) {
    let Some(permit) = permit else { return };
    match answer {
        Err(Error::Interrupted | Error::TimedOut | Error::Unavailable | Error::Unreachable) => {
            permit.failed();
        }
        Ok(_) | Err(_) => permit.answered(),
    }
}

fn may_be_tried_again(error: &Error, repeatable: Repeatable) -> bool {
    match error {
        Error::RateLimited { after } => after.is_none_or(|after| after <= LONGEST_WAIT),
        Error::Unreachable => true,
        Error::Interrupted | Error::Unavailable => repeatable == Repeatable::Yes,
        // Whoever waited a whole deadline has waited long enough.
        Error::BadAnswer
        | Error::Down
        | Error::ForeignAddress
        | Error::Refused { .. }
        | Error::TimedOut => false,
    }
}

fn asked_wait(error: &Error) -> Option<Duration> {
    match error {
        Error::RateLimited { after } => *after,
        Error::BadAnswer
        | Error::Down
        | Error::ForeignAddress
        | Error::Interrupted
        | Error::Refused { .. }
        | Error::TimedOut
        | Error::Unavailable
        | Error::Unreachable => None,
    }
}

/// HTTP/1.1 only: a connection over which nothing came back is then given up with the
/// call, whereas a dead HTTP/2 connection would go on swallowing every later one.
fn connector(
    api_url: &Url,
    deadlines: Deadlines,
) -> Result<SlackClientHyperConnector<hyper_rustls::HttpsConnector<HttpConnector>>, NoTrustRoots> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_connect_timeout(Some(deadlines.connect));
    tcp.set_nodelay(true);
    let provider = rustls::crypto::ring::default_provider();
    let connector = if api_url.scheme() == "http" {
        // The simulated world on this machine; where there are no certificates, none are needed.
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .map_err(std::io::Error::other)?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp)
    } else {
        HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(provider)?
            .https_only()
            .enable_http1()
            .wrap_connector(tcp)
    };
    Ok(SlackClientHyperConnector::with_connector(connector))
}
