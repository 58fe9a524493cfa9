//! The tools of an account: listing all of them, and executing one.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::agent::Tool;
use crate::audit::Noted;
use crate::ids::{ConnectionName, Identifier, RunId};

use super::client::{Call, Vault};
use super::error::{Error, Repeat};
use super::output::Output;
use super::wire::Page;

/// Tools asked for at once; what the vault makes of it is its own affair.
const PAGE_SIZE: &str = "100";

/// The largest connector has 457 tools: room for it even at ten to a page.
const MOST_PAGES: usize = 100;

/// One execution of a tool, in the account this identifier has on this connection.
///
/// The pair selects the account, not the account's id: an id would act for whomever it
/// belongs to, so a wrong one would act as somebody else; a wrong pair acts as nobody.
pub(crate) struct Execute<'a> {
    pub(crate) tool: &'a str,
    pub(crate) params: &'a Map<String, Value>,
    pub(crate) connection: &'a ConnectionName,
    pub(crate) identifier: &'a Identifier,
    pub(crate) run: RunId,
}

impl Vault {
    /// All tools of the person's account on this connection. A page that fails fails the
    /// listing: half of the tools would look like all of them.
    pub(crate) async fn tools(
        &self,
        connection: &ConnectionName,
        identifier: &Identifier,
    ) -> Result<Vec<Tool>, Error> {
        let pages = self.pages(connection, identifier);
        tokio::time::timeout(self.deadlines.tools, pages)
            .await
            .map_err(|_| Error::TimedOut)?
    }

    async fn pages(
        &self,
        connection: &ConnectionName,
        identifier: &Identifier,
    ) -> Result<Vec<Tool>, Error> {
        let mut tools = Vec::new();
        let mut names = HashSet::new();
        let mut seen = HashSet::new();
        let mut token = None;
        for _ in 0..MOST_PAGES {
            let page = self.page(connection, identifier, token.as_deref()).await?;
            if page.dropped > 0 {
                tracing::warn!(
                    connection.name = %connection,
                    tools.dropped = page.dropped,
                    "the vault listed tools of {connection} that are incomplete or not this person's"
                );
            }
            tools.extend(
                page.tools
                    .into_iter()
                    .filter(|tool| names.insert(tool.name.clone())),
            );
            token = page.next;
            let Some(next) = token.as_ref() else {
                return Ok(tools);
            };
            if !seen.insert(next.clone()) {
                break;
            }
        }
        tracing::warn!(
            connection.name = %connection,
            tools.listed = tools.len(),
            "the vault's list of the tools of {connection} does not end"
        );
        Ok(tools)
    }

    async fn page(
        &self,
        connection: &ConnectionName,
        identifier: &Identifier,
        token: Option<&str>,
    ) -> Result<Page, Error> {
        let exposed = identifier.expose();
        let mut query = vec![
            ("identifier", exposed.as_str()),
            ("filter.connection_names", connection.as_str()),
            ("page_size", PAGE_SIZE),
        ];
        query.extend(token.map(|token| ("page_token", token)));
        let answer = self
            .call(&Call {
                method: Method::GET,
                path: "/api/v1/tools/scoped",
                query: &query,
                body: None,
                repeat: Repeat::Freely,
                deadline: self.deadlines.control,
            })
            .await?;
        Page::read(answer.json()?, connection, identifier)
    }

    /// Executes a tool, at most once. [`Error::OutcomeUnknown`] means just that. What is not
    /// written down is not done.
    pub(crate) async fn execute(&self, call: Execute<'_>, _noted: &Noted) -> Result<Output, Error> {
        let body = json!({
            "tool_name": call.tool,
            "params": call.params,
            "connector": call.connection.as_str(),
            "identifier": call.identifier.expose(),
            "agent_run_id": call.run.to_string(),
        });
        let answer = self
            .call(&Call {
                method: Method::POST,
                path: "/api/v1/execute_tool",
                query: &[],
                body: Some(&body),
                repeat: Repeat::UnlessSent,
                deadline: self.deadlines.tools,
            })
            .await?;
        Output::read(answer.json()?)
    }
}
