//! Results that were too long to be told at once, for their runs to read on in. They are in
//! memory alone: after a restart, and after a while, the call has to be made again.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;

use crate::agent::{Pages, page_content};
use crate::ids::RunId;

/// Bytes of all that is kept. What was not read for longest gives way.
const MOST_BYTES: u64 = 32 << 20;

/// Nobody reads on after this long: as long as a card waits.
const LIVE: Duration = Duration::from_mins(15);

/// By run, and by the handle under which the model knows the result.
pub(crate) struct Results(Cache<(RunId, String), Arc<Pages>>);

impl Default for Results {
    fn default() -> Self {
        Self(
            Cache::builder()
                .weigher(|_, pages: &Arc<Pages>| u32::try_from(pages.bytes()).unwrap_or(u32::MAX))
                .max_capacity(MOST_BYTES)
                .time_to_idle(LIVE)
                .build(),
        )
    }
}

impl Results {
    pub(super) async fn keep(&self, run: RunId, handle: String, pages: Pages) {
        self.0.insert((run, handle), Arc::new(pages)).await;
    }

    /// What the model is told of this page.
    pub(super) async fn page(&self, run: RunId, handle: &str, number: usize) -> String {
        let pages = self.0.get(&(run, handle.to_owned())).await;
        page_content(handle, pages.as_deref(), number)
    }
}
