//! Which addresses may carry secrets.

use url::{Host, Url};

/// Https; or plain http to this very machine, for development.
pub(crate) fn is_secure(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(url),
        _ => false,
    }
}

/// Whether this leads to this very machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_machine() {
        for (text, secure) in [
            ("https://example.com", true),
            ("https://localhost", true),
            ("http://localhost:3000", true),
            ("http://LOCALHOST", true),
            ("http://127.8.9.10:1", true),
            ("http://2130706433", true),
            ("http://[::1]:1", true),
            ("http://example.com", false),
            ("http://localhost.example.com", false),
            ("http://10.0.0.1", false),
            ("http://0.0.0.0", false),
            ("http://localhost@example.com", false),
            ("ftp://localhost", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(is_secure(&Url::parse(text).unwrap()), secure, "{text}");
        }
    }
}
