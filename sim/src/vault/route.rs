//! Which endpoint a request is for. Literal paths come before those with an id in them.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};

use super::call::Call;
use super::refusal::Refusal;
use super::shape::Reply;
use super::world::World;
use super::{accounts, connections, consent, execute, links, listing, pages, token};

/// Has this request's effect, and answers it.
pub(super) fn answer(world: &mut World, call: Call) -> Response {
    let response = match call.path.strip_prefix("/api/v1/") {
        Some(path) => api(world, &call, path),
        None if call.path == "/oauth/token" => token::issue(world, &call).into_response(),
        None => browser(world, &call),
    };
    world.requests.push(call);
    response
}

fn api(world: &mut World, call: &Call, path: &str) -> Response {
    let reply = token::check(world, call).and_then(|()| endpoint(world, call, path));
    let switches = &world.switches;
    let reply = reply.unwrap_or_else(|refusal| Reply::new(refusal.status, refusal.body()));
    reply.shaped(switches).into_response()
}

fn endpoint(world: &mut World, call: &Call, path: &str) -> Result<Reply, Refusal> {
    match (call.method.as_str(), path) {
        ("GET", "connected_accounts") => accounts::list(world, call),
        ("POST", "connected_accounts") => accounts::create(world, call),
        ("PUT", "connected_accounts") => accounts::update(world, call),
        ("POST", "connected_accounts:delete") => accounts::delete(world, call),
        ("GET", "connected_accounts/auth") => accounts::credentials(world, call),
        ("GET", "connected_accounts/details") => accounts::details(world, call),
        ("POST", "connected_accounts/magic_link") => links::magic_link(world, call),
        ("POST", "connected_accounts/user/verify") => links::verify(world, call),
        ("GET", "connections/app") => connections::list(world, call),
        ("GET", "tools") => listing::all(world, call),
        ("GET", "tools/scoped") => listing::scoped(world, call),
        ("POST", "execute_tool") => execute::execute(world, call),
        (method, path) => match path.strip_prefix("connected_accounts/") {
            Some(id) if method == "GET" && !id.contains('/') => accounts::by_id(world, id),
            _ => Err(unknown(world, call)),
        },
    }
}

fn unknown(world: &mut World, call: &Call) -> Refusal {
    world.violation(format!("unknown route: {} {}", call.method, call.path));
    Refusal::not_found("Not Found")
}

fn browser(world: &mut World, call: &Call) -> Response {
    let parts: Vec<&str> = call.path.trim_matches('/').split('/').collect();
    match (call.method.as_str(), parts.as_slice()) {
        // A robot's look leaves no mark.
        ("HEAD", ["magicLink", _]) => StatusCode::OK.into_response(),
        ("GET", ["magicLink", id]) => consent::open(world, id),
        ("GET", ["consent", id]) => consent::show(world, call, id),
        ("POST", ["consent", id, "allow"]) => consent::allow(world, call, id),
        ("POST", ["consent", id, "deny"]) => consent::deny(world, id),
        ("GET", ["connect", "success"]) => {
            Html(pages::plain("Connected", "You can close this window.")).into_response()
        }
        ("GET", ["test", "provider-sign-in"]) => consent::sign_in(call),
        ("GET", ["favicon.ico"]) => StatusCode::NO_CONTENT.into_response(),
        _ => {
            unknown(world, call);
            StatusCode::NOT_FOUND.into_response()
        }
    }
}
