//! What Valet does, a file for each verb. The only place where the clients meet.

pub(crate) mod answer;
mod asleep;
mod automated;
mod begin;
pub(crate) mod callback;
mod cards;
mod catalogues;
pub(crate) mod change;
mod close;
pub(crate) mod connect;
mod connections;
mod context;
mod decide;
mod deed;
mod disconnect;
mod feedback;
mod forget;
mod gate;
mod give_up;
mod grants;
mod home;
mod homes;
mod journal;
pub(crate) mod line;
mod measure;
mod not_set_up;
mod post;
mod reply;
mod results;
pub(crate) mod sessions;
mod share;
pub(crate) mod spending;
pub(crate) mod stop;
mod stray;
pub(crate) mod sweep;
mod uninstall;
mod usage;
pub(crate) mod webhook;
mod whose;
mod work;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use jiff::SignedDuration;

pub(crate) use asleep::{half_asleep, half_at_rest, wake};
pub(crate) use automated::Told;
pub(crate) use begin::begin;
pub(crate) use close::{close, of_event};
pub(crate) use context::{Context, Remembered, Services};
pub(crate) use not_set_up::look as look_at_connections;
pub(crate) use uninstall::LettingGo;

use crate::audience::Turned;
use crate::event::{Commanded, Event, Pressed, Said, Submitted, Surface};
use crate::line::Try;
use crate::run::{Conclusion, Failure, Step};
use crate::slack::{self, Intent, render};
use crate::store::{Belongs, Entry};

use decide::Decides;
use gate::{Asker, Gated};
use give_up::{give_up, listener, say_last};
use reply::ReplyTo;
use work::Work;

/// What came of working on an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Slack could not be told; the sweep tries again.
    Later,
    /// The person has heard all there is to hear.
    Settled,
    /// It goes on when the person has connected an account, or said yes or no.
    Waiting,
}

/// After this long nobody waits for an answer any more.
const TOO_LATE: SignedDuration = SignedDuration::from_hours(24);

/// And after this long Slack need not be told so any more.
const FAR_TOO_LATE: SignedDuration = SignedDuration::from_hours(48);

/// Works on an accepted event, and lets Slack show how its thread stands then.
pub(crate) async fn settle(context: &Context, entry: &Entry, tried: Try) -> Outcome {
    let outcome = settled(context, entry, tried).await;
    sessions::rested(context, entry, tried, outcome).await;
    outcome
}

/// What breaks on the way ends in a word as well: nobody would hear of it, and the lane
/// behind it would stand still.
async fn settled(context: &Context, entry: &Entry, tried: Try) -> Outcome {
    if let Event::Removed(removal) = &entry.event {
        return uninstall::obey(context, entry.run, removal).await;
    }
    let age = context.clock.now().duration_since(entry.accepted_at);
    match context.store.installed.belongs(entry.accepted_at) {
        Belongs::Here => {}
        Belongs::ToThePast => return uninstall::end(context, entry).await,
        Belongs::ToWhatComes if age > TOO_LATE => {
            tracing::error!(run.id = %entry.run, "an event came for Valet after it was uninstalled, and is given up");
            return Outcome::Settled;
        }
        Belongs::ToWhatComes => return Outcome::Later,
    }
    if let Event::Opened(opened) = &entry.event {
        let settled = unbroken(home::opened(context, entry, opened)).await;
        return settled.unwrap_or(Outcome::Settled);
    }
    if age > FAR_TOO_LATE {
        tracing::error!(run.id = %entry.run, "an event could not be settled in two days and is given up");
        return Outcome::Settled;
    }
    if age > TOO_LATE {
        tracing::error!(run.id = %entry.run, "an event could not be settled in a day");
        return heard(
            entry,
            give_up(context, entry, tried, Failure::TooLate).await,
        );
    }
    match context.store.restored.backup_of(entry.run) {
        Ok(None) => {}
        Ok(Some(taken_at)) => {
            let word = render::restored(taken_at);
            return heard(entry, say_last(context, entry, tried, word).await);
        }
        Err(cause) => {
            tracing::error!(run.id = %entry.run, error = &cause as &dyn std::error::Error, "the store failed");
            return Outcome::Later;
        }
    }
    match unbroken(work_on(context, entry, tried)).await {
        Some(settled) => heard(entry, settled),
        None => heard(
            entry,
            give_up(context, entry, tried, Failure::Unexpected).await,
        ),
    }
}

/// Tells somebody that their question is in line, as soon as it is known that they may ask.
/// Whoever may not hears so when it is their turn.
pub(crate) async fn tell_in_line(context: &Context, entry: &Entry, tried: Try) {
    if let Some(Err(unsaid)) = unbroken(in_line(context, entry, tried)).await {
        tracing::warn!(run.id = %entry.run, error = &unsaid as &dyn std::error::Error, "somebody in line could not be told so");
    }
}

async fn in_line(context: &Context, entry: &Entry, tried: Try) -> Result<(), Unsaid> {
    let Event::Said(said) = &entry.event else {
        return Ok(());
    };
    if context.store.installed.is_gone() {
        return Ok(());
    }
    if answer::is_shown(context, entry.run) {
        return Ok(());
    }
    let Ok(asker) = gate::admit_to(context, said).await? else {
        return Ok(());
    };
    let installation = context.installation().await?;
    match Intent::said(&said.text, &installation.bot_user) {
        Intent::Question(question) => {
            let work = Work::on(entry, tried);
            answer::place_in_line(context, &work, said, &asker, &question).await
        }
        Intent::Connect(_)
        | Intent::Connections
        | Intent::Disconnect(_)
        | Intent::Forget
        | Intent::Grants
        | Intent::Help
        | Intent::Nothing
        | Intent::Stop
        | Intent::Usage => Ok(()),
    }
}

/// `None` if it panicked, of which the log has the place.
pub(crate) async fn unbroken<T>(work: impl Future<Output = T> + Send) -> Option<T> {
    AssertUnwindSafe(work).catch_unwind().await.ok()
}

async fn work_on(context: &Context, entry: &Entry, tried: Try) -> Result<Outcome, Unsaid> {
    let work = Work::on(entry, tried);
    if tried == Try::Again && journal::progress(context, work.run).conclusion == Some(NOT_CHECKED) {
        let said = render::failed(Failure::NotChecked);
        return match listener(&entry.event) {
            Some((_, reply)) => reply.say(context, &work, &said).await,
            None => Ok(Outcome::Settled),
        };
    }
    match &entry.event {
        Event::Automated(by) => automated::mentioned(context, &work, by).await,
        Event::Commanded(command) => commanded(context, &work, command).await,
        // Seen to before all of this.
        Event::Opened(_) | Event::Removed(_) => Ok(Outcome::Settled),
        Event::Pressed(pressed) => self::pressed(context, &work, pressed).await,
        Event::Said(said) => self::said(context, &work, said).await,
        Event::SessionStopped(stopped) => Ok(stop::by_slack(context, &work, stopped).await),
        Event::Submitted(submitted) => self::submitted(context, &work, submitted).await,
    }
}

fn heard(entry: &Entry, settled: Result<Outcome, Unsaid>) -> Outcome {
    settled.unwrap_or_else(|unsaid| {
        if let slack::Error::Refused { code } = &unsaid {
            // Archived, or we were thrown out: there is nobody to tell.
            tracing::error!(run.id = %entry.run, code = %code, "Slack refuses what a person should read: {code}");
            return Outcome::Settled;
        }
        tracing::warn!(run.id = %entry.run, error = &unsaid as &dyn std::error::Error, "Slack did not take a message; it is tried again");
        Outcome::Later
    })
}

/// How something ends whose asker could not be found out.
const NOT_CHECKED: Conclusion = Conclusion::Failed(Failure::NotChecked);

/// Something that a person should read did not reach Slack.
type Unsaid = slack::Error;

async fn said(context: &Context, work: &Work, said: &Said) -> Result<Outcome, Unsaid> {
    let reply = ReplyTo::to(said);
    let asker = match gate::admit_to(context, said).await? {
        Ok(asker) => asker,
        Err(Gated::Turned(Turned::Bot)) if said.surface != Surface::Direct => {
            let bot = said.actor.user.as_str();
            return automated::turn_away(context, work, &said.thread, bot).await;
        }
        Err(gated) => return turn_away(context, work, &reply, &gated).await,
    };
    let installation = context.installation().await?;
    match Intent::said(&said.text, &installation.bot_user) {
        Intent::Question(question) => answer::answer(context, work, said, &asker, &question).await,
        Intent::Forget => forget::forget(context, work, said, &asker).await,
        Intent::Stop => stop::stop(context, work, said, &asker).await,
        Intent::Nothing => reply.say(context, work, &render::nothing_asked()).await,
        command @ (Intent::Connect(_)
        | Intent::Connections
        | Intent::Disconnect(_)
        | Intent::Grants
        | Intent::Help
        | Intent::Usage) => obey(context, work, &asker, &reply, command).await,
    }
}

async fn commanded(context: &Context, work: &Work, command: &Commanded) -> Result<Outcome, Unsaid> {
    let reply = ReplyTo::Privately {
        user: command.actor.user.clone(),
        response_url: command.response_url.clone(),
        thread: None,
    };
    // A slash command is answered to the asker alone, wherever it was typed.
    let asker = match gate::admit(context, &command.actor).await? {
        Ok(asker) => asker,
        Err(gated) => return turn_away(context, work, &reply, &gated).await,
    };
    let intent = Intent::command(&command.command, context.command_prefix(), &command.text);
    obey(context, work, &asker, &reply, intent).await
}

async fn pressed(context: &Context, work: &Work, pressed: &Pressed) -> Result<Outcome, Unsaid> {
    let reply = ReplyTo::alone(&pressed.actor);
    let Some(button) = Button::read(&pressed.action) else {
        return Ok(Outcome::Settled);
    };
    let asker = match gate::admit(context, &pressed.actor).await? {
        Ok(asker) => asker,
        Err(gated) => return turn_away(context, work, &reply, &gated).await,
    };
    if pressed.home.is_some() {
        home::stands(context, &asker, pressed.home.as_ref()).await;
    }
    let name = pressed.value.as_str();
    match button {
        Button::Connect => connect::connect(context, work, &asker, &reply, Some(name)).await,
        Button::ConnectLink => Ok(Outcome::Settled),
        Button::Decide(decides) => decide::decide(context, work, &asker, pressed, decides).await,
        Button::Disconnect => disconnect::disconnect(context, work, &asker, &reply, name).await,
        Button::Feedback => feedback::given(context, work, pressed).await,
        Button::Keep => disconnect::keep(context, work, &reply, name).await,
        Button::Reconnect => connect::reconnect(context, work, &asker, &reply, name).await,
        Button::Revoke => grants::revoke(context, work, &asker, pressed).await,
        Button::Share => share::share(context, work, &asker, pressed).await,
    }
}

async fn submitted(
    context: &Context,
    work: &Work,
    submitted: &Submitted,
) -> Result<Outcome, Unsaid> {
    match gate::admit(context, &submitted.actor).await? {
        Ok(asker) => change::submitted(context, work, &asker, submitted).await,
        Err(gated) => turn_away(context, work, &ReplyTo::alone(&submitted.actor), &gated).await,
    }
}

async fn obey(
    context: &Context,
    work: &Work,
    asker: &Asker,
    reply: &ReplyTo,
    intent: Intent,
) -> Result<Outcome, Unsaid> {
    match intent {
        Intent::Connect(name) => {
            connect::connect(context, work, asker, reply, name.as_deref()).await
        }
        Intent::Connections => connections::list(context, work, asker, reply).await,
        Intent::Disconnect(name) => {
            disconnect::ask(context, work, asker, reply, name.as_deref()).await
        }
        Intent::Grants => grants::list(context, work, asker, reply).await,
        Intent::Usage => usage::tell(context, work, asker, reply).await,
        Intent::Forget | Intent::Help | Intent::Nothing | Intent::Question(_) | Intent::Stop => {
            let help = render::help(context.command_prefix(), &context.connections);
            reply.say(context, work, &help).await
        }
    }
}

/// Our buttons. What one of them carries is a connection's name, and is read like a word
/// that was typed: it acts on the account of whoever pressed it.
enum Button {
    Connect,
    ConnectLink,
    /// It carries the id of an approval, which says whose word is asked for.
    Decide(Decides),
    Disconnect,
    /// It carries what its presser thinks.
    Feedback,
    Keep,
    Reconnect,
    /// It carries a connection's name and a tool's.
    Revoke,
    /// It carries the id of a run, whose asker may share what came of it.
    Share,
}

impl Button {
    fn read(action: &str) -> Option<Self> {
        match action {
            render::CONNECT => Some(Self::Connect),
            render::CONNECT_LINK => Some(Self::ConnectLink),
            render::DISCONNECT => Some(Self::Disconnect),
            render::FEEDBACK => Some(Self::Feedback),
            render::KEEP => Some(Self::Keep),
            render::RECONNECT => Some(Self::Reconnect),
            render::REVOKE => Some(Self::Revoke),
            render::SHARE => Some(Self::Share),
            other => Decides::read(other).map(Self::Decide),
        }
    }
}

async fn turn_away(
    context: &Context,
    work: &Work,
    reply: &ReplyTo,
    gated: &Gated,
) -> Result<Outcome, Unsaid> {
    match gated {
        Gated::NotOurs => {
            tracing::warn!("a request was for a workspace that Valet is not installed in");
            Ok(Outcome::Settled)
        }
        // A bot that presses or types is not told at all.
        Gated::Silent | Gated::Turned(Turned::Bot) => Ok(Outcome::Settled),
        Gated::Turned(turned) => {
            reply
                .say(context, work, &render::turned_away(*turned))
                .await
        }
        // Something may be done and said of it already, and it was admitted then: to say that
        // nothing was done would be false, and it would end there. The sweep asks again.
        Gated::Unknown if work.tried == Try::Again => Ok(Outcome::Later),
        Gated::Unknown => {
            // Written down first: said, it is the end of it, whoever they turn out to be.
            journal::note(context, work.run, &Step::Concluded(NOT_CHECKED)).await;
            reply
                .say(context, work, &render::failed(Failure::NotChecked))
                .await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_breaks_does_not_take_its_caller_along() {
        assert_eq!(unbroken(async { 7 }).await, Some(7));
        let broken = unbroken(async {
            tokio::task::yield_now().await;
            panic!("as some library does with odd bytes");
        });
        assert_eq!(broken.await, None::<()>);
    }
}
