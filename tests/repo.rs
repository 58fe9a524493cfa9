//! Facts about the repository: that what its documents, its manifest and its layout claim is
//! what the program does.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a fact that cannot be looked up is a failed test"
)]

use std::fs;
use std::path::{Path, PathBuf};

#[path = "repo/documents.rs"]
mod documents;
#[path = "repo/layers.rs"]
mod layers;
#[path = "repo/manifest.rs"]
mod manifest;
#[path = "repo/named.rs"]
mod named;
#[path = "repo/ops.rs"]
mod ops;
#[path = "repo/secrets.rs"]
mod secrets;
#[path = "repo/source.rs"]
mod source;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file of the repository.
fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files below a folder whose names end so, as paths from the root, in order.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.map(|entry| entry.expect("an entry of a folder").path()) {
            if path.is_dir() {
                if !is_apart(&path) {
                    folders.push(path);
                }
            } else if path.to_string_lossy().ends_with(ending) {
                let path = path.strip_prefix(root()).expect("below the root");
                found.push(path.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

/// What lies in the folder without belonging to the repository.
fn is_apart(folder: &Path) -> bool {
    [".git", "target", "data"]
        .map(|name| root().join(name))
        .contains(&PathBuf::from(folder))
}
