//! One call at the vault, and what its outcome means.

use serde_json::Value;

use super::turns::Accounts;
use crate::account::AccountStatus;
use crate::agent::{self, Told, ToolCall};
use crate::audit::{Act, Cause, Noted, What};
use crate::handlers::Context;
use crate::handlers::measure::{self, Begun};
use crate::ids::{ConnectionName, Person, RunId};
use crate::ledger::{Fate, fingerprint};
use crate::run::may_wait_for;
use crate::scalekit::{self, Execute, Output};
use crate::slack::render::ConnectReason;
use crate::store::Error as StoreError;

/// Makes calls for one run.
pub(super) struct Caller<'a> {
    pub(super) context: &'a Context,
    pub(super) run: RunId,
    pub(super) person: &'a Person,
    pub(super) accounts: &'a Accounts,
    /// The accounts this run has asked for: it asks for each once.
    pub(super) waited_for: Vec<ConnectionName>,
}

/// What came of one call at the vault.
pub(super) enum CameBack {
    Content(String),
    Needs(ConnectionName, ConnectReason),
}

impl Caller<'_> {
    /// Makes a call that reads. That it is made is on disk before anything is said of it,
    /// with what came of it.
    pub(super) async fn read(&self, call: &ToolCall<'_>) -> Result<CameBack, StoreError> {
        let noted = self.note(What::Read, call)?;
        Ok(match self.execute(call, &noted).await {
            Ok(output) => CameBack::Content(self.content(call, output).await),
            Err(cause) => self.made_of(&cause, &call.tool.connection).await,
        })
    }

    /// Sends a write, once, and says what is known of its outcome.
    pub(super) async fn write(&self, call: &ToolCall<'_>, noted: &Noted) -> (Fate, CameBack) {
        match self.execute(call, noted).await {
            Ok(output) => {
                let content = self.content(call, output).await;
                (Fate::Done, CameBack::Content(content))
            }
            Err(cause) => {
                let came_back = self.made_of(&cause, &call.tool.connection).await;
                (fate_of(&cause), came_back)
            }
        }
    }

    /// Writes down in the person's chain that this call is about to be made.
    pub(super) fn note(&self, what: What, call: &ToolCall<'_>) -> Result<Noted, StoreError> {
        let (tool, connection) = (&call.tool.name, &call.tool.connection);
        let call = (
            tool.as_str(),
            fingerprint(tool, connection, &call.arguments),
        );
        let act = Act::by_tool(what, connection, Cause::Run(self.run), call);
        let now = self.context.clock.now();
        self.context.store.audit.begin(self.person, &act, now)
    }

    async fn execute(&self, call: &ToolCall<'_>, noted: &Noted) -> Result<Output, scalekit::Error> {
        let tool = call.tool;
        if !call.is_checked {
            tracing::warn!(tool.name = %tool.name, "the tool's schema cannot be used; its arguments are not checked");
        }
        let begun = Begun::now(self.context);
        let made = self
            .context
            .vault
            .execute(
                Execute {
                    tool: &tool.name,
                    params: &call.arguments,
                    connection: &tool.connection,
                    identifier: &self.accounts.identifier,
                    run: self.run,
                },
                noted,
            )
            .await;
        let fate = made.as_ref().map_or_else(fate_of, |_| Fate::Done);
        measure::call(self.context, (self.run, call), begun.over(), (fate, &made));
        match &made {
            Ok(output) => {
                tracing::info!(run.id = %self.run, tool.name = %tool.name, effect = ?call.effect, execution.id = output.execution.as_ref().map(tracing::field::display), "a tool was run");
            }
            Err(cause) => {
                tracing::warn!(run.id = %self.run, tool.name = %tool.name, effect = ?call.effect, error = cause as &dyn std::error::Error, "a tool failed");
            }
        }
        made
    }

    /// What the model is told, and for a while the rest of it, for it to read on.
    async fn content(&self, call: &ToolCall<'_>, output: Output) -> String {
        let data = self.without_identifier(output.data);
        let handle = handle(call);
        let Told { content, rest } = agent::told(&call.tool.name, &handle, &data);
        if let Some(pages) = rest {
            let results = &self.context.remembered.results;
            results.keep(self.run, handle, pages).await;
        }
        content
    }

    fn without_identifier(&self, data: Value) -> Value {
        let text = data.to_string();
        let hidden = self.accounts.identifier.hidden_in(&text);
        if hidden == text {
            return data;
        }
        serde_json::from_str(&hidden).unwrap_or(Value::String(hidden))
    }

    /// What a failed call means: an account to connect anew, or words for the model.
    async fn made_of(&self, cause: &scalekit::Error, connection: &ConnectionName) -> CameBack {
        use scalekit::Error;
        let lost = match cause {
            Error::NoAccount | Error::Reconnect => true,
            // Only the account itself tells whether a new link would help.
            Error::AccountRejected | Error::Refused { .. } => self.has_lapsed(connection).await,
            Error::BadAnswer
            | Error::Down
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
        if lost && may_wait_for(&self.waited_for, connection) {
            return CameBack::Needs(connection.clone(), ConnectReason::Renewal);
        }
        let words = words_for_model(cause, connection);
        CameBack::Content(agent::error_content(
            &self.accounts.identifier.hidden_in(&words),
        ))
    }

    async fn has_lapsed(&self, connection: &ConnectionName) -> bool {
        let asked = self
            .context
            .vault
            .account(connection, &self.accounts.identifier)
            .await;
        match asked {
            Ok(account) => account.is_none_or(|account| account.status != AccountStatus::Active),
            Err(_) => false,
        }
    }
}

/// By what the model asks for the rest of a result: the same for the same call, so that it
/// never leads to what another one brought.
fn handle(call: &ToolCall<'_>) -> String {
    let (tool, connection) = (&call.tool.name, &call.tool.connection);
    let fingerprint = fingerprint(tool, connection, &call.arguments);
    let digits = fingerprint.as_bytes().first_chunk().copied();
    format!("{:016x}", u64::from_be_bytes(digits.unwrap_or_default()))
}

/// What a failure says of a write: only what was refused, or never sent, was certainly not
/// done.
fn fate_of(cause: &scalekit::Error) -> Fate {
    use scalekit::Error;
    match cause {
        Error::BadAnswer | Error::OutcomeUnknown { .. } | Error::TimedOut | Error::TooLarge => {
            Fate::Unknown
        }
        Error::AccountRejected
        | Error::Down
        | Error::MissingScope { .. }
        | Error::NoAccount
        | Error::NoConnection
        | Error::RateLimited { .. }
        | Error::Reconnect
        | Error::Refused { .. }
        | Error::Token
        | Error::ToolFailed { .. }
        | Error::Unavailable { .. }
        | Error::UnknownTool => Fate::NotDone,
    }
}

/// The provider's own words where there are any, cut short elsewhere.
fn words_for_model(cause: &scalekit::Error, connection: &ConnectionName) -> String {
    use scalekit::Error;
    match cause {
        Error::MissingScope { message } => format!(
            "the account lacks a permission that this needs, and connecting it again will not change that; tell the person. The provider says: {}",
            message.for_model()
        ),
        Error::ToolFailed { message, .. } => message.for_model().to_owned(),
        Error::AccountRejected | Error::NoAccount | Error::Reconnect => format!(
            "the provider rejects this account; the person can connect it anew with: connect {connection}"
        ),
        Error::BadAnswer
        | Error::Down
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
