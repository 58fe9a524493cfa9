//! One request, read whole, and what may be read from it.

use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::switches::UnknownFields;
use super::world::World;

/// What arrived at the vault.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: Method,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Call {
    pub(super) async fn read(request: Request) -> Self {
        let (head, body) = request.into_parts();
        Self {
            method: head.method,
            path: head.uri.path().to_owned(),
            query: pairs(head.uri.query().unwrap_or_default().as_bytes()),
            headers: head.headers,
            body: to_bytes(body, 1 << 22).await.unwrap_or_default(),
        }
    }

    pub(super) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        self.header(header::AUTHORIZATION).strip_prefix("Bearer ")
    }

    pub(super) fn cookie(&self, name: &str) -> Option<String> {
        let named = |pair: &str| {
            Some(
                pair.trim()
                    .strip_prefix(name)?
                    .strip_prefix('=')?
                    .to_owned(),
            )
        };
        self.header(header::COOKIE).split(';').find_map(named)
    }

    /// The fields of a form.
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&self.body)
    }

    /// The body as JSON, `null` if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

/// The first value under this name.
pub(super) fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut named = pairs.iter().filter(|(key, _)| key == name);
    named.next().map(|(_, value)| value.as_str())
}

/// Every value under this name.
pub(super) fn every<'a>(pairs: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    let named = pairs.iter().filter(|(key, _)| key == name);
    named.map(|(_, value)| value.as_str()).collect()
}

/// A query with nothing in it but these names.
pub(super) fn check_query(world: &mut World, call: &Call, known: &[&str]) {
    for (name, _) in &call.query {
        if !known.contains(&name.as_str()) {
            world.violation(format!("{}: unknown query parameter {name}", call.path));
        }
    }
}

/// A JSON body with nothing in it but these fields, under their `snake_case` names.
pub(super) fn fields(
    world: &mut World,
    call: &Call,
    known: &[&str],
) -> Result<Map<String, Value>, Refusal> {
    let content_type = call.header(header::CONTENT_TYPE);
    if !content_type.starts_with("application/json") {
        world.violation(format!("{}: content type {content_type:?}", call.path));
    }
    let Value::Object(given) = call.json() else {
        world.violation(format!("{}: the body is no JSON object", call.path));
        return Err(Refusal::invalid("body", "not a JSON object"));
    };
    let mut read = Map::new();
    for (name, value) in given {
        let name = snake_case(&name);
        if known.contains(&name.as_str()) {
            read.insert(name, value);
            continue;
        }
        world.violation(format!("{}: unknown field {name}", call.path));
        if world.switches.unknown_fields == UnknownFields::Refuse {
            return Err(Refusal::invalid(&name, "unknown field"));
        }
    }
    Ok(read)
}

/// A field of text, `""` where it is missing; refused if it is of another kind or too long.
pub(super) fn text(
    fields: &Map<String, Value>,
    name: &str,
    longest: usize,
) -> Result<String, Refusal> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) if text.chars().count() <= longest => Ok(text.clone()),
        Some(Value::String(_)) => Err(Refusal::invalid(name, "too long")),
        Some(_) => Err(Refusal::invalid(name, "not a string")),
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
