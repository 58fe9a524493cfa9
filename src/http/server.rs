//! One listener: accepts, bounds every connection, and drains when it is time to stop.

use std::io;
use std::net::{self, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// Connections at once; the next ones wait in the kernel's queue.
const CONNECTIONS: usize = 1024;

/// All headers of a request together, in bytes. Slack sends less than two thousand.
const LARGEST_HEADERS: usize = 16 << 10;

/// Headers of one request.
const MOST_HEADERS: usize = 64;

/// How long to wait when the system has no sockets left.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(100);

/// A bound listener and what it serves.
pub(crate) struct Server {
    listener: net::TcpListener,
    routes: Router,
    /// How long the head of a request may take.
    longest_head: Duration,
}

impl Server {
    /// The listener does not block.
    pub(crate) fn new(listener: net::TcpListener, routes: Router, longest_head: Duration) -> Self {
        Self {
            listener,
            routes,
            longest_head,
        }
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop`, then lets the requests under way finish, and cuts what is left
    /// after `drain`: whoever sends or reads slowly does not keep the process alive. An
    /// error means that nobody listens.
    pub(crate) async fn serve(self, stop: CancellationToken, drain: Duration) -> io::Result<()> {
        let Self {
            listener,
            routes,
            longest_head,
        } = self;
        let listener = TcpListener::from_std(listener)?;
        let http = http(longest_head);
        let graceful = GracefulShutdown::new();
        let connections = TaskTracker::new();
        let cut = CancellationToken::new();
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = accept(&listener, &room) => accepted,
            };
            if let Some((stream, permit)) = accepted {
                let served = serve_connection(
                    (stream, permit),
                    http.clone(),
                    routes.clone(),
                    graceful.watcher(),
                );
                connections.spawn(cut.clone().run_until_cancelled_owned(served));
            }
        }
        drop(listener);
        connections.close();
        let finished = async {
            graceful.shutdown().await;
            connections.wait().await;
        };
        if tokio::time::timeout(drain, finished).await.is_err() {
            tracing::warn!("connections were still open at the deadline and are cut");
            cut.cancel();
            connections.wait().await;
        }
        Ok(())
    }
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, permit)),
        Err(cause) => {
            tracing::warn!(
                error = &cause as &dyn std::error::Error,
                "a connection was not accepted"
            );
            crate::backoff::rest(OUT_OF_SOCKETS).await;
            None
        }
    }
}

/// One request for each connection: an idle one would have to be closed at some time, and a
/// request that crosses the closing is lost. Slack repeats a lost event, never a lost command.
fn http(longest_head: Duration) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .keep_alive(false)
        .header_read_timeout(longest_head)
        .max_headers(MOST_HEADERS)
        .max_buf_size(LARGEST_HEADERS);
    http
}

async fn serve_connection(
    (stream, _permit): (TcpStream, OwnedSemaphorePermit),
    http: http1::Builder,
    routes: Router,
    watcher: Watcher,
) {
    // Answers are small and whole: waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let service = routes.map_request(|request: Request<Incoming>| request.map(Body::new));
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    // A connection that breaks is the other side's business.
    let _ = watcher.watch(connection).await;
}
