//! Socket Mode, if it is set up.

use anyhow::Context as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::clients::http_client;
use super::life::Makings;
use crate::http::{Behind, Besides};
use crate::slack::socket::{Silence, SocketMode};
use crate::socket::{Socket, Times};

/// What keeps connections up; `None`: Slack comes by HTTP.
pub(super) fn socket(
    makings: &Makings,
    behind: &watch::Receiver<Behind>,
) -> anyhow::Result<Option<Socket>> {
    let settings = &makings.config.slack;
    let Some(app_token) = settings.app_token.clone() else {
        return Ok(None);
    };
    let patience = makings.surroundings.patience;
    let silence = Silence {
        patience: patience.silence,
        write: patience.slack,
    };
    let http = http_client().context("the HTTP client cannot be made")?;
    let slack = SocketMode::new(
        http,
        (settings.api_url.clone(), app_token),
        (patience.slack, silence),
    )
    .context("the system's trusted certificates cannot be read")?;
    let times = Times {
        request: patience.request,
        pause: patience.reconnect,
        without: patience.unconnected,
        drain: patience.drain,
    };
    let randomness = makings.surroundings.randomness.clone();
    let metrics = makings.metrics.clone();
    let socket = Socket::new(slack, behind.clone(), metrics, (times, randomness));
    Ok(Some(socket))
}

/// What `/readyz` has to tell of it.
pub(super) fn besides(socket: Option<&Socket>) -> Besides {
    let standing = socket.map(Socket::standing);
    std::sync::Arc::new(move || standing.as_ref()?.problem())
}

/// Until told to stop; without Socket Mode there is nothing to keep.
pub(super) async fn keep(socket: Option<Socket>, stop: CancellationToken) {
    if let Some(socket) = socket {
        // Boxed, so that whoever does without it does not carry it.
        Box::pin(socket.keep(stop)).await;
    }
}
