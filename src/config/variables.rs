//! Where settings come from. Injected, so that a story can start Valet with its own.

use std::io;
use std::path::Path;

/// A source of settings.
pub trait Variables {
    /// The value of a variable, if it is set.
    fn get(&self, name: &str) -> Option<String>;

    /// A file that a variable names.
    fn read_file(&self, path: &Path) -> io::Result<String>;
}

/// The environment of the process: nothing else reads it.
#[derive(Debug, Clone, Copy)]
pub struct Environment;

impl Variables for Environment {
    /// Bytes that are no text become `U+FFFD`, which no setting may hold.
    fn get(&self, name: &str) -> Option<String> {
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn read_file(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(path)
    }
}
