//! A browser's cookies.

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use url::{Host, Url};

/// One cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    pub name: String,
    pub value: String,
    /// The origin that set it, and to which alone it goes back.
    pub origin: String,
    pub path: String,
    /// `None`: until the browser is closed.
    pub expires: Option<Timestamp>,
    pub http_only: bool,
    pub secure: bool,
    pub same_site: SameSite,
}

/// When a cookie goes along with a request from another site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// With links and other GETs; also when the cookie says nothing.
    Lax,
    None,
    Strict,
}

/// Who made the browser ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    ByAnotherSite,
    ByAnotherSiteUnsafely,
    Here,
}

#[derive(Debug, Default)]
pub(super) struct Jar(Vec<Cookie>);

impl Jar {
    /// Keeps what a `Set-Cookie` says, unless it breaks a rule: then tells which.
    pub(super) fn keep(&mut self, url: &Url, header: &str, now: Timestamp) -> Result<(), String> {
        let cookie = read(url, header, now)?;
        let same = |known: &Cookie| {
            known.name == cookie.name && known.origin == cookie.origin && known.path == cookie.path
        };
        self.0.retain(|known| !same(known));
        if cookie.expires.is_none_or(|expires| now < expires) {
            self.0.push(cookie);
        }
        Ok(())
    }

    /// The `Cookie` header for this address, longest paths first; `None` if there is
    /// nothing to say.
    pub(super) fn header(&self, url: &Url, asked: Asked, now: Timestamp) -> Option<String> {
        let origin = url.origin().ascii_serialization();
        let mut sent: Vec<&Cookie> = self
            .0
            .iter()
            .filter(|cookie| cookie.origin == origin && cookie.lives(now))
            .filter(|cookie| under(url.path(), &cookie.path))
            .filter(|cookie| !cookie.secure || is_trustworthy(url))
            .filter(|cookie| match asked {
                Asked::Here => true,
                Asked::ByAnotherSite => cookie.same_site != SameSite::Strict,
                Asked::ByAnotherSiteUnsafely => cookie.same_site == SameSite::None,
            })
            .collect();
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = sent
            .iter()
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    pub(super) fn all(&self, now: Timestamp) -> Vec<Cookie> {
        let living = self.0.iter().filter(|cookie| cookie.lives(now));
        living.cloned().collect()
    }
}

impl Cookie {
    fn lives(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }
}

fn read(url: &Url, header: &str, now: Timestamp) -> Result<Cookie, String> {
    let mut parts = header.split(';').map(str::trim);
    let pair = parts.next().unwrap_or_default();
    let (name, value) = pair.split_once('=').ok_or("a cookie without a name")?;
    let mut cookie = Cookie {
        name: name.trim().to_owned(),
        value: value.trim().to_owned(),
        origin: url.origin().ascii_serialization(),
        path: directory(url.path()).to_owned(),
        expires: None,
        http_only: false,
        secure: false,
        same_site: SameSite::Lax,
    };
    let (mut domain, mut max_age) = (None, None);
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        match key.to_ascii_lowercase().as_str() {
            "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
            "max-age" => max_age = value.parse::<i64>().ok(),
            "expires" => cookie.expires = date(value),
            "httponly" => cookie.http_only = true,
            "secure" => cookie.secure = true,
            "domain" => domain = Some(value.trim_start_matches('.')),
            "samesite" => cookie.same_site = same_site(value),
            _ => {}
        }
    }
    if let Some(seconds) = max_age {
        let life = SignedDuration::from_secs(seconds.clamp(-1, 40_000_000));
        cookie.expires = Some(now + life);
    }
    check(url, &cookie, domain)?;
    Ok(cookie)
}

/// The rules that make a browser throw a cookie away.
fn check(url: &Url, cookie: &Cookie, domain: Option<&str>) -> Result<(), String> {
    let broken = |rule: &str| Err(format!("the cookie {} {rule}", cookie.name));
    if cookie.secure && !is_trustworthy(url) {
        return broken("is Secure on a plain connection");
    }
    if domain.is_some_and(|domain| Some(domain) != url.host_str()) {
        return broken("is for another domain");
    }
    if cookie.same_site == SameSite::None && !cookie.secure {
        return broken("is SameSite=None but not Secure");
    }
    if cookie.name.starts_with("__Secure-") && !cookie.secure {
        return broken("has the prefix __Secure- but is not Secure");
    }
    if cookie.name.starts_with("__Host-")
        && (!cookie.secure || cookie.path != "/" || domain.is_some())
    {
        return broken("has the prefix __Host- but is not Secure, of Path=/ and without Domain");
    }
    Ok(())
}

fn same_site(value: &str) -> SameSite {
    match value.to_ascii_lowercase().as_str() {
        "none" => SameSite::None,
        "strict" => SameSite::Strict,
        _ => SameSite::Lax,
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn date(value: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(value).ok()
}

/// Where a cookie without a path belongs: up to the last slash.
fn directory(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &path[..end],
    }
}

fn under(path: &str, of: &str) -> bool {
    path == of || (path.starts_with(of) && (of.ends_with('/') || path[of.len()..].starts_with('/')))
}

/// https, or this machine.
fn is_trustworthy(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn now() -> Timestamp {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    fn sent(set: &str, asked: Asked, to: &str) -> bool {
        let mut jar = Jar::default();
        jar.keep(&url("http://127.0.0.1:3000/connect/abc"), set, now())
            .unwrap();
        jar.header(&url(to), asked, now()).is_some()
    }

    #[test]
    fn a_cookie_goes_where_it_belongs() {
        let cases = [
            ("a=1; Path=/", "http://127.0.0.1:3000/callback", true),
            ("a=1; Path=/", "http://127.0.0.1:3001/callback", false),
            ("a=1; Path=/", "http://localhost:3000/callback", false),
            ("a=1", "http://127.0.0.1:3000/connect", true),
            ("a=1", "http://127.0.0.1:3000/connections", false),
            ("a=1", "http://127.0.0.1:3000/callback", false),
            (
                "a=1; Path=/connect",
                "http://127.0.0.1:3000/connect/x?y",
                true,
            ),
            (
                "__Host-a=1; Path=/; Secure; HttpOnly",
                "http://127.0.0.1:3000/",
                true,
            ),
            ("a=1; Path=/; Max-Age=0", "http://127.0.0.1:3000/", false),
            (
                "a=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                "http://127.0.0.1:3000/",
                false,
            ),
            (
                "a=1; Path=/; Expires=Sat, 01 Jan 2028 00:00:00 GMT",
                "http://127.0.0.1:3000/",
                true,
            ),
        ];
        for (set, to, goes) in cases {
            assert_eq!(sent(set, Asked::Here, to), goes, "{set} to {to}");
        }
    }

    #[test]
    fn same_site_decides_what_other_sites_can_cause() {
        let to = "http://127.0.0.1:3000/callback";
        let cases = [
            ("a=1; Path=/; SameSite=Lax", true, false),
            ("a=1; Path=/", true, false),
            ("a=1; Path=/; SameSite=Strict", false, false),
            ("a=1; Path=/; SameSite=None; Secure", true, true),
        ];
        for (set, by_link, by_form) in cases {
            assert_eq!(sent(set, Asked::ByAnotherSite, to), by_link, "{set}");
            assert_eq!(
                sent(set, Asked::ByAnotherSiteUnsafely, to),
                by_form,
                "{set}"
            );
        }
    }

    #[test]
    fn a_cookie_that_breaks_a_rule_is_not_kept() {
        let cases = [
            ("http://127.0.0.1:1/", "__Host-a=1; Path=/"),
            ("http://127.0.0.1:1/", "__Host-a=1; Secure; Path=/x"),
            (
                "http://127.0.0.1:1/",
                "__Host-a=1; Secure; Path=/; Domain=127.0.0.1",
            ),
            ("http://127.0.0.1:1/", "__Secure-a=1"),
            ("http://127.0.0.1:1/", "a=1; SameSite=None"),
            ("http://127.0.0.1:1/", "a=1; Domain=example.com"),
            ("http://valet.example.com/", "a=1; Secure"),
        ];
        for (at, set) in cases {
            let mut jar = Jar::default();
            assert!(jar.keep(&url(at), set, now()).is_err(), "{set}");
            assert!(jar.all(now()).is_empty());
        }
    }

    #[test]
    fn a_cookie_is_replaced_and_grows_old() {
        let at = url("http://127.0.0.1:1/");
        let mut jar = Jar::default();
        jar.keep(&at, "a=1", now()).unwrap();
        jar.keep(&at, "a=2; Max-Age=60", now()).unwrap();
        assert_eq!(jar.header(&at, Asked::Here, now()).as_deref(), Some("a=2"));
        let later = now() + SignedDuration::from_secs(60);
        assert_eq!(jar.header(&at, Asked::Here, later), None);
    }
}
