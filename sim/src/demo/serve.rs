//! The page's side of HTTP.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use super::doors::{Command, Place, Posting, Pressed, Shown};
use super::html::escape;
use super::{DemoPerson, DemoSetup, render};

type Setup = State<Arc<DemoSetup>>;

pub(super) fn routes(setup: Arc<DemoSetup>) -> axum::Router {
    axum::Router::new()
        .route("/", get(front))
        .route("/as/{person}", get(page))
        .route("/be/{person}", get(be))
        .route("/page.css", get(style))
        .route("/page.js", get(script))
        .route("/api/{person}/messages", get(messages))
        .route("/api/{person}/say", post(say))
        .route("/api/{person}/press", post(press))
        .with_state(setup)
}

impl DemoSetup {
    fn person(&self, key: &str) -> Result<&DemoPerson, Refused> {
        let person = self.people.iter().find(|person| person.key == key);
        person.ok_or_else(|| Refused(StatusCode::NOT_FOUND, "There is no such person.".to_owned()))
    }
}

/// Told to the person.
struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

async fn front(State(setup): Setup) -> Redirect {
    let first = setup
        .people
        .first()
        .map_or("", |person| person.key.as_str());
    Redirect::to(&format!("/as/{first}"))
}

/// The page, which makes the browser this person's everywhere on 127.0.0.1.
async fn page(
    State(setup): Setup,
    Path(key): Path<String>,
    asked: HeaderMap,
) -> Result<Response, Refused> {
    let person = setup.person(&key)?;
    // Cookies of `localhost` would not reach the other services.
    let host = asked.get(header::HOST).and_then(|host| host.to_str().ok());
    if let Some(port) = host.and_then(|host| host.strip_prefix("localhost:")) {
        let there = format!("http://127.0.0.1:{port}/as/{}", person.key);
        return Ok(Redirect::to(&there).into_response());
    }
    let people = setup.people.iter().map(|other| {
        let current = if other.key == person.key {
            " aria-current=\"page\""
        } else {
            ""
        };
        format!(
            "<a href=\"/as/{}\"{current}>{}</a>",
            escape(&other.key),
            escape(&other.name)
        )
    });
    let html = include_str!("page.html")
        .replace("{{key}}", &escape(&person.key))
        .replace("{{name}}", &escape(&person.name))
        .replace("{{about}}", &escape(&person.about))
        .replace("{{workspace}}", &escape(&setup.workspace))
        .replace("{{people}}", &people.collect::<Vec<_>>().concat());
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                  img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let policy = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((policy, sessions(person), Html(html)).into_response())
}

/// The sessions alone: for a tab that comes to the front again.
async fn be(State(setup): Setup, Path(key): Path<String>) -> Result<Response, Refused> {
    let person = setup.person(&key)?;
    Ok((StatusCode::NO_CONTENT, sessions(person)).into_response())
}

fn sessions(person: &DemoPerson) -> HeaderMap {
    let cookies = person.cookies.iter().map(|cookie| {
        let cookie = format!("{cookie}; Path=/; HttpOnly; SameSite=Lax");
        let cookie = HeaderValue::from_str(&cookie).expect("a cookie is plain text");
        (header::SET_COOKIE, cookie)
    });
    let mut headers = HeaderMap::new();
    for (name, cookie) in cookies {
        headers.append(name, cookie);
    }
    headers
}

async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css")],
        include_str!("page.css"),
    )
}

async fn script() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/javascript")],
        include_str!("page.js"),
    )
}

async fn messages(State(setup): Setup, Path(key): Path<String>) -> Result<Json<Value>, Refused> {
    let person = setup.person(&key)?;
    let shown = (setup.doors.messages)(&person.key);
    let shown = shown.iter().map(|shown| sight(shown, &setup));
    Ok(Json(json!({"messages": shown.collect::<Vec<_>>()})))
}

fn sight(shown: &Shown, setup: &DemoSetup) -> Value {
    let thread = shown
        .thread_ts
        .as_ref()
        .filter(|thread| **thread != shown.ts);
    json!({
        "place": shown.place,
        "ts": shown.ts,
        "thread": thread,
        "author": shown.author,
        "valet": shown.from_valet,
        "ephemeral": shown.ephemeral,
        "html": render::body(shown, &setup.names),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Say {
    place: Place,
    thread_ts: Option<String>,
    text: String,
}

/// Words, a mention, or a slash command.
async fn say(
    State(setup): Setup,
    Path(key): Path<String>,
    Json(said): Json<Say>,
) -> Result<StatusCode, Refused> {
    let person = setup.person(&key)?.key.clone();
    let text = said.text.trim();
    let refused = |why: &str| Err(Refused(StatusCode::UNPROCESSABLE_ENTITY, why.to_owned()));
    if text.is_empty() {
        return refused("There is nothing to send.");
    }
    if text.starts_with('/') {
        if said.thread_ts.is_some() {
            return refused(
                "Slack has no slash commands in threads. Say it in words: connect gmail.",
            );
        }
        let (command, text) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let command = Command {
            person,
            place: said.place,
            command: command.to_owned(),
            text: text.trim().to_owned(),
        };
        return done((setup.doors.command)(command).await);
    }
    let spoken_to = mention(text);
    let posting = Posting {
        person,
        place: said.place,
        thread_ts: said.thread_ts,
        mentions_valet: spoken_to.is_some(),
        text: spoken_to.unwrap_or(text).to_owned(),
    };
    done((setup.doors.post)(posting).await)
}

/// What follows `@valet` at the beginning.
fn mention(text: &str) -> Option<&str> {
    let name = text.get(.."@valet".len())?;
    let rest = text.get("@valet".len()..)?;
    let ends = rest
        .chars()
        .next()
        .is_none_or(|letter| !letter.is_alphanumeric());
    (name.eq_ignore_ascii_case("@valet") && ends).then(|| rest.trim_start_matches([',', ':', ' ']))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Press {
    ts: String,
    block_id: String,
    action_id: String,
    value: String,
    url: Option<String>,
}

async fn press(
    State(setup): Setup,
    Path(key): Path<String>,
    Json(press): Json<Press>,
) -> Result<StatusCode, Refused> {
    let person = setup.person(&key)?.key.clone();
    let pressed = Pressed {
        person,
        ts: press.ts,
        block_id: press.block_id,
        action_id: press.action_id,
        value: press.value,
        url: press.url.filter(|url| !url.is_empty()),
    };
    done((setup.doors.press)(pressed).await)
}

fn done(result: Result<(), String>) -> Result<StatusCode, Refused> {
    match result {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(why) => Err(Refused(StatusCode::BAD_GATEWAY, why)),
    }
}

#[cfg(test)]
mod tests {
    use super::mention;

    #[test]
    fn a_mention_stands_at_the_beginning() {
        let table = [
            ("@valet help", Some("help")),
            ("@Valet: help", Some("help")),
            ("@valet", Some("")),
            ("@valets help", None),
            ("help @valet", None),
            ("Grüße", None),
        ];
        for (text, rest) in table {
            assert_eq!(mention(text), rest, "{text}");
        }
    }
}
