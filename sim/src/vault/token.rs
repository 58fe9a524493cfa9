//! The machine token: who may call the vault at all.

use axum::http::{StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::call::{Call, first};
use super::chance;
use super::refusal::Refusal;
use super::shape::Reply;
use super::switches::Unauthenticated;
use super::world::World;

/// A token that was given out.
#[derive(Debug)]
pub(super) struct MachineToken {
    token: String,
    pub(super) expires_at: Timestamp,
}

/// `POST /oauth/token`
pub(super) fn issue(world: &mut World, call: &Call) -> Reply {
    world.token_calls += 1;
    let content_type = call.header(header::CONTENT_TYPE);
    if !content_type.starts_with("application/x-www-form-urlencoded") {
        world.violation(format!("/oauth/token: content type {content_type:?}"));
        return refuse(StatusCode::BAD_REQUEST, "invalid_request");
    }
    let form = call.form();
    for (name, _) in &form {
        if !["grant_type", "client_id", "client_secret", "scope"].contains(&name.as_str()) {
            world.violation(format!("/oauth/token: unknown field {name}"));
        }
    }
    if first(&form, "grant_type") != Some("client_credentials") {
        return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    if first(&form, "client_id") != Some(world.client_id.as_str())
        || first(&form, "client_secret") != Some(world.client_secret.as_str())
    {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let token = format!("eyJ{}", chance::token());
    world.keep_secret(&token);
    let life = world.switches.expires_in;
    let lasts = SignedDuration::from_secs(life.unwrap_or(3600).cast_signed());
    let mut body = json!({"access_token": token, "token_type": "Bearer", "scope": "openid"});
    if let Some(seconds) = life {
        body["expires_in"] = json!(seconds);
    }
    let expires_at = world.now() + lasts;
    world.tokens.push(MachineToken { token, expires_at });
    Reply::new(StatusCode::OK, body)
}

fn refuse(status: StatusCode, error: &str) -> Reply {
    let body = json!({"error": error, "error_description": "the token request was refused"});
    Reply::new(status, body)
}

/// A call of the API carries a token that is still good.
pub(super) fn check(world: &mut World, call: &Call) -> Result<(), Refusal> {
    let refused = |world: &World, message: &str| {
        let refusal = Refusal::unauthenticated(message);
        match world.switches.unauthenticated {
            Unauthenticated::Named => refusal,
            Unauthenticated::Bare => refusal.without_error_code(),
        }
    };
    let Some(bearer) = call.bearer() else {
        world.violation(format!("{}: no machine token", call.path));
        return Err(refused(world, "Token empty"));
    };
    let now = world.now();
    let mut given = world.tokens.iter();
    match given.find(|given| given.token == bearer) {
        Some(given) if now < given.expires_at => Ok(()),
        Some(_) => Err(refused(world, "Token expired")),
        None => {
            world.violation(format!("{}: a token never given out", call.path));
            Err(refused(world, "Token invalid"))
        }
    }
}
