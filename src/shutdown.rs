//! The reason to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits until the operator wants the process to stop: SIGTERM, or SIGINT from a
/// terminal.
pub async fn shutdown_signal() {
    tokio::select! {
        () = received(SignalKind::interrupt()) => {}
        () = received(SignalKind::terminate()) => {}
    }
}

/// Never comes where the signal cannot be listened for: then the system's own handling
/// of it stays in force.
async fn received(kind: SignalKind) {
    let listening: Option<Signal> = signal(kind).ok();
    match listening {
        Some(mut signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
