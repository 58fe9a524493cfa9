//! Endpoints that list tools.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::account::Account;
use super::call::{Call, check_query, every, first};
use super::catalogue::Tool;
use super::paging;
use super::refusal::Refusal;
use super::shape::Reply;
use super::world::World;

/// `GET …/tools/scoped`: the tools of one person's accounts.
pub(super) fn scoped(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let known = [
        "identifier",
        "filter.providers",
        "filter.tool_names",
        "filter.connection_names",
        "page_size",
        "page_token",
    ];
    check_query(world, call, &known);
    let identifier = first(&call.query, "identifier").unwrap_or_default();
    if identifier.is_empty() {
        world.violation("tools/scoped: identifier is required".to_owned());
        return Err(Refusal::invalid("identifier", "value is required"));
    }
    let names = every(&call.query, "filter.tool_names");
    let providers = every(&call.query, "filter.providers");
    let connections = every(&call.query, "filter.connection_names");
    if names.is_empty() && providers.is_empty() && connections.is_empty() {
        world.violation("tools/scoped: filter is required".to_owned());
        return Err(Refusal::invalid("filter", "value is required"));
    }
    let accounts = chosen_accounts(world, identifier, &providers, &connections)?;
    let mut found = Vec::new();
    for account in accounts {
        let theirs = world.tools.iter().filter(|tool| {
            tool.provider == account.provider
                && (names.is_empty() || names.contains(&tool.name.as_str()))
        });
        found.extend(theirs.map(|tool| {
            json!({
                "tool": tool.shown(),
                "identifier": account.identifier,
                "connected_account_id": account.id,
            })
        }));
    }
    let most = world.switches.scoped_page;
    let size = asked_size(call, most, most)?;
    paged(world, call, &found, size, "tools")
}

/// The person's accounts that the filter means; one for each provider.
fn chosen_accounts<'a>(
    world: &'a World,
    identifier: &str,
    providers: &[&str],
    connections: &[&str],
) -> Result<Vec<&'a Account>, Refusal> {
    let theirs = |account: &&Account| {
        account.identifier == identifier
            && (providers.is_empty() || providers.contains(&account.provider.as_str()))
            && (connections.is_empty() || connections.contains(&account.connection.as_str()))
    };
    let accounts: Vec<&Account> = world.accounts.iter().filter(theirs).collect();
    if accounts.is_empty() {
        return Err(Refusal::not_found("connected account not found"));
    }
    let mut seen = HashSet::new();
    let twice = |account: &&Account| !seen.insert(account.provider.clone());
    let mut asked = HashSet::new();
    if accounts.iter().any(twice) || providers.iter().any(|name| !asked.insert(*name)) {
        return Err(Refusal::invalid(
            "filter",
            "several accounts of one provider",
        ));
    }
    Ok(accounts)
}

/// `GET …/tools`: the catalogue.
pub(super) fn all(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let known = [
        "filter.summary",
        "filter.provider",
        "filter.identifier",
        "filter.tool_name",
        "filter.query",
        "filter.connector",
        "filter.connected_account_id",
        "page_size",
        "page_token",
    ];
    check_query(world, call, &known);
    let one = |name| first(&call.query, name).unwrap_or_default();
    let (provider, query) = (one("filter.provider"), one("filter.query").to_lowercase());
    let names = every(&call.query, "filter.tool_name");
    let fits = |tool: &&Tool| {
        (provider.is_empty() || provider == tool.provider)
            && (names.is_empty() || names.contains(&tool.name.as_str()))
            && (query.is_empty() || tool.name.contains(&query))
    };
    let tools = world.tools.iter().filter(fits);
    let summary = one("filter.summary") == "true";
    let found: Vec<Value> = if summary {
        tools.map(|tool| json!(tool.name)).collect()
    } else {
        tools.map(Tool::shown).collect()
    };
    let most = if query.is_empty() { 1000 } else { 100 };
    let size = asked_size(call, 300.min(most), most)?;
    let key = if summary { "tool_names" } else { "tools" };
    paged(world, call, &found, size, key)
}

/// The page size that was asked for, clamped.
fn asked_size(call: &Call, usual: usize, most: usize) -> Result<usize, Refusal> {
    match first(&call.query, "page_size") {
        None | Some("" | "0") => Ok(usual),
        Some(size) => match size.parse::<usize>() {
            Ok(size) => Ok(size.min(most)),
            Err(_) => Err(Refusal::invalid("page_size", "not a number")),
        },
    }
}

fn paged(
    world: &World,
    call: &Call,
    found: &[Value],
    size: usize,
    key: &str,
) -> Result<Reply, Refusal> {
    let token = first(&call.query, "page_token").unwrap_or_default();
    let page = paging::page(found, size, token, world.switches.page_tokens)?;
    Ok(Reply::ok(json!({
        key: page.items,
        "total_size": page.total,
        "next_page_token": page.next,
        "prev_page_token": page.previous,
    })))
}
