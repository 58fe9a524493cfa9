//! Where backups lie: in a folder of their own beside the store.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// Beside the store.
const FOLDER: &str = "backups";

/// How the names of finished backups begin and end that Valet has given.
const BEGINNING: &str = "valet-";
const ENDING: &str = ".jsonl";

/// Where a backup of this moment goes when nobody says where. Names sort by time.
pub(crate) fn path_for(data: &Path, now: Timestamp) -> PathBuf {
    let time = now.strftime("%Y%m%dT%H%M%SZ");
    data.join(FOLDER).join(format!("{BEGINNING}{time}{ENDING}"))
}

/// Finished backups that Valet has named itself, oldest first.
pub(crate) fn all(data: &Path) -> Vec<PathBuf> {
    let Ok(files) = fs::read_dir(data.join(FOLDER)) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = files
        .filter_map(|file| Some(file.ok()?.path()))
        .filter(|path| {
            path.file_name().is_some_and(|name| {
                let name = name.to_string_lossy();
                name.starts_with(BEGINNING) && name.ends_with(ENDING)
            })
        })
        .collect();
    found.sort();
    found
}

/// The newest.
pub(crate) fn last(data: &Path) -> Option<PathBuf> {
    all(data).pop()
}
