//! Whether a connection of Socket Mode stands: for `/readyz`, and for the figures.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::metrics::Metrics;
use crate::slack::socket::Ended;

/// What stands, and if nothing does, since when and why. A cheap handle.
#[derive(Clone)]
pub(crate) struct Standing {
    now: Arc<Mutex<Now>>,
    metrics: Metrics,
    /// So long without one is no matter.
    bearable: Duration,
}

struct Now {
    connections: i64,
    /// Since when there has been none; `None`: there never was one.
    without_since: Option<Instant>,
    why: Option<String>,
}

/// A connection that stands, until this is dropped.
pub(super) struct Stands(Standing);

impl Standing {
    pub(super) fn new(metrics: Metrics, bearable: Duration) -> Self {
        Self {
            now: Arc::new(Mutex::new(Now {
                connections: 0,
                without_since: None,
                why: None,
            })),
            metrics,
            bearable,
        }
    }

    /// The line about it, when Slack has not reached us for longer than is bearable.
    pub(crate) fn problem(&self) -> Option<String> {
        let now = self.now();
        let bearable = now
            .without_since
            .is_some_and(|since| since.elapsed() < self.bearable);
        if now.connections > 0 || bearable {
            return None;
        }
        let why = now.why.as_deref().unwrap_or("the first is being opened");
        Some(format!(
            "no connection of Socket Mode to Slack stands: {why}"
        ))
    }

    pub(super) fn one_more(&self) -> Stands {
        {
            let mut now = self.now();
            now.connections += 1;
            now.why = None;
            self.metrics.socket_connections(now.connections);
        }
        Stands(self.clone())
    }

    pub(super) fn missing_because(&self, why: &dyn fmt::Display) {
        self.now().why = Some(why.to_string());
    }

    /// Held for a few lines, never across an await.
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stands {
    /// `None`: because we stop. What was said before it ended tells more.
    pub(super) fn ended(self, why: Option<Ended>) {
        if let Some(why) = why {
            self.0.now().why.get_or_insert(why.to_string());
        }
    }
}

impl Drop for Stands {
    fn drop(&mut self) {
        let Standing { metrics, .. } = &self.0;
        let mut now = self.0.now();
        now.connections -= 1;
        metrics.socket_connections(now.connections);
        if now.connections == 0 {
            now.without_since = Some(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_when_none_stands_and_why() {
        let standing = Standing::new(Metrics::new(), Duration::ZERO);
        let told = |standing: &Standing| standing.problem().unwrap_or_default();
        assert!(told(&standing).ends_with("the first is being opened"));
        standing.missing_because(&"no token");
        assert!(told(&standing).ends_with(": no token"));

        let announced = standing.one_more();
        standing.missing_because(&"switched off");
        announced.ended(Some(Ended::Closed));
        assert!(told(&standing).ends_with(": switched off"));

        let (one, other) = (standing.one_more(), standing.one_more());
        assert_eq!(standing.problem(), None);
        one.ended(Some(Ended::Closed));
        assert_eq!(standing.problem(), None);
        other.ended(Some(Ended::Broken));
        assert!(told(&standing).ends_with("Slack closed the connection"));
    }

    #[test]
    fn a_moment_without_one_is_no_matter_once_there_was_one() {
        let standing = Standing::new(Metrics::new(), Duration::from_hours(1));
        assert!(standing.problem().is_some());
        drop(standing.one_more());
        assert_eq!(standing.problem(), None);
    }
}
