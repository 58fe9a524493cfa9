//! One connection that stands: messages in, acknowledgements out, and whether anybody is
//! still there.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::{self, Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::frame::{EnvelopeId, Frame, NotAFrame};

/// How long Slack takes to close a connection that we close; it may never do so.
const CLOSING: Duration = Duration::from_secs(1);

/// How much silence is borne.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Silence {
    /// After so much of it Slack is asked whether it is there; after as much again, the
    /// connection is given up. Slack itself asks us every few seconds.
    pub(crate) patience: Duration,
    /// For Slack to take what we write.
    pub(crate) write: Duration,
}

/// Why a connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Ended {
    #[error("the connection broke")]
    Broken,
    #[error("Slack closed the connection")]
    Closed,
    #[error("what Slack sent breaks the rules of WebSockets")]
    Malformed,
    #[error("nothing was heard of Slack any more")]
    Silent,
    #[error("Slack took nothing that was sent")]
    Stuck,
    #[error("Slack sent more at once than is taken")]
    TooLarge,
}

/// One message: something, or nothing that we know.
#[derive(Debug)]
pub(crate) enum Heard {
    Frame(Frame),
    Odd(NotAFrame),
}

/// A connection that stands.
pub(crate) struct Link {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    silence: Silence,
    /// When something came last, whatever it was.
    heard: Instant,
    /// Slack was asked since whether it is there.
    asked: bool,
}

impl Link {
    pub(super) fn new(
        stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
        silence: Silence,
    ) -> Self {
        Self {
            stream,
            silence,
            heard: Instant::now(),
            asked: false,
        }
    }

    /// The next message. Pings are answered on the way. May be dropped and called again:
    /// nothing is lost by it.
    pub(crate) async fn next(&mut self) -> Result<Heard, Ended> {
        loop {
            let borne = self.silence.patience * if self.asked { 2 } else { 1 };
            let message = tokio::time::timeout_at(self.heard + borne, self.stream.next()).await;
            let Ok(message) = message else {
                if self.asked {
                    return Err(Ended::Silent);
                }
                self.asked = true;
                self.send(Message::Ping(Bytes::new())).await?;
                continue;
            };
            (self.heard, self.asked) = (Instant::now(), false);
            match message
                .ok_or(Ended::Broken)?
                .map_err(|error| ended(&error))?
            {
                Message::Text(text) => {
                    return Ok(Frame::read(&text).map_or_else(Heard::Odd, Heard::Frame));
                }
                Message::Binary(_) => return Ok(Heard::Odd(NotAFrame::Binary)),
                Message::Close(_) => return Err(Ended::Closed),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Tells Slack that an envelope need not be brought again.
    pub(crate) async fn acknowledge(
        &mut self,
        id: &EnvelopeId,
        shown: Option<Value>,
    ) -> Result<(), Ended> {
        let told = id.acknowledgement(shown);
        self.send(Message::Text(told.into())).await
    }

    /// Ends it in order, as far as Slack lets us.
    pub(crate) async fn close(mut self) {
        let closing = async {
            if self.stream.close(None).await.is_ok() {
                // What comes now is not acknowledged, and brought again.
                while let Some(Ok(_)) = self.stream.next().await {}
            }
        };
        // Whoever does not close in time is left.
        let _ = tokio::time::timeout(CLOSING, closing).await;
    }

    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        match tokio::time::timeout(self.silence.write, self.stream.send(message)).await {
            Ok(sent) => sent.map_err(|error| ended(&error)),
            Err(_) => Err(Ended::Stuck),
        }
    }
}

/// The library's errors may hold what was sent: they end here.
fn ended(error: &tungstenite::Error) -> Ended {
    match error {
        tungstenite::Error::AlreadyClosed | tungstenite::Error::ConnectionClosed => Ended::Closed,
        tungstenite::Error::AttackAttempt
        | tungstenite::Error::Http(_)
        | tungstenite::Error::HttpFormat(_)
        | tungstenite::Error::Io(_)
        | tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        | tungstenite::Error::Tls(_)
        | tungstenite::Error::Url(_) => Ended::Broken,
        tungstenite::Error::Capacity(_) => Ended::TooLarge,
        tungstenite::Error::Protocol(_) | tungstenite::Error::Utf8(_) => Ended::Malformed,
        tungstenite::Error::WriteBufferFull(_) => Ended::Stuck,
    }
}
