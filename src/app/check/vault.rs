//! The vault: our credentials there, and the connections that people are to connect.

use super::super::clients::Clients;
use super::report::Finding;
use crate::config::Config;
use crate::ids::ConnectionName;
use crate::scalekit::{Configured, Error};

const VAULT: &str = "vault";
const CONNECTIONS: &str = "connections";

pub(super) async fn look(config: &Config, clients: &Clients) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Err(error) = clients.vault.check_credentials().await {
        findings.push(failed(&error));
    } else {
        findings.push(Finding::ok(VAULT, "it takes our credentials"));
        findings.extend(connections(config, clients).await);
    }
    findings.push(Finding::ok(
        "user verification",
        "the vault tells it to nobody: AgentKit > User Verification of the Scalekit dashboard has to say Custom",
    ));
    findings.push(Finding::ok(
        "vault's reports",
        match config.vault.webhook_key {
            Some(_) => "SCALEKIT_WEBHOOK_SECRET has the form of one, so reports are taken",
            None => "none are taken, since SCALEKIT_WEBHOOK_SECRET is not set; they are optional",
        },
    ));
    findings
}

async fn connections(config: &Config, clients: &Clients) -> Vec<Finding> {
    let there = match clients.vault.connections().await {
        Ok(there) => there,
        Err(error) => return vec![not_listed(&error)],
    };
    let wanted = config.connections.iter();
    wanted
        .map(|connection| of_connection(connection, &there))
        .collect()
}

fn failed(error: &Error) -> Finding {
    let found = error.to_string();
    match error {
        Error::Token => Finding::error(
            VAULT,
            &found,
            "SCALEKIT_CLIENT_ID, SCALEKIT_CLIENT_SECRET: copy both under Settings > API Credentials of the Scalekit dashboard, in the environment that SCALEKIT_ENVIRONMENT_URL names",
        ),
        Error::RateLimited { .. } => Finding::warning(VAULT, &found, "check again in a minute"),
        Error::Down | Error::TimedOut | Error::Unavailable { .. } => Finding::error(
            VAULT,
            &found,
            "SCALEKIT_ENVIRONMENT_URL: copy it under Settings > API Credentials of the Scalekit dashboard, and let this machine make https connections there",
        ),
        Error::AccountRejected
        | Error::BadAnswer
        | Error::MissingScope { .. }
        | Error::NoAccount
        | Error::NoConnection
        | Error::OutcomeUnknown { .. }
        | Error::Reconnect
        | Error::Refused { .. }
        | Error::TooLarge
        | Error::ToolFailed { .. }
        | Error::UnknownTool => Finding::error(
            VAULT,
            &format!("what answers is no vault: {found}"),
            "SCALEKIT_ENVIRONMENT_URL: copy it under Settings > API Credentials of the Scalekit dashboard",
        ),
    }
}

fn of_connection(connection: &ConnectionName, there: &[Configured]) -> Finding {
    let check = format!("connection {connection}");
    let found = there.iter().find(|known| known.is_called(connection));
    let found = match found.map(Configured::is_enabled) {
        Some(true) => return Finding::ok(&check, "the vault has it"),
        Some(false) => "the vault has switched it off",
        None => "the vault has none of this name",
    };
    Finding::error(
        &check,
        found,
        "make or enable a connection of exactly this name under AgentKit > Connections of the Scalekit dashboard, or take it out of VALET_CONNECTIONS",
    )
}

/// The list is a preview, and may not be for every client.
fn not_listed(error: &Error) -> Finding {
    Finding::warning(
        CONNECTIONS,
        &format!("they cannot be listed: {error}"),
        "compare VALET_CONNECTIONS with AgentKit > Connections of the Scalekit dashboard, letter for letter",
    )
}
