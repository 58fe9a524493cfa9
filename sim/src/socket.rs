//! Sockets that are over for the other side as soon as they are dropped.
//!
//! Closing them would not do: a program that another story starts just now holds every
//! socket of this process open until it has begun.

use std::io;
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Whoever connects after it is refused.
pub(crate) struct Listener(TcpListener);

impl Listener {
    pub(crate) fn new(listener: TcpListener) -> Self {
        Self(listener)
    }

    pub(crate) async fn accept(&self) -> io::Result<(Connection, SocketAddr)> {
        let (stream, from) = self.0.accept().await?;
        // Nothing depends on it but time.
        let _ = stream.set_nodelay(true);
        Ok((Connection(stream), from))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = SockRef::from(&self.0).shutdown(Shutdown::Both);
    }
}

/// Whoever is at its other end reads its end.
pub(crate) struct Connection(TcpStream);

impl Drop for Connection {
    fn drop(&mut self) {
        // The other side may have gone before.
        let _ = SockRef::from(&self.0).shutdown(Shutdown::Both);
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
