//! Telling what is being done, where that takes its time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::run::Running;
use crate::agent::ToolCall;
use crate::backoff::rest;
use crate::slack::Message;
use crate::slack::render::{self, Looking};

/// What is told of the reads of one turn, and whether it is on its way to Slack. What is on
/// its way comes to its end before anything else is said in the same place: otherwise it
/// could be the last to arrive there.
pub(super) struct Telling {
    words: Option<Message>,
    has_begun: AtomicBool,
}

/// How much is told of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    What,
    Where,
}

impl Telling {
    /// Where what is looked for is for its person alone, it is told only where.
    pub(super) fn of<'a>(
        reads: impl IntoIterator<Item = &'a ToolCall<'a>>,
        detail: Detail,
    ) -> Self {
        let calls = reads.into_iter().map(|call| Looking {
            connection: &call.tool.connection,
            tool: &call.tool.name,
            arguments: (detail == Detail::What).then_some(&call.arguments),
        });
        Self {
            words: render::looking(calls),
            has_begun: AtomicBool::new(false),
        }
    }

    pub(super) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// Waits a moment, then tells it in the place of the sign of life. While it is on its
    /// way the run is not stopped.
    pub(super) fn told(&self, running: &Running<'_>) -> impl Future<Output = ()> + Send + use<'_> {
        let context = Arc::clone(running.context);
        let (run, writing) = (running.run, Arc::clone(&running.writing));
        let placed = running.progress.placed.clone();
        async move {
            let (Some(words), Some(placed)) = (&self.words, placed) else {
                return;
            };
            rest(context.untold).await;
            self.has_begun.store(true, Ordering::Relaxed);
            let _writing = writing.acquire().await;
            if let Err(cause) = context.slack.update(&placed, words).await {
                tracing::info!(run.id = %run, error = &cause as &dyn std::error::Error, "what is being done could not be told");
            }
        }
    }
}
