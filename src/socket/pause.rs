//! How long to wait before another connection is opened.

use std::time::Duration;

use crate::backoff::Backoff;

/// A connection shorter than this was none: what ended it will end the next one too.
const SHORT: Duration = Duration::from_mins(1);

/// What came of a connection, or of the try to open one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// Slack asked for another, and keeps this one up for a while.
    Asked { lived: Duration },
    /// There is none. Slack may have said how long to wait.
    Failed { asked: Option<Duration> },
    /// An operator has to change something first.
    Final,
    /// It broke, or was closed without a warning.
    Gone { lived: Duration },
}

/// Counts what went wrong in a row.
pub(super) struct Pauses {
    backoff: Backoff,
    failed: u32,
}

impl Pauses {
    pub(super) fn new(backoff: Backoff) -> Self {
        Self { backoff, failed: 0 }
    }

    /// None where all is as it should be; else longer each time.
    pub(super) fn after(&mut self, over: Over) -> Duration {
        match over {
            Over::Asked { lived } if lived >= SHORT => {
                self.failed = 0;
                return Duration::ZERO;
            }
            Over::Gone { lived } if lived >= SHORT => self.failed = 0,
            Over::Asked { .. } | Over::Failed { .. } | Over::Gone { .. } => {}
            // So much that it is the longest.
            Over::Final => return self.backoff.delay(u32::MAX, None),
        }
        let asked = match over {
            Over::Failed { asked } => asked,
            Over::Asked { .. } | Over::Final | Over::Gone { .. } => None,
        };
        let pause = self.backoff.delay(self.failed, asked);
        self.failed = self.failed.saturating_add(1);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Randomness;

    const FIRST: Duration = Duration::from_millis(500);
    const LONGEST: Duration = Duration::from_mins(1);

    fn pauses() -> Pauses {
        Pauses::new(Backoff::new(FIRST, LONGEST, Randomness::seeded(1)))
    }

    #[test]
    fn an_orderly_change_takes_no_pause() {
        let mut pauses = pauses();
        for _ in 0..3 {
            assert_eq!(pauses.after(Over::Asked { lived: SHORT }), Duration::ZERO);
        }
    }

    #[test]
    fn whatever_ends_at_once_is_begun_later_and_later() {
        let lived = SHORT / 2;
        for over in [
            Over::Asked { lived },
            Over::Gone { lived },
            Over::Failed { asked: None },
        ] {
            let mut pauses = pauses();
            assert!(pauses.after(over) <= FIRST, "{over:?}");
            for _ in 0..12 {
                pauses.after(over);
            }
            assert!(pauses.after(over) >= LONGEST / 2, "{over:?}");
            // One that lasts ends the row.
            assert!(pauses.after(Over::Gone { lived: SHORT }) <= FIRST);
        }
    }

    #[test]
    fn what_slack_asks_for_counts_and_what_only_an_operator_can_mend_waits_long() {
        let asked = Some(Duration::from_secs(30));
        assert_eq!(
            pauses().after(Over::Failed { asked }),
            Duration::from_secs(30)
        );
        let mut pauses = pauses();
        assert!(pauses.after(Over::Final) >= LONGEST / 2);
        assert!(pauses.after(Over::Failed { asked: None }) <= FIRST);
    }
}
