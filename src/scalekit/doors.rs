//! The vault's side of `crate::doors`.

use reqwest::StatusCode;
use serde_json::Value;

use super::connections::Configured;
use super::error::{Error, Repeat, refusal};
use super::output::Output;
use super::wire::{ErrorBody, Link, Page, account, text, whole_number};
use crate::doors;
use crate::ids::{ConnectionName, Identifier};
use crate::secure_url::is_secure;
use crate::whoami;

/// A status and a body: read as the answer to each of the calls.
pub(crate) fn vault_answers(bytes: &[u8]) {
    let [status, body] = doors::parts(bytes);
    refused(&doors::text(status), body);
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    let identifier = Identifier::from_bits(7);
    if let Ok(account) = account(&body, &identifier) {
        whoami::tool_of(&account.provider);
    }
    if let Ok(link) = Link::read(&body) {
        assert!(is_secure(link.expose()));
    }
    let _ = (
        text(&body, "access_token"),
        whole_number(&body, "expires_in"),
    );
    if let Ok(connection) = ConnectionName::parse("gmail")
        && let Ok(page) = Page::read(body.clone(), &connection, &identifier)
    {
        for tool in &page.tools {
            assert!(!tool.name.is_empty() && tool.connection == connection);
            assert!(serde_json::from_str::<Value>(tool.definition().get()).is_ok());
        }
    }
    if let Some(entries) = body.get("connections").and_then(Value::as_array)
        && let Ok(gmail) = ConnectionName::parse("gmail")
    {
        for listed in entries.iter().filter_map(Configured::read) {
            let _ = (listed.is_called(&gmail), listed.is_enabled());
        }
    }
    match Output::read(body) {
        Ok(output) => drop(output),
        Err(error) => quiet(&error),
    }
}

fn refused(status: &str, body: &[u8]) {
    let status = status.parse().ok();
    let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) else {
        return;
    };
    for repeat in [Repeat::Freely, Repeat::UnlessSent] {
        let error = refusal(repeat, status, None, ErrorBody::read(body));
        // What broke on the way may have been done.
        let unknown = matches!(error, Error::OutcomeUnknown { .. });
        assert!(unknown || repeat == Repeat::Freely || !status.is_server_error());
        quiet(&error);
    }
}

/// No words of others in what is logged, and few in what the model is told.
fn quiet(error: &Error) {
    assert!(error.to_string().len() < 200, "{error}");
    if let Error::ToolFailed { message, .. } | Error::MissingScope { message } = error {
        assert!(message.for_model().chars().count() <= 501);
    }
}
