//! Whose account it is, in the provider's words.

use serde_json::Map;

use super::Context;
use crate::account::Account;
use crate::agent::Effect;
use crate::audit::{Act, Cause, What};
use crate::ids::{ConnectionName, Identifier, Person};
use crate::ledger::fingerprint;
use crate::policy::Verdict;
use crate::scalekit::Execute;

/// Where a read-only tool tells, and the policy lets it.
pub(super) async fn whoami(
    context: &Context,
    (person, identifier): (&Person, &Identifier),
    connection: &ConnectionName,
    account: &Account,
    cause: Cause,
) -> Option<String> {
    let tool = crate::whoami::tool_of(&account.provider)?;
    if context.policy.verdict(tool, Effect::Read) != Verdict::Read {
        return None;
    }
    let (params, now) = (Map::new(), context.clock.now());
    let call = (tool, fingerprint(tool, connection, &params));
    let act = Act::by_tool(What::Read, connection, cause, call);
    let noted = match context.store.audit.begin(person, &act, now) {
        Ok(noted) => noted,
        Err(cause) => {
            tracing::error!(error = &cause as &dyn std::error::Error, "the store failed");
            return None;
        }
    };
    let call = Execute {
        tool,
        params: &params,
        connection,
        identifier,
        run: context.randomness.run_id(now),
    };
    match context.vault.execute(call, &noted).await {
        Ok(output) => crate::whoami::whose(&output.data),
        Err(cause) => {
            tracing::warn!(connection.name = %connection, error = &cause as &dyn std::error::Error, "the provider did not say whose account it is");
            None
        }
    }
}
