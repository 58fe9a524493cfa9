//! *Share in thread*: what was answered to whoever asked alone is shown where they asked, by
//! their own press, once.

use super::gate::Asker;
use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, answer, post};
use crate::event::Pressed;
use crate::ids::RunId;
use crate::run::Posted;
use crate::sharing::{AlreadyShared, Press, Private};
use crate::slack::{self, Message, Slot, Target, render};
use crate::store::{Error, Turn};

/// Why a press shares nothing.
enum NotShared {
    Already,
    NotTheirs,
}

impl From<AlreadyShared> for NotShared {
    fn from(AlreadyShared: AlreadyShared) -> Self {
        Self::Already
    }
}

/// The press is on disk before anything of the answer is posted, so that no other press
/// posts it too; and what it has posted is looked for when it is tried again.
pub(super) async fn share(
    context: &Context,
    work: &Work,
    asker: &Asker,
    pressed: &Pressed,
) -> Result<Outcome, Unsaid> {
    let beside = ReplyTo::beside(pressed);
    let Ok(run) = RunId::parse(&pressed.value) else {
        return beside.say(context, work, &render::no_longer_kept()).await;
    };
    let begun = change(context, run, |turn| {
        if turn.person != *asker.person() {
            return Err(NotShared::NotTheirs);
        }
        let Some(private) = turn.private.clone() else {
            return Err(NotShared::Already);
        };
        let thread = private.thread.clone();
        let (private, press) = private.pressed(work.run)?;
        Ok((with(turn, private), (thread, press)))
    });
    let (thread, press) = match begun.await {
        Ok(Some(Ok(begun))) => begun,
        Ok(Some(Err(NotShared::Already))) => {
            return beside.say(context, work, &render::already_shared()).await;
        }
        Ok(Some(Err(NotShared::NotTheirs))) => {
            let words = render::not_yours_to_share();
            return beside.say(context, work, &words).await;
        }
        Ok(None) => return beside.say(context, work, &render::no_longer_kept()).await,
        Err(cause) => {
            let words = answer::store_failed(&cause);
            return beside.say(context, work, &words).await;
        }
    };
    if let Press::Share(private) = press {
        match publish(context, work, asker, &private).await {
            Ok(()) => settle(context, work, run, Private::shared).await,
            Err(NotPosted::Unsaid(unsaid)) => return Err(unsaid),
            Err(NotPosted::Refused { some: true }) => {
                // Its beginning is read by everybody: there is nothing to take back.
                settle(context, work, run, Private::shared).await;
                return beside.say(context, work, &render::not_shared()).await;
            }
            Err(NotPosted::Refused { some: false }) => {
                settle(context, work, run, Private::refused).await;
                return beside.say(context, work, &render::not_shared()).await;
            }
        }
        tracing::info!(run.id = %run, person = %asker.person(), "{} shared an answer", asker.person());
    }
    turn(context, work, pressed, &render::shared(&thread.channel)).await
}

fn with(turn: Turn, private: Private) -> Turn {
    Turn {
        private: Some(private),
        ..turn
    }
}

/// What is kept no longer than threads are cannot be shared any more.
async fn change<T, E>(
    context: &Context,
    run: RunId,
    change: impl FnOnce(Turn) -> Result<(Turn, T), E> + Send,
) -> Result<Option<Result<T, E>>, Error> {
    let retention = context.policy.retention();
    let since = retention.threads_since(context.clock.now());
    context.store.threads.change((run, since), change).await
}

/// Why not all of it stands in the thread.
enum NotPosted {
    /// And whether some of it does.
    Refused {
        some: bool,
    },
    Unsaid(Unsaid),
}

async fn publish(
    context: &Context,
    work: &Work,
    asker: &Asker,
    private: &Private,
) -> Result<(), NotPosted> {
    let target = Target::Thread(&private.thread);
    let standing = post::standing(context, work, target).await;
    let standing = standing.map_err(NotPosted::Unsaid)?;
    for (number, part) in private.parts().iter().enumerate() {
        let slot = Slot::Part(number);
        if standing.at(slot).is_some() {
            continue;
        }
        let words = render::shared_part(part, number, asker.name());
        match context.slack.post(target, &words, work.mark(slot)).await {
            Ok(_) => {}
            Err(slack::Error::Refused { code }) => {
                tracing::warn!(run.id = %work.run, code = %code, "Slack refuses an answer that is to be shared: {code}");
                return Err(NotPosted::Refused { some: number > 0 });
            }
            Err(unsaid) => return Err(NotPosted::Unsaid(unsaid)),
        }
    }
    Ok(())
}

/// It stands there, or does not: that cannot fail because the disk does. The next press
/// looks again.
async fn settle(
    context: &Context,
    work: &Work,
    run: RunId,
    end: impl FnOnce(Private, RunId) -> Private + Send,
) {
    let settled = change(context, run, |turn| {
        let private = turn.private.clone().map(|private| end(private, work.run));
        Ok::<_, Error>((Turn { private, ..turn }, ()))
    });
    if let Err(cause) = settled.await {
        tracing::error!(run.id = %run, error = &cause as &dyn std::error::Error, "the store failed");
    }
}

/// The button goes, and this stands in its place.
async fn turn(
    context: &Context,
    work: &Work,
    pressed: &Pressed,
    words: &Message,
) -> Result<Outcome, Unsaid> {
    let (Some(channel), Some(ts)) = (pressed.channel.clone(), pressed.message.clone()) else {
        return ReplyTo::beside(pressed).say(context, work, words).await;
    };
    let button = Posted { channel, ts };
    match context.slack.update(&button, words).await {
        // Somebody has deleted it.
        Ok(()) | Err(slack::Error::Refused { .. }) => Ok(Outcome::Settled),
        Err(unsaid) => Err(unsaid),
    }
}
