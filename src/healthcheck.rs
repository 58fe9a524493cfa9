//! A health check for containers, which often hold no other program to make one.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::addresses::HEALTH;

/// For each step of the exchange; a healthy process on the same machine needs far less.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why a process does not count as healthy.
#[derive(Debug, thiserror::Error)]
pub enum Unhealthy {
    /// Somebody answered, but not with 200.
    #[error("it answered, but not that it is well")]
    Answered,
    /// Nobody answered.
    #[error("nobody answered")]
    Silent(#[from] io::Error),
}

/// Asks the process that listens here, on this machine, whether it is well.
pub fn healthcheck(ops_listen: SocketAddr) -> Result<(), Unhealthy> {
    let mut stream = TcpStream::connect_timeout(&reachable(ops_listen), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET {HEALTH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut status_line = [0; 12];
    stream.read_exact(&mut status_line)?;
    if status_line == *b"HTTP/1.1 200" {
        Ok(())
    } else {
        Err(Unhealthy::Answered)
    }
}

/// Who listens on every address is asked on the loopback one.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn answering(words: &'static [u8]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 64];
            let read = stream.read(&mut request).unwrap();
            assert!(request[..read].starts_with(b"GET /healthz HTTP/1.1\r\n"));
            stream.write_all(words).unwrap();
        });
        address
    }

    #[test]
    fn only_a_200_is_health() {
        assert!(healthcheck(answering(b"HTTP/1.1 200 OK\r\n\r\n")).is_ok());
        let ill = healthcheck(answering(b"HTTP/1.1 503 Unavailable\r\n\r\n"));
        assert!(matches!(ill, Err(Unhealthy::Answered)));
        let cut = healthcheck(answering(b"HTTP"));
        assert!(matches!(cut, Err(Unhealthy::Silent(_))));
    }

    #[test]
    fn who_listens_everywhere_is_asked_here() {
        for (listen, asked) in [
            ("0.0.0.0:1", "127.0.0.1:1"),
            ("[::]:1", "[::1]:1"),
            ("10.0.0.1:1", "10.0.0.1:1"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), asked);
        }
    }
}
