//! The vault's JSON, read tolerantly: absent, `null` and `""` are alike, unknown fields
//! and words are let pass, and nothing is believed that names another person.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use crate::account::{Account, AccountStatus};
use crate::agent::Tool;
use crate::ids::{ConnectionName, Identifier};
use crate::secure_url::is_secure;

use super::error::{Error, ErrorCode, ToolMessage};

/// A field's text, if it has any.
pub(super) fn text<'a>(object: &'a Value, field: &str) -> Option<&'a str> {
    object.get(field)?.as_str().filter(|text| !text.is_empty())
}

/// A field's number, be it written as a double.
pub(super) fn whole_number(object: &Value, field: &str) -> Option<i64> {
    let number = object.get(field)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast saturates, and lifetimes are clamped"
    )]
    number
        .as_i64()
        .or_else(|| number.as_f64().map(|double| double as i64))
}

/// What a refusal says about itself.
pub(super) struct ErrorBody {
    pub(super) code: Option<ErrorCode>,
    pub(super) message: ToolMessage,
    pub(super) execution: Option<ExecutionId>,
}

impl ErrorBody {
    /// Reads any body: proxies in between answer in HTML or not at all.
    pub(super) fn read(body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let details = body.get("details").and_then(Value::as_array);
        let info = details
            .into_iter()
            .flatten()
            .find(|detail| text(detail, "error_code").is_some())
            .unwrap_or(&Value::Null);
        let tool = info.get("tool_error_info").unwrap_or(&Value::Null);
        let message = text(tool, "tool_error_message").or_else(|| text(&body, "message"));
        Self {
            code: text(info, "error_code").and_then(ErrorCode::parse),
            message: ToolMessage::new(message.unwrap_or("no reason given")),
            execution: ExecutionId::read(tool),
        }
    }

    /// The provider behind a tool failed, and not the vault.
    pub(super) fn is_of_a_tool(&self) -> bool {
        self.code.as_ref().map(ErrorCode::as_str) == Some("TOOL_ERROR")
    }
}

/// The vault's number of one execution, to be found again in its own log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ExecutionId(String);

impl ExecutionId {
    pub(super) fn read(object: &Value) -> Option<Self> {
        let id = match object.get("execution_id")? {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            Value::Array(_) | Value::Bool(_) | Value::Null | Value::Object(_) => return None,
        };
        let harmless = (1..=64).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        harmless.then_some(Self(id))
    }
}

impl fmt::Display for ExecutionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The account in an answer about this very identifier.
pub(super) fn account(body: &Value, identifier: &Identifier) -> Result<Account, Error> {
    let account = body.get("connected_account").ok_or(Error::BadAnswer)?;
    if !belongs_to(account, identifier) {
        return Err(Error::BadAnswer);
    }
    // Without one it is no account, only an empty object.
    text(account, "id").ok_or(Error::BadAnswer)?;
    Ok(Account {
        status: AccountStatus::read(text(account, "status").unwrap_or_default()),
        provider: text(account, "provider")
            .unwrap_or_default()
            .to_ascii_uppercase(),
        last_used_at: text(account, "last_used_at").and_then(|at| at.parse().ok()),
    })
}

fn belongs_to(object: &Value, identifier: &Identifier) -> bool {
    text(object, "identifier").is_none_or(|named| named == identifier.expose())
}

/// Where a person consents. Whoever opens it acts for the person, so it does not print.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Link {
    url: Url,
}

impl Link {
    pub(super) fn read(body: &Value) -> Result<Self, Error> {
        text(body, "link")
            .and_then(|link| Url::parse(link).ok())
            .filter(is_secure)
            .map(|url| Self { url })
            .ok_or(Error::BadAnswer)
    }

    pub(crate) fn expose(&self) -> &Url {
        &self.url
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link(hidden)")
    }
}

/// One page of the tools of an account.
pub(super) struct Page {
    pub(super) tools: Vec<Tool>,
    /// Entries without a name, without an account, or for somebody else.
    pub(super) dropped: usize,
    pub(super) next: Option<String>,
}

impl Page {
    pub(super) fn read(
        mut body: Value,
        connection: &ConnectionName,
        identifier: &Identifier,
    ) -> Result<Self, Error> {
        let next = text(&body, "next_page_token").map(str::to_owned);
        let entries = match body.get_mut("tools").map(Value::take) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(entries)) => entries,
            Some(_) => return Err(Error::BadAnswer),
        };
        let listed = entries.len();
        let tools: Vec<Tool> = entries
            .into_iter()
            .filter(|entry| belongs_to(entry, identifier))
            .filter_map(|entry| tool(entry, connection))
            .collect();
        Ok(Self {
            dropped: listed - tools.len(),
            tools,
            next,
        })
    }
}

fn tool(mut entry: Value, connection: &ConnectionName) -> Option<Tool> {
    text(&entry, "connected_account_id")?;
    let definition = entry.pointer_mut("/tool/definition")?;
    let input_schema = match definition.get_mut("input_schema").map(Value::take) {
        Some(Value::Object(schema)) => schema,
        _ => Map::new(),
    };
    Some(Tool::new(
        connection.clone(),
        text(definition, "name")?.to_owned(),
        text(definition, "description")
            .unwrap_or_default()
            .to_owned(),
        &input_schema,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ada() -> Identifier {
        Identifier::from_bits(1)
    }

    fn gmail() -> ConnectionName {
        ConnectionName::parse("gmail").unwrap()
    }

    #[test]
    fn a_refusal_is_read_from_any_body() {
        for (body, code) in [
            (
                json!({"details": [{"error_code": "TOOL_ERROR"}]}),
                Some("TOOL_ERROR"),
            ),
            (
                json!({"details": [{"error_code": ""}, {"error_code": "X"}]}),
                Some("X"),
            ),
            (json!({"details": [{"error_code": null}]}), None),
            (json!({"details": null}), None),
            (json!({"details": "?"}), None),
            (json!([]), None),
        ] {
            let read = ErrorBody::read(body.to_string().as_bytes());
            assert_eq!(read.code.as_ref().map(ErrorCode::as_str), code, "{body}");
        }
        assert_eq!(ErrorBody::read(b"<html>Bad gateway").code, None);
    }

    #[test]
    fn the_words_of_a_tool_go_before_those_of_the_vault() {
        let body = json!({"message": "tool failed", "details": [{
            "error_code": "TOOL_ERROR",
            "tool_error_info": {"execution_id": "7", "tool_error_message": "no such label"},
        }]});
        let read = ErrorBody::read(body.to_string().as_bytes());
        assert_eq!(read.message.for_model(), "no such label");
        assert_eq!(read.execution.unwrap().to_string(), "7");
    }

    #[test]
    fn an_account_of_somebody_else_is_not_believed() {
        let about = |identifier: Value| {
            let body = json!({"connected_account": {
                "id": "ca_1", "identifier": identifier, "provider": "gmail", "status": "ACTIVE",
            }});
            account(&body, &ada())
        };
        assert_eq!(about(json!(ada().expose())).unwrap().provider, "GMAIL");
        assert!(about(Value::Null).is_ok());
        assert!(matches!(about(json!("mallory")), Err(Error::BadAnswer)));
    }

    #[test]
    fn odd_accounts_are_read_or_refused() {
        for (body, status) in [
            (
                json!({"connected_account": {"id": "ca_1"}}),
                Some(AccountStatus::Unknown),
            ),
            (
                json!({"connected_account": {"id": "ca_1", "status": "NEW", "extra": {}}}),
                Some(AccountStatus::Unknown),
            ),
            (json!({"connected_account": {"id": ""}}), None),
            (json!({"connected_account": null}), None),
            (json!({}), None),
        ] {
            let read = account(&body, &ada()).ok().map(|account| account.status);
            assert_eq!(read, status, "{body}");
        }
    }

    #[test]
    fn a_link_is_https_or_on_this_machine() {
        for (link, lawful) in [
            (json!("https://env.example.com/magicLink/1_o"), true),
            (json!("http://127.0.0.1:9/l"), true),
            (json!("http://env.example.com/l"), false),
            (json!("javascript:alert(1)"), false),
            (json!(""), false),
            (Value::Null, false),
        ] {
            assert_eq!(Link::read(&json!({"link": link})).is_ok(), lawful, "{link}");
        }
    }

    #[test]
    fn only_tools_of_this_person_with_an_account_and_a_name_are_kept() {
        let entry = |identifier: Value, account: Value, name: Value| {
            json!({"identifier": identifier, "connected_account_id": account,
                "tool": {"definition": {"name": name, "input_schema": {"type": "object"}}}})
        };
        let (mine, id, name) = (json!(ada().expose()), json!("ca_1"), json!("gmail_list"));
        let body = json!({"next_page_token": "", "tools": [
            entry(mine.clone(), id.clone(), name.clone()),
            entry(Value::Null, id.clone(), name.clone()),
            entry(json!("mallory"), id.clone(), name.clone()),
            entry(mine.clone(), json!(""), name),
            entry(mine, id, Value::Null),
            {"tool": null},
            "?",
        ]});
        let page = Page::read(body, &gmail(), &ada()).unwrap();
        assert_eq!((page.tools.len(), page.dropped), (2, 5));
        assert_eq!(page.next, None);
        let definition: Value = serde_json::from_str(page.tools[0].definition().get()).unwrap();
        assert_eq!(definition["function"]["parameters"]["type"], "object");
    }

    #[test]
    fn a_listing_without_a_list_is_not_an_empty_one() {
        assert!(Page::read(json!({"tools": "none"}), &gmail(), &ada()).is_err());
        assert!(Page::read(json!({"tools": null}), &gmail(), &ada()).is_ok());
    }
}
