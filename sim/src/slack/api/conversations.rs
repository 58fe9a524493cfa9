//! Channels, and what was said in them.

use serde_json::{Value, json};

use super::{Answer, Call, Refusal};
use crate::slack::message::Message;
use crate::slack::workspace::Kind;

pub(super) fn open(call: &Call<'_>) -> Answer {
    // Documented as a comma-separated text; an array is taken too.
    let listed = call.args.text("users").map(str::to_owned).or_else(|| {
        let users = call.args.json("users")?;
        let users = users.as_array()?;
        let users: Vec<&str> = users.iter().filter_map(Value::as_str).collect();
        Some(users.join(","))
    });
    let user = listed.ok_or(Refusal::from("users_list_not_supplied"))?;
    let mut state = call.world.state();
    let Some(profile) = state.person(&user) else {
        return Err(Refusal::from("user_not_found"));
    };
    if profile.kind == Kind::Deactivated {
        return Err(Refusal::from("user_disabled"));
    }
    if profile.kind == Kind::Bot {
        return Err(Refusal::from("cannot_dm_bot"));
    }
    let channel = state.direct_channel(&user);
    drop(state);
    let mut answer = json!({ "channel": { "id": channel.id } });
    if call.args.flag("return_im") == Some(true) {
        answer["channel"] = channel.to_wire();
    }
    Ok(answer)
}

pub(super) fn info(call: &Call<'_>) -> Answer {
    let id = call.must("channel", "channel_not_found")?;
    let state = call.world.state();
    match state.channel(id) {
        Some(channel) => Ok(json!({ "channel": channel.to_wire() })),
        None => Err(Refusal::from("channel_not_found")),
    }
}

pub(super) fn replies(call: &Call<'_>) -> Answer {
    let channel = readable(call)?;
    let ts = call.must("ts", "invalid_arguments")?;
    let state = call.world.state();
    let root = state
        .message(&channel, ts)
        .map(|one| one.root().to_owned())
        .ok_or(Refusal::from("thread_not_found"))?;
    let mut thread = state.thread(&channel, &root);
    drop(state);
    thread.retain(|one| one.ephemeral_for.is_none());
    page(call, &thread)
}

pub(super) fn history(call: &Call<'_>) -> Answer {
    let channel = readable(call)?;
    let mut all: Vec<Message> = call
        .world
        .state()
        .messages
        .get(&channel)
        .cloned()
        .unwrap_or_default();
    all.retain(|one| one.ephemeral_for.is_none() && one.root() == one.ts);
    // The newest first.
    all.reverse();
    page(call, &all)
}

fn readable(call: &Call<'_>) -> Result<String, Refusal> {
    let id = call.must("channel", "channel_not_found")?;
    let state = call.world.state();
    match state.channel(id) {
        None => Err(Refusal::from("channel_not_found")),
        Some(channel) if !channel.joined => Err(Refusal::from("not_in_channel")),
        Some(channel) => Ok(channel.id.clone()),
    }
}

/// A page of these, within the times asked for.
fn page(call: &Call<'_>, messages: &[Message]) -> Answer {
    let inclusive = call.args.flag("inclusive").unwrap_or(false);
    let within = |one: &&Message| {
        let on_edge = |edge: &str| inclusive && one.ts == edge;
        call.args
            .text("oldest")
            .is_none_or(|oldest| one.ts.as_str() > oldest || on_edge(oldest))
            && call
                .args
                .text("latest")
                .is_none_or(|latest| one.ts.as_str() < latest || on_edge(latest))
    };
    let all: Vec<&Message> = messages.iter().filter(within).collect();
    let start = match call.args.text("cursor").filter(|one| !one.is_empty()) {
        None => 0,
        Some(cursor) => cursor
            .strip_prefix("next:")
            .and_then(|number| number.parse().ok())
            .ok_or(Refusal::from("invalid_cursor"))?,
    };
    let limit = call.args.number("limit").unwrap_or(100).clamp(1, 1000);
    let end = all.len().min(start + limit);
    let metadata = call.args.flag("include_all_metadata") == Some(true);
    let shown: Vec<Value> = all
        .get(start..end)
        .unwrap_or_default()
        .iter()
        .map(|one| with_replies(call, one, metadata))
        .collect();
    let has_more = end < all.len();
    let mut answer = json!({ "messages": shown, "has_more": has_more });
    if has_more {
        answer["response_metadata"] = json!({ "next_cursor": format!("next:{end}") });
    }
    Ok(answer)
}

fn with_replies(call: &Call<'_>, message: &Message, metadata: bool) -> Value {
    let mut wire = message.to_wire();
    if let (true, Some(metadata)) = (metadata, &message.metadata) {
        wire["metadata"] = metadata.clone();
    }
    let thread = call.world.state().thread(&message.channel, message.root());
    let replies = thread.iter().filter(|one| one.thread_ts.is_some()).count();
    if message.thread_ts.is_none() && replies > 0 {
        wire["thread_ts"] = json!(message.ts);
        wire["reply_count"] = json!(replies);
    }
    wire
}
