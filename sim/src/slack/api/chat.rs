//! Messages: posting, changing, deleting.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Answer, Call, Refusal};
use crate::slack::blocks::{MARKDOWN, MESSAGE_BLOCKS, complaints};
use crate::slack::check::Shown;
use crate::slack::message::{Author, Message};
use crate::slack::world::{Draft, World};

/// Characters of a posted `text`.
const TEXT: usize = 40_000;
/// Characters of a `text` put in another's place.
const UPDATED_TEXT: usize = 4_000;

/// What a message says.
#[derive(Debug, Clone)]
struct Content {
    text: Option<String>,
    blocks: Option<Vec<Value>>,
    metadata: Option<Value>,
}

impl Content {
    fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let text = call.args.text("text").map(str::to_owned);
        let blocks = call.args.json("blocks");
        let metadata = call.args.json("metadata");
        if let Some(metadata) = &metadata
            && (!metadata["event_type"].is_string() || !metadata["event_payload"].is_object())
        {
            return Err(Refusal::from("invalid_metadata_format"));
        }
        let markdown = call.args.text("markdown_text");
        if markdown.is_some() && (text.is_some() || blocks.is_some()) {
            return Err(Refusal::from("markdown_text_conflict"));
        }
        if markdown.is_some_and(|one| one.chars().count() > MARKDOWN) {
            return Err(Refusal::from("msg_too_long"));
        }
        let blocks = match (markdown, blocks) {
            (Some(markdown), _) => Some(vec![json!({ "type": "markdown", "text": markdown })]),
            (None, Some(blocks)) => Some(accept(&blocks)?),
            (None, None) => None,
        };
        Ok(Self {
            // Slack makes one of its own.
            text: markdown.map(str::to_owned).or(text),
            blocks,
            metadata,
        })
    }

    fn is_empty(&self) -> bool {
        self.text.as_ref().is_none_or(String::is_empty)
            && self.blocks.as_ref().is_none_or(Vec::is_empty)
    }

    fn check(&self, call: &Call<'_>, place: &Place, only: Option<&str>) {
        call.world.check(&Shown {
            method: call.method,
            channel: &place.channel,
            thread_ts: place.thread_ts.as_deref(),
            text: self.text.as_deref().unwrap_or_default(),
            blocks: self.blocks.as_deref().unwrap_or_default(),
            only,
        });
    }
}

/// These blocks, if Slack takes them.
pub(super) fn accept(blocks: &Value) -> Result<Vec<Value>, Refusal> {
    let Some(blocks) = blocks.as_array() else {
        return Err(Refusal::from("invalid_blocks_format"));
    };
    let wrong = complaints(blocks, MESSAGE_BLOCKS);
    if wrong.is_empty() {
        Ok(blocks.clone())
    } else {
        Err(Refusal::Error("invalid_blocks", wrong))
    }
}

/// Where a message goes.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) channel: String,
    pub(super) thread_ts: Option<String>,
}

/// Where the call wants its message; a person's id means their direct messages.
pub(super) fn place(call: &Call<'_>) -> Result<Place, Refusal> {
    let wanted = call.must("channel", "channel_not_found")?;
    let mut state = call.world.state();
    let channel = match state.channel_named(wanted) {
        Some(channel) => channel.clone(),
        None if state.person(wanted).is_some() => state.direct_channel(wanted),
        None => return Err(Refusal::from("channel_not_found")),
    };
    if !channel.joined {
        return Err(Refusal::from("not_in_channel"));
    }
    let thread_ts = call.args.text("thread_ts").map(str::to_owned);
    if let Some(thread_ts) = &thread_ts
        && state.message(&channel.id, thread_ts).is_none()
    {
        return Err(Refusal::from("thread_not_found"));
    }
    Ok(Place {
        channel: channel.id,
        thread_ts,
    })
}

pub(super) fn post_message(call: &Call<'_>) -> Answer {
    let place = place(call)?;
    let mut content = Content::read(call)?;
    if content.is_empty() {
        return Err(Refusal::from("no_text"));
    }
    wait_a_second(call.world, &place.channel)?;
    content.check(call, &place, None);
    for flag in ["unfurl_links", "unfurl_media"] {
        if call.args.flag(flag) != Some(false) {
            call.world
                .note_violation(format!("chat.postMessage: {flag} is not false"));
        }
    }
    if let Some(text) = &mut content.text
        && text.chars().count() > TEXT
    {
        call.world
            .note_violation("chat.postMessage: the text was cut at 40,000".to_owned());
        *text = text.chars().take(TEXT).collect();
    }
    let message = call.world.post(Draft {
        thread_ts: place.thread_ts,
        blocks: content.blocks.unwrap_or_default(),
        metadata: content.metadata,
        ..Draft::new(
            &place.channel,
            Author::TheBot,
            &content.text.unwrap_or_default(),
        )
    });
    echo_message(call, &message);
    let mut wire = message.to_wire();
    if let Some(metadata) = &message.metadata {
        wire["metadata"] = metadata.clone();
    }
    Ok(json!({ "channel": message.channel, "ts": message.ts, "message": wire }))
}

/// One message a second and channel, where the limit is switched on.
fn wait_a_second(world: &World, channel: &str) -> Result<(), Refusal> {
    let mut state = world.state();
    if !state.switches.rate_limits {
        return Ok(());
    }
    let last = state.last_post.get(channel);
    if last.is_some_and(|last| last.elapsed() < Duration::from_secs(1)) {
        return Err(Refusal::TooMany(1));
    }
    state.last_post.insert(channel.to_owned(), Instant::now());
    Ok(())
}

pub(super) fn post_ephemeral(call: &Call<'_>) -> Answer {
    let place = place(call)?;
    let user = call.must("user", "user_not_in_channel")?;
    if call.world.state().person(user).is_none() {
        return Err(Refusal::from("user_not_in_channel"));
    }
    let content = Content::read(call)?;
    if content.is_empty() {
        return Err(Refusal::from("no_text"));
    }
    content.check(call, &place, Some(user));
    let message = call.world.post(Draft {
        thread_ts: place.thread_ts,
        blocks: content.blocks.unwrap_or_default(),
        ephemeral_for: Some(user.to_owned()),
        ..Draft::new(
            &place.channel,
            Author::TheBot,
            &content.text.unwrap_or_default(),
        )
    });
    Ok(json!({ "message_ts": message.ts }))
}

/// The bot's own message this call speaks of.
pub(super) fn own(call: &Call<'_>, foreign: &'static str) -> Result<Message, Refusal> {
    let channel = call.must("channel", "channel_not_found")?;
    let ts = call.must("ts", "message_not_found")?;
    let state = call.world.state();
    if state.channel(channel).is_none() {
        return Err(Refusal::from("channel_not_found"));
    }
    match state.message(channel, ts) {
        // Ephemeral messages cannot be found again.
        Some(found) if found.ephemeral_for.is_some() => Err(Refusal::from("message_not_found")),
        Some(found) if found.author != Author::TheBot => Err(Refusal::from(foreign)),
        Some(found) => Ok(found.clone()),
        None => Err(Refusal::from("message_not_found")),
    }
}

pub(super) fn update(call: &Call<'_>) -> Answer {
    let previous = own(call, "cant_update_message")?;
    if super::streams::grows(call.world, &previous) {
        return Err(Refusal::from("streaming_state_conflict"));
    }
    let content = Content::read(call)?;
    if content.text.is_none() && content.blocks.is_none() {
        return Err(Refusal::from("no_text"));
    }
    let text = call.args.text("text").unwrap_or_default();
    if text.chars().count() > UPDATED_TEXT {
        return Err(Refusal::from("msg_too_long"));
    }
    let place = Place {
        channel: previous.channel.clone(),
        thread_ts: Some(previous.root().to_owned()),
    };
    content.check(call, &place, None);
    let message = call
        .world
        .change(&previous.channel, &previous.ts, |one| {
            // A text alone takes the blocks away and shows that it was edited.
            one.edited = content.blocks.is_none();
            one.blocks = content.blocks.unwrap_or_default();
            if let Some(text) = content.text {
                one.text = text;
            }
            if let Some(metadata) = content.metadata {
                one.metadata = Some(metadata);
            }
            // Whatever it was, it is an ordinary message now.
            one.streaming = false;
        })
        .ok_or(Refusal::from("message_not_found"))?;
    if call.world.state().switches.echoes {
        let event = call.world.changed_event(&message, &previous);
        echo(call, &message.channel, event);
    }
    Ok(json!({
        "channel": message.channel,
        "ts": message.ts,
        "text": message.text,
        "message": message.to_wire(),
    }))
}

pub(super) fn delete(call: &Call<'_>) -> Answer {
    let previous = own(call, "cant_delete_message")?;
    call.world.remove(&previous.channel, &previous.ts);
    if call.world.state().switches.echoes {
        let event = call.world.deleted_event(&previous);
        echo(call, &previous.channel, event);
    }
    Ok(json!({ "channel": previous.channel, "ts": previous.ts }))
}

pub(super) fn react(call: &Call<'_>) -> Answer {
    let channel = call.must("channel", "channel_not_found")?;
    let ts = call.must("timestamp", "message_not_found")?;
    let name = call.must("name", "invalid_name")?;
    let reactions = match call.world.state().message(channel, ts) {
        Some(message) => message.reactions.clone(),
        None => return Err(Refusal::from("message_not_found")),
    };
    if reactions.iter().any(|one| one == name) {
        return Err(Refusal::from("already_reacted"));
    }
    call.world.react(channel, ts, name);
    Ok(json!({}))
}

/// Slack tells an app also of its own messages, where it listens.
pub(super) fn echo_message(call: &Call<'_>, message: &Message) {
    if call.world.state().switches.echoes {
        let event = call.world.message_event(message, "message");
        echo(call, &message.channel, event);
    }
}

fn echo(call: &Call<'_>, channel: &str, event: Value) {
    let listens = {
        let state = call.world.state();
        let direct = state
            .channel(channel)
            .is_some_and(|one| one.direct.is_some());
        state.app_url.is_some() && (direct || state.switches.twins)
    };
    if !listens {
        return;
    }
    let envelope = call.world.envelope(event);
    let world = call.world.clone();
    call.world.on_the_side(async move {
        world.echo(envelope).await;
    });
}
