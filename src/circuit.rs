//! Whether a service is up. One that has failed many times in a row is left alone for a
//! while, so that people are told at once instead of after a minute of tries; then one
//! call finds out for all.
//!
//! Pure: the time, and how long to leave it alone, come in as parameters.

mod breaker;

use std::time::{Duration, Instant};

pub(crate) use breaker::{Breaker, Permit, Trust};

/// Failures in a row after which a service can be taken to be down: more than all tries
/// of one call.
const MOST_FAILURES: u32 = 10;

/// The state of one circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Circuit {
    /// Calls pass, and the last one was answered.
    Closed,
    /// Calls pass, and so many have failed in a row.
    Failing { failures: u32, since: Instant },
    /// No call passes before this time.
    Open { until: Instant, pauses: u32 },
    /// One call is on its way to find out, and no other passes.
    Probing { pauses: u32 },
}

/// What whoever wants to call is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Pass,
    /// Pass, and find out for all others.
    Probe,
    /// Not a byte is to be sent.
    Down,
}

/// What a result has changed, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Closed,
    None,
    Opened,
}

impl Circuit {
    fn asked(self, now: Instant) -> (Self, Answer) {
        match self {
            Self::Closed | Self::Failing { .. } => (self, Answer::Pass),
            Self::Open { until, pauses } if until <= now => {
                (Self::Probing { pauses }, Answer::Probe)
            }
            Self::Open { .. } | Self::Probing { .. } => (self, Answer::Down),
        }
    }

    /// The service answered, whoever asked: it is up.
    fn answered(self) -> (Self, Change) {
        let change = match self {
            Self::Closed | Self::Failing { .. } => Change::None,
            Self::Open { .. } | Self::Probing { .. } => Change::Closed,
        };
        (Self::Closed, change)
    }

    /// A call failed as only a service that is down fails. Many in a row open the circuit
    /// once that has lasted for `trouble`: what is over in a moment is for the next try.
    /// Calls that set out before it opened say nothing new.
    fn failed(
        self,
        now: Instant,
        trouble: Duration,
        pause: impl FnOnce(u32) -> Duration,
    ) -> (Self, Change) {
        let (failures, since) = match self {
            Self::Closed => (1, now),
            Self::Failing { failures, since } => (failures.saturating_add(1), since),
            Self::Open { .. } | Self::Probing { .. } => return (self, Change::None),
        };
        if failures < MOST_FAILURES || now.saturating_duration_since(since) < trouble {
            return (Self::Failing { failures, since }, Change::None);
        }
        let open = Self::Open {
            until: now + pause(0),
            pauses: 1,
        };
        (open, Change::Opened)
    }

    /// The probe failed, or never came back. The pause grows with each.
    fn probe_failed(self, now: Instant, pause: impl FnOnce(u32) -> Duration) -> Self {
        match self {
            Self::Probing { pauses } => Self::Open {
                until: now + pause(pauses),
                pauses: pauses.saturating_add(1),
            },
            // Somebody else was answered meanwhile.
            Self::Closed | Self::Failing { .. } | Self::Open { .. } => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TROUBLE: Duration = Duration::from_secs(5);

    fn pause(after: u32) -> Duration {
        Duration::from_secs(1) * 2_u32.pow(after.min(5))
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_when_a_probe_is_answered() {
        let begin = Instant::now();
        let at = |second| begin + Duration::from_secs(second);
        let failing = |failures| Circuit::Failing {
            failures,
            since: begin,
        };
        let open = |until, pauses| Circuit::Open {
            until: at(until),
            pauses,
        };
        let probing = |pauses| Circuit::Probing { pauses };
        for (before, second, after, change) in [
            (Circuit::Closed, 0, failing(1), Change::None),
            (failing(1), 9, failing(2), Change::None),
            (failing(9), 4, failing(10), Change::None),
            (failing(9), 5, open(6, 1), Change::Opened),
            (failing(99), 7, open(8, 1), Change::Opened),
            (open(6, 1), 7, open(6, 1), Change::None),
            (probing(1), 7, probing(1), Change::None),
        ] {
            let failed = before.failed(at(second), TROUBLE, pause);
            assert_eq!(failed, (after, change), "{before:?}");
        }
        for (before, change) in [
            (Circuit::Closed, Change::None),
            (failing(9), Change::None),
            (open(6, 3), Change::Closed),
            (probing(3), Change::Closed),
        ] {
            assert_eq!(before.answered(), (Circuit::Closed, change), "{before:?}");
        }
        for (before, second, after, answer) in [
            (Circuit::Closed, 0, Circuit::Closed, Answer::Pass),
            (failing(9), 0, failing(9), Answer::Pass),
            (open(6, 1), 5, open(6, 1), Answer::Down),
            (open(6, 1), 6, probing(1), Answer::Probe),
            (probing(1), 60, probing(1), Answer::Down),
        ] {
            assert_eq!(before.asked(at(second)), (after, answer), "{before:?}");
        }
        for (before, after) in [
            (probing(1), open(2, 2)),
            (probing(2), open(4, 3)),
            (failing(1), failing(1)),
            (open(6, 1), open(6, 1)),
        ] {
            assert_eq!(before.probe_failed(begin, pause), after, "{before:?}");
        }
    }

    #[derive(Debug, Clone, Copy)]
    enum Event {
        Asked,
        Answered,
        Failed,
        ProbeFailed,
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            4 => Just(Event::Asked),
            1 => Just(Event::Answered),
            9 => Just(Event::Failed),
            2 => Just(Event::ProbeFailed),
        ]
    }

    proptest! {
        /// Never two probes at once, never shut for good, and a service that answers is
        /// up, however the results of calls come in.
        #[test]
        fn one_probe_at_a_time_and_never_shut_for_good(
            events in prop::collection::vec((0_u64..3_000, event()), 1..300)
        ) {
            let mut now = Instant::now();
            let mut circuit = Circuit::Closed;
            let mut probes = 0;
            for (millis, event) in events {
                now += Duration::from_millis(millis);
                match event {
                    Event::Asked => {
                        let (next, answer) = circuit.asked(now);
                        circuit = next;
                        probes += u32::from(answer == Answer::Probe);
                        prop_assert!(probes <= 1);
                    }
                    Event::Answered => {
                        circuit = circuit.answered().0;
                        probes = 0;
                        prop_assert_eq!(circuit.asked(now).1, Answer::Pass);
                    }
                    Event::Failed => circuit = circuit.failed(now, TROUBLE, pause).0,
                    Event::ProbeFailed => {
                        circuit = circuit.probe_failed(now, pause);
                        probes = 0;
                    }
                }
                let in_the_end = now + Duration::from_mins(1);
                let (_, answer) = circuit.asked(in_the_end);
                prop_assert!(answer != Answer::Down || probes == 1);
            }
        }
    }
}
