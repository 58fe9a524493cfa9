//! A stream that is waited on for as long as there is a reason to.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

/// Between two looks whether there still is one.
const LOOK: Duration = Duration::from_millis(100);

/// For the other side to read or write something; it is a command on this machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads and writes until the service ends, so that a command that stands still keeps
/// nobody from stopping.
#[derive(Debug, Clone)]
pub(super) struct Attended<'a> {
    stream: &'a UnixStream,
    ends: CancellationToken,
}

impl<'a> Attended<'a> {
    pub(super) fn new(stream: &'a UnixStream, ends: CancellationToken) -> io::Result<Self> {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(LOOK))?;
        stream.set_write_timeout(Some(LOOK))?;
        Ok(Self { stream, ends })
    }

    /// The same until something else ends too.
    pub(super) fn until(&self, ends: CancellationToken) -> Self {
        Self {
            stream: self.stream,
            ends,
        }
    }

    fn wait<T>(&self, mut act: impl FnMut(&UnixStream) -> io::Result<T>) -> io::Result<T> {
        let begun = Instant::now();
        loop {
            match act(self.stream) {
                Err(cause)
                    if cause.kind() == io::ErrorKind::WouldBlock
                        && begun.elapsed() < PATIENCE
                        && !self.ends.is_cancelled() => {}
                done => return done,
            }
        }
    }
}

impl Read for Attended<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.wait(|mut stream| stream.read(buffer))
    }
}

impl Write for Attended<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.wait(|mut stream| stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
