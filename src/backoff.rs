//! Waiting before another try: longer each time, never in step with others, never beyond
//! a cap. The one place that sleeps.

use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::{DATE, RETRY_AFTER};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use crate::random::Randomness;

/// How long to wait between tries.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    base: Duration,
    cap: Duration,
    randomness: Randomness,
}

impl Backoff {
    pub(crate) fn new(base: Duration, cap: Duration, randomness: Randomness) -> Self {
        Self {
            base,
            cap,
            randomness,
        }
    }

    /// The wait after a failed try, the first being 0. What the other side `asked` for
    /// counts if it is longer than our own wait; the cap is above both.
    pub(crate) fn delay(&self, attempt: u32, asked: Option<Duration>) -> Duration {
        let doubled = self.base.saturating_mul(2_u32.saturating_pow(attempt));
        let jittered = doubled
            .min(self.cap)
            .mul_f64(0.5 + self.randomness.fraction() / 2.0);
        jittered.max(asked.unwrap_or_default()).min(self.cap)
    }
}

/// The longest `Retry-After` that makes sense; longer ones are cut to it.
const LONGEST_ASKED: Duration = Duration::from_hours(24);

/// The wait that an answer asks for: seconds, or a date. A date is read by the clock of
/// whoever wrote it, since ours may be wrong; without one our own pause must do.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| Some(headers.get(name)?.to_str().ok()?.trim());
    let asked = text(RETRY_AFTER)?;
    let wait = if let Ok(seconds) = asked.parse() {
        Duration::try_from_secs_f64(seconds).ok()?
    } else {
        let wait = date(asked)?.duration_since(date(text(DATE)?)?);
        Duration::try_from(wait).unwrap_or_default()
    };
    Some(wait.min(LONGEST_ASKED))
}

fn date(text: &str) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    PARSER.parse_timestamp(text).ok()
}

/// Waits this long, where nothing announces that it is time.
#[expect(
    clippy::disallowed_methods,
    reason = "backing off is waiting for time to pass"
)]
pub(crate) async fn rest(for_this: Duration) {
    tokio::time::sleep(for_this).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_asked_for_in_seconds_or_by_a_date() {
        let now = "Sun, 06 Nov 1994 08:49:37 GMT";
        for (asked, date, wait) in [
            ("7", "", Some(7_000)),
            (" 0 ", now, Some(0)),
            ("1.5", "", Some(1_500)),
            ("99999999", "", Some(86_400_000)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", now, Some(30_000)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", now, Some(0)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", "", None),
            ("Sun, 06 Nov 1994 08:50:07 GMT", "soon", None),
            ("-1", now, None),
            ("NaN", now, None),
            ("inf", now, None),
            ("soon", now, None),
            ("", now, None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, asked.parse().unwrap());
            if !date.is_empty() {
                headers.insert(DATE, date.parse().unwrap());
            }
            let wait = wait.map(Duration::from_millis);
            assert_eq!(retry_after(&headers), wait, "{asked} {date}");
        }
    }

    #[test]
    fn waits_grow_to_the_cap_and_what_was_asked_counts() {
        let millis = Duration::from_millis;
        let backoff = Backoff::new(millis(100), millis(1_000), Randomness::seeded(1));
        for (attempt, asked, least, most) in [
            (0, None, 50, 100),
            (1, None, 100, 200),
            (3, None, 400, 800),
            (9, None, 500, 1_000),
            (u32::MAX, None, 500, 1_000),
            (0, Some(700), 700, 700),
            (0, Some(1), 50, 100),
            (0, Some(90_000), 1_000, 1_000),
        ] {
            let delay = backoff.delay(attempt, asked.map(millis));
            assert!(
                (millis(least)..=millis(most)).contains(&delay),
                "{attempt} {asked:?}: {delay:?}"
            );
        }
    }
}
