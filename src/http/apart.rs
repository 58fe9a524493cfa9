//! The public listener on a thread of its own, ahead of the runs: see
//! `docs/decisions/0050-the-doors-have-a-thread.md`.

use std::io;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tracing::dispatcher;

use super::Server;
use crate::tasks::Ahead;

/// Serves like [`Server::serve`], apart from the work of the caller's runtime, which gives
/// way whenever this thread is awake. An error means that nobody listens. When this is
/// dropped the listener closes too.
pub(crate) async fn serve_apart(
    server: Server,
    ahead: Ahead,
    stop: CancellationToken,
    drain: Duration,
) -> io::Result<()> {
    let _dropped = stop.clone().drop_guard();
    let runtime = runtime(ahead.clone())?;
    let (tell, told) = oneshot::channel();
    let log = dispatcher::get_default(Clone::clone);
    thread::Builder::new()
        .name("doors".to_owned())
        .spawn(move || {
            // What goes wrong there is told where the caller tells it.
            let _log = dispatcher::set_default(&log);
            let ended = runtime.block_on(server.serve(stop, drain));
            ahead.is_awake(false);
            // Whoever has stopped waiting does not need to know.
            let _ = tell.send(ended);
        })?;
    told.await
        .unwrap_or_else(|_| Err(io::Error::other("the listener broke")))
}

/// It says when it goes to sleep, and when it wakes.
fn runtime(ahead: Ahead) -> io::Result<Runtime> {
    let sleeps = ahead.clone();
    Builder::new_current_thread()
        .enable_all()
        .on_thread_park(move || sleeps.is_awake(false))
        .on_thread_unpark(move || ahead.is_awake(true))
        .build()
}
