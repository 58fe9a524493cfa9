//! What a browser sees of Sign in with Slack.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri, header};
use serde_json::{Map, Value};
use url::form_urlencoded::byte_serialize;

use super::{Code, secret_of};
use crate::slack::api::form_args;
use crate::slack::workspace::{ACME, Kind, Profile};
use crate::slack::world::{Shared, World};

const COOKIE: &str = "slack_session";

/// `GET /openid/connect/authorize`.
pub(crate) async fn authorize(
    State(world): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let args = form_args(uri.query().unwrap_or_default().as_bytes());
    world.note_request("openid/connect/authorize", Value::Object(args.clone()));
    if let Some(error) = mistake(&world, &args) {
        return page(400, &format!("<h1>Something went wrong</h1><p>{error}</p>"));
    }
    let Some((who, team)) = session(&world, &headers) else {
        return page(200, &choice(&world, &uri));
    };
    let client = text(&args, "client_id").unwrap_or_default().to_owned();
    if text(&args, "denied").is_some() {
        return back(&args, ("error", "access_denied"));
    }
    let agreement = (who.id.clone(), client.clone());
    let asks = {
        let mut state = world.state();
        if text(&args, "agreed").is_some() || !state.switches.consent_page {
            state.openid.agreed.insert(agreement.clone());
        }
        !state.openid.agreed.contains(&agreement)
    };
    if asks {
        return page(200, &consent(&who, &uri));
    }
    let code = format!("canary-code-{}", world.number());
    let known = Code {
        client,
        redirect_uri: text(&args, "redirect_uri").unwrap_or_default().to_owned(),
        nonce: text(&args, "nonce").map(str::to_owned),
        challenge: text(&args, "code_challenge").map(str::to_owned),
        user: who.id,
        team,
        issued: world.seconds(),
        used: false,
    };
    world.state().openid.codes.insert(code.clone(), known);
    back(&args, ("code", &code))
}

/// What is wrong with the request, in Slack's word.
fn mistake(world: &World, args: &Map<String, Value>) -> Option<&'static str> {
    let redirect_uri = text(args, "redirect_uri").unwrap_or_default();
    let registered = {
        let state = world.state();
        let own = state
            .app_url
            .as_ref()
            .is_some_and(|app| redirect_uri == format!("{app}/slack/openid/callback"));
        own || world
            .setup
            .redirect_uris
            .iter()
            .any(|one| one == redirect_uri)
    };
    let method = text(args, "code_challenge_method");
    if text(args, "client_id")
        .and_then(|id| secret_of(world, id))
        .is_none()
    {
        Some("invalid_client_id")
    } else if !registered {
        Some("bad_redirect_uri")
    } else if text(args, "response_type") != Some("code") {
        Some("invalid_response_type")
    } else if text(args, "scope") != Some("openid") {
        Some("invalid_scope")
    } else if text(args, "code_challenge").is_some() && method != Some("S256") {
        Some("invalid_code_challenge_method")
    } else {
        None
    }
}

/// Whom this browser belongs to, by `slack_session=ada` or `slack_session=ada.T0OTHER`.
fn session(world: &World, headers: &HeaderMap) -> Option<(Profile, String)> {
    let cookies = headers.get_all(header::COOKIE);
    let value = cookies
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
    let (key, team) = match value.split_once('.') {
        Some((key, team)) => (key, Some(team)),
        None => (value, None),
    };
    let who = world.state().person_by_key(key).cloned()?;
    // Whoever is deactivated is signed out.
    if who.kind == Kind::Deactivated {
        return None;
    }
    let team = team.map_or_else(|| who.team.clone(), str::to_owned);
    Some((who, team))
}

/// `GET /test/sign-in?person=ada&team=T0ACME&to=…`: from now on the browser is Ada's.
pub(crate) async fn sign_in(State(world): State<Shared>, uri: Uri) -> Response<Body> {
    let args = form_args(uri.query().unwrap_or_default().as_bytes());
    let key = text(&args, "person").unwrap_or_default();
    let Some(who) = world.state().person_by_key(key).cloned() else {
        return page(404, "<h1>There is nobody of that name</h1>");
    };
    if matches!(who.kind, Kind::Bot | Kind::Deactivated) {
        return page(403, "<h1>They cannot sign in</h1>");
    }
    let team = text(&args, "team").unwrap_or(&who.team);
    let cookie = format!(
        "{COOKIE}={}.{team}; Path=/; HttpOnly; SameSite=Lax",
        who.key
    );
    let mut response = match text(&args, "to") {
        // Only back into this server.
        Some(to) if to.starts_with('/') => redirect(to),
        Some(_) | None => page(200, &format!("<h1>Signed in as {}</h1>", who.real_name)),
    };
    let cookie = cookie.parse().expect("a cookie is a header");
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}

fn choice(world: &World, uri: &Uri) -> String {
    let to: String = byte_serialize(uri.to_string().as_bytes()).collect();
    let people = world.state().people.clone();
    let links: Vec<String> = people
        .iter()
        .filter(|one| one.team == ACME && !matches!(one.kind, Kind::Bot | Kind::Deactivated))
        .map(|one| {
            format!(
                "<li><a href=\"/test/sign-in?person={}&amp;team={}&amp;to={to}\">{}</a></li>",
                one.key, one.team, one.real_name
            )
        })
        .collect();
    format!(
        "<h1>Sign in to Slack</h1><p>Who are you?</p><ul>{}</ul>",
        links.concat()
    )
}

fn consent(who: &Profile, uri: &Uri) -> String {
    let here = escape(&uri.to_string());
    format!(
        "<h1>Sign in with Slack</h1>\
         <p>{}, Valet wants to know who you are, and nothing else.</p>\
         <a class=\"button first\" href=\"{here}&amp;agreed=1\">Allow</a> \
         <a class=\"button\" href=\"{here}&amp;denied=1\">Cancel</a>",
        who.real_name
    )
}

/// Back to the app, with this and its state.
fn back(args: &Map<String, Value>, outcome: (&str, &str)) -> Response<Body> {
    let to = text(args, "redirect_uri").unwrap_or_default();
    let Ok(mut to) = url::Url::parse(to) else {
        return page(400, "<h1>Something went wrong</h1><p>bad_redirect_uri</p>");
    };
    to.query_pairs_mut().append_pair(outcome.0, outcome.1);
    if let Some(state) = text(args, "state") {
        to.query_pairs_mut().append_pair("state", state);
    }
    redirect(to.as_str())
}

fn redirect(to: &str) -> Response<Body> {
    Response::builder()
        .status(302)
        .header(header::LOCATION, to)
        .body(Body::empty())
        .expect("a redirect is a response")
}

fn page(status: u16, body: &str) -> Response<Body> {
    let style = include_str!("../../walk.css");
    let whole = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Slack (simulated)</title><style>{style}</style></head>\
         <body data-note=\"A simulated Slack.\">{body}</body></html>"
    );
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .body(Body::from(whole))
        .expect("a page is a response")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

fn text<'a>(args: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    args.get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}
