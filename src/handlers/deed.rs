//! What a command has done. When Slack does not take the words about it they are said
//! again later, and the deed is not done again for that.

use super::{Context, journal};
use crate::ids::RunId;
use crate::run::{Deed, Step};

/// Whether this very event has done this already.
pub(super) fn is_done(context: &Context, run: RunId, deed: &Deed) -> bool {
    journal::progress(context, run).done.as_ref() == Some(deed)
}

/// Writes it down before it is spoken of.
pub(super) async fn note(context: &Context, run: RunId, deed: Deed) {
    journal::note(context, run, &Step::Done(deed)).await;
}
