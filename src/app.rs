//! Where the program is put together: the only module that names all others.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::addresses::Addresses;
use crate::backoff::Backoff;
use crate::circuit::{Breaker, Trust};
use crate::clock::Clock;
use crate::config::{Config, RouterSettings, SlackSettings, VaultSettings};
use crate::dispatch::Dispatch;
use crate::handlers::{self, Services};
use crate::http::{Door, Ops, Server, ops_routes, public_routes};
use crate::ids::RunId;
use crate::line::Room;
use crate::metrics::{Metrics, Service};
use crate::random::Randomness;
use crate::slack::{self, SignIn, SignInSettings, SigningSecret, Slack};
use crate::store::Store;
use crate::{router, scalekit};

/// Runs that have been woken and are on their way to their lane.
const WAKING: usize = 1024;

/// What the machine gives: time, randomness, and how patient to be.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Where the time comes from.
    pub clock: Clock,
    /// Where random bits come from.
    pub randomness: Randomness,
    /// How long to wait for what.
    pub patience: Patience,
    /// How much at once.
    pub room: Room,
}

impl Surroundings {
    /// As in production.
    pub fn of_this_machine() -> Self {
        Self {
            clock: Clock::system(),
            randomness: Randomness::system(),
            patience: Patience::default(),
            room: Room::default(),
        }
    }
}

/// How long to wait for what. Stories are less patient than the service.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the head of a request to us, from its first byte to its last.
    pub head: Duration,
    /// For a whole request of Slack to us, and our answer; Slack itself waits 3 s.
    pub request: Duration,
    /// For one answer of Slack.
    pub slack: Duration,
    /// Between two posts to one channel of Slack, once a burst is used up.
    pub post: Duration,
    /// How long a limit that Slack sets is remembered, and its `Retry-After` kept to.
    pub limited: Duration,
    /// For one answer of the vault, tools aside.
    pub vault: Duration,
    /// For one tool of the vault, whose load balancer gives it up after 62 s.
    pub tools: Duration,
    /// For the router's first byte, and between two bytes.
    pub router: Duration,
    /// For a whole reply of the router.
    pub reply: Duration,
    /// For all turns of one run; a turn that has begun is finished.
    pub run: Duration,
    /// How long a service fails before it is taken to be down.
    pub trouble: Duration,
    /// Before a service that is taken to be down is asked again, the first time.
    pub probe: Duration,
    /// Before the first repeat of something that can be repeated.
    pub pause: Duration,
    /// Between two sweeps.
    pub sweep: Duration,
    /// For runs at work when it is time to stop.
    pub drain: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(5),
            request: Duration::from_secs(10),
            slack: Duration::from_secs(10),
            post: Duration::from_secs(1),
            limited: Duration::from_mins(10),
            vault: Duration::from_secs(20),
            tools: Duration::from_mins(1),
            router: Duration::from_mins(1),
            reply: Duration::from_mins(3),
            run: Duration::from_mins(10),
            trouble: Duration::from_secs(5),
            probe: Duration::from_secs(2),
            pause: Duration::from_millis(500),
            sweep: Duration::from_secs(30),
            drain: Duration::from_secs(20),
        }
    }
}

/// The other side closes idle connections too; one that it has just closed would turn a
/// write into one whose outcome nobody knows.
const LONGEST_IDLE: Duration = Duration::from_secs(20);

/// The longest pause before something is repeated.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// How long closing the store may take once nobody uses it any more.
const CLOSING: Duration = Duration::from_secs(5);

/// The service, its ports bound and its store open.
pub struct App {
    public: Server,
    ops: Server,
    context: handlers::Context,
    dispatch: Dispatch,
    resumed: mpsc::Receiver<RunId>,
    patience: Patience,
}

impl App {
    /// Opens the store and binds the ports. Nothing is accepted yet.
    pub async fn open(config: Config, surroundings: Surroundings) -> anyhow::Result<Self> {
        let patience = surroundings.patience;
        let (resume, resumed) = mpsc::channel(WAKING);
        let signing_secret = SigningSecret::new(config.slack.signing_secret.clone());
        let public = bind(config.listen, "VALET_LISTEN").await?;
        let ops = bind(config.ops_listen, "VALET_OPS_LISTEN").await?;
        let metrics = Metrics::new();
        let clock = surroundings.clock.clone();
        let context = services(config, surroundings, metrics.clone(), resume).await?;
        let dispatch = Dispatch::new(Arc::clone(&context));
        let door = Door {
            context: Arc::clone(&context),
            dispatch: dispatch.clone(),
            signing_secret,
            clock,
        };
        let to_ops = Ops {
            context: Arc::clone(&context),
            metrics,
        };
        Ok(Self {
            public: Server::new(public, public_routes(door, patience.request), patience.head),
            ops: Server::new(ops, ops_routes(to_ops), patience.head),
            context,
            dispatch,
            resumed,
            patience,
        })
    }

    /// Where Slack and browsers reach it.
    pub fn http_addr(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.public.address()?)
    }

    /// Where health and metrics are.
    pub fn ops_addr(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.ops.address()?)
    }

    /// Serves until told to stop; then takes no new work, lets runs finish, and parks what
    /// is left at the deadline. An error means that the disk failed.
    pub async fn serve_until(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let Self {
            public,
            ops,
            context,
            dispatch,
            resumed,
            patience,
        } = self;
        let closing = CancellationToken::new();
        dispatch.begin(resumed, patience.sweep);
        let serving = async {
            tokio::join!(
                public.serve(closing.clone(), patience.drain),
                ops.serve(closing.clone(), patience.drain),
            );
        };
        let stopping = async {
            let failed = tokio::select! {
                () = stop => false,
                () = context.store.failed() => true,
            };
            tracing::info!("stopping: no new work is taken");
            closing.cancel();
            dispatch.stop_within(patience.drain).await;
            failed
        };
        let ((), failed) = tokio::join!(serving, stopping);
        let closed = context.store.closed();
        drop((context, dispatch));
        if tokio::time::timeout(CLOSING, closed.cancelled())
            .await
            .is_err()
        {
            tracing::warn!("something still holds the store");
        }
        anyhow::ensure!(
            !failed,
            "the disk failed; what was accepted is on it, start again when it is well"
        );
        tracing::info!("stopped");
        Ok(())
    }
}

async fn bind(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("{setting}: cannot listen on {address}; choose another address, or stop what listens there")
    })
}

async fn services(
    config: Config,
    surroundings: Surroundings,
    metrics: Metrics,
    resumed: mpsc::Sender<RunId>,
) -> anyhow::Result<handlers::Context> {
    let folder = config.data_dir.clone();
    let bits = surroundings.randomness.clone();
    let store = tokio::task::spawn_blocking(move || Store::open(&folder, bits))
        .await?
        .context("VALET_DATA_DIR: the store cannot be opened")?;
    let http = http_client().context("the HTTP client cannot be made")?;
    let addresses = Addresses::under(config.public_url);
    let circuit = |service| breaker(service, &surroundings, &metrics);
    let (slack, sign_in) = slack_clients(
        config.slack,
        &surroundings,
        (http.clone(), circuit(Service::Slack)),
        &addresses,
    )?;
    let vault = (http.clone(), circuit(Service::Vault));
    let vault = vault_client(config.vault, &surroundings, vault);
    let router = router_client(config.router, &surroundings, http, || {
        circuit(Service::Router)
    });
    Ok(Arc::new(Services {
        store,
        slack,
        sign_in,
        vault,
        router,
        clock: surroundings.clock,
        randomness: surroundings.randomness,
        metrics,
        policy: config.policy,
        addresses,
        connections: config.connections,
        command_prefix: Some(config.command_prefix).filter(|prefix| !prefix.is_empty()),
        tasks: TaskTracker::new(),
        longest_run: surroundings.patience.run,
        resumed,
        at_work: handlers::stop::AtWork::default(),
        line: handlers::line::SharedLine::new(surroundings.room),
        remembered: handlers::Remembered::default(),
    }))
}

fn breaker(service: Service, surroundings: &Surroundings, metrics: &Metrics) -> Breaker {
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

fn router_client(
    settings: RouterSettings,
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
fn http_client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(router::CONNECT_DEADLINE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_idle_timeout(LONGEST_IDLE)
        .build()
}
