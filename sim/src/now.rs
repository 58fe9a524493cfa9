//! What time it is in the world: the machine's, or a test's.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// Tells the time. Tests hand the program's clock to the world, so that both agree.
#[derive(Clone)]
pub struct Now(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Now {
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(Timestamp::now)
    }

    pub fn get(&self) -> Timestamp {
        (self.0)()
    }
}

impl Default for Now {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Now({})", self.get())
    }
}
