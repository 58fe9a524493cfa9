//! Requests written by hand, byte by byte.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::bot::Bot;

/// How long a story waits for Valet to answer or to hang up.
const GUARD: Duration = Duration::from_secs(20);

/// Valet's side of a connection on which these bytes were sent: all it said before it
/// hung up. What it no longer reads is not sent.
pub async fn told(bot: &Bot, bytes: Vec<u8>) -> String {
    let mut stream = connect(bot);
    tokio::task::spawn_blocking(move || {
        // Valet may hang up in the midst.
        let _ = stream.write_all(&bytes);
        rest(stream)
    })
    .await
    .expect("reading does not panic")
}

/// What Valet says until it hangs up.
pub async fn until_hung_up(stream: TcpStream) -> String {
    tokio::task::spawn_blocking(move || rest(stream))
        .await
        .expect("reading does not panic")
}

/// Whether Valet has neither said anything here nor hung up.
pub fn is_open(mut stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).expect("it need not block");
    let read = stream.read(&mut [0]);
    read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

/// A connection on which these bytes were sent, and nothing was read.
pub fn begun(bot: &Bot, bytes: &[u8]) -> TcpStream {
    let mut stream = connect(bot);
    stream.write_all(bytes).expect("Valet listens");
    stream
}

fn connect(bot: &Bot) -> TcpStream {
    let stream = TcpStream::connect(bot.settings.value("VALET_LISTEN")).expect("Valet listens");
    stream
        .set_read_timeout(Some(GUARD))
        .expect("a deadline can be set");
    stream
}

fn rest(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let read = match stream.read(&mut piece) {
            // A connection cut while we still wrote ends with a reset.
            Err(broken) if broken.kind() == ErrorKind::ConnectionReset => break,
            Err(broken) if broken.kind() == ErrorKind::Interrupted => continue,
            read => read.expect("Valet hangs up in time"),
        };
        if read == 0 {
            break;
        }
        said.extend_from_slice(&piece[..read]);
    }
    String::from_utf8_lossy(&said).into_owned()
}

/// The head of a signed request to the door for events.
pub fn head(bot: &Bot, signed: &[u8], more: &str) -> String {
    let signing = valet_sim::slack::Signing::Good;
    let signed: Vec<String> = bot
        .slack
        .signed(signed, signing)
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let signed = signed.concat();
    format!("POST /slack/events HTTP/1.1\r\nhost: valet\r\n{signed}{more}\r\n")
}
