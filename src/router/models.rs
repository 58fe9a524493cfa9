//! The models in the order in which they are tried, and which of them are passed over.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use super::error::Error;
use crate::circuit::Breaker;

/// A model, and whether it answers.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) name: String,
    pub(super) breaker: Breaker,
    /// Until when it is passed over.
    rests_until: Mutex<Option<Instant>>,
}

impl Model {
    pub(super) fn new(name: String, breaker: Breaker) -> Self {
        Self {
            name,
            breaker,
            rests_until: Mutex::default(),
        }
    }

    /// It failed after all its tries.
    pub(super) fn failed(&self, error: Error, now: Instant) {
        if let Some(rest) = error.rest() {
            *self.rest() = Some(now + rest);
        }
    }

    fn rests(&self, now: Instant) -> bool {
        self.rest().is_some_and(|until| now < until)
    }

    fn rest(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        // A time is whole, whoever panicked.
        self.rests_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// All of them in the order in which they are tried for one reply: those that rest come
/// last.
pub(super) fn in_turn(models: &[Model], now: Instant) -> Vec<&Model> {
    let mut models: Vec<&Model> = models.iter().collect();
    models.sort_by_cached_key(|model| model.rests(now));
    models
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::circuit::Trust;
    use crate::metrics::{Metrics, Service};
    use crate::random::Randomness;

    fn model(name: &str) -> Model {
        let trust = Trust {
            trouble: Duration::from_mins(1),
            pause: Duration::from_secs(1),
        };
        let randomness = Randomness::seeded(1);
        let breaker = Breaker::new(Service::Router, trust, randomness, Metrics::new());
        Model::new(name.to_owned(), breaker)
    }

    #[test]
    fn who_has_failed_rests_for_a_while_as_long_as_there_is_another() {
        let models = ["first", "second"].map(model);
        let begin = Instant::now();
        let at = |second| begin + Duration::from_secs(second);
        let names = |second| -> Vec<&str> {
            let models = in_turn(&models, at(second));
            models.iter().map(|model| model.name.as_str()).collect()
        };
        assert_eq!(names(0), ["first", "second"]);
        models[0].failed(Error::Refused, at(0));
        assert_eq!(names(0), ["first", "second"]);
        models[0].failed(Error::TimedOut, at(0));
        assert_eq!(names(29), ["second", "first"]);
        assert_eq!(names(30), ["first", "second"]);
        models[0].failed(Error::Unavailable, at(40));
        models[1].failed(Error::Unavailable, at(50));
        assert_eq!(names(60), ["first", "second"]);
        assert_eq!(names(75), ["first", "second"]);
        models[0].failed(Error::TimedOut, at(75));
        assert_eq!(names(79), ["first", "second"]);
        assert_eq!(names(80), ["second", "first"]);
    }
}
