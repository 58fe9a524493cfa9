//! A backup a day, made by the service itself.

use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::life::Makings;
use crate::backoff::rest;
use crate::control::{keep_last, write_whole};
use crate::store::{BackupError, ENOUGH_BYTES, Header, Store, backups};

/// How old the last backup may become.
const EVERY: SignedDuration = SignedDuration::from_hours(24);

/// Backups made by the service that are kept; the oldest go first.
const KEPT: usize = 7;

/// Looks again and again whether one is due.
pub(super) async fn make_backups(
    makings: &Makings,
    store: &Store,
    ends: &CancellationToken,
    pause: Duration,
) -> Infallible {
    loop {
        rest(pause).await;
        let (data, now) = (
            makings.config.data_dir.clone(),
            makings.surroundings.clock.now(),
        );
        let (store, ends) = (store.clone(), ends.clone());
        let made = tokio::task::spawn_blocking(move || make_if_due(&store, &ends, &data, now));
        if let Ok(Err(cause)) = made.await {
            tracing::error!(
                error = &cause as &dyn std::error::Error,
                "the backup of the day was not made"
            );
        }
    }
}

fn make_if_due(
    store: &Store,
    ends: &CancellationToken,
    data: &Path,
    now: Timestamp,
) -> Result<(), BackupError> {
    let a_day_ago = now.saturating_sub(EVERY).unwrap_or(now);
    // Their names sort by time.
    if backups::last(data).is_some_and(|last| last > backups::path_for(data, a_day_ago)) {
        return Ok(());
    }
    // A backup must not be what fills the disk.
    store.has_room_for_backup(data, ENOUGH_BYTES)?;
    let file = backups::path_for(data, now);
    let contents = write_whole(&file, |out| {
        store.export(Header::at(now), out, || !ends.is_cancelled())
    })?;
    tracing::info!(bytes = contents.bytes, "the backup of the day was made");
    keep_last(&backups::all(data), KEPT);
    Ok(())
}
