//! The Web API: who may call, which arguments there are, what they mean.

mod agents;
mod args;
mod auth;
mod chat;
mod conversations;
mod streams;
mod views;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response, header};
use serde_json::{Value, json};

use self::args::Args;
use super::openid;
use super::state::Token;
use super::world::{Shared, World};

pub(crate) use self::args::form_args;

/// A method's answer: what stands beside `"ok": true`, or why not.
pub(crate) type Answer = Result<Value, Refusal>;

/// Why a method did not do it.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Slack's word for it, and details for developers.
    Error(&'static str, Vec<String>),
    /// Again after this many seconds.
    TooMany(u64),
}

impl From<&'static str> for Refusal {
    fn from(error: &'static str) -> Self {
        Self::Error(error, Vec::new())
    }
}

/// One call of a method.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a Shared,
    pub(crate) method: &'a str,
    pub(crate) args: Args,
    pub(crate) token: String,
    /// The headers' own credentials, for the one method without a token.
    pub(crate) basic: Option<(String, String)>,
}

/// What a method takes, and what it does.
struct Spec {
    arguments: &'static [&'static str],
    /// `false`: anybody may call it.
    token: bool,
    call: fn(&Call<'_>) -> Answer,
}

#[expect(
    clippy::too_many_lines,
    reason = "the table of methods, a line for each"
)]
fn spec(method: &str) -> Option<Spec> {
    let (arguments, call): (&[&str], fn(&Call<'_>) -> Answer) = match method {
        "agents.sessions.rename" => (&["channel_id", "thread_ts", "title"], agents::rename),
        "agents.sessions.setStatus" => (
            &[
                "channel_id",
                "thread_ts",
                "status",
                "title",
                "initiator_user_id",
                "icon_emoji",
                "icon_url",
                "username",
            ],
            agents::set_status,
        ),
        "assistant.threads.setStatus" => (
            &[
                "channel_id",
                "thread_ts",
                "status",
                "loading_messages",
                "icon_emoji",
                "icon_url",
                "username",
            ],
            agents::set_thread_status,
        ),
        "assistant.threads.setSuggestedPrompts" => (
            &["channel_id", "thread_ts", "title", "prompts"],
            agents::set_prompts,
        ),
        "apps.connections.open" => (&[], auth::connect),
        "auth.revoke" => (&["test"], auth::revoke),
        "auth.test" => (&[], auth::test),
        "chat.appendStream" => (
            &["channel", "ts", "markdown_text", "chunks"],
            streams::append,
        ),
        "chat.delete" => (&["channel", "ts", "as_user"], chat::delete),
        "chat.postEphemeral" => (
            &[
                "channel",
                "user",
                "text",
                "blocks",
                "markdown_text",
                "thread_ts",
                "link_names",
                "parse",
            ],
            chat::post_ephemeral,
        ),
        "chat.postMessage" => (
            &[
                "channel",
                "text",
                "blocks",
                "markdown_text",
                "thread_ts",
                "reply_broadcast",
                "metadata",
                "mrkdwn",
                "parse",
                "link_names",
                "unfurl_links",
                "unfurl_media",
                "unfurl_app_links",
            ],
            chat::post_message,
        ),
        "chat.startStream" => (
            &[
                "channel",
                "thread_ts",
                "recipient_user_id",
                "recipient_team_id",
                "markdown_text",
                "chunks",
                "task_display_mode",
            ],
            streams::start,
        ),
        "chat.stopStream" => (
            &[
                "channel",
                "ts",
                "markdown_text",
                "chunks",
                "blocks",
                "metadata",
                "session_status",
            ],
            streams::stop,
        ),
        "chat.update" => (
            &[
                "channel",
                "ts",
                "text",
                "blocks",
                "markdown_text",
                "metadata",
                "as_user",
                "link_names",
                "parse",
                "reply_broadcast",
            ],
            chat::update,
        ),
        "conversations.history" => (
            &[
                "channel",
                "cursor",
                "limit",
                "oldest",
                "latest",
                "inclusive",
                "include_all_metadata",
            ],
            conversations::history,
        ),
        "conversations.info" => (
            &["channel", "include_locale", "include_num_members"],
            conversations::info,
        ),
        "conversations.open" => (
            &["users", "channel", "return_im", "prevent_creation"],
            conversations::open,
        ),
        "conversations.replies" => (
            &[
                "channel",
                "ts",
                "cursor",
                "limit",
                "oldest",
                "latest",
                "inclusive",
                "include_all_metadata",
            ],
            conversations::replies,
        ),
        "openid.connect.token" => {
            return Some(Spec {
                arguments: &[
                    "grant_type",
                    "code",
                    "redirect_uri",
                    "client_id",
                    "client_secret",
                    "code_verifier",
                ],
                token: false,
                call: openid::exchange,
            });
        }
        "reactions.add" => (&["channel", "timestamp", "name"], chat::react),
        "usergroups.users.list" => (&["usergroup", "include_disabled", "team_id"], auth::members),
        "users.info" => (&["user", "include_locale"], auth::user),
        "views.open" => (&["trigger_id", "view"], views::open),
        "views.publish" => (&["user_id", "view", "hash"], views::publish),
        _ => return None,
    };
    Some(Spec {
        arguments,
        token: true,
        call,
    })
}

/// `GET` or `POST /api/{method}`.
pub(crate) async fn serve(
    State(world): State<Shared>,
    Path(method): Path<String>,
    request: Parts,
    body: Bytes,
) -> Response<Body> {
    let read = args::read(&request, &body);
    let shown = read.as_ref().map_or(Value::Null, Args::to_value);
    world.note_request(&method, shown);
    let answered = match read {
        Ok(args) => answer(&world, &method, &request.headers, args),
        Err(error) => Err(Refusal::from(error)),
    };
    respond(&world, answered)
}

fn answer(world: &Shared, method: &str, headers: &HeaderMap, args: Args) -> Answer {
    let Some(spec) = spec(method) else {
        let mut state = world.state();
        state.unexpected.push(format!("unknown method {method}"));
        drop(state);
        return Err(Refusal::from("unknown_method"));
    };
    let token = match args::bearer(headers) {
        Some(bearer) => bearer,
        None => args.text("token").unwrap_or_default().to_owned(),
    };
    if spec.token {
        admit(world, &token, method)?;
    }
    for name in args.names() {
        if name != "token" && !spec.arguments.contains(&name) {
            world.note_violation(format!("{method}: unknown argument {name}"));
        }
    }
    (spec.call)(&Call {
        world,
        method,
        args,
        token,
        basic: args::basic(headers),
    })
}

/// Whether this token may call this method.
fn admit(world: &World, token: &str, method: &str) -> Result<(), Refusal> {
    if token.is_empty() {
        return Err(Refusal::from("not_authed"));
    }
    let known = world.state().tokens.get(token).cloned();
    match known {
        None => Err(Refusal::from("invalid_auth")),
        Some(Token::SignIn(_)) if !method.starts_with("auth.") => {
            Err(Refusal::from("not_allowed_token_type"))
        }
        Some(token) if (token == Token::App) != (method == "apps.connections.open") => {
            Err(Refusal::from("not_allowed_token_type"))
        }
        Some(_) => Ok(()),
    }
}

fn respond(world: &World, answered: Answer) -> Response<Body> {
    let mut response = Response::builder()
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .header(header::CACHE_CONTROL, "private, no-cache, no-store");
    if !world.setup.scopes.is_empty() {
        response = response.header("x-oauth-scopes", &world.setup.scopes);
    }
    let (response, body) = match answered {
        Ok(mut answer) => {
            let mut whole = json!({ "ok": true });
            if let (Some(into), Some(from)) = (whole.as_object_mut(), answer.as_object_mut()) {
                into.append(from);
            }
            (response, whole)
        }
        Err(Refusal::Error(error, details)) => {
            let mut whole = json!({ "ok": false, "error": error });
            if !details.is_empty() {
                whole["errors"] = json!(details);
                whole["response_metadata"] = json!({ "messages": details });
            }
            (response, whole)
        }
        Err(Refusal::TooMany(seconds)) => (
            response.status(429).header(header::RETRY_AFTER, seconds),
            json!({ "ok": false, "error": "ratelimited" }),
        ),
    };
    response
        .body(Body::from(body.to_string()))
        .expect("an answer is a response")
}
