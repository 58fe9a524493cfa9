//! Puts the program together.

use crate::{Clock, Config, Randomness};

/// What comes in as a parameter because it cannot be put on a wire.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The time.
    pub clock: Clock,
    /// Where secrets are drawn from.
    pub randomness: Randomness,
}

/// Valet, put together.
#[derive(Debug)]
pub struct App {}

impl App {
    /// Opens what the settings name.
    pub async fn open(_config: Config, _parts: Parts) -> anyhow::Result<Self> {
        std::future::ready(Ok(Self {})).await
    }

    /// Serves until `stop` comes.
    pub async fn serve_until(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        stop.await;
        Ok(())
    }
}
