//! Endpoints that read and change connected accounts.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::account::Account;
use super::call::{Call, check_query, every, fields, first, text};
use super::paging;
use super::refusal::Refusal;
use super::shape::Reply;
use super::world::World;

const SELECTORS: [&str; 5] = [
    "connector",
    "identifier",
    "organization_id",
    "user_id",
    "id",
];

/// `GET …/details`
pub(super) fn details(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let at = selected_by_query(world, call)?;
    Ok(account(&world.accounts[at]))
}

/// `GET …/auth`: hands out tokens, so nobody should ask.
pub(super) fn credentials(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    world.violation("connected_accounts/auth was called: it hands out people's tokens".to_owned());
    let at = selected_by_query(world, call)?;
    let shown = world.accounts[at].with_credentials();
    Ok(Reply::ok(json!({"connected_account": shown})))
}

/// `GET …/{id}`
pub(super) fn by_id(world: &mut World, id: &str) -> Result<Reply, Refusal> {
    let at = world.account_of_id(id).ok_or_else(Refusal::internal)?;
    Ok(account(&world.accounts[at]))
}

/// `GET …/connected_accounts`
pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let known = [
        "organization_id",
        "user_id",
        "connector",
        "identifier",
        "provider",
        "page_size",
        "page_token",
        "query",
        "connection_names",
        "is_org_wide_credential",
    ];
    check_query(world, call, &known);
    let one = |name| first(&call.query, name).unwrap_or_default();
    let names = every(&call.query, "connection_names");
    if names.len() > 20 || (!names.is_empty() && !one("connector").is_empty()) {
        return Err(Refusal::invalid(
            "connection_names",
            "at most 20, without connector",
        ));
    }
    let size = match one("page_size") {
        "" | "0" => 10,
        size => match size.parse() {
            Ok(size) if size < 100 => size,
            _ => return Err(Refusal::invalid("page_size", "must be below 100")),
        },
    };
    let fits = |wanted: &str, value: &str| wanted.is_empty() || wanted == value;
    let matches = |account: &&Account| {
        fits(one("connector"), &account.connection)
            && fits(one("identifier"), &account.identifier)
            && fits(one("provider"), &account.provider)
            && (names.is_empty() || names.contains(&account.connection.as_str()))
    };
    let found: Vec<Value> = world
        .accounts
        .iter()
        .filter(matches)
        .map(Account::metadata)
        .collect();
    let page = paging::page(&found, size, one("page_token"), world.switches.page_tokens)?;
    Ok(Reply::ok(json!({
        "connected_accounts": page.items,
        "total_size": page.total,
        "next_page_token": page.next,
        "prev_page_token": page.previous,
    })))
}

/// `POST …/connected_accounts`
pub(super) fn create(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let known = [
        "connector",
        "identifier",
        "organization_id",
        "user_id",
        "connected_account",
    ];
    let given = fields(world, call, &known)?;
    require_account(world, &given)?;
    let connection = world.connection(&text(&given, "connector", 400)?)?;
    let identifier = text(&given, "identifier", 100)?;
    if identifier.is_empty() {
        return Err(Refusal::invalid("identifier", "value is required"));
    }
    if world.account_at(&connection.name, &identifier).is_some() {
        return Err(Refusal::exists());
    }
    let at = world.create_account(&connection, &identifier);
    let status = StatusCode::from_u16(world.switches.created).expect("a status");
    Ok(Reply {
        status,
        ..account(&world.accounts[at])
    })
}

/// `PUT …/connected_accounts`
pub(super) fn update(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let mut known = SELECTORS.to_vec();
    known.extend(["connected_account", "scope_selection"]);
    let given = fields(world, call, &known)?;
    require_account(world, &given)?;
    let at = selected_by_body(world, &given)?;
    let now = world.now();
    world.accounts[at].updated_at = now;
    Ok(account(&world.accounts[at]))
}

/// `POST …/connected_accounts:delete`
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let given = fields(world, call, &SELECTORS)?;
    let at = selected_by_body(world, &given)?;
    let gone = world.accounts.remove(at);
    world.links.retain(|link| link.account_id != gone.id);
    world
        .consents
        .retain(|consent| consent.link.account_id != gone.id);
    world
        .auth_requests
        .retain(|request| request.account_id != gone.id);
    Ok(Reply::ok(json!({})))
}

fn require_account(world: &mut World, given: &Map<String, Value>) -> Result<(), Refusal> {
    if given.get("connected_account").is_some_and(Value::is_object) {
        return Ok(());
    }
    world.violation("connected_account is required".to_owned());
    Err(Refusal::invalid("connected_account", "value is required"))
}

fn selected_by_query(world: &mut World, call: &Call) -> Result<usize, Refusal> {
    check_query(world, call, &SELECTORS);
    let one = |name| first(&call.query, name).unwrap_or_default();
    world.select(one("id"), one("connector"), one("identifier"))
}

fn selected_by_body(world: &World, given: &Map<String, Value>) -> Result<usize, Refusal> {
    let one = |name, longest| text(given, name, longest);
    world.select(
        &one("id", 32)?,
        &one("connector", 400)?,
        &one("identifier", 100)?,
    )
}

fn account(account: &Account) -> Reply {
    Reply::ok(json!({"connected_account": account.metadata()}))
}
