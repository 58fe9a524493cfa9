//! A run that needs an account waits for it, and its person is sent a link.

use jiff::Timestamp;

use super::super::connect::{self, LinkTo, NotOffered};
use super::super::context::is_active;
use super::super::reply::ReplyTo;
use super::failure::of_vault;
use super::run::Running;
use super::{Interrupted, Rest};
use crate::connect::ATTEMPT_LIFE;
use crate::ids::ConnectionName;
use crate::line::Try;
use crate::run::{Conclusion, Failure, Step};
use crate::slack::render::{self, ConnectReason};
use crate::slack::{self, Slot};
use crate::store::{Durability, ParkedRun};

/// What came of asking for an account.
enum Asked {
    /// In an earlier try, at this time of Slack's.
    Before(Option<Timestamp>),
    IsThere,
    Sent,
}

impl Running<'_> {
    /// Waits for this account. The run is asleep before the link can be followed, so that
    /// nobody is faster than its waking.
    pub(super) async fn park(
        &mut self,
        connection: &ConnectionName,
        reason: ConnectReason,
    ) -> Result<Rest, Interrupted> {
        let now = self.context.clock.now();
        let waited_too_long = self.progress.parked_until.is_some_and(|until| now >= until);
        if waited_too_long && self.progress.waited_for.last() == Some(connection) {
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
        self.context.store.parked.park(&parked).await?;
        match self.ask_to_connect(connection, reason).await {
            Ok(Asked::Before(sent)) if waited_out(sent, now) => {
                self.context.store.parked.take_run(self.run).await?;
                Ok(Rest::Concluded(Conclusion::Failed(
                    Failure::ConnectTimedOut,
                )))
            }
            Ok(Asked::Before(_) | Asked::Sent) => {
                let connection = connection.clone();
                self.record(Step::Parked { connection, until }, Durability::Now)
                    .await?;
                Ok(Rest::Waiting)
            }
            Ok(Asked::IsThere) => {
                self.context.store.parked.take_run(self.run).await?;
                Ok(Rest::Again)
            }
            Err(interrupted) => {
                // Without a link nobody could wake it. What was not asked for can be asked
                // for again.
                self.context.store.parked.take_run(self.run).await?;
                Err(interrupted)
            }
        }
    }

    /// Sends the link, unless the account has come while the model was thinking: its waking
    /// would have been before we slept.
    async fn ask_to_connect(
        &mut self,
        connection: &ConnectionName,
        reason: ConnectReason,
    ) -> Result<Asked, Interrupted> {
        if reason != ConnectReason::Renewal && self.is_connected(connection).await? {
            return Ok(Asked::IsThere);
        }
        self.note_waiting(connection, reason).await?;
        let reply = ReplyTo::to(self.said);
        let target = LinkTo::with(&reply).target(self.asker);
        let slot = Slot::Link(self.progress.waited_for.len());
        if self.work.tried == Try::Again {
            let standing = self.look(target).await.map_err(Interrupted::Unsaid)?;
            if let Some(sent) = standing.at(slot) {
                return Ok(Asked::Before(sent.ts.time()));
            }
        }
        let link = (target, self.work.mark(slot));
        connect::offer(self.context, self.asker, (connection, reason), link).await?;
        Ok(Asked::Sent)
    }

    async fn is_connected(&self, connection: &ConnectionName) -> Result<bool, Interrupted> {
        let identifier = self.identifier().await?;
        let account = self.context.vault.account(connection, &identifier).await;
        let account = account.map_err(|cause| Interrupted::Failed(of_vault(&cause)))?;
        Ok(is_active(account.as_ref()))
    }

    /// Tells the thread what it waits for; the link is not for the thread.
    async fn note_waiting(
        &mut self,
        connection: &ConnectionName,
        reason: ConnectReason,
    ) -> Result<(), Interrupted> {
        let note = render::look_at_your_messages(connection, reason);
        // What grows cannot be changed.
        self.let_stand().await.map_err(Interrupted::Unsaid)?;
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

/// Whether a link from then leads nowhere any more.
fn waited_out(sent: Option<Timestamp>, now: Timestamp) -> bool {
    sent.is_some_and(|sent| now.duration_since(sent) >= ATTEMPT_LIFE)
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
