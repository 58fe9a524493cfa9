//! Valet's log, read in the story's own process.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tracing::subscriber::DefaultGuard;
use valet::LogShape;

/// What is logged on the story's thread, and by the threads that Valet begins from there.
pub struct Paper {
    written: Written,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("not poisoned")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    /// From now on the log is written down, with all that Valet can say of an edge.
    pub fn begin() -> Self {
        let written = Written::default();
        let writer = written.clone();
        let log = valet::log(Some("debug"), LogShape::Machines, move || writer.clone());
        Self {
            written,
            _guard: tracing::subscriber::set_default(log),
        }
    }

    /// The lines since the last time.
    pub fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.written.0.lock().expect("not poisoned"));
        let text = String::from_utf8(bytes).expect("a log is text");
        text.lines().map(str::to_owned).collect()
    }
}
