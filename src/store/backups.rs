//! Where backups lie: in a folder of their own beside the store, newest last.

use std::fs;
use std::path::{Path, PathBuf};

/// Beside the store.
const FOLDER: &str = "backups";

/// How a finished backup's name ends.
const ENDING: &str = ".jsonl";

pub(super) fn folder(data: &Path) -> PathBuf {
    data.join(FOLDER)
}

/// Finished backups that Valet has named itself, oldest first: the name carries the time.
pub(super) fn all(data: &Path) -> Vec<PathBuf> {
    let Ok(files) = fs::read_dir(folder(data)) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = files
        .filter_map(|file| Some(file.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(ENDING))
        .collect();
    found.sort();
    found
}

pub(super) fn last(data: &Path) -> Option<PathBuf> {
    all(data).pop()
}
