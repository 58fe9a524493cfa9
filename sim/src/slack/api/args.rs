//! Arguments in the forms Slack takes them: a query, a form, or JSON.

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::{Call, Refusal};

/// The arguments of a call.
#[derive(Debug)]
pub(crate) struct Args(Map<String, Value>);

impl Args {
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        match self.0.get(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => Some(text == "true" || text == "1"),
            Value::Number(number) => Some(number.as_i64() == Some(1)),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        match self.0.get(name)? {
            Value::Number(number) => number.as_u64().and_then(|one| one.try_into().ok()),
            Value::String(text) => text.parse().ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Structured, or structured in a string as forms carry it.
    pub(crate) fn json(&self, name: &str) -> Option<Value> {
        match self.0.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(serde_json::from_str(text).unwrap_or(Value::Null)),
            other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                Some(other.clone())
            }
        }
    }
}

impl Call<'_> {
    /// An argument that must be there.
    pub(crate) fn must(&self, name: &str, otherwise: &'static str) -> Result<&str, Refusal> {
        match self.args.text(name) {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) | None => Err(Refusal::from(otherwise)),
        }
    }
}

pub(crate) fn read(request: &Parts, body: &[u8]) -> Result<Args, &'static str> {
    let mut args = form_args(request.uri.query().unwrap_or_default().as_bytes());
    if request.method == Method::GET || body.is_empty() {
        return Ok(Args(args));
    }
    let kind = request
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if kind.starts_with("application/json") {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => args.extend(fields),
            Ok(_) => return Err("json_not_object"),
            Err(_) => return Err("invalid_json"),
        }
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        args.extend(form_args(body));
    } else {
        return Err("invalid_post_type");
    }
    Ok(Args(args))
}

/// The fields of a form, all of them texts.
pub(crate) fn form_args(body: &[u8]) -> Map<String, Value> {
    url::form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect()
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<String> {
    authorization(headers, "Bearer ").map(str::to_owned)
}

pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let decoded = STANDARD.decode(authorization(headers, "Basic ")?).ok()?;
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix(scheme)
}
