//! For comparison: a listener that checks Slack's signature and does nothing else.

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use crate::load::signature;

/// By which this bench calls itself to be that listener.
pub(crate) const ARGUMENT: &str = "bare-listener";

/// Serves until it is killed.
pub(crate) fn serve(address: &str) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (listener, connections) = (TcpListener::bind(address).await?, TaskTracker::new());
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let served =
                http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
            connections.spawn(served);
        }
    })
}

async fn answer(request: Request<Incoming>) -> anyhow::Result<Response<Empty<Bytes>>> {
    let (head, body) = request.into_parts();
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let stamp = header("x-slack-request-timestamp").unwrap_or_default();
    let body = body.collect().await?.to_bytes();
    let good =
        Some(signature(stamp, std::str::from_utf8(&body)?).as_str()) == header("x-slack-signature");
    let mut response = Response::new(Empty::new());
    if !good {
        *response.status_mut() = hyper::StatusCode::UNAUTHORIZED;
    }
    Ok(response)
}
