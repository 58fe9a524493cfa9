//! One exchange with the vault: a deadline, a bounded body, and another try where that
//! is harmless.

use std::time::{Duration, Instant};

use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::Value;

use crate::backoff::{self, Backoff, rest};
use crate::circuit::{Breaker, Permit};
use crate::metrics::Trouble;

use super::error::{Cause, Error, Repeat, refusal};
use super::wire::ErrorBody;

/// A vault that fails three times in a row needs more time than a person has.
const MOST_TRIES: u32 = 3;

/// A longer wait is for the caller to explain, not for this line to sit out.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Largest body read, in bytes: a page of a hundred tools has well under one MiB.
const LARGEST_BODY: usize = 8 * 1024 * 1024;

#[derive(Clone)]
pub(super) struct Line {
    backoff: Backoff,
    breaker: Breaker,
}

impl Line {
    pub(super) fn new(backoff: Backoff, breaker: Breaker) -> Self {
        Self { backoff, breaker }
    }

    /// Sends what `request` builds, which happens again for each try; the deadline is
    /// for all of them together.
    pub(super) async fn exchange(
        &self,
        repeat: Repeat,
        deadline: Duration,
        request: impl Fn() -> RequestBuilder + Send + Sync,
    ) -> Result<Answer, Error> {
        tokio::time::timeout(deadline, self.tries(repeat, deadline, request))
            .await
            .map_err(|_| {
                self.breaker.count(Trouble::Silent);
                repeat.too_late()
            })?
            .map_err(|failure| failure.into_error(repeat))
    }

    async fn tries(
        &self,
        repeat: Repeat,
        deadline: Duration,
        request: impl Fn() -> RequestBuilder + Send + Sync,
    ) -> Result<Answer, Failure> {
        let for_each = match repeat {
            // A line that went dead leaves time for one that works.
            Repeat::Freely => deadline / 2,
            Repeat::UnlessSent => deadline,
        };
        let end = Instant::now() + deadline;
        let mut attempt = 0;
        loop {
            let permit = self.breaker.ask().ok_or(Failure::Down)?;
            let outcome = tokio::time::timeout(for_each, once(repeat, request()))
                .await
                .unwrap_or(Err(Failure::TooSlow))
                .map(|answer| answer.at(attempt));
            settle(permit, repeat, &outcome);
            if let Some(trouble) = trouble(&outcome) {
                self.breaker.count(trouble);
            }
            let pause = match next(repeat, &outcome) {
                Next::Again { asked } => self.backoff.delay(attempt, asked),
                Next::Settled => return outcome,
            };
            attempt += 1;
            // Nobody waits for a try for which there will be no time.
            if attempt == MOST_TRIES || Instant::now() + pause >= end {
                return outcome;
            }
            rest(pause).await;
        }
    }
}

/// What an outcome says of the vault itself. What a call that acts runs into may be the
/// provider's doing, and a limit or a refusal is an answer.
fn settle(permit: Permit, repeat: Repeat, outcome: &Result<Answer, Failure>) {
    match (outcome, repeat) {
        (Err(Failure::NotSent(_)), _)
        | (Err(Failure::Cut(_) | Failure::TooSlow), Repeat::Freely) => permit.failed(),
        (Ok(answer), Repeat::Freely) if answer.is_a_failure_of_the_vault() => permit.failed(),
        (Ok(answer), Repeat::UnlessSent) if answer.status.is_server_error() => {}
        (Err(Failure::Cut(_) | Failure::TooSlow | Failure::Down), _) => {}
        (Ok(_) | Err(Failure::TooLarge), _) => permit.answered(),
    }
}

/// What it says of this try at the vault. That there is no such account is an answer, and
/// what a tool says is its provider's word.
fn trouble(outcome: &Result<Answer, Failure>) -> Option<Trouble> {
    match outcome {
        Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => Some(Trouble::Limited),
        Ok(answer) if answer.is_a_failure_of_the_vault() => Some(Trouble::Failed),
        Ok(answer) if answer.rejects_token() => Some(Trouble::Refused),
        Err(Failure::Cut(_) | Failure::NotSent(_) | Failure::TooLarge) => Some(Trouble::Failed),
        Err(Failure::TooSlow) => Some(Trouble::Silent),
        Ok(_) | Err(Failure::Down) => None,
    }
}

async fn once(repeat: Repeat, request: RequestBuilder) -> Result<Answer, Failure> {
    let response = request.send().await.map_err(Failure::of)?;
    Answer::read(repeat, response).await
}

enum Next {
    Again { asked: Option<Duration> },
    Settled,
}

fn next(repeat: Repeat, outcome: &Result<Answer, Failure>) -> Next {
    match (outcome, repeat) {
        (Err(Failure::NotSent(_)), _)
        | (Err(Failure::Cut(_) | Failure::TooSlow), Repeat::Freely) => Next::Again { asked: None },
        (Ok(answer), Repeat::Freely) if answer.is_passing_failure() => Next::Again {
            asked: answer.retry_after,
        },
        (
            Ok(_) | Err(Failure::Cut(_) | Failure::Down | Failure::TooLarge | Failure::TooSlow),
            _,
        ) => Next::Settled,
    }
}

/// Why there is no answer.
enum Failure {
    /// The line broke when the request may have arrived.
    Cut(Cause),
    /// It was not even tried.
    Down,
    /// No connection: not a byte was sent.
    NotSent(Cause),
    TooLarge,
    TooSlow,
}

impl Failure {
    fn of(error: reqwest::Error) -> Self {
        if error.is_connect() {
            Self::NotSent(Cause::new(error))
        } else {
            Self::Cut(Cause::new(error))
        }
    }

    fn into_error(self, repeat: Repeat) -> Error {
        match self {
            Self::Cut(cause) => repeat.broken(Some(cause)),
            Self::Down => Error::Down,
            Self::NotSent(cause) => Error::Unavailable {
                source: Some(cause),
            },
            Self::TooLarge => Error::TooLarge,
            Self::TooSlow => repeat.too_late(),
        }
    }
}

/// What the vault answered, not yet judged.
pub(super) struct Answer {
    repeat: Repeat,
    /// Tries before the one that was answered. Each may have done what was asked.
    tries_before: u32,
    status: StatusCode,
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl Answer {
    fn at(self, attempt: u32) -> Self {
        Self {
            tries_before: attempt,
            ..self
        }
    }

    /// Whether an earlier try of the same call may have done it already.
    pub(super) fn is_to_a_repeat(&self) -> bool {
        self.tries_before > 0
    }

    async fn read(repeat: Repeat, mut response: Response) -> Result<Self, Failure> {
        let status = response.status();
        let retry_after = backoff::retry_after(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(Failure::of)? {
            if body.len() + chunk.len() > LARGEST_BODY {
                return Err(Failure::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self {
            repeat,
            tries_before: 0,
            status,
            retry_after,
            body,
        })
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// Worth another try, and soon: failures of the vault or a proxy before it, and the
    /// vault's own limit.
    fn is_passing_failure(&self) -> bool {
        let soon = self.retry_after.is_none_or(|wait| wait <= LONGEST_WAIT);
        match self.status.as_u16() {
            200..=299 => self.object().is_none(),
            429 | 500..=599 => soon,
            _ => false,
        }
    }

    /// Not one of the provider behind it, which says so.
    fn is_a_failure_of_the_vault(&self) -> bool {
        self.status.is_server_error() && !ErrorBody::read(&self.body).is_of_a_tool()
    }

    /// The vault's words, if they are a success's: some proxies put an error into a 200.
    fn object(&self) -> Option<Value> {
        serde_json::from_slice::<Value>(&self.body)
            .ok()
            .filter(Value::is_object)
            .filter(|body| body.get("error").is_none_or(is_unset))
    }

    /// Refused before it was looked at, because our token is not good any more. Other
    /// 401s speak of the person's token, and a new one of ours would not help.
    pub(super) fn rejects_token(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED && matches!(self.refusal(), Error::Token)
    }

    fn refusal(&self) -> Error {
        let body = ErrorBody::read(&self.body);
        refusal(self.repeat, self.status, self.retry_after, body)
    }

    /// For calls whose success says all.
    pub(super) fn accepted(&self) -> Result<(), Error> {
        if self.status.is_success() {
            Ok(())
        } else {
            Err(self.refusal())
        }
    }

    pub(super) fn json(&self) -> Result<Value, Error> {
        self.accepted()?;
        self.object().ok_or_else(|| self.repeat.unreadable())
    }
}

fn is_unset(field: &Value) -> bool {
    field.is_null() || field.as_str() == Some("")
}
