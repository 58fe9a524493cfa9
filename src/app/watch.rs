//! Looks at the disk again and again, so that neither a failure nor a shortage is first
//! noticed by somebody's question.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::watch;

use crate::backoff::{Backoff, rest};
use crate::handlers::Context;
use crate::http::{Behind, shortage};
use crate::random::Randomness;
use crate::store::Room;

/// Between two looks at a disk that hangs: each takes up a thread until it is answered.
const RARELY: Duration = Duration::from_mins(1);

/// What the disk says now, while a life uses it. A look that hangs is not waited for,
/// since the next one may be what frees it.
pub(super) async fn watch_disk(
    context: &Context,
    pause: Duration,
    behind: &watch::Sender<Behind>,
    randomness: &Randomness,
) -> Infallible {
    let pauses = Backoff::new(pause, RARELY, randomness.clone());
    let mut hanging = 0_u32;
    loop {
        let store = context.store.clone();
        let looked = tokio::task::spawn_blocking(move || store.look_at_disk());
        match tokio::time::timeout(pause, looked).await {
            Ok(looked) => {
                hanging = 0;
                if let Ok(Ok(looked)) = looked {
                    context.metrics.disk(looked.stored, looked.free);
                    behind.send_if_modified(|behind| note(behind, looked.free));
                }
            }
            Err(_) => hanging = hanging.saturating_add(1),
        }
        rest(pauses.delay(hanging, None)).await;
    }
}

/// `true` when this has changed whether new events are taken.
fn note(behind: &mut Behind, free: u64) -> bool {
    let Behind::Life(living) = behind else {
        return false;
    };
    let before = living.room;
    living.room = before.with(free);
    match (before, shortage(living.room)) {
        (Room::Enough, Some(line)) => tracing::error!("{line}"),
        (Room::Short(_), None) => {
            tracing::info!("there is room on the disk again: events are taken");
        }
        (Room::Enough, None) | (Room::Short(_), Some(_)) => {}
    }
    before != living.room
}
