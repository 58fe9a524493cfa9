//! Which connections the vault has: a preview, which our credentials may not be allowed.

use reqwest::Method;
use serde_json::Value;

use crate::ids::ConnectionName;

use super::client::{Call, Vault};
use super::error::{Error, Repeat};
use super::wire::text;

/// The vault's own limit.
const PAGE_SIZE: &str = "30";

/// 1,500 connections; an environment has a few.
const MOST_PAGES: usize = 50;

/// A connection of the vault's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Configured {
    name: String,
    is_enabled: bool,
}

impl Configured {
    /// Names are the same to the letter, or not at all.
    pub(crate) fn is_called(&self, connection: &ConnectionName) -> bool {
        self.name == connection.as_str()
    }

    pub(crate) fn is_enabled(&self) -> bool {
        self.is_enabled
    }

    /// Only one that says so is switched off.
    pub(super) fn read(entry: &Value) -> Option<Self> {
        Some(Self {
            name: text(entry, "key_id")?.to_owned(),
            is_enabled: entry.get("enabled").and_then(Value::as_bool) != Some(false),
        })
    }
}

impl Vault {
    /// All connections, or an error: half of them would look like all of them.
    pub(crate) async fn connections(&self) -> Result<Vec<Configured>, Error> {
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut query = vec![("page_size", PAGE_SIZE)];
            query.extend(token.as_deref().map(|token| ("page_token", token)));
            let answer = self
                .call(&Call {
                    method: Method::GET,
                    path: "/api/v1/connections/app",
                    query: &query,
                    body: None,
                    repeat: Repeat::Freely,
                    deadline: self.deadlines.control,
                })
                .await?;
            let page = answer.json()?;
            let entries = page.get("connections").and_then(Value::as_array);
            all.extend(
                entries
                    .ok_or(Error::BadAnswer)?
                    .iter()
                    .filter_map(Configured::read),
            );
            let next = text(&page, "next_page_token").map(str::to_owned);
            if next.is_none() {
                return Ok(all);
            }
            if next == token {
                break;
            }
            token = next;
        }
        Err(Error::BadAnswer)
    }
}
