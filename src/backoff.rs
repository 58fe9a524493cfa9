//! Waiting before another try. The one place that sleeps.

use std::time::Duration;

use crate::random::Randomness;

/// How long to wait before trying again: doubling, with jitter, up to a cap.
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

    /// The wait after this attempt, counted from 0: somewhere in the upper half of the
    /// doubled base, so that callers who failed together do not come back together. Never
    /// less than the far end `asked` for.
    pub(crate) fn delay(&self, attempt: u32, asked: Option<Duration>) -> Duration {
        let doubled = self
            .base
            .saturating_mul(2_u32.saturating_pow(attempt))
            .min(self.cap);
        let jittered = doubled.mul_f64(0.5 + self.randomness.fraction() / 2.0);
        match asked {
            Some(asked) => asked.saturating_add(jittered),
            None => jittered,
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that waits for time alone"
    )]
    pub(crate) async fn pause(&self, attempt: u32, asked: Option<Duration>) {
        tokio::time::sleep(self.delay(attempt, asked)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_honour_what_was_asked() {
        let backoff = Backoff::new(
            Duration::from_millis(100),
            Duration::from_secs(1),
            Randomness::seeded(1),
        );
        for (attempt, asked, from, to) in [
            (0, None, 50, 100),
            (1, None, 100, 200),
            (2, None, 200, 400),
            (9, None, 500, 1000),
            (u32::MAX, None, 500, 1000),
            (0, Some(3), 3050, 3100),
        ] {
            let delay = backoff.delay(attempt, asked.map(Duration::from_secs));
            let lawful = Duration::from_millis(from)..=Duration::from_millis(to);
            assert!(lawful.contains(&delay), "{attempt} {asked:?}: {delay:?}");
        }
    }
}
