//! The public address, as Slack and browsers meet it: an unsigned request to the door for
//! events, which Valet turns away, and nobody else in the same way.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::time::Duration;

use reqwest::StatusCode;
use rustls::{CertificateError, Error as TlsError};
use url::Url;

use super::super::clients::Clients;
use super::machine::Service;
use super::report::Finding;
use crate::addresses::Addresses;
use crate::config::Config;
use crate::http::is_ours;

const ADDRESS: &str = "public address";

/// Who or what is at the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    /// Valet, which takes nothing in for now.
    Away,
    /// It leads on to another address, which Slack does not follow.
    Elsewhere,
    Interrupted,
    NoTls,
    NotTrusted(&'static str),
    /// A proxy, with nobody behind it.
    ProxyAlone,
    Refused,
    Silent,
    Stranger(StatusCode),
    Unresolved,
    Valet,
}

pub(super) async fn look(
    config: &Config,
    clients: &Clients,
    (deadline, service): (Duration, Service),
) -> Vec<Finding> {
    let events = Addresses::under(config.public_url.clone()).slack_events();
    let met = tokio::time::timeout(deadline, met(&clients.http, events)).await;
    vec![told(met.unwrap_or(Met::Silent), service)]
}

async fn met(http: &reqwest::Client, events: Url) -> Met {
    if !resolves(&events).await {
        return Met::Unresolved;
    }
    match http.post(events).send().await {
        Ok(answer) => {
            let ours = is_ours(answer.headers());
            match answer.status() {
                // Without a signing secret there is no door.
                StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND if ours => Met::Valet,
                StatusCode::SERVICE_UNAVAILABLE if ours => Met::Away,
                status if status.is_redirection() => Met::Elsewhere,
                StatusCode::BAD_GATEWAY
                | StatusCode::GATEWAY_TIMEOUT
                | StatusCode::SERVICE_UNAVAILABLE => Met::ProxyAlone,
                status => Met::Stranger(status),
            }
        }
        Err(error) => of_transport(&error),
    }
}

async fn resolves(url: &Url) -> bool {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return false;
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::net::lookup_host((host, port)).await;
    found.is_ok_and(|mut addresses| addresses.next().is_some())
}

/// The reason is somewhere below the library's error.
fn of_transport(error: &reqwest::Error) -> Met {
    if error.is_timeout() {
        return Met::Silent;
    }
    let mut cause = error.source();
    while let Some(below) = cause {
        if let Some(met) = below.downcast_ref::<TlsError>().map(of_tls) {
            return met;
        }
        if let Some(met) = below.downcast_ref::<io::Error>().and_then(of_io) {
            return met;
        }
        cause = below.source();
    }
    // It took the connection and did not say hello: plain http does not understand ours.
    if error.is_connect() {
        Met::NoTls
    } else {
        Met::Interrupted
    }
}

/// Connectors put what went wrong into errors of this kind, and these into others.
fn of_io(error: &io::Error) -> Option<Met> {
    if let Some(inner) = error.get_ref() {
        if let Some(tls) = inner.downcast_ref::<TlsError>() {
            return Some(of_tls(tls));
        }
        if let Some(inner) = inner.downcast_ref::<io::Error>() {
            return of_io(inner);
        }
    }
    let kind = error.kind();
    if kind == ErrorKind::ConnectionRefused {
        Some(Met::Refused)
    } else if matches!(
        kind,
        ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable
    ) {
        Some(Met::Silent)
    } else {
        None
    }
}

fn of_tls(error: &TlsError) -> Met {
    let TlsError::InvalidCertificate(why) = error else {
        return Met::NoTls;
    };
    let is = |one: bool, why| one.then_some(why);
    let why = is(
        matches!(
            why,
            CertificateError::Expired | CertificateError::ExpiredContext { .. }
        ),
        "it has expired",
    )
    .or(is(
        matches!(
            why,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
        ),
        "it is for another host",
    ))
    .or(is(
        *why == CertificateError::UnknownIssuer,
        "its issuer is not known, or the chain to it is not complete",
    ));
    Met::NotTrusted(why.unwrap_or("it is not valid"))
}

/// What it means. Without a service, nobody can be there.
fn told(met: Met, service: Service) -> Finding {
    const SERVE: &str = "start `valet serve`, then check again";
    let error = |found: &str, fix: &str| Finding::error(ADDRESS, found, fix);
    // Nothing wrong is seen as long as nothing runs.
    let unless_absent = |found: &str, fix: &str| match service {
        Service::Absent => Finding::warning(ADDRESS, found, SERVE),
        Service::Runs => error(found, fix),
    };
    match met {
        Met::Valet => Finding::ok(
            ADDRESS,
            "Valet answers there, and turns away what is not signed",
        ),
        Met::Away => Finding::warning(
            ADDRESS,
            "Valet answers there, and takes nothing in for now",
            "see what /readyz at VALET_OPS_LISTEN says",
        ),
        Met::Elsewhere => error(
            "it leads on to another address, where Slack does not follow",
            "VALET_PUBLIC_URL: give the address to which it leads, here and in the Slack app",
        ),
        Met::Unresolved => error(
            "its host name cannot be found",
            "VALET_PUBLIC_URL: look for a slip in the name, or make a DNS record for it",
        ),
        Met::NotTrusted(why) => error(
            &format!("its certificate is not accepted: {why}"),
            "give whatever ends TLS in front of Valet a certificate for the host of VALET_PUBLIC_URL, with its whole chain",
        ),
        Met::NoTls => error(
            "what answers there does not speak TLS",
            "put something in front of Valet that ends TLS for VALET_PUBLIC_URL, and leads to VALET_LISTEN",
        ),
        Met::Refused => unless_absent(
            "connections to it are refused",
            "lead VALET_PUBLIC_URL to VALET_LISTEN, and open its port",
        ),
        Met::Silent => unless_absent(
            "nothing answers there in time",
            "open the port of VALET_PUBLIC_URL in the firewall, and lead it to VALET_LISTEN",
        ),
        Met::Interrupted => unless_absent(
            "the connection to it broke",
            "lead VALET_PUBLIC_URL to VALET_LISTEN",
        ),
        Met::ProxyAlone => unless_absent(
            "a proxy answers there, and does not reach Valet",
            "let the proxy at VALET_PUBLIC_URL lead to VALET_LISTEN",
        ),
        Met::Stranger(status) => error(
            &format!(
                "another program answers there, with status {}",
                status.as_u16()
            ),
            "VALET_PUBLIC_URL: lead it to VALET_LISTEN; nothing in between may ask for a login",
        ),
    }
}
