//! Whose account it is, in the provider's words.

use super::Context;
use crate::account::Account;
use crate::agent::Effect;
use crate::ids::{ConnectionName, Identifier};
use crate::policy::Verdict;
use crate::scalekit::Execute;

/// Where a read-only tool tells, and the policy lets it.
pub(super) async fn whoami(
    context: &Context,
    connection: &ConnectionName,
    identifier: &Identifier,
    account: &Account,
) -> Option<String> {
    let tool = crate::whoami::tool_of(&account.provider)?;
    if context.policy.verdict(tool, Effect::Read) != Verdict::Read {
        return None;
    }
    let output = context
        .vault
        .execute(Execute {
            tool,
            params: &serde_json::Map::new(),
            connection,
            identifier,
            run: context.randomness.run_id(context.clock.now()),
        })
        .await;
    match output {
        Ok(output) => crate::whoami::whose(&output.data),
        Err(cause) => {
            tracing::warn!(connection.name = %connection, error = &cause as &dyn std::error::Error, "the provider did not say whose account it is");
            None
        }
    }
}
