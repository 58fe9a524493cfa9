//! `valet check`: looks at all that the operator has set up, beside a running service or
//! without one, by the same clients as the service, and changes nothing anywhere. See
//! `docs/decisions/0046-what-valet-check-asks.md`.

mod front;
mod machine;
mod model;
mod report;
mod scopes;
mod sign_in;
mod slack;
mod socket;
mod vault;

use std::time::Duration;

pub use report::{Checked, Outcome};

use super::clients::Clients;
use super::patience::Surroundings;
use crate::config::{Config, Variables};
use crate::metrics::Metrics;

use machine::Service;
use report::Finding;

/// For each thing that is looked at, all tries included.
const DEADLINE: Duration = Duration::from_secs(45);

/// Looks at everything. If the settings cannot be read there is nothing else to look at.
pub fn check(
    variables: &dyn Variables,
    surroundings: Surroundings,
) -> impl Future<Output = Checked> + Send + use<> {
    let config = Config::read(variables);
    async move {
        match config {
            Ok(config) => looked(&config, &surroundings).await,
            Err(mistakes) => Checked::unusable(machine::mistakes(&mistakes)),
        }
    }
}

async fn looked(config: &Config, surroundings: &Surroundings) -> Checked {
    let mut findings = machine::settings(config);
    findings.push(machine::data_directory(&config.data_dir));
    let service = machine::service(config.ops_listen).await;
    findings.push(service.finding());
    match Clients::of(config, surroundings, &Metrics::new()) {
        Ok(clients) => {
            let outside = outside(config, surroundings, &clients, service);
            findings.extend(Box::pin(outside).await);
        }
        Err(_) => findings.push(Finding::error(
            "certificates",
            "the certificates that this machine trusts cannot be read",
            "install them: the package is often named ca-certificates",
        )),
    }
    Checked::of(findings)
}

/// All at once, and told in order.
async fn outside(
    config: &Config,
    surroundings: &Surroundings,
    clients: &Clients,
    service: Service,
) -> Vec<Finding> {
    let deadline = surroundings.patience.slack;
    let (slack, socket, front, sign_in, vault, models) = tokio::join!(
        within("bot token", slack::look(config, clients, deadline)),
        within("Socket Mode", socket::look(config, clients, deadline)),
        within(
            "public address",
            front::look(config, clients, (deadline, service)),
        ),
        within("sign-in", sign_in::look(clients, surroundings)),
        within("vault", vault::look(config, clients)),
        within("model", model::look(config, surroundings, clients)),
    );
    let secret = vec![slack::signing_secret(config.slack.signing_secret.as_ref())];
    [slack, socket, front, secret, sign_in, vault, models].concat()
}

async fn within(check: &str, look: impl Future<Output = Vec<Finding>>) -> Vec<Finding> {
    let looked = tokio::time::timeout(DEADLINE, look).await;
    looked.unwrap_or_else(|_| {
        vec![Finding::error(
            check,
            &format!("there was no answer within {} seconds", DEADLINE.as_secs()),
            "look whether this machine reaches the internet, then check again",
        )]
    })
}
