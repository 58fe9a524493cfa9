//! Addresses that answer a command or a button: five times, for half an hour.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::blocks::{MESSAGE_BLOCKS, complaints};
use super::check::Shown;
use super::message::Author;
use super::state::ResponseUrl;
use super::world::{Draft, Shared, World};

const KNOWN: [&str; 9] = [
    "text",
    "blocks",
    "response_type",
    "replace_original",
    "delete_original",
    "thread_ts",
    "unfurl_links",
    "unfurl_media",
    "metadata",
];

type Reply = (StatusCode, String);

/// `POST /response/{key}`.
pub(crate) async fn serve(
    State(world): State<Shared>,
    Path(key): Path<String>,
    body: Bytes,
) -> Reply {
    let Ok(words) = serde_json::from_slice::<Value>(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "invalid_payload");
    };
    world.note_request("response_url", words.clone());
    let to = match take(&world, &key) {
        Ok(to) => to,
        Err(refusal) => return refusal,
    };
    for (name, _) in words.as_object().into_iter().flatten() {
        if !KNOWN.contains(&name.as_str()) {
            world.note_violation(format!("response_url: unknown argument {name}"));
        }
    }
    act(&world, &to, &words)
}

/// Where the answer goes; one use less.
fn take(world: &World, key: &str) -> Result<ResponseUrl, Reply> {
    let now = world.seconds();
    let mut state = world.state();
    let Some(known) = state.response_urls.get_mut(key) else {
        return Err(refuse(StatusCode::NOT_FOUND, "no_such_url"));
    };
    if known.expires < now {
        return Err(refuse(StatusCode::NOT_FOUND, "expired_url"));
    }
    if known.uses >= 5 {
        return Err(refuse(StatusCode::NOT_FOUND, "used_url"));
    }
    known.uses += 1;
    Ok(ResponseUrl {
        channel: known.channel.clone(),
        user: known.user.clone(),
        message: known.message.clone(),
        ..*known
    })
}

fn act(world: &World, to: &ResponseUrl, words: &Value) -> Reply {
    let flag = |name: &str| words[name].as_bool().unwrap_or(false);
    let original = to.message.as_deref();
    if flag("delete_original") {
        original.and_then(|ts| world.remove(&to.channel, ts));
        return done();
    }
    let blocks = words["blocks"].as_array().cloned().unwrap_or_default();
    let text = words["text"].as_str().unwrap_or_default();
    if !complaints(&blocks, MESSAGE_BLOCKS).is_empty() {
        return refuse(StatusCode::BAD_REQUEST, "invalid_blocks");
    }
    if text.is_empty() && blocks.is_empty() {
        return refuse(StatusCode::BAD_REQUEST, "no_text");
    }
    let everybody = words["response_type"] == "in_channel";
    let thread_ts = words["thread_ts"].as_str().map(str::to_owned);
    world.check(&Shown {
        method: "response_url",
        channel: &to.channel,
        thread_ts: thread_ts.as_deref(),
        text,
        blocks: &blocks,
        only: (!everybody).then_some(to.user.as_str()),
    });
    if let (true, Some(ts)) = (flag("replace_original"), original) {
        let changed = world.change(&to.channel, ts, |one| {
            text.clone_into(&mut one.text);
            one.blocks = blocks;
        });
        return match changed {
            Some(_) => done(),
            None => refuse(StatusCode::NOT_FOUND, "message_not_found"),
        };
    }
    world.post(Draft {
        thread_ts,
        blocks,
        ephemeral_for: (!everybody).then(|| to.user.clone()),
        ..Draft::new(&to.channel, Author::TheBot, text)
    });
    done()
}

fn done() -> Reply {
    (StatusCode::OK, "ok".to_owned())
}

fn refuse(status: StatusCode, error: &str) -> Reply {
    (status, json!({ "ok": false, "error": error }).to_string())
}
