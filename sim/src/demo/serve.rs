//! The page's side of HTTP.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::acts::{COMMANDS, Closed, Pressed, Said, Stopped, Submitted};
use super::assets;
use super::html::escape;
use super::window::{Somebody, Window};

/// How long a page waits for something to change before it looks again all the same.
const PATIENCE: Duration = Duration::from_secs(10);

/// The page runs its own scripts, wears its own styles, and speaks with nobody else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

type World = State<Arc<Window>>;

pub(super) fn routes(window: Arc<Window>) -> axum::Router {
    axum::Router::new()
        .route("/", get(front))
        .route("/as/{person}", get(page))
        .route("/be/{person}", get(be))
        .route("/page/{file}", get(assets::file))
        .route("/api/{person}/sight", get(sight))
        .route("/api/{person}/sight/{seen}", get(next_sight))
        .route("/api/{person}/witness", get(witness))
        .route("/api/{person}/say", post(say))
        .route("/api/{person}/press", post(press))
        .route("/api/{person}/submit", post(submit))
        .route("/api/{person}/close", post(close))
        .route("/api/{person}/stop", post(stop))
        .route("/api/{person}/home", post(home))
        .with_state(window)
}

/// Told to the person.
struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

impl Window {
    fn person(&self, key: &str) -> Result<&Somebody, Refused> {
        let nobody = || Refused(StatusCode::NOT_FOUND, "There is no such person.".to_owned());
        self.somebody(key).ok_or_else(nobody)
    }
}

async fn front(State(window): World) -> Redirect {
    let first = window.people.first().map_or("", |one| one.key.as_str());
    Redirect::to(&format!("/as/{first}"))
}

/// The page, which makes the browser this person's everywhere on 127.0.0.1.
async fn page(
    State(window): World,
    Path(key): Path<String>,
    asked: HeaderMap,
) -> Result<Response, Refused> {
    let person = window.person(&key)?;
    // Cookies of `localhost` would not reach the other services.
    let host = asked.get(header::HOST).and_then(|host| host.to_str().ok());
    if let Some(port) = host.and_then(|host| host.strip_prefix("localhost:")) {
        let there = format!("http://127.0.0.1:{port}/as/{}", person.key);
        return Ok(Redirect::to(&there).into_response());
    }
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let html = filled(&window, person);
    Ok((headers, sessions(person), Html(html)).into_response())
}

fn filled(window: &Window, person: &Somebody) -> String {
    let people = window.people.iter().map(|other| {
        let current = if other.key == person.key {
            " aria-current=\"page\""
        } else {
            ""
        };
        let kind = if other.guest {
            " <small>guest</small>"
        } else {
            ""
        };
        let (key, name) = (escape(&other.key), escape(&other.name));
        format!("<a href=\"/as/{key}\"{current}>{name}{kind}</a>")
    });
    let about = if person.guest {
        "a guest in Acme. Valet serves members alone: ask, and see what it says".to_owned()
    } else {
        format!("with the mailbox {}", escape(&person.address))
    };
    let commands = COMMANDS.map(|(name, use_for)| {
        let (name, use_for) = (escape(name), escape(use_for));
        format!("<li role=\"option\" data-command=\"{name}\"><b>{name}</b> {use_for}</li>")
    });
    include_str!("page/index.html")
        .replace("{{key}}", &escape(&person.key))
        .replace("{{name}}", &escape(&person.name))
        .replace("{{about}}", &about)
        .replace("{{model}}", &escape(window.model.words()))
        .replace("{{people}}", &people.collect::<String>())
        .replace("{{commands}}", &commands.concat())
}

/// The sessions alone: for a tab that comes to the front again.
async fn be(State(window): World, Path(key): Path<String>) -> Result<Response, Refused> {
    let person = window.person(&key)?;
    Ok((StatusCode::NO_CONTENT, sessions(person)).into_response())
}

fn sessions(person: &Somebody) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for cookie in person.cookies() {
        let cookie = format!("{cookie}; Path=/; HttpOnly; SameSite=Lax");
        let cookie = HeaderValue::from_str(&cookie).expect("a cookie is plain text");
        headers.append(header::SET_COOKIE, cookie);
    }
    headers
}

/// What this person sees.
async fn sight(State(window): World, Path(key): Path<String>) -> Result<Json<Value>, Refused> {
    window.person(&key)?;
    Ok(Json(window.sight(&key)))
}

/// The same, as soon as something has changed since this change.
async fn next_sight(
    State(window): World,
    Path((key, seen)): Path<(String, u64)>,
) -> Result<Json<Value>, Refused> {
    window.person(&key)?;
    let mut changes = window.slack.changes();
    let is_new = changes.wait_for(|now| *now != seen);
    drop(tokio::time::timeout(PATIENCE, is_new).await);
    Ok(Json(window.sight(&key)))
}

async fn witness(State(window): World, Path(key): Path<String>) -> Result<Json<Value>, Refused> {
    window.person(&key)?;
    Ok(Json(window.witness()))
}

async fn say(
    State(window): World,
    Path(key): Path<String>,
    Json(said): Json<Said>,
) -> Result<StatusCode, Refused> {
    window.person(&key)?;
    done(window.say(&key, said).await)
}

async fn press(
    State(window): World,
    Path(key): Path<String>,
    Json(pressed): Json<Pressed>,
) -> Result<StatusCode, Refused> {
    window.person(&key)?;
    done(window.press(&key, pressed).await)
}

async fn submit(
    State(window): World,
    Path(key): Path<String>,
    Json(sent): Json<Submitted>,
) -> Result<Json<Value>, Refused> {
    window.person(&key)?;
    window.submit(&key, sent).await.map(Json).map_err(refused)
}

async fn close(
    State(window): World,
    Path(key): Path<String>,
    Json(closed): Json<Closed>,
) -> Result<StatusCode, Refused> {
    window.person(&key)?;
    window.close(&key, &closed);
    Ok(StatusCode::NO_CONTENT)
}

async fn stop(
    State(window): World,
    Path(key): Path<String>,
    Json(stopped): Json<Stopped>,
) -> Result<StatusCode, Refused> {
    window.person(&key)?;
    done(window.stop(&key, stopped).await)
}

async fn home(State(window): World, Path(key): Path<String>) -> Result<StatusCode, Refused> {
    window.person(&key)?;
    done(window.open_home(&key).await)
}

fn done(result: Result<(), String>) -> Result<StatusCode, Refused> {
    result.map(|()| StatusCode::NO_CONTENT).map_err(refused)
}

fn refused(why: String) -> Refused {
    Refused(StatusCode::UNPROCESSABLE_ENTITY, why)
}
