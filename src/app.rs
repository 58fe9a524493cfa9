//! Where the program is put together: the only module that names all others.

mod backups;
mod check;
mod clients;
mod life;
mod manifest;
mod patience;
mod services;
mod socket;
mod supervisor;
mod traces;
mod watch;

use std::io;
use std::net::{SocketAddr, TcpListener};

use anyhow::Context as _;
use tokio::sync::watch as channel;
use tokio_util::sync::CancellationToken;

pub use check::{Checked, Outcome, check};
pub use manifest::manifest;
pub use patience::{Patience, Surroundings};

use crate::config::Config;
use crate::control::Control;
use crate::http::{Behind, Ops, Server, in_front_of, ops_routes, serve_apart};
use crate::metrics::Metrics;
use crate::socket::Socket;
use crate::tasks::Ahead;
use crate::traces::Exporter;

use life::{Life, Makings};
use supervisor::Supervisor;

/// The service, its ports bound and its store open.
pub struct App {
    public: Server,
    ops: Server,
    socket: Option<Socket>,
    control: Control,
    supervisor: Supervisor,
    first: Life,
    exporter: Option<Exporter>,
    patience: Patience,
    /// The thread of the public listener.
    ahead: Ahead,
}

impl App {
    /// Binds the ports and opens the store. Nothing is accepted yet.
    pub async fn open(config: Config, surroundings: Surroundings) -> anyhow::Result<Self> {
        let patience = surroundings.patience;
        let public = bind(config.listen, "VALET_LISTEN").await?;
        let ops = bind(config.ops_listen, "VALET_OPS_LISTEN").await?;
        let metrics = Metrics::new();
        let (traces, exporter) = traces::traces(&config, &surroundings, &metrics)?;
        let makings = Makings {
            config,
            surroundings,
            metrics,
            traces,
            ahead: Ahead::default(),
        };
        let ahead = makings.ahead.clone();
        let first = makings.open().await?;
        let clock = makings.surroundings.clock.clone();
        let (control, wishes) = Control::new(makings.config.data_dir.clone(), clock);
        let (behind, in_front) = channel::channel(Behind::Nobody("Valet begins".into()));
        let socket = socket::socket(&makings, &in_front)?;
        let to_ops = Ops {
            behind: in_front.clone(),
            besides: socket::besides(socket.as_ref()),
            metrics: makings.metrics.clone(),
        };
        Ok(Self {
            public: Server::new(public, in_front_of(in_front), patience.head),
            ops: Server::new(ops, ops_routes(to_ops), patience.head),
            socket,
            control,
            supervisor: Supervisor::new(makings, behind, wishes),
            first,
            exporter,
            patience,
            ahead,
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
    /// is left at the deadline. When the disk fails it waits until the disk is well, and
    /// goes on. An error means that it cannot.
    pub async fn serve_until(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let Self {
            public,
            ops,
            socket,
            control,
            supervisor,
            first,
            exporter,
            patience,
            ahead,
        } = self;
        let traced = CancellationToken::new();
        let (closing, served) = (CancellationToken::new(), CancellationToken::new());
        let serving = async {
            let (public, ops, ()) = tokio::join!(
                until_closed(
                    serve_apart(public, ahead, closing.clone(), patience.drain),
                    &closing
                ),
                until_closed(ops.serve(closing.clone(), patience.drain), &closing),
                socket::keep(socket, closing.clone()),
            );
            served.cancel();
            public.and(ops)
        };
        let stop = async {
            // Also where a listener broke.
            tokio::select! {
                () = stop => {}
                () = closing.cancelled() => {}
            }
            tracing::info!("stopping: no new work is taken");
            closing.cancel();
        };
        let living = Box::pin(async {
            let lived = tokio::select! {
                lived = supervisor.live(first, stop, &served) => lived,
                never = control.serve() => match never {},
            };
            // Also where the end was not ordered.
            closing.cancel();
            traced.cancel();
            lived
        });
        // In this order: there is a life before the first request is led to it.
        let sending = traces::send_on(exporter, traced.clone());
        let (lived, listened, ()) = tokio::join!(living, serving, sending);
        lived?;
        listened.context("a listener broke")?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Nothing else goes on where nobody listens.
async fn until_closed(
    serving: impl Future<Output = io::Result<()>>,
    closing: &CancellationToken,
) -> io::Result<()> {
    let served = serving.await;
    closing.cancel();
    served
}

/// Not yet on a runtime: each listener goes to the one that serves it.
async fn bind(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    let bound = tokio::net::TcpListener::bind(address).await;
    bound.and_then(tokio::net::TcpListener::into_std).with_context(|| {
        format!("{setting}: cannot listen on {address}; choose another address, or stop what listens there")
    })
}
