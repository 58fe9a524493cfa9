//! The socket's two sides: see `crate::doors`.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

use super::{Answer, Control};
use crate::clock::Clock;
use crate::doors::parts;

/// What a command says to the service, and what the service answers a command.
pub(crate) fn control_socket(bytes: &[u8]) {
    let [asked, answer] = parts(bytes);
    if let Ok(Answer::Done(restored)) = serde_json::from_slice(answer) {
        assert!(!restored.to_string().is_empty());
    }
    // More than fits would wait for a reader.
    let asked = asked.get(..64 << 10).unwrap_or(asked);
    if let Ok((mut operator, service)) = UnixStream::pair()
        && operator.write_all(asked).is_ok()
        && operator.shutdown(Shutdown::Write).is_ok()
    {
        // Nobody fulfils wishes: there is no store to give out.
        let (control, _) = Control::new("/nonexistent".into(), Clock::system());
        // An error is for the log.
        let _ = control.take(&service);
        drop(service);
        let mut said = Vec::new();
        // Reset where the service did not want to hear all of it.
        let _ = operator.read_to_end(&mut said);
        assert_eq!(said.is_empty(), !asked.starts_with(b"restore\n"));
    }
}
