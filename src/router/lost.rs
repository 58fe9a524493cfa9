//! What tries have taken that came to nothing: a router bills the words of a model also if
//! they break off. Nobody tells how many they were, so that they are estimated.

use std::sync::{Arc, Mutex, PoisonError};

use super::client::Request;
use crate::agent::{self, Usage};

/// Counts the tries of one run. A cheap handle.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lost(Arc<Mutex<Usage>>);

impl Lost {
    fn add(&self, usage: Usage) {
        // Numbers are whole, whoever panicked.
        let mut lost = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *lost = lost.and(usage);
    }

    /// What was lost since the last time.
    pub(crate) fn take(&self) -> Usage {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One try. What it has taken is lost unless it [came to something](Self::settled), also if
/// nobody waits for it any more.
pub(super) struct Try<'a> {
    lost: &'a Lost,
    request: &'a Request<'a>,
    has_begun: bool,
    /// Bytes of words.
    said: usize,
}

impl<'a> Try<'a> {
    pub(super) fn of(request: &'a Request<'a>, lost: &'a Lost) -> Self {
        Self {
            lost,
            request,
            has_begun: false,
            said: 0,
        }
    }

    /// The router has taken the request.
    pub(super) fn begins(&mut self) {
        self.has_begun = true;
    }

    pub(super) fn said(&mut self, words: &str) {
        self.said = words.len();
    }

    /// What it took is counted with its reply.
    pub(super) fn settled(mut self) {
        self.has_begun = false;
    }
}

impl Drop for Try<'_> {
    fn drop(&mut self) {
        if self.has_begun {
            self.lost.add(Usage {
                prompt_tokens: agent::estimated_prompt(self.request.messages, self.request.tools),
                completion_tokens: agent::estimated_words(self.said),
                nano_usd: 0,
                estimated: 1,
                unpriced: 1,
            });
        }
    }
}
