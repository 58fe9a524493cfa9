//! The beginning of what had to wait for its turn. After a crash there may be thousands
//! that were waiting: that nothing was said of them need not be found out from Slack.

use super::Context;
use crate::line::Try;
use crate::run::Step;
use crate::store::{Durability, Entry, Error};

/// From now on something may be said of this. It is on disk before it is so; of what did
/// not have to wait it is not known, which spares it the disk.
///
/// A journal that cannot be read has a beginning: whoever works on it says so.
pub(crate) async fn begin(context: &Context, entry: &Entry, tried: Try) -> Result<Try, Error> {
    let journal = &context.store.journal;
    let is_new = entry.in_line
        && context.store.restored.backup_of(entry.run)?.is_none()
        && journal.steps(entry.run).is_ok_and(|steps| steps.is_empty());
    if !is_new {
        return Ok(tried);
    }
    journal
        .append(entry.run, 0, &Step::Begun, Durability::Now)
        .await?;
    Ok(Try::First)
}
