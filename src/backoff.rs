//! How long to wait before asking an outside service again, and the waiting itself.

use std::time::Duration;

use crate::random::Randomness;

/// Waits that double with each failure, blurred so that many runs which failed together
/// do not come back together.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    base: Duration,
    cap: Duration,
    randomness: Randomness,
}

impl Backoff {
    /// The first wait is about `base`; none is longer than `cap`, whoever asks for it.
    pub(crate) fn new(base: Duration, cap: Duration, randomness: Randomness) -> Self {
        Self {
            base,
            cap,
            randomness,
        }
    }

    /// How long to wait after the failure number `attempt`, counted from 0. `asked` is
    /// what the service asked for, in `Retry-After`.
    pub(crate) fn delay(&self, attempt: u32, asked: Option<Duration>) -> Duration {
        delay(attempt, self.base, self.randomness.fraction(), asked).min(self.cap)
    }

    /// Waits that long.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that sleeps: nothing announces that a service has recovered"
    )]
    pub(crate) async fn pause(&self, attempt: u32, asked: Option<Duration>) {
        tokio::time::sleep(self.delay(attempt, asked)).await;
    }
}

/// Between half of `base · 2^attempt` and the whole of it, by `jitter_fraction` in
/// `0.0..1.0`; on top of what the service asked for, which is never cut short by chance.
fn delay(
    attempt: u32,
    base: Duration,
    jitter_fraction: f64,
    retry_after: Option<Duration>,
) -> Duration {
    // 2^16 times any sensible base is beyond any sensible cap.
    let doubled = base.saturating_mul(1 << attempt.min(16));
    match retry_after {
        Some(asked) => asked.saturating_add(base.mul_f64(jitter_fraction)),
        None => doubled.mul_f64(f64::midpoint(1.0, jitter_fraction)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Duration = Duration::from_millis(500);

    #[test]
    fn waits_double_and_are_blurred_downwards() {
        let cases = [
            (0, 0.0, 250),
            (0, 0.5, 375),
            (1, 0.0, 500),
            (2, 0.5, 1500),
            (3, 0.0, 2000),
        ];
        for (attempt, fraction, millis) in cases {
            assert_eq!(
                delay(attempt, BASE, fraction, None),
                Duration::from_millis(millis),
                "attempt {attempt}, fraction {fraction}"
            );
        }
    }

    #[test]
    fn what_the_service_asks_for_is_waited_in_full() {
        let asked = Duration::from_secs(7);
        assert_eq!(delay(0, BASE, 0.0, Some(asked)), asked);
        assert!(delay(5, BASE, 0.9, Some(asked)) >= asked);
    }

    #[test]
    fn no_wait_is_longer_than_the_cap() {
        let backoff = Backoff::new(BASE, Duration::from_secs(20), Randomness::seeded(1));
        for attempt in [0, 1, 10, 31, 32, u32::MAX] {
            assert!(backoff.delay(attempt, None) <= Duration::from_secs(20));
        }
        let asked = Some(Duration::MAX);
        assert_eq!(backoff.delay(0, asked), Duration::from_secs(20));
    }
}
