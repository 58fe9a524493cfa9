//! `forget this thread`: what somebody asked in it, and was answered, is kept no longer.

use super::gate::Asker;
use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, answer};
use crate::event::Said;
use crate::slack::render;

/// Forgets what is theirs who say so, and our copy of what Slack told of the thread. What
/// others asked in it is theirs. Done again, it changes nothing.
pub(super) async fn forget(
    context: &Context,
    work: &Work,
    said: &Said,
    asker: &Asker,
) -> Result<Outcome, Unsaid> {
    if said.ts == said.thread.ts {
        // It begins a thread of its own, in which nothing was said.
        let told = render::nothing_to_forget();
        return ReplyTo::to(said).say(context, work, &told).await;
    }
    let threads = &context.store.threads;
    let told = match threads.forget(&said.thread, work.run, asker.person()).await {
        Ok(()) => {
            tracing::info!(person = %asker.person(), "{} wanted a thread forgotten", asker.person());
            render::forgotten()
        }
        Err(cause) => answer::store_failed(&cause),
    };
    ReplyTo::to(said).say(context, work, &told).await
}
