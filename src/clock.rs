//! Time comes in as a parameter: the system's in production, a hand-moved one in stories.

use std::sync::Arc;

use jiff::Timestamp;

/// Where the time comes from.
pub trait Time: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The time of the machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemTime;

impl Time for SystemTime {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A cheap handle on the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Time>);

impl Clock {
    /// A clock that tells this time.
    pub fn new(time: impl Time) -> Self {
        Self(Arc::new(time))
    }

    /// The clock of the machine.
    pub fn system() -> Self {
        Self::new(SystemTime)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}
