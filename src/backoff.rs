//! Waiting before another try: longer each time, never in step with others, never beyond
//! a cap. The one place that sleeps.

use std::time::Duration;

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

    pub(crate) async fn pause(&self, attempt: u32, asked: Option<Duration>) {
        rest(self.delay(attempt, asked)).await;
    }
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
