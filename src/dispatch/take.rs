//! What becomes of whatever Slack brings, by whichever way it came.

use serde_json::Value;

use super::{Dispatch, NotAccepted};
use crate::event::Event;
use crate::handlers::change::{self, Read};
use crate::slack::{ClaimKeys, EventRequest};

/// What Slack is to be told.
pub(crate) enum Taken {
    /// This text, by which it knows our address.
    Challenge(String),
    /// What is wrong with a form, to be shown beside its fields. Nothing of it is kept.
    Complained(Value),
    /// That nothing has to be brought again: what starts something is on disk.
    Done,
}

impl Dispatch {
    /// Takes in what was read, and says in the log what starts nothing. An error means that
    /// nothing is kept, and that Slack is to bring it again.
    pub(crate) async fn take(
        &self,
        door: &'static str,
        request: EventRequest,
    ) -> Result<Taken, NotAccepted> {
        match request {
            EventRequest::Challenge(challenge) => return Ok(Taken::Challenge(challenge)),
            EventRequest::SslCheck => {}
            EventRequest::Ignored(reason) => {
                tracing::debug!(door, reason = %reason, "a request starts nothing: {reason}");
            }
            EventRequest::RateLimited => {
                self.context.metrics.held_back();
                tracing::warn!(door, "Slack is holding back events: too many in an hour");
            }
            EventRequest::NotUnderstood(reason) => {
                // A refusal would be delivered again and again, and be understood no better.
                tracing::warn!(door, reason = %reason, "a signed request was not understood: {reason}");
            }
            EventRequest::Happened { event, keys } => return self.keep(event, &keys).await,
            EventRequest::Sent { form, keys } => match change::read(&self.context, form) {
                Read::Refused(why) => return Ok(Taken::Complained(why)),
                Read::Taken(submitted) => {
                    return self.keep(Event::Submitted(submitted), &keys).await;
                }
            },
            EventRequest::WantsForm { pressed, trigger } => self.open_form(pressed, trigger),
        }
        Ok(Taken::Done)
    }

    async fn keep(&self, event: Event, keys: &ClaimKeys) -> Result<Taken, NotAccepted> {
        self.accept(event, keys).await?;
        Ok(Taken::Done)
    }
}
