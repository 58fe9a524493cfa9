//! The address that Slack gives to whoever has the app token: it holds a ticket that is good
//! for one connection, so that it is a secret.

use std::fmt;

use url::Url;

use crate::secure_url::is_loopback;

/// Where one connection can be opened.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Ticket(Url);

impl Ticket {
    /// Over TLS, unless all of Slack is on this very machine.
    pub(super) fn parse(address: &str, api_url: &Url) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        let lawful = match api_url.scheme() {
            "http" => url.scheme() == "ws" && is_loopback(&url),
            _ => url.scheme() == "wss" && url.has_host(),
        };
        let bare = url.username().is_empty() && url.password().is_none();
        (lawful && bare).then_some(Self(url))
    }

    pub(super) fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// Where to connect, as a resolver takes it.
    pub(super) fn host_and_port(&self) -> Option<(&str, u16)> {
        let host = self.0.host_str()?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Some((host, self.0.port_or_known_default()?))
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_leads_over_tls_or_stays_on_this_machine() {
        let slack = Url::parse("https://slack.com/api").unwrap();
        let here = Url::parse("http://127.0.0.1:9/api").unwrap();
        for (address, of_slack, of_here) in [
            ("wss://wss-primary.slack.com/link/?ticket=t", true, false),
            ("ws://wss-primary.slack.com/link/?ticket=t", false, false),
            ("https://wss-primary.slack.com/link/", false, false),
            ("ws://127.0.0.1:9/link?ticket=t", false, true),
            ("ws://localhost:9/link?ticket=t", false, true),
            ("ws://[::1]:9/link?ticket=t", false, true),
            ("ws://10.0.0.1:9/link", false, false),
            ("wss://ada:secret@slack.com/", false, false),
            ("wss://", false, false),
            ("", false, false),
            ("/link", false, false),
        ] {
            assert_eq!(
                Ticket::parse(address, &slack).is_some(),
                of_slack,
                "{address}"
            );
            assert_eq!(
                Ticket::parse(address, &here).is_some(),
                of_here,
                "{address}"
            );
        }
    }

    #[test]
    fn a_ticket_knows_where_it_leads_and_does_not_print() {
        let here = Url::parse("http://127.0.0.1:9/api").unwrap();
        let ticket = Ticket::parse("ws://[::1]:7/link?ticket=t", &here).unwrap();
        assert_eq!(ticket.host_and_port(), Some(("::1", 7)));
        assert_eq!(format!("{ticket:?}"), "Ticket(hidden)");
        let slack = Url::parse("https://slack.com/api").unwrap();
        let ticket = Ticket::parse("wss://wss.slack.com/link", &slack).unwrap();
        assert_eq!(ticket.host_and_port(), Some(("wss.slack.com", 443)));
    }
}
