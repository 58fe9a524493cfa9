//! A run that needs an account waits for it, and its person is sent a link.

use super::super::connect::{self, LinkTo, NotOffered};
use super::super::reply::ReplyTo;
use super::run::Running;
use super::{Interrupted, Rest};
use crate::connect::ATTEMPT_LIFE;
use crate::ids::ConnectionName;
use crate::run::{Conclusion, Failure, Step};
use crate::slack;
use crate::slack::render::{self, ConnectReason};
use crate::store::{Durability, ParkedRun};

impl Running<'_> {
    /// Waits for this account. The run is asleep before the link can be followed, so that
    /// nobody is faster than its waking.
    pub(super) async fn park(
        &mut self,
        connection: &ConnectionName,
        reason: ConnectReason,
    ) -> Result<Rest, Interrupted> {
        let now = self.context.clock.now();
        if self.progress.parked_until.is_some_and(|until| now >= until) {
            return Ok(Rest::Concluded(Conclusion::Failed(
                Failure::ConnectTimedOut,
            )));
        }
        let until = now.saturating_add(ATTEMPT_LIFE).unwrap_or(now);
        let parked = ParkedRun {
            run: self.run,
            person: self.asker.person().clone(),
            connection: connection.clone(),
            until,
        };
        let step = Step::Parked {
            connection: connection.clone(),
            until,
        };
        self.note_waiting(connection, reason).await?;
        self.record(step, Durability::Batched).await?;
        self.context.store.parked.park(&parked).await?;
        let reply = ReplyTo::to(self.said);
        let to = LinkTo::with(&reply);
        match connect::offer(self.context, self.asker, connection, (to, reason)).await {
            Ok(()) => Ok(Rest::Waiting),
            Err(not_offered) => {
                // Without a link nobody could wake it.
                self.context.store.parked.take_run(self.run).await?;
                Err(not_offered.into())
            }
        }
    }

    /// Tells the thread what it waits for; the link is not for the thread.
    async fn note_waiting(
        &self,
        connection: &ConnectionName,
        reason: ConnectReason,
    ) -> Result<(), Interrupted> {
        let note = render::look_at_your_messages(connection, reason);
        let Some(placed) = &self.progress.placed else {
            return Ok(());
        };
        match self.context.slack.update(placed, &note).await {
            // Somebody may have deleted it. The link says what is waited for.
            Ok(()) | Err(slack::Error::Refused { .. }) => Ok(()),
            Err(unsaid) => Err(Interrupted::Unsaid(unsaid)),
        }
    }
}

impl From<NotOffered> for Interrupted {
    fn from(not_offered: NotOffered) -> Self {
        match not_offered {
            NotOffered::Slack(slack::Error::Refused { code }) => {
                tracing::warn!(code = %code, "a link could not be sent: {code}");
                Self::Failed(Failure::DirectMessageRefused)
            }
            NotOffered::Slack(unsaid) => Self::Unsaid(unsaid),
            NotOffered::Store(cause) => cause.into(),
        }
    }
}
