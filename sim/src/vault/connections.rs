//! `GET /api/v1/connections/app`: which connections this environment has. A preview.

use serde_json::{Value, json};

use super::account::Connection;
use super::call::{Call, check_query, first};
use super::paging;
use super::refusal::Refusal;
use super::shape::Reply;
use super::switches::ConnectionList;
use super::world::World;

/// Most of a page.
const MOST: usize = 30;

pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    check_query(
        world,
        call,
        &["page_size", "page_token", "provider", "query"],
    );
    if world.switches.connection_list == ConnectionList::Forbidden {
        return Err(Refusal::forbidden("not allowed to list connections"));
    }
    let one = |name| first(&call.query, name).unwrap_or_default();
    let size = match one("page_size") {
        "" | "0" => 10,
        size => match size.parse() {
            Ok(size) if size <= MOST => size,
            _ => return Err(Refusal::invalid("page_size", "must be 30 or less")),
        },
    };
    let shown: Vec<Value> = world.connections.iter().map(metadata).collect();
    let page = paging::page(&shown, size, one("page_token"), world.switches.page_tokens)?;
    Ok(Reply::ok(json!({
        "connections": page.items,
        "total_size": page.total,
        "next_page_token": page.next,
        "prev_page_token": page.previous,
    })))
}

fn metadata(connection: &Connection) -> Value {
    json!({
        "id": connection.id,
        "provider_key": connection.provider,
        "key_id": connection.name,
        "type": "OAUTH",
        "status": "COMPLETED",
        "enabled": connection.enabled,
        "created_at": "2026-01-02T03:04:05Z",
        "mcp_server_url": "",
    })
}
