//! The cookie that ties one attempt to one browser.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::addresses::Addresses;
use crate::connect::{ATTEMPT_LIFE, AttemptId};
use crate::random::Nonce;

/// One cookie for each attempt, so that two tabs do not take it from each other. The
/// `__Host-` prefix keeps a neighbouring subdomain from planting one; browsers accept it
/// over https alone.
fn name(attempt: AttemptId, addresses: &Addresses) -> String {
    let prefix = if addresses.is_https() { "__Host-" } else { "" };
    format!("{prefix}valet-{attempt}")
}

/// `Set-Cookie` for the browser in which *Continue* was pressed.
pub(super) fn set(
    attempt: AttemptId,
    cookie: &Nonce,
    addresses: &Addresses,
) -> Option<HeaderValue> {
    let secure = if addresses.is_https() { "; Secure" } else { "" };
    HeaderValue::try_from(format!(
        "{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
        name(attempt, addresses),
        cookie.expose(),
        ATTEMPT_LIFE.as_secs(),
    ))
    .ok()
}

/// `Set-Cookie` that takes it back.
pub(super) fn clear(attempt: AttemptId, addresses: &Addresses) -> Option<HeaderValue> {
    let secure = if addresses.is_https() { "; Secure" } else { "" };
    HeaderValue::try_from(format!(
        "{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}",
        name(attempt, addresses),
    ))
    .ok()
}

/// What this browser brings for this attempt. Two cookies of that name are none: one of
/// them was planted.
pub(super) fn read(
    headers: &HeaderMap,
    attempt: AttemptId,
    addresses: &Addresses,
) -> Option<Nonce> {
    let name = name(attempt, addresses);
    let mut values = headers
        .get_all(header::COOKIE)
        .iter()
        // Split as bytes: what somebody else's cookie holds must not hide ours.
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| std::str::from_utf8(pair).ok())
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) => Nonce::parse(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::random::Randomness;

    fn attempt() -> AttemptId {
        AttemptId::of(&Randomness::seeded(1).nonce().digest())
    }

    fn addresses(public: &str) -> Addresses {
        Addresses::under(Url::parse(public).unwrap())
    }

    fn sent(cookies: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookies).unwrap())])
    }

    #[test]
    fn a_cookie_comes_back_as_it_went() {
        for public in ["https://valet.example.com", "http://localhost:3000"] {
            let (addresses, id) = (addresses(public), attempt());
            let cookie = Randomness::seeded(3).nonce();
            let header = set(id, &cookie, &addresses).unwrap();
            let (pair, rest) = header.to_str().unwrap().split_once(';').unwrap();
            assert_eq!(read(&sent(pair), id, &addresses), Some(cookie));
            assert_eq!(pair.starts_with("__Host-"), addresses.is_https());
            assert_eq!(rest.contains("Secure"), addresses.is_https());
            assert!(rest.contains("HttpOnly") && rest.contains("SameSite=Lax"));
        }
    }

    #[test]
    fn two_cookies_of_one_name_are_none() {
        let (addresses, id) = (addresses("https://valet.example.com"), attempt());
        let nonces = Randomness::seeded(3);
        let pair = |nonce: &Nonce| format!("__Host-valet-{id}={}", nonce.expose());
        let planted = format!("{}; {}", pair(&nonces.nonce()), pair(&nonces.nonce()));
        assert_eq!(read(&sent(&planted), id, &addresses), None);
        assert_eq!(read(&sent("a=b; ;c"), id, &addresses), None);
    }

    #[test]
    fn a_cookie_of_odd_bytes_hides_no_other() {
        let (addresses, id) = (addresses("https://valet.example.com"), attempt());
        let cookie = Randomness::seeded(3).nonce();
        let mut bytes = b"a=\xff\xfe; ".to_vec();
        bytes.extend_from_slice(format!("__Host-valet-{id}={}", cookie.expose()).as_bytes());
        let value = HeaderValue::from_bytes(&bytes).unwrap();
        let sent = HeaderMap::from_iter([(header::COOKIE, value)]);
        assert_eq!(read(&sent, id, &addresses), Some(cookie));
    }
}
