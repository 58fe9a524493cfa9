//! What people think of an answer: counted, and nothing else.

use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid};
use crate::event::Pressed;
use crate::line::Try;
use crate::metrics::Feedback;
use crate::slack::render::{self, Opinion};

/// Counts the press, and thanks whoever it was where nobody else reads it.
pub(super) async fn given(
    context: &Context,
    work: &Work,
    pressed: &Pressed,
) -> Result<Outcome, Unsaid> {
    let Some(opinion) = Opinion::read(&pressed.value) else {
        return Ok(Outcome::Settled);
    };
    if work.tried == Try::First {
        context.metrics.feedback(match opinion {
            Opinion::Bad => Feedback::Bad,
            Opinion::Good => Feedback::Good,
        });
    }
    let thanks = render::thanks(opinion);
    ReplyTo::beside(pressed).say(context, work, &thanks).await
}
