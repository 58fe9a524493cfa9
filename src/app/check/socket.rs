//! Socket Mode, as far as the app token can tell: a connection would take away some of what
//! the service beside us is to hear, so none is opened.

use std::time::Duration;

use super::super::clients::Clients;
use super::report::Finding;
use crate::config::Config;
use crate::slack::Error;
use crate::slack::socket::{NotOpened, ticket};

const SOCKET: &str = "Socket Mode";

/// Nothing where Slack comes by HTTP.
pub(super) async fn look(config: &Config, clients: &Clients, deadline: Duration) -> Vec<Finding> {
    let slack = &config.slack;
    let Some(token) = &slack.app_token else {
        return Vec::new();
    };
    let asked = ticket(&clients.http, &slack.api_url, token, deadline).await;
    vec![asked.map_or_else(
        |error| failed(&error),
        |_| {
            Finding::ok(
                SOCKET,
                "Slack lets the app token open a connection; that Socket Mode is switched on for the app shows in /readyz once `valet serve` runs",
            )
        },
    )]
}

fn failed(error: &NotOpened) -> Finding {
    let found = error.to_string();
    match error {
        NotOpened::Api(Error::Refused { .. }) => Finding::error(
            SOCKET,
            &found,
            "SLACK_APP_TOKEN: make an app-level token with the scope connections:write under Basic Information > App-Level Tokens of the Slack app, and copy it",
        ),
        NotOpened::Api(Error::RateLimited { .. }) => {
            Finding::warning(SOCKET, &found, "check again in a minute")
        }
        NotOpened::Api(Error::BadAnswer) | NotOpened::BadAddress => Finding::error(
            SOCKET,
            &found,
            "SLACK_API_URL: unset it, unless Slack is behind a proxy of yours, which then answers in its place",
        ),
        NotOpened::Api(_)
        | NotOpened::Ended(_)
        | NotOpened::Leaving(_)
        | NotOpened::NoHello
        | NotOpened::NoWebSocket
        | NotOpened::TimedOut
        | NotOpened::Tls
        | NotOpened::Unreachable => Finding::error(
            SOCKET,
            &found,
            "let this machine make https connections to SLACK_API_URL, and look at Slack's own status",
        ),
    }
}
