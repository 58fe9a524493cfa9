//! `usage`: what a person's own questions have used of the model.

use super::gate::Asker;
use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, answer};
use crate::slack::render;

pub(super) async fn tell(
    context: &Context,
    work: &Work,
    asker: &Asker,
    reply: &ReplyTo,
) -> Result<Outcome, Unsaid> {
    let used = context.store.usage.of(asker.person(), context.clock.now());
    let said = match used {
        Ok(used) => render::usage(used.today, used.this_month, context.policy.budgets().person),
        Err(cause) => answer::store_failed(&cause),
    };
    reply.say(context, work, &said).await
}
