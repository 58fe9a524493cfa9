//! The clients of the services outside, made in one way for whoever needs them: the service,
//! and `valet check`, which is to find what the service would find.

use std::time::Duration;

use anyhow::Context as _;

use super::patience::Surroundings;
use crate::addresses::Addresses;
use crate::backoff::Backoff;
use crate::circuit::{Breaker, Trust};
use crate::config::{Config, RouterSettings, SlackSettings, VaultSettings};
use crate::metrics::{Metrics, Service};
use crate::policy::Body;
use crate::slack::{self, SignIn, SignInSettings, Slack};
use crate::{router, scalekit};

/// The other side closes idle connections too; one that it has just closed would turn a
/// write into one whose outcome nobody knows.
const LONGEST_IDLE: Duration = Duration::from_secs(20);

/// The longest pause before something is repeated.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// One for each service, and what some of them are made on.
pub(super) struct Clients {
    pub(super) http: reqwest::Client,
    pub(super) slack: Slack,
    pub(super) sign_in: SignIn,
    pub(super) vault: scalekit::Vault,
    pub(super) router: router::Client,
}

impl Clients {
    /// Nothing is asked of anybody yet.
    pub(super) fn of(
        config: &Config,
        surroundings: &Surroundings,
        metrics: &Metrics,
    ) -> anyhow::Result<Self> {
        let http = http_client().context("the HTTP client cannot be made")?;
        let circuit = |service| breaker(service, surroundings, metrics);
        let (slack, sign_in) = slack_clients(
            config.slack.clone(),
            surroundings,
            (http.clone(), circuit(Service::Slack)),
            &Addresses::under(config.public_url.clone()),
        )?;
        let vault = (http.clone(), circuit(Service::Vault));
        let vault = vault_client(config.vault.clone(), surroundings, vault);
        let body = config.policy.router_body().clone();
        let router = (config.router.clone(), body);
        let router = router_client(router, surroundings, http.clone(), || {
            circuit(Service::Router)
        });
        Ok(Self {
            http,
            slack,
            sign_in,
            vault,
            router,
        })
    }
}

pub(super) fn breaker(service: Service, surroundings: &Surroundings, metrics: &Metrics) -> Breaker {
    let trust = Trust {
        trouble: surroundings.patience.trouble,
        pause: surroundings.patience.probe,
    };
    let randomness = surroundings.randomness.clone();
    Breaker::new(service, trust, randomness, metrics.clone())
}

fn slack_clients(
    settings: SlackSettings,
    surroundings: &Surroundings,
    (http, breaker): (reqwest::Client, Breaker),
    addresses: &Addresses,
) -> anyhow::Result<(Slack, SignIn)> {
    let deadlines = slack::Deadlines {
        call: surroundings.patience.slack,
        pace: slack::Pace {
            post: surroundings.patience.post,
            limited: surroundings.patience.limited,
        },
        ..slack::Deadlines::default()
    };
    let slack = Slack::new(
        &settings.api_url,
        settings.bot_token,
        deadlines,
        surroundings.randomness.clone(),
        breaker,
    )
    .context("the system's trusted certificates cannot be read")?;
    let sign_in = SignInSettings {
        openid_url: settings.openid_url,
        api_url: settings.api_url,
        client_id: settings.login_client_id,
        client_secret: settings.login_client_secret,
        redirect_uri: addresses.openid_callback(),
    };
    let sign_in = SignIn::new(sign_in, http, surroundings.clock.clone(), deadlines);
    Ok((slack, sign_in))
}

fn vault_client(
    settings: VaultSettings,
    surroundings: &Surroundings,
    (http, breaker): (reqwest::Client, Breaker),
) -> scalekit::Vault {
    let patience = surroundings.patience;
    scalekit::Vault::new(
        http,
        settings.environment_url,
        settings.client_id,
        settings.client_secret,
        scalekit::Deadlines {
            control: patience.vault,
            tools: patience.tools,
        },
        (
            Backoff::new(
                patience.pause,
                LONGEST_PAUSE,
                surroundings.randomness.clone(),
            ),
            breaker,
        ),
        surroundings.clock.clone(),
    )
}

pub(super) fn router_client(
    (settings, body): (RouterSettings, Body),
    surroundings: &Surroundings,
    http: reqwest::Client,
    circuits: impl Fn() -> Breaker,
) -> router::Client {
    let patience = surroundings.patience;
    router::Client::new(
        http,
        router::Endpoint {
            base: settings.base,
            key: settings.key,
            model: settings.model,
            fallback_models: settings.fallbacks,
            body,
        },
        router::Deadlines {
            first_byte: patience.router,
            silence: patience.router,
            whole: patience.reply,
            retry_pause: patience.pause,
        },
        surroundings.randomness.clone(),
        circuits,
    )
}

/// One client for vault, router and Sign in with Slack: deadlines are set for each call,
/// nothing follows a redirect, and no proxy is taken from the environment, which holds
/// no settings but ours.
pub(super) fn http_client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(router::CONNECT_DEADLINE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_idle_timeout(LONGEST_IDLE)
        .build()
}
