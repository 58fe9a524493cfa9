//! The calls of one turn: checked, made with the asker's own identifier, and turned into
//! what the model may read of them.

use futures_util::future::join_all;

use super::Interrupted;
use super::run::Running;
use super::turns::{Accounts, Made};
use crate::account::AccountStatus;
use crate::agent::{
    self, Chosen, Effect, Line, MOST_CALLS, Offer, ProposedCall, Refusal, ToolCall,
};
use crate::ids::ConnectionName;
use crate::scalekit::{self, Execute};
use crate::slack::render::ConnectReason;

/// A call of the turn, as far as it could be decided without the vault.
enum Decided<'a> {
    /// The model is told this.
    Content(String),
    Make(ToolCall<'a>),
    Needs(ConnectionName, ConnectReason),
}

/// What came of one call at the vault.
enum CameBack {
    Content(String),
    Needs(ConnectionName, ConnectReason),
}

impl Running<'_> {
    /// Makes the calls of a turn, the reads all at once. A write is refused, and nothing is
    /// made that is not known to be a read.
    pub(super) async fn make_calls(
        &self,
        offer: &mut Offer<'_>,
        calls: &[ProposedCall],
        accounts: &Accounts,
    ) -> Result<Made, Interrupted> {
        let decided: Vec<Decided<'_>> = calls
            .iter()
            .enumerate()
            .map(|(number, call)| self.decide(number, call, offer, accounts))
            .collect();
        let came_back = join_all(decided.into_iter().map(|decided| async {
            match decided {
                Decided::Content(content) => CameBack::Content(content),
                Decided::Make(call) => self.make(&call, accounts).await,
                Decided::Needs(connection, reason) => CameBack::Needs(connection, reason),
            }
        }))
        .await;
        let mut results = Vec::with_capacity(calls.len());
        for (call, came_back) in calls.iter().zip(came_back) {
            match came_back {
                CameBack::Content(content) => results.push(Line::ToolResult {
                    call_id: call.id.clone(),
                    content,
                }),
                // The whole turn is made again when the account is there: it is all reads.
                CameBack::Needs(connection, reason) => return Ok(Made::Needs(connection, reason)),
            }
        }
        Ok(Made::All(results))
    }

    fn decide<'a>(
        &self,
        number: usize,
        call: &ProposedCall,
        offer: &mut Offer<'a>,
        accounts: &Accounts,
    ) -> Decided<'a> {
        if number >= MOST_CALLS {
            return Decided::Content(Refusal::TooManyCalls.content());
        }
        if let Some(wished) = agent::wished_account(call)
            && accounts.active.contains(&wished)
        {
            return Decided::Content(agent::account_is_there(&wished));
        }
        match offer.choose(call) {
            Chosen::Connect(connection) if self.has_waited_for(&connection) => {
                Decided::Content(Refusal::NotConnected.content())
            }
            Chosen::Connect(connection) => Decided::Needs(connection, ConnectReason::Needed),
            Chosen::Mistaken(mistake) => {
                Decided::Content(agent::mistake_content(&mistake.for_model()))
            }
            Chosen::SearchTools(query) => Decided::Content(offer.search(&query)),
            Chosen::Tool(call) => match call.effect {
                Effect::Read => Decided::Make(call),
                Effect::Write => Decided::Content(Refusal::WritesAreOff.content()),
            },
            Chosen::Unknown => Decided::Content(Refusal::UnknownTool.content()),
        }
    }

    async fn make(&self, call: &ToolCall<'_>, accounts: &Accounts) -> CameBack {
        let tool = call.tool;
        if !call.is_checked {
            tracing::warn!(tool.name = %tool.name, "the tool's schema cannot be used; its arguments are not checked");
        }
        let made = self
            .context
            .vault
            .execute(Execute {
                tool: &tool.name,
                params: &call.arguments,
                connection: &tool.connection,
                identifier: &accounts.identifier,
                run: self.run,
            })
            .await;
        match made {
            Ok(output) => {
                tracing::info!(run.id = %self.run, tool.name = %tool.name, execution.id = output.execution.as_ref().map(tracing::field::display), "a tool was read");
                let content = agent::data_content(&tool.name, &output.data);
                CameBack::Content(accounts.identifier.hidden_in(&content))
            }
            Err(cause) => {
                tracing::warn!(run.id = %self.run, tool.name = %tool.name, error = &cause as &dyn std::error::Error, "a tool failed");
                self.made_of(&cause, &tool.connection, accounts).await
            }
        }
    }

    /// What a failed call means: an account to connect anew, or words for the model.
    async fn made_of(
        &self,
        cause: &scalekit::Error,
        connection: &ConnectionName,
        accounts: &Accounts,
    ) -> CameBack {
        use scalekit::Error;
        let lost = match cause {
            Error::NoAccount | Error::Reconnect => true,
            // Only the account itself tells whether a new link would help.
            Error::AccountRejected | Error::Refused { .. } => {
                self.has_lapsed(connection, accounts).await
            }
            Error::BadAnswer
            | Error::MissingScope { .. }
            | Error::NoConnection
            | Error::OutcomeUnknown { .. }
            | Error::RateLimited { .. }
            | Error::TimedOut
            | Error::Token
            | Error::TooLarge
            | Error::ToolFailed { .. }
            | Error::Unavailable { .. }
            | Error::UnknownTool => false,
        };
        if lost && !self.has_waited_for(connection) {
            return CameBack::Needs(connection.clone(), ConnectReason::Renewal);
        }
        let words = words_for_model(cause, connection);
        CameBack::Content(agent::error_content(&accounts.identifier.hidden_in(&words)))
    }

    async fn has_lapsed(&self, connection: &ConnectionName, accounts: &Accounts) -> bool {
        let asked = self
            .context
            .vault
            .account(connection, &accounts.identifier)
            .await;
        match asked {
            Ok(account) => account.is_none_or(|account| account.status != AccountStatus::Active),
            Err(_) => false,
        }
    }

    /// Whether this run has asked for this account before: it asks once.
    fn has_waited_for(&self, connection: &ConnectionName) -> bool {
        self.progress.waited_for.contains(connection)
    }

    /// The writes that were refused, for the person to know of.
    pub(super) fn refused_writes(&self) -> Vec<String> {
        agent::refused_writes(&self.progress.lines)
    }
}

/// The provider's own words where there are any, cut short elsewhere.
fn words_for_model(cause: &scalekit::Error, connection: &ConnectionName) -> String {
    use scalekit::Error;
    match cause {
        Error::MissingScope { message } | Error::ToolFailed { message, .. } => {
            message.for_model().to_owned()
        }
        Error::AccountRejected | Error::NoAccount | Error::Reconnect => format!(
            "the provider rejects this account; the person can connect it anew with: connect {connection}"
        ),
        Error::BadAnswer
        | Error::NoConnection
        | Error::OutcomeUnknown { .. }
        | Error::RateLimited { .. }
        | Error::Refused { .. }
        | Error::TimedOut
        | Error::Token
        | Error::TooLarge
        | Error::Unavailable { .. }
        | Error::UnknownTool => cause.to_string(),
    }
}
