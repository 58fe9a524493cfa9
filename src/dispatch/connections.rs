//! Looks now and then whether the vault has the connections that are configured.

use std::time::Duration;

use super::Dispatch;
use crate::backoff::{Backoff, rest};
use crate::handlers;

/// Between two looks once the vault has answered. What it said is believed twice as long.
const RARELY: Duration = Duration::from_mins(5);

impl Dispatch {
    /// Begins to look, soon after the start and apart from it: a vault that is down keeps
    /// nobody from starting.
    pub(crate) fn look_at_connections(&self, pause: Duration) {
        let dispatch = self.clone();
        self.context.tasks.spawn(async move {
            tokio::select! {
                () = dispatch.closing.cancelled() => {}
                () = dispatch.keep_looking(pause) => {}
            }
        });
    }

    async fn keep_looking(&self, pause: Duration) {
        let pauses = Backoff::new(pause, RARELY, self.context.randomness.clone());
        let (mut looks, mut was_told) = (0_u32, false);
        loop {
            rest(pauses.delay(looks, None)).await;
            looks = looks.saturating_add(1);
            match handlers::look_at_connections(&self.context).await {
                Ok(()) => was_told = false,
                Err(_) if was_told => {}
                Err(cause) => {
                    was_told = true;
                    tracing::info!(
                        error = &cause as &dyn std::error::Error,
                        "the vault does not say which connections it has; one that it does not know is found out when somebody connects it"
                    );
                }
            }
        }
    }
}
