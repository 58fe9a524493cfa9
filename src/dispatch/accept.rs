//! What is taken in, and what Slack is asked to bring again.

use std::sync::atomic::Ordering;

use jiff::Timestamp;

use super::Dispatch;
use crate::event::Event;
use crate::handlers::line::{SharedLine, kind_of};
use crate::line::{Arrival, Full, Item};
use crate::metrics::Refused;
use crate::slack::ClaimKeys;
use crate::store::{Claim, Entry, Error};

/// Why an event was not accepted. Nothing of it is kept, and Slack delivers it again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAccepted {
    #[error("{0}")]
    Full(#[from] Full),
    #[error("the store did not take the event")]
    Store(#[from] Error),
}

/// Room for an event that is on its way to the disk; given back when this is dropped.
struct Reserved<'a> {
    line: &'a SharedLine,
    item: Item,
    may_wait: bool,
}

impl Dispatch {
    /// Accepts an event: when this returns, it is on disk, and somebody works on it.
    pub(super) async fn accept(
        &self,
        event: Event,
        keys: &ClaimKeys,
    ) -> Result<Claim, NotAccepted> {
        let now = self.context.clock.now();
        let kind = kind_of(&self.context, &event);
        let run = self.context.randomness.run_id(now);
        let reserved = self.reserve(Item::new(run, &event, kind))?;
        let entry = Entry {
            run,
            accepted_at: now,
            event,
            in_line: reserved.may_wait || !self.loaded.load(Ordering::Acquire),
        };
        let keys: Vec<&str> = keys.iter().collect();
        let claim = self.context.store.inbox.claim(&keys, &entry).await?;
        match claim {
            Claim::New => {
                self.context.metrics.accepted();
                if self.loaded.load(Ordering::Acquire) {
                    reserved.enter(now);
                    self.go_on();
                }
            }
            Claim::Duplicate => self.context.metrics.duplicate(),
        }
        Ok(claim)
    }

    fn reserve(&self, item: Item) -> Result<Reserved<'_>, NotAccepted> {
        let on_disk = self.context.store.inbox.open_count();
        let line = &self.context.line;
        let reserved = line.with(|line| {
            let may_wait = line.may_wait(&item);
            line.reserve(&item, on_disk).map(|()| may_wait)
        });
        match reserved {
            Ok(may_wait) => Ok(Reserved {
                line,
                item,
                may_wait,
            }),
            Err(full) => {
                self.context.metrics.refused(match full {
                    Full::ForAll => Refused::Full,
                    Full::ForOne => Refused::Person,
                });
                Err(full.into())
            }
        }
    }
}

impl Reserved<'_> {
    fn enter(self, now: Timestamp) {
        let item = self.item.clone();
        self.line.with(|line| line.enter(item, Arrival::Fresh, now));
    }
}

/// What has entered holds no reservation any more.
impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.line.with(|line| line.release(&self.item));
    }
}
