//! A browser's walk from the link to a connected account: start page, Sign in with
//! Slack, consent at the vault, and back.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use url::Url;

use super::{Door, cookie, pages};
use crate::addresses::Addresses;
use crate::connect::{Attempt, AttemptId};
use crate::handlers::{callback, connect};
use crate::random::Nonce;

/// Shows the start page. Changes nothing: robots fetch links too.
pub(super) async fn start(State(door): State<Door>, Path(ticket): Path<String>) -> Response {
    match connect::look(&door.context, Nonce::parse(&ticket).as_ref()) {
        Ok(attempt) => pages::start(&attempt),
        Err(refused) => refuse(&refused),
    }
}

/// *Continue* was pressed.
pub(super) async fn go_on(
    State(door): State<Door>,
    Path(ticket): Path<String>,
    headers: HeaderMap,
) -> Response {
    let addresses = &door.context.addresses;
    if !is_from_our_page(&headers, addresses) {
        tracing::warn!("a form was sent from another site");
        return pages::from_elsewhere();
    }
    match connect::go_on(&door.context, Nonce::parse(&ticket)).await {
        Ok(on_the_way) => {
            let cookie = cookie::set(on_the_way.attempt, &on_the_way.cookie, addresses);
            redirect(&on_the_way.to, cookie)
        }
        Err(refused) => refuse(&refused),
    }
}

/// Sign in with Slack sent the browser back.
pub(super) async fn back_from_slack(
    State(door): State<Door>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = Query::read(query.as_deref());
    let returned = connect::BackFromSlack {
        state: query.one("state").as_deref().and_then(Nonce::parse),
        code: query.one("code"),
    };
    let context = &door.context;
    let cookie_of = |attempt: AttemptId| cookie::read(&headers, attempt, &context.addresses);
    match connect::back_from_slack(context, returned, cookie_of).await {
        Ok(consent) => redirect(&consent, None),
        Err(refused) => refuse(&refused),
    }
}

/// The vault sent the browser back.
pub(super) async fn back_from_vault(
    State(door): State<Door>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = Query::read(query.as_deref());
    let returned = callback::BackFromVault {
        state: query.one("state").as_deref().and_then(Nonce::parse),
        auth_request: query.one("auth_request_id"),
    };
    let context = &door.context;
    let cookie_of = |attempt: AttemptId| cookie::read(&headers, attempt, &context.addresses);
    match callback::back_from_vault(context, returned, cookie_of).await {
        Ok(attempt) => farewell(&attempt, &context.addresses),
        Err(refused) => refuse(&refused),
    }
}

fn farewell(attempt: &Attempt, addresses: &Addresses) -> Response {
    let mut response = pages::connected(attempt);
    if let Some(cleared) = cookie::clear(attempt.id(), addresses) {
        response.headers_mut().append(header::SET_COOKIE, cleared);
    }
    response
}

/// Which refusal it was is for the log alone.
fn refuse(refused: &connect::Refused) -> Response {
    if refused.is_ours() {
        tracing::error!(reason = %refused, error = refused as &dyn std::error::Error, "a browser was sent away: {refused}");
        pages::failed()
    } else {
        tracing::warn!(reason = %refused, "a browser was sent away: {refused}");
        pages::no_longer_works()
    }
}

fn redirect(to: &Url, cookie: Option<header::HeaderValue>) -> Response {
    let Ok(location) = header::HeaderValue::try_from(to.as_str()) else {
        return pages::failed();
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// A browser says where a form came from; one that says nothing is let through, since the
/// form alone connects nobody.
pub(super) fn is_from_our_page(headers: &HeaderMap, addresses: &Addresses) -> bool {
    let says = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    says("origin").is_none_or(|origin| addresses.is_origin(origin))
        && says("sec-fetch-site").is_none_or(|site| site == "same-origin")
}

/// A query in which a repeated parameter is no parameter.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn read(query: Option<&str>) -> Self {
        let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    pub(super) fn one(&self, name: &str) -> Option<String> {
        let mut values = self.0.iter().filter(|(key, _)| key == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value.clone()),
            _ => None,
        }
    }
}
