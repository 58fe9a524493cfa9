//! Endpoints of connecting: a link for the browser, and the word that the browser was the
//! right one.

use serde_json::json;
use url::Url;

use super::account::Status;
use super::call::{Call, fields, text};
use super::chance;
use super::consent::{Link, Stage};
use super::refusal::Refusal;
use super::shape::Reply;
use super::switches::{MissingVerifyUrl, NewLink, Verification, VerifiedAgain};
use super::world::World;

/// `POST …/magic_link`
pub(super) fn magic_link(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let known = [
        "connector",
        "identifier",
        "id",
        "organization_id",
        "user_id",
        "state",
        "user_verify_url",
    ];
    let given = fields(world, call, &known)?;
    let (state, verify_url) = (
        text(&given, "state", 512)?,
        text(&given, "user_verify_url", 2048)?,
    );
    check_verify_url(world, &verify_url)?;
    let (id, name) = (text(&given, "id", 32)?, text(&given, "connector", 400)?);
    let identifier = text(&given, "identifier", 100)?;
    let at = if id.is_empty() {
        let connection = world.connection(&name)?;
        if identifier.is_empty() {
            return Err(Refusal::invalid("identifier", "value is required"));
        }
        world.introduce(&identifier);
        world
            .account_at(&name, &identifier)
            .unwrap_or_else(|| world.create_account(&connection, &identifier))
    } else {
        world.select(&id, "", "")?
    };
    let demotes = world.switches.new_link == NewLink::Demotes;
    let account = &mut world.accounts[at];
    if account.status != Status::Active || demotes {
        account.status = Status::PendingAuth;
    }
    let account_id = account.id.clone();
    let uuid = chance::uuid();
    let link = format!("{}/magicLink/{uuid}_o", world.url);
    let expiry = world.now() + world.switches.link_life;
    for secret in [&uuid, &link, &state] {
        world.keep_secret(secret);
    }
    world.links.push(Link {
        id: format!("{uuid}_o"),
        account_id,
        verify_url,
        state,
        expiry,
        spent: false,
    });
    Ok(Reply::ok(
        json!({"link": link, "expiry": expiry.to_string()}),
    ))
}

fn check_verify_url(world: &World, verify_url: &str) -> Result<(), Refusal> {
    let late = world.switches.missing_verify_url == MissingVerifyUrl::FailsInTheBrowser;
    let custom = world.switches.verification == Verification::Custom;
    match Url::parse(verify_url) {
        _ if verify_url.is_empty() && custom && !late => {
            Err(Refusal::invalid("user_verify_url", "value is required"))
        }
        _ if verify_url.is_empty() => Ok(()),
        Ok(url) if ["http", "https"].contains(&url.scheme()) => Ok(()),
        Ok(_) | Err(_) => Err(Refusal::invalid("user_verify_url", "must be a web address")),
    }
}

/// `POST …/user/verify`
pub(super) fn verify(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let given = fields(world, call, &["auth_request_id", "identifier"])?;
    let id = text(&given, "auth_request_id", 1000)?;
    let identifier = text(&given, "identifier", 200)?;
    if id.is_empty() || identifier.is_empty() {
        return Err(Refusal::invalid("auth_request_id", "value is required"));
    }
    world.expect_introduced(&identifier, call);
    let now = world.now();
    let gone = || Refusal::not_found("auth request not found or already consumed");
    let request = world
        .auth_requests
        .iter_mut()
        .find(|request| request.id == id);
    let request = request.ok_or_else(gone)?;
    let account_id = request.account_id.clone();
    let at = world
        .accounts
        .iter()
        .position(|account| account.id == account_id);
    let account = &mut world.accounts[at.ok_or_else(gone)?];
    if request.expires_at <= now {
        return Err(gone());
    }
    if account.identifier != identifier {
        return Err(Refusal::forbidden("identifier does not match"));
    }
    match (request.stage, world.switches.verified_again) {
        (Stage::Waiting, _) => {
            request.stage = Stage::Consumed;
            account.activate(now);
        }
        (Stage::Consumed, VerifiedAgain::Ok) => {}
        (Stage::Consumed, VerifiedAgain::NotFound) => return Err(gone()),
    }
    let own_page = || format!("{}/connect/success", world.url);
    *world.verified.entry(id).or_default() += 1;
    let next = world
        .switches
        .hostile_redirect
        .clone()
        .unwrap_or_else(own_page);
    Ok(Reply::ok(json!({"post_user_verify_redirect_url": next})))
}
