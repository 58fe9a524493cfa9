//! What a browser sees: the link, the provider's consent page, and the way back.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use jiff::Timestamp;
use url::Url;

use super::account::Status;
use super::call::{Call, first};
use super::chance;
use super::pages;
use super::switches::{Links, Query, Verification};
use super::world::World;

/// A link that was given out.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) id: String,
    pub(super) account_id: String,
    pub(super) verify_url: String,
    pub(super) state: String,
    pub(super) expiry: Timestamp,
    pub(super) spent: bool,
}

/// A browser on its way through a link.
#[derive(Debug, Clone)]
pub(super) struct Consent {
    id: String,
    pub(super) link: Link,
}

/// A consent that waits for `user/verify`.
#[derive(Debug)]
pub(super) struct AuthRequest {
    pub(super) id: String,
    pub(super) account_id: String,
    pub(super) expires_at: Timestamp,
    pub(super) stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Consumed,
    Waiting,
}

/// `GET /magicLink/{id}`
pub(super) fn open(world: &mut World, id: &str) -> Response {
    let now = world.now();
    let mode = world.switches.links;
    let link = world.links.iter_mut().find(|link| link.id == id);
    let Some(link) = link.filter(|link| !link.spent && now < link.expiry) else {
        return pages::failed("session expired or invalid");
    };
    if mode == Links::UntilVisit {
        link.spent = true;
    }
    let consent = Consent {
        id: chance::uuid(),
        link: link.clone(),
    };
    let next = format!("/consent/{}", consent.id);
    world.keep_secret(&consent.id);
    world.consents.push(consent);
    see(&next)
}

/// `GET /consent/{id}`
pub(super) fn show(world: &World, call: &Call, id: &str) -> Response {
    let Some(consent) = world.consents.iter().find(|consent| consent.id == id) else {
        return pages::failed("session expired or invalid");
    };
    let Some(at) = world.account_of_id(&consent.link.account_id) else {
        return pages::failed("session expired or invalid");
    };
    let provider = &world.accounts[at].provider;
    match call.cookie("provider_session") {
        Some(session) => pages::consent(id, provider, &[session.as_str()]),
        None => pages::consent(id, provider, &world.providers.people()),
    }
}

/// `POST /consent/{id}/allow`
pub(super) fn allow(world: &mut World, call: &Call, id: &str) -> Response {
    let form = call.form();
    let chosen = first(&form, "account").unwrap_or_default().to_owned();
    // Whoever is signed in at the provider can only consent as themselves.
    let signed_in = call.cookie("provider_session");
    if chosen.is_empty() || signed_in.is_some_and(|signed_in| signed_in != chosen) {
        return pages::failed("not signed in at the provider");
    }
    let Some(consent) = take(world, id) else {
        return pages::failed("session expired or invalid");
    };
    finish(world, &consent.link, chosen)
}

/// `POST /consent/{id}/deny`
pub(super) fn deny(world: &mut World, id: &str) -> Response {
    match take(world, id) {
        Some(_) => Html(pages::plain(
            "Nothing was connected",
            "You did not allow it.",
        ))
        .into_response(),
        None => pages::failed("session expired or invalid"),
    }
}

/// The consent, if its link still stands; a link that can be used once is used now.
fn take(world: &mut World, id: &str) -> Option<Consent> {
    let at = world.consents.iter().position(|consent| consent.id == id)?;
    let consent = world.consents.remove(at);
    let (now, mode) = (world.now(), world.switches.links);
    let mut links = world.links.iter_mut();
    let link = links.find(|link| link.id == consent.link.id)?;
    if now >= link.expiry || (mode == Links::UntilConsent && link.spent) {
        return None;
    }
    link.spent = mode != Links::Reusable;
    Some(consent)
}

fn finish(world: &mut World, link: &Link, chosen: String) -> Response {
    let (now, switches) = (world.now(), world.switches.clone());
    let Some(at) = world.account_of_id(&link.account_id) else {
        return pages::failed("session expired or invalid");
    };
    let account = &mut world.accounts[at];
    account.consented = Some(chosen);
    account.updated_at = now;
    if switches.verification == Verification::None {
        account.activate(now);
        return see("/connect/success");
    }
    account.status = Status::PendingVerification;
    let Ok(mut back) = Url::parse(&link.verify_url) else {
        return pages::failed("user_verify_url not configured for verification redirect");
    };
    let id = chance::token();
    world.keep_secret(&id);
    world.auth_requests.push(AuthRequest {
        id: id.clone(),
        account_id: link.account_id.clone(),
        expires_at: now + switches.auth_request_life,
        stage: Stage::Waiting,
    });
    if switches.verify_url_query == Query::Lost {
        back.set_query(None);
    }
    back.query_pairs_mut().append_pair("auth_request_id", &id);
    if !link.state.is_empty() {
        back.query_pairs_mut().append_pair("state", &link.state);
    }
    see(back.as_str())
}

/// `GET /test/provider-sign-in?account=…`: from now on this browser is that person at the
/// provider; an empty account signs it out.
pub(super) fn sign_in(call: &Call) -> Response {
    let account = first(&call.query, "account").unwrap_or_default();
    let life = if account.is_empty() {
        "; Max-Age=0"
    } else {
        ""
    };
    let cookie = format!("provider_session={account}; Path=/; HttpOnly; SameSite=Lax{life}");
    let page = pages::plain("Signed in", &format!("You are {account} at the provider."));
    ([(header::SET_COOKIE, cookie)], Html(page)).into_response()
}

fn see(next: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, next.to_owned())]).into_response()
}
