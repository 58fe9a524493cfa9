//! A server on loopback that can fail on demand, can be taken down, and stops when it
//! is dropped.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt as _;

use crate::fault::{Canned, Fault, Faults, Moment, Sight, Watcher};
use crate::socket::{Connection, Listener};

/// One service of the world.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    faults: Faults,
    routes: Router,
    serving: Mutex<Option<JoinHandle<()>>>,
}

impl Server {
    /// Serves these routes on a free port of loopback.
    pub async fn start(routes: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        Self::listen(listener, routes)
    }

    /// Serves these routes at this address, if nobody else does.
    pub async fn start_at(address: SocketAddr, routes: Router) -> io::Result<Self> {
        Ok(Self::listen(TcpListener::bind(address).await?, routes))
    }

    fn listen(listener: TcpListener, routes: Router) -> Self {
        let address = listener.local_addr().expect("a bound address");
        let faults = Faults::default();
        let serving = serve(Listener::new(listener), routes.clone(), faults.clone());
        let serving = tokio::spawn(serving);
        Self {
            address,
            faults,
            routes,
            serving: Mutex::new(Some(serving)),
        }
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// From now on connections are refused, and open ones are closed.
    pub async fn down(&self) {
        let serving = self.serving.lock().expect("not poisoned").take();
        if let Some(serving) = serving {
            serving.abort();
            drop(serving.await);
        }
    }

    /// Serve again, at the same address.
    pub fn up(&self) {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("an option of sockets");
        socket.bind(self.address).expect("the port is still ours");
        let listener = socket.listen(1024).expect("a listener");
        let serving = serve(
            Listener::new(listener),
            self.routes.clone(),
            self.faults.clone(),
        );
        let serving = tokio::spawn(serving);
        *self.serving.lock().expect("not poisoned") = Some(serving);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(Some(serving)) = self.serving.get_mut().map(Option::take) {
            serving.abort();
        }
    }
}

async fn serve(listener: Listener, routes: Router, faults: Faults) {
    // Dropped with this task, and the connections with it.
    let mut connections = JoinSet::new();
    let door = Door::default();
    let mut closing = door.0.subscribe();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let (routes, faults, door) = (routes.clone(), faults.clone(), door.clone());
                connections.spawn(connection(stream, routes, faults, door));
            }
            Some(_) = connections.join_next() => {}
            _ = closing.wait_for(|state| *state == DoorState::Closing) => break,
        }
    }
    drop(listener);
    door.0.send_replace(DoorState::Closed);
    while connections.join_next().await.is_some() {}
}

/// Whether connections are taken.
#[derive(Clone)]
struct Door(watch::Sender<DoorState>);

#[derive(Clone, Copy, PartialEq)]
enum DoorState {
    Closed,
    Closing,
    Open,
}

impl Default for Door {
    fn default() -> Self {
        Self(watch::Sender::new(DoorState::Open))
    }
}

impl Door {
    /// When this returns, no further connection is taken.
    async fn close(&self) {
        self.0.send_replace(DoorState::Closing);
        self.closed().await;
    }

    async fn closed(&self) {
        let mut state = self.0.subscribe();
        // The sender is in our hand.
        let _ = state.wait_for(|state| *state == DoorState::Closed).await;
    }
}

async fn connection(stream: Connection, routes: Router, faults: Faults, door: Door) {
    let its_door = door.clone();
    let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
        answer(
            routes.clone(),
            faults.clone(),
            its_door.clone(),
            request.map(Body::new),
        )
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    let serving = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let mut serving = std::pin::pin!(serving);
    // A connection that breaks is the other side's business.
    tokio::select! {
        _ = serving.as_mut() => return,
        () = door.closed() => serving.as_mut().graceful_shutdown(),
    }
    let _ = serving.await;
}

/// Answers one request, or fails it as planned. An `Err` closes the connection.
async fn answer(
    routes: Router,
    faults: Faults,
    door: Door,
    request: Request<Body>,
) -> io::Result<Response<Body>> {
    if let Some(watcher) = faults.watcher() {
        return watched(&watcher, routes, (faults, door), request).await;
    }
    let fault = faults.take(request.uri().path());
    fail(fault, routes, door, request).await
}

/// The same, where somebody looks on.
async fn watched(
    watcher: &Watcher,
    routes: Router,
    (faults, door): (Faults, Door),
    request: Request<Body>,
) -> io::Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let whole = axum::body::to_bytes(body, usize::MAX).await;
    // Whoever broke off in the middle of a request has not asked for anything.
    let body = whole.map_err(|_| closed())?;
    let look = |moment| {
        watcher(Sight {
            path: &path,
            body: &body,
            moment,
        })
    };
    let fault = look(Moment::Before).or_else(|| faults.take(&path));
    let request = Request::from_parts(head, Body::from(body.clone()));
    let answered = fail(fault, routes, door, request).await;
    match look(Moment::After) {
        None => answered,
        Some(Fault::Answer(canned)) => Ok(respond(&canned)),
        Some(_) => Err(closed()),
    }
}

async fn fail(
    fault: Option<Fault>,
    routes: Router,
    door: Door,
    request: Request<Body>,
) -> io::Result<Response<Body>> {
    match fault {
        None => Ok(act(routes, request).await),
        Some(Fault::Answer(canned)) => Ok(respond(&canned)),
        Some(Fault::ActThenAnswer(canned)) => {
            act(routes, request).await;
            Ok(respond(&canned))
        }
        Some(Fault::Cut) => Err(closed()),
        Some(Fault::ActThenCut) => {
            act(routes, request).await;
            Err(closed())
        }
        Some(Fault::ActThenRefuse) => {
            let response = act(routes, request).await;
            door.close().await;
            Ok(response)
        }
        Some(Fault::HalfAnswer) => Ok(halve(act(routes, request).await).await),
        Some(Fault::Stall) => std::future::pending().await,
        Some(Fault::ActThenStall) => {
            act(routes, request).await;
            std::future::pending().await
        }
    }
}

async fn act(routes: Router, request: Request<Body>) -> Response<Body> {
    let answered: Result<_, Infallible> = routes.oneshot(request).await;
    let Ok(response) = answered;
    response
}

fn respond(canned: &Canned) -> Response<Body> {
    let mut response = Response::builder()
        .status(canned.status)
        .header(header::CONTENT_TYPE, &canned.content_type);
    if let Some(seconds) = canned.retry_after {
        response = response.header(header::RETRY_AFTER, seconds);
    }
    response
        .body(Body::from(canned.body.clone()))
        .expect("a canned answer is a response")
}

/// The head and half of the body, then the connection is closed.
async fn halve(response: Response<Body>) -> Response<Body> {
    let (head, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default();
    let half: Result<Bytes, io::Error> = Ok(whole.slice(..whole.len() / 2));
    let mut halved = Response::from_parts(
        head,
        Body::from_stream(futures_util::stream::iter([half, Err(closed())])),
    );
    halved.headers_mut().remove(header::CONTENT_LENGTH);
    halved
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "closed on purpose")
}
