//! Messages that grow while they are watched, for five minutes at most.

use serde_json::{Value, json};

use super::chat::{accept, echo_message, own, place};
use super::{Answer, Call, Refusal};
use crate::slack::blocks::MARKDOWN;
use crate::slack::check::Shown;
use crate::slack::message::{Author, Message};
use crate::slack::state::{Stream, StreamState};
use crate::slack::world::{Draft, World};

/// Seconds from start to end, active or not.
const LIFE: i64 = 300;

/// Characters of all the texts of a task or a plan.
const TASK: usize = 256;

const TASK_STATES: [&str; 4] = ["pending", "in_progress", "complete", "error"];

pub(super) fn start(call: &Call<'_>) -> Answer {
    if !call.world.state().switches.streams {
        return Err(Refusal::from("not_authorized"));
    }
    let place = place(call)?;
    let Some(thread_ts) = place.thread_ts.clone() else {
        return Err(Refusal::from("invalid_thread_ts"));
    };
    let direct = {
        let state = call.world.state();
        state
            .channel(&place.channel)
            .is_some_and(|one| one.direct.is_some())
    };
    if !direct {
        call.must("recipient_user_id", "missing_recipient_user_id")?;
        call.must("recipient_team_id", "missing_recipient_team_id")?;
    }
    let whole = grown(Vec::new(), chunks(call)?);
    check(call, &place.channel, &thread_ts, &whole)?;
    let message = call.world.post(Draft {
        thread_ts: Some(thread_ts.clone()),
        blocks: whole,
        streaming: true,
        ..Draft::new(&place.channel, Author::TheBot, "")
    });
    let started = call.world.seconds();
    let mut state = call.world.state();
    state.streams.insert(
        (message.channel.clone(), message.ts.clone()),
        Stream {
            started,
            state: StreamState::Open,
        },
    );
    let session = state
        .sessions
        .entry((place.channel, thread_ts))
        .or_default();
    "processing".clone_into(&mut session.status);
    drop(state);
    Ok(json!({ "channel": message.channel, "ts": message.ts }))
}

pub(super) fn append(call: &Call<'_>) -> Answer {
    let message = open_stream(call)?;
    let added = chunks(call)?;
    if added.is_empty() {
        return Err(Refusal::from("no_text"));
    }
    let whole = grown(message.blocks.clone(), added);
    check(call, &message.channel, message.root(), &whole)?;
    call.world.grow(&message, |one| one.blocks = whole);
    Ok(json!({ "channel": message.channel, "ts": message.ts }))
}

pub(super) fn stop(call: &Call<'_>) -> Answer {
    let message = open_stream(call)?;
    let added = chunks(call)?;
    let last = match call.args.json("blocks") {
        Some(blocks) => accept(&blocks)?,
        None => Vec::new(),
    };
    let whole = grown(message.blocks.clone(), added);
    check(call, &message.channel, message.root(), &whole)?;
    check(call, &message.channel, message.root(), &last)?;
    let key = (message.channel.clone(), message.ts.clone());
    {
        let mut state = call.world.state();
        if let Some(stream) = state.streams.get_mut(&key) {
            stream.state = StreamState::Stopped;
        }
        let session = (message.channel.clone(), message.root().to_owned());
        let status = call.args.text("session_status").unwrap_or("active");
        let session = state.sessions.entry(session).or_default();
        status.clone_into(&mut session.status);
    }
    let metadata = call.args.json("metadata");
    let whole = call
        .world
        .grow(&message, |one| {
            one.blocks = whole;
            // For notifications, as Slack fills it in.
            one.text = one.visible_text();
            one.blocks.extend(last);
            one.streaming = false;
            one.metadata = metadata;
        })
        .ok_or(Refusal::from("message_not_found"))?;
    echo_message(call, &whole);
    Ok(json!({ "channel": whole.channel, "ts": whole.ts, "message": whole.to_wire() }))
}

/// Whether it is a stream that has not come to its end, by being stopped or by its age.
pub(super) fn grows(world: &World, message: &Message) -> bool {
    let now = world.seconds();
    let state = world.state();
    let key = (message.channel.clone(), message.ts.clone());
    let stream = state.streams.get(&key);
    stream.is_some_and(|one| one.state == StreamState::Open && now - one.started < LIFE)
}

/// The bot's own stream this call speaks of, if it can still grow.
fn open_stream(call: &Call<'_>) -> Result<Message, Refusal> {
    let message = own(call, "message_not_owned_by_app")?;
    let now = call.world.seconds();
    let key = (message.channel.clone(), message.ts.clone());
    let mut state = call.world.state();
    let dead = Refusal::from("message_not_in_streaming_state");
    let Some(stream) = state.streams.get_mut(&key) else {
        return Err(dead);
    };
    if stream.state == StreamState::StoppedByUser {
        return Err(Refusal::from("stopped_by_user"));
    }
    if stream.state == StreamState::Open && now - stream.started >= LIFE {
        // From now on only an update repairs it.
        stream.state = StreamState::Stopped;
        drop(state);
        call.world.grow(&message, |one| one.streaming = false);
        return Err(dead);
    }
    if stream.state == StreamState::Stopped {
        return Err(dead);
    }
    Ok(message)
}

/// What a call adds: each chunk as the block it becomes.
fn chunks(call: &Call<'_>) -> Result<Vec<Value>, Refusal> {
    let markdown = call.args.text("markdown_text");
    let chunks = call.args.json("chunks");
    if markdown.is_some() && chunks.is_some() {
        return Err(Refusal::from("markdown_text_conflict"));
    }
    if markdown.is_some_and(|one| one.chars().count() > MARKDOWN) {
        return Err(Refusal::from("msg_too_long"));
    }
    let mut added: Vec<Value> = markdown
        .map(|text| json!({ "type": "markdown", "text": text }))
        .into_iter()
        .collect();
    for chunk in chunks.iter().filter_map(|all| all.as_array()).flatten() {
        let kind = chunk["type"].as_str().unwrap_or_default();
        let title = chunk["title"].as_str().unwrap_or_default();
        let texts = ["title", "details", "output"].map(|name| chunk[name].as_str());
        let length: usize = texts.iter().flatten().map(|one| one.chars().count()).sum();
        if length > TASK {
            return Err(Refusal::from("invalid_chunks"));
        }
        match kind {
            "markdown_text" => {
                added.push(json!({ "type": "markdown", "text": chunk["text"] }));
            }
            "task_update" if chunk["id"].is_string() && is_known_state(&chunk["status"]) => {
                added.push(task(chunk));
            }
            "plan_update" => added.push(json!({
                "type": "plan",
                "title": { "type": "plain_text", "text": title },
            })),
            "blocks" => added.extend(accept(&chunk["blocks"])?),
            _ => return Err(Refusal::from("invalid_chunks")),
        }
    }
    Ok(added)
}

fn is_known_state(status: &Value) -> bool {
    status
        .as_str()
        .is_some_and(|one| TASK_STATES.contains(&one))
}

/// The card of a task, whose texts are plain.
fn task(chunk: &Value) -> Value {
    let plain = |name: &str| match chunk[name].as_str() {
        Some(text) => json!({ "type": "plain_text", "text": text }),
        None => Value::Null,
    };
    json!({
        "type": "task_card",
        "task_id": chunk["id"],
        "status": chunk["status"],
        "title": plain("title"),
        "details": plain("details"),
        "output": plain("output"),
    })
}

/// The blocks with these added: text continues text, a task replaces its earlier state.
fn grown(mut blocks: Vec<Value>, added: Vec<Value>) -> Vec<Value> {
    for mut one in added {
        let kind = one["type"].clone();
        let last = blocks.last_mut();
        match last {
            Some(last) if kind == "markdown" && last["type"] == "markdown" => {
                let whole =
                    [&last["text"], &one["text"]].map(|text| text.as_str().unwrap_or_default());
                last["text"] = json!(whole.concat());
                continue;
            }
            _ => {}
        }
        let same = blocks.iter_mut().find(|known| {
            (kind == "task_card" && known["task_id"] == one["task_id"])
                || (kind == "plan" && known["type"] == kind)
        });
        match same {
            Some(known) => {
                one["block_id"] = known["block_id"].clone();
                *known = one;
            }
            None => blocks.push(one),
        }
    }
    blocks
}

/// Whether Slack takes the message as it would stand then: its Markdown together has a limit.
fn check(call: &Call<'_>, channel: &str, thread_ts: &str, blocks: &[Value]) -> Result<(), Refusal> {
    let markdown = blocks.iter().filter(|one| one["type"] == "markdown");
    let texts = markdown.filter_map(|one| one["text"].as_str());
    let length: usize = texts.map(|text| text.encode_utf16().count()).sum();
    if length > MARKDOWN {
        return Err(Refusal::from("msg_too_long"));
    }
    call.world.check(&Shown {
        method: call.method,
        channel,
        thread_ts: Some(thread_ts),
        text: "a stream has no text beside it",
        blocks,
        only: None,
    });
    Ok(())
}
