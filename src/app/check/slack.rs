//! The Slack app, as far as its bot token can tell.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use super::super::clients::Clients;
use super::report::Finding;
use super::scopes;
use crate::config::Config;
use crate::slack::{Error, Installation, introduction};

const TOKEN: &str = "bot token";
const SECRET: &str = "signing secret";

/// Hexadecimal digits of a signing secret.
const SECRET_DIGITS: usize = 32;

/// Whose token it is, what it may do, and what it cannot tell.
pub(super) async fn look(config: &Config, clients: &Clients, deadline: Duration) -> Vec<Finding> {
    let slack = &config.slack;
    let asked = introduction(&clients.http, &slack.api_url, &slack.bot_token, deadline).await;
    let mut findings = match asked {
        Ok(told) => {
            let mut findings = vec![whose(&told.installation)];
            let groups = !config.policy.people().user_groups().is_empty();
            findings.extend(scopes::compared(told.scopes.as_ref(), groups));
            findings
        }
        Err(error) => vec![failed(&error)],
    };
    findings.push(Finding::ok(
        "manifest",
        "Slack shows it to no bot token: compare App Manifest in the settings of the Slack app with what `valet manifest` prints",
    ));
    findings
}

fn whose(here: &Installation) -> Finding {
    let Installation {
        team, team_name, ..
    } = here;
    let place = format!("{team_name} ({team})");
    if here.bot_id.is_none() {
        return Finding::error(
            TOKEN,
            &format!("it belongs to a person in {place}, not to the app"),
            "SLACK_BOT_TOKEN: copy the Bot User OAuth Token (xoxb-…) under OAuth & Permissions of the Slack app",
        );
    }
    if here.org_wide {
        return Finding::warning(
            TOKEN,
            &format!(
                "the app is installed for all workspaces of {place} at once, which Valet is not made for"
            ),
            "install the app into the one workspace that Valet is for",
        );
    }
    Finding::ok(TOKEN, &format!("good for {place}, as {}", here.bot_user))
}

fn failed(error: &Error) -> Finding {
    let found = error.to_string();
    match error {
        Error::Refused { .. } => Finding::error(
            TOKEN,
            &found,
            "SLACK_BOT_TOKEN: install the app into the workspace, then copy the Bot User OAuth Token (xoxb-…) under OAuth & Permissions of the Slack app",
        ),
        Error::RateLimited { .. } => Finding::warning(TOKEN, &found, "check again in a minute"),
        Error::BadAnswer => Finding::error(
            TOKEN,
            &found,
            "SLACK_API_URL: unset it, unless Slack is behind a proxy of yours, which then answers in its place",
        ),
        Error::Down
        | Error::ForeignAddress
        | Error::Interrupted
        | Error::TimedOut
        | Error::Unavailable
        | Error::Unreachable => Finding::error(
            TOKEN,
            &found,
            "let this machine make https connections to SLACK_API_URL, and look at Slack's own status",
        ),
    }
}

/// Nobody can be asked whether it is the right one: Slack only signs with it.
pub(super) fn signing_secret(secret: Option<&SecretString>) -> Finding {
    let Some(secret) = secret else {
        return Finding::ok(
            SECRET,
            "none is set: Slack comes over Socket Mode, and what comes by HTTP in its name is turned away",
        );
    };
    let secret = secret.expose_secret();
    if secret.len() == SECRET_DIGITS && secret.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Finding::ok(
            SECRET,
            "it has the form of one; that it is this app's shows when Slack verifies the request URL",
        );
    }
    Finding::warning(
        SECRET,
        &format!("it is not {SECRET_DIGITS} hexadecimal digits, as Slack's are"),
        "SLACK_SIGNING_SECRET: copy the Signing Secret under Basic Information > App Credentials of the Slack app",
    )
}
