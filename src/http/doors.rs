//! The browser's side of `crate::doors`.

use axum::http::{HeaderMap, HeaderValue, header};
use url::Url;

use super::cookie;
use super::walk::{Query, is_from_our_page};
use crate::account::AuthRequestId;
use crate::addresses::Addresses;
use crate::connect::AttemptId;
use crate::doors::{parts, text};
use crate::random::{Digest, Nonce, Randomness};

/// A ticket, a query, cookies, and where a form says that it came from; one header a line.
pub(crate) fn browser_walk(bytes: &[u8]) {
    let [ticket, query, cookies, origin] = parts(bytes);
    let Ok(public) = Url::parse("https://valet.example.com") else {
        return;
    };
    let addresses = Addresses::under(public);
    if let Some(ticket) = Nonce::parse(&text(ticket)) {
        // A path of ours that leads nowhere else, whatever the ticket is.
        let start = addresses.start(&ticket);
        assert_eq!(start.host_str(), Some("valet.example.com"));
        assert_eq!(start.path(), format!("/connect/{}", ticket.expose()));
        cookies_of(
            AttemptId::of(&ticket.digest()),
            &ticket,
            cookies,
            &addresses,
        );
    }
    cookies_of(
        AttemptId::of(&Digest::of("")),
        &Randomness::seeded(1).nonce(),
        cookies,
        &addresses,
    );
    let query = Query::read(Some(&text(query)));
    if let Some(state) = query.one("state").as_deref().and_then(Nonce::parse) {
        assert_eq!(state.expose().len(), 43);
    }
    let consent = query.one("auth_request_id");
    let _ = (
        query.one("code"),
        consent.map(|id| AuthRequestId::parse(&id)),
    );
    let mut headers = HeaderMap::new();
    let names = ["origin", "sec-fetch-site"];
    for (name, value) in names.into_iter().zip(origin.split(|byte| *byte == b'\n')) {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.insert(name, value);
        }
    }
    let origin = headers.get("origin");
    let ours = origin.is_none_or(|origin| origin == "https://valet.example.com");
    assert!(ours || !is_from_our_page(&headers, &addresses));
}

/// What this browser brings besides cannot hide our cookie, nor stand for it.
fn cookies_of(attempt: AttemptId, ours: &Nonce, lines: &[u8], addresses: &Addresses) {
    let mut headers = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n') {
        if let Ok(line) = HeaderValue::from_bytes(line) {
            headers.append(header::COOKIE, line);
        }
    }
    let name = format!("__Host-valet-{attempt}");
    let is_named = lines
        .windows(name.len())
        .any(|part| part == name.as_bytes());
    assert!(is_named || cookie::read(&headers, attempt, addresses).is_none());
    let set = cookie::set(attempt, ours, addresses);
    let set = set.as_ref().and_then(|set| set.to_str().ok());
    let pair = set
        .and_then(|set| set.split(';').next())
        .unwrap_or_default();
    if let (false, Ok(pair)) = (is_named, HeaderValue::from_str(pair)) {
        headers.append(header::COOKIE, pair);
        assert_eq!(
            cookie::read(&headers, attempt, addresses).as_ref(),
            Some(ours)
        );
    }
}
