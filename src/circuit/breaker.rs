//! The circuit of one service, shared by all its callers.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Answer, Change, Circuit};
use crate::backoff::Backoff;
use crate::metrics::{Metrics, Service, Trouble};
use crate::random::Randomness;

/// The longest that a service is left alone; then it is asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How much failing it takes to be taken for down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trust {
    /// How long all calls have failed.
    pub(crate) trouble: Duration,
    /// How long it is left alone the first time; each time after that doubles it.
    pub(crate) pause: Duration,
}

/// A cheap handle on the circuit of one service.
#[derive(Clone)]
pub(crate) struct Breaker(Arc<Inner>);

struct Inner {
    service: Service,
    circuit: Mutex<Circuit>,
    trust: Trust,
    pauses: Backoff,
    metrics: Metrics,
}

impl Breaker {
    pub(crate) fn new(
        service: Service,
        trust: Trust,
        randomness: Randomness,
        metrics: Metrics,
    ) -> Self {
        Self(Arc::new(Inner {
            service,
            circuit: Mutex::new(Circuit::Closed),
            trust,
            pauses: Backoff::new(trust.pause, LONGEST_PAUSE, randomness),
            metrics,
        }))
    }

    /// Leave to make one call; `None` while the service is taken to be down.
    pub(crate) fn ask(&self) -> Option<Permit> {
        let answer = self.0.change(|circuit| circuit.asked(Instant::now()));
        match answer {
            Answer::Down => None,
            Answer::Pass | Answer::Probe => Some(Permit {
                inner: Arc::clone(&self.0),
                is_open: answer == Answer::Probe,
            }),
        }
    }

    /// A try came to nothing; a figure, and no more.
    pub(crate) fn count(&self, why: Trouble) {
        self.0.metrics.troubled(self.0.service, why);
    }
}

impl std::fmt::Debug for Breaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Breaker({:?})", self.0.service)
    }
}

/// Leave for one call, whose outcome is told here. One that is dropped says nothing,
/// unless it was to find out: then the service is left alone again.
pub(crate) struct Permit {
    inner: Arc<Inner>,
    /// It is a probe, and its outcome is open.
    is_open: bool,
}

impl Permit {
    /// There was an answer, if only a refusal.
    pub(crate) fn answered(mut self) {
        self.is_open = false;
        if self.inner.change(Circuit::answered) == Change::Closed {
            self.inner.metrics.circuit_closed(self.inner.service);
            let service = self.inner.service;
            tracing::info!(service = ?service, "the {service} answers again");
        }
    }

    /// It failed as only a service that is down fails.
    pub(crate) fn failed(self) {
        let inner = &self.inner;
        let failed = |circuit: Circuit| {
            circuit.failed(Instant::now(), inner.trust.trouble, |pauses| {
                inner.pauses.delay(pauses, None)
            })
        };
        if !self.is_open && inner.change(failed) == Change::Opened {
            inner.metrics.circuit_opened(inner.service);
            let service = inner.service;
            tracing::error!(service = ?service, "the {service} is taken to be down: people are told at once, and one call at a time finds out");
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.is_open {
            let pauses = &self.inner.pauses;
            self.inner.change(|circuit| {
                let pause = |so_far| pauses.delay(so_far, None);
                (circuit.probe_failed(Instant::now(), pause), ())
            });
        }
    }
}

impl Inner {
    fn change<T>(&self, change: impl FnOnce(Circuit) -> (Circuit, T)) -> T {
        let mut circuit = self.circuit.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, told) = change(*circuit);
        *circuit = next;
        told
    }
}

#[cfg(test)]
mod tests {
    use super::super::MOST_FAILURES;
    use super::*;

    fn breaker(pause: Duration) -> Breaker {
        let trust = Trust {
            trouble: Duration::ZERO,
            pause,
        };
        Breaker::new(Service::Vault, trust, Randomness::seeded(1), Metrics::new())
    }

    /// As many calls as there can be, all on their way, and then all failed.
    fn break_down(breaker: &Breaker) {
        let permits: Vec<Permit> = (0..MOST_FAILURES).filter_map(|_| breaker.ask()).collect();
        permits.into_iter().for_each(Permit::failed);
    }

    #[test]
    fn a_service_that_fails_is_left_alone_and_then_asked_by_one() {
        let breaker = breaker(Duration::ZERO);
        break_down(&breaker);
        // With no pause at all, the next one is the probe.
        let probe = breaker.ask().unwrap();
        assert!(breaker.ask().is_none(), "nobody else");
        probe.answered();
        assert!(breaker.ask().is_some() && breaker.ask().is_some());
    }

    #[test]
    fn a_probe_that_never_comes_back_makes_room_for_the_next() {
        let breaker = breaker(Duration::ZERO);
        break_down(&breaker);
        drop(breaker.ask().unwrap());
        breaker.ask().unwrap().failed();
        assert!(breaker.ask().is_some());
    }

    #[test]
    fn while_it_is_open_nobody_passes_and_an_older_call_can_close_it() {
        let breaker = breaker(Duration::from_mins(1));
        let older = breaker.ask().unwrap();
        break_down(&breaker);
        assert!(breaker.ask().is_none());
        older.answered();
        assert!(breaker.ask().is_some());
    }

    #[test]
    fn a_call_that_is_given_up_says_nothing() {
        let breaker = breaker(Duration::from_mins(1));
        (0..99).for_each(|_| drop(breaker.ask()));
        assert!(breaker.ask().is_some());
    }
}
