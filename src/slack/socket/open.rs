//! Opening a connection: a ticket for the app token, then a WebSocket, then Slack's hello.

use std::sync::Arc;
use std::time::Duration;

use hyper_rustls::ConfigBuilderExt as _;
use rustls::ClientConfig;
use secrecy::SecretString;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, client_async_tls_with_config};
use url::Url;

use super::frame::{Frame, Leaving};
use super::link::{Ended, Heard, Link, Silence};
use super::ticket::Ticket;
use crate::slack::asking::ask;
use crate::slack::json::text;
use crate::slack::wire::Error;

/// The method that gives out tickets.
const OPEN: &str = "apps.connections.open";

/// The largest message that is taken, in bytes: as the largest request, with its envelope.
const LARGEST_MESSAGE: usize = (1 << 20) + (64 << 10);

/// Read at once, in bytes.
const READ: usize = 16 << 10;

/// Written, and not taken by the other side, in bytes: many acknowledgements. Beyond it the
/// connection is given up.
const MOST_UNWRITTEN: usize = 256 << 10;

/// Messages before Slack's hello; it is the first of them.
const MOST_BEFORE_HELLO: usize = 16;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotOpened {
    #[error("{0}")]
    Api(#[from] Error),
    #[error("the address that Slack gave leads elsewhere, or does without TLS")]
    BadAddress,
    /// There was one, for a moment.
    #[error("{0}")]
    Ended(#[from] Ended),
    #[error("{0}")]
    Leaving(Leaving),
    #[error("what answers speaks no WebSocket")]
    NoWebSocket,
    #[error("Slack did not say hello")]
    NoHello,
    #[error("Slack did not answer in time")]
    TimedOut,
    #[error("there is no TLS connection to Slack")]
    Tls,
    #[error("the address that Slack gave cannot be reached")]
    Unreachable,
}

impl NotOpened {
    /// Whether an operator has to change something first.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Api(Error::Refused { .. })
            | Self::Leaving(Leaving::Disabled | Leaving::TooMany) => true,
            Self::Api(
                Error::BadAnswer
                | Error::Down
                | Error::ForeignAddress
                | Error::Interrupted
                | Error::RateLimited { .. }
                | Error::TimedOut
                | Error::Unavailable
                | Error::Unreachable,
            )
            | Self::BadAddress
            | Self::Ended(_)
            | Self::Leaving(Leaving::Asked)
            | Self::NoHello
            | Self::NoWebSocket
            | Self::TimedOut
            | Self::Tls
            | Self::Unreachable => false,
        }
    }

    /// How long Slack asks us to wait.
    pub(crate) fn asked_wait(&self) -> Option<Duration> {
        match self {
            Self::Api(Error::RateLimited { after }) => *after,
            Self::Api(_)
            | Self::BadAddress
            | Self::Ended(_)
            | Self::Leaving(_)
            | Self::NoHello
            | Self::NoWebSocket
            | Self::TimedOut
            | Self::Tls
            | Self::Unreachable => None,
        }
    }
}

/// A ticket for one connection. Nothing changes by it, as long as nobody uses it.
pub(crate) async fn ticket(
    http: &reqwest::Client,
    api_url: &Url,
    app_token: &SecretString,
    deadline: Duration,
) -> Result<Ticket, NotOpened> {
    let (_, answer) = ask(http, (api_url, OPEN), app_token, deadline).await?;
    let address = text(&answer, &["url"]).ok_or(Error::BadAnswer)?;
    Ticket::parse(address, api_url).ok_or(NotOpened::BadAddress)
}

/// The way to Socket Mode.
pub(crate) struct SocketMode {
    http: reqwest::Client,
    api_url: Url,
    app_token: SecretString,
    connector: Connector,
    /// For the ticket, and again for the connection and its hello.
    deadline: Duration,
    silence: Silence,
}

impl SocketMode {
    /// Nothing is asked of anybody yet.
    pub(crate) fn new(
        http: reqwest::Client,
        (api_url, app_token): (Url, SecretString),
        (deadline, silence): (Duration, Silence),
    ) -> std::io::Result<Self> {
        Ok(Self {
            http,
            connector: connector(&api_url)?,
            api_url,
            app_token,
            deadline,
            silence,
        })
    }

    /// A connection that stands, and how many the app has then, as Slack counts them.
    pub(crate) async fn open(&self) -> Result<(Link, Option<u64>), NotOpened> {
        let ticket = ticket(&self.http, &self.api_url, &self.app_token, self.deadline).await?;
        tokio::time::timeout(self.deadline, self.connect(&ticket))
            .await
            .unwrap_or(Err(NotOpened::TimedOut))
    }

    async fn connect(&self, ticket: &Ticket) -> Result<(Link, Option<u64>), NotOpened> {
        let to = ticket.host_and_port().ok_or(NotOpened::BadAddress)?;
        let tcp = TcpStream::connect(to).await;
        let tcp = tcp.map_err(|_| NotOpened::Unreachable)?;
        // Acknowledgements are small and whole: waiting to fill a packet only delays them.
        let _ = tcp.set_nodelay(true);
        let connected = client_async_tls_with_config(
            ticket.expose(),
            tcp,
            Some(limits()),
            Some(self.connector.clone()),
        );
        // Boxed: a handshake takes more room than all that comes after it.
        let (stream, _) = Box::pin(connected).await.map_err(|error| failed(&error))?;
        greeted(Link::new(stream, self.silence)).await
    }
}

/// Waits for the hello. What comes in an envelope before it is lost, and brought again.
async fn greeted(mut link: Link) -> Result<(Link, Option<u64>), NotOpened> {
    for _ in 0..MOST_BEFORE_HELLO {
        match link.next().await? {
            Heard::Frame(Frame::Hello { connections }) => return Ok((link, connections)),
            Heard::Frame(Frame::Leaving(why)) => return Err(NotOpened::Leaving(why)),
            Heard::Frame(Frame::Envelope(_)) | Heard::Odd(_) => {}
        }
    }
    Err(NotOpened::NoHello)
}

fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ)
        // Whatever is written is sent at once.
        .write_buffer_size(0)
        .max_write_buffer_size(MOST_UNWRITTEN)
        .max_message_size(Some(LARGEST_MESSAGE))
        .max_frame_size(Some(LARGEST_MESSAGE))
}

/// The library's errors may hold what was answered, or the address: they end here.
fn failed(error: &tungstenite::Error) -> NotOpened {
    match error {
        tungstenite::Error::Tls(_) => NotOpened::Tls,
        tungstenite::Error::Io(cause) if is_of_tls(cause) => NotOpened::Tls,
        tungstenite::Error::Io(_) => NotOpened::Ended(Ended::Broken),
        tungstenite::Error::AlreadyClosed
        | tungstenite::Error::AttackAttempt
        | tungstenite::Error::Capacity(_)
        | tungstenite::Error::ConnectionClosed
        | tungstenite::Error::Http(_)
        | tungstenite::Error::HttpFormat(_)
        | tungstenite::Error::Protocol(_)
        | tungstenite::Error::Url(_)
        | tungstenite::Error::Utf8(_)
        | tungstenite::Error::WriteBufferFull(_) => NotOpened::NoWebSocket,
    }
}

fn is_of_tls(cause: &std::io::Error) -> bool {
    cause
        .get_ref()
        .is_some_and(|inner| inner.downcast_ref::<rustls::Error>().is_some())
}

/// TLS as towards the Web API; none where all of Slack is on this machine.
fn connector(api_url: &Url) -> std::io::Result<Connector> {
    if api_url.scheme() == "http" {
        return Ok(Connector::Plain);
    }
    let provider = rustls::crypto::ring::default_provider();
    let tls = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .map_err(std::io::Error::other)?
        .with_native_roots()?
        .with_no_client_auth();
    Ok(Connector::Rustls(Arc::new(tls)))
}
