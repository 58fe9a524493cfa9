//! The only place where our own addresses are written.

use url::Url;

use crate::random::Nonce;

pub(crate) const SLACK_EVENTS: &str = "/slack/events";
pub(crate) const SLACK_COMMANDS: &str = "/slack/commands";
pub(crate) const SLACK_INTERACTIONS: &str = "/slack/interactions";
pub(crate) const VAULT_REPORTS: &str = "/scalekit/webhooks";
pub(crate) const START: &str = "/connect/{ticket}";
pub(crate) const OPENID_CALLBACK: &str = "/slack/openid/callback";
pub(crate) const VAULT_CALLBACK: &str = "/callback";

// On the ops listener.
pub(crate) const HEALTH: &str = "/healthz";
pub(crate) const READINESS: &str = "/readyz";
pub(crate) const METRICS: &str = "/metrics";

/// Where browsers reach us.
#[derive(Debug, Clone)]
pub(crate) struct Addresses {
    public: Url,
}

impl Addresses {
    /// Under the public address, which may have a path of its own.
    pub(crate) fn under(public: Url) -> Self {
        Self { public }
    }

    /// The start page of one attempt.
    pub(crate) fn start(&self, ticket: &Nonce) -> Url {
        self.at(&START.replace("{ticket}", ticket.expose()))
    }

    /// Where Sign in with Slack returns.
    pub(crate) fn openid_callback(&self) -> Url {
        self.at(OPENID_CALLBACK)
    }

    /// Where the vault returns.
    pub(crate) fn vault_callback(&self) -> Url {
        self.at(VAULT_CALLBACK)
    }

    /// Where Slack sends events.
    pub(crate) fn slack_events(&self) -> Url {
        self.at(SLACK_EVENTS)
    }

    /// Whether a browser's `Origin` is ours.
    pub(crate) fn is_origin(&self, origin: &str) -> bool {
        self.public.origin().ascii_serialization() == origin
    }

    /// Whether cookies can be kept to https.
    pub(crate) fn is_https(&self) -> bool {
        self.public.scheme() == "https"
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.public.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_the_path_of_the_public_address() {
        for (public, callback) in [
            (
                "https://valet.example.com",
                "https://valet.example.com/callback",
            ),
            (
                "https://example.com/valet/",
                "https://example.com/valet/callback",
            ),
            ("http://localhost:3000", "http://localhost:3000/callback"),
        ] {
            let addresses = Addresses::under(Url::parse(public).unwrap());
            assert_eq!(addresses.vault_callback().as_str(), callback);
        }
    }

    #[test]
    fn an_origin_is_ours_whatever_way_the_public_address_is_written() {
        for (public, origin, ours) in [
            (
                "https://Valet.Example.com:443/x/",
                "https://valet.example.com",
                true,
            ),
            (
                "https://valet.example.com:8443",
                "https://valet.example.com:8443",
                true,
            ),
            (
                "https://valet.example.com:8443",
                "https://valet.example.com",
                false,
            ),
            (
                "https://valet.example.com",
                "http://valet.example.com",
                false,
            ),
            (
                "https://valet.example.com",
                "https://valet.example.com.",
                false,
            ),
            (
                "https://bücher.example",
                "https://xn--bcher-kva.example",
                true,
            ),
            ("http://localhost:3000", "http://127.0.0.1:3000", false),
            ("https://valet.example.com", "null", false),
        ] {
            let addresses = Addresses::under(Url::parse(public).unwrap());
            assert_eq!(addresses.is_origin(origin), ours, "{public} {origin}");
        }
    }
}
