//! From the page to the simulated Slack and back. What people do on the page, they do in
//! Slack, which tells Valet in signed requests; the page never speaks with Valet.

use std::sync::Arc;

use valet_sim::demo::{Command, Doors, Place, Posting, Pressed, Shown};
use valet_sim::slack::{Author, Delivered, Message, MessageRef, Slack};

/// The channel of the demo.
const GENERAL: &str = "general";

/// Those of the manifest.
const COMMANDS: [&str; 3] = ["/connect", "/disconnect", "/connections"];

pub(crate) fn into(slack: &Arc<Slack>) -> Doors {
    let [posting, typing, pressing, looking] = [(); 4].map(|()| Arc::clone(slack));
    Doors {
        post: Box::new(move |words| {
            let slack = Arc::clone(&posting);
            Box::pin(async move { post(&slack, words).await })
        }),
        command: Box::new(move |command| {
            let slack = Arc::clone(&typing);
            Box::pin(async move { run(&slack, command).await })
        }),
        press: Box::new(move |pressed| {
            let slack = Arc::clone(&pressing);
            Box::pin(async move { press(&slack, pressed).await })
        }),
        messages: Box::new(move |person| see(&looking, person)),
    }
}

async fn post(slack: &Slack, words: Posting) -> Result<(), String> {
    let who = slack.person(&words.person);
    let text = words.text.as_str();
    let sent = match (&words.thread_ts, words.place, words.mentions_valet) {
        (Some(ts), place, mentions) => {
            let thread = message(slack, &words.person, place, ts).ok_or("This thread is gone.")?;
            let thread = MessageRef::from(&thread);
            if mentions {
                who.says_in_thread(&thread, text).await
            } else {
                who.replies(&thread, text).await
            }
        }
        (None, Place::Dm, _) => who.direct(text).await,
        (None, Place::General, true) => who.mentions_in(GENERAL, text).await,
        (None, Place::General, false) => who.writes_in(GENERAL, text).await,
    };
    // Words that are not for Valet make no event.
    taken(sent.delivered.as_ref().is_none_or(Delivered::accepted))
}

async fn run(slack: &Slack, typed: Command) -> Result<(), String> {
    if !COMMANDS.contains(&typed.command.as_str()) {
        let known = COMMANDS.join(", ");
        return Err(format!(
            "There is no command {}. There are {known}.",
            typed.command
        ));
    }
    let place = match typed.place {
        Place::Dm => "dm",
        Place::General => GENERAL,
    };
    let who = slack.person(&typed.person);
    let answer = who.command(&typed.command, &typed.text, place).await;
    taken(answer.status == Some(200))
}

async fn press(slack: &Slack, pressed: Pressed) -> Result<(), String> {
    let shown = [Place::General, Place::Dm]
        .iter()
        .find_map(|place| message(slack, &pressed.person, *place, &pressed.ts))
        .filter(|message| {
            let buttons = message.buttons();
            buttons
                .iter()
                .any(|button| button.action_id == pressed.action_id)
        })
        .ok_or("This button is gone.")?;
    let who = slack.person(&pressed.person);
    let answer = who.clicks(&shown, &pressed.action_id).await;
    taken(answer.status == Some(200))
}

/// In Slack's words for an app that does not take what happened.
fn taken(well: bool) -> Result<(), String> {
    well.then_some(())
        .ok_or_else(|| "Valet did not take that. Please try again.".to_owned())
}

fn see(slack: &Slack, person: &str) -> Vec<Shown> {
    // Somebody looks, so it is read.
    slack.read_all();
    [Place::General, Place::Dm]
        .into_iter()
        .flat_map(|place| {
            let seen = messages(slack, person, place);
            seen.into_iter().map(move |message| (place, message))
        })
        .map(|(place, message)| shown(slack, place, message))
        .collect()
}

fn message(slack: &Slack, person: &str, place: Place, ts: &str) -> Option<Message> {
    let mut seen = messages(slack, person, place).into_iter();
    seen.find(|message| message.ts == ts)
}

/// What this person sees in this place.
fn messages(slack: &Slack, person: &str, place: Place) -> Vec<Message> {
    let who = slack.person(person);
    let mut messages = slack.messages(&match place {
        Place::Dm => who.direct_channel(),
        Place::General => GENERAL.to_owned(),
    });
    messages.retain(|message| {
        let alone = message.ephemeral_for.as_ref();
        alone.is_none_or(|one| *one == who.id)
    });
    messages
}

fn shown(slack: &Slack, place: Place, message: Message) -> Shown {
    let mut people = slack.people().into_iter();
    let author = people.find(|one| one.id == message.user);
    Shown {
        place,
        ts: message.ts,
        thread_ts: message.thread_ts,
        author: author.map_or(message.user, |one| one.real_name),
        from_valet: message.author == Author::TheBot,
        text: message.text,
        blocks: message.blocks,
        ephemeral: message.ephemeral_for.is_some(),
    }
}
