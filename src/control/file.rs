//! Backups as files: written under another name, synced, and only then given their own.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::store::BackupError;

/// Writes a file that only its owner can read, all of it or none.
pub(crate) fn write_whole<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T, BackupError>,
) -> Result<T, BackupError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let written = write_partial(&partial, write);
    let named = written.and_then(|done| {
        fs::rename(&partial, path)?;
        File::open(folder)?.sync_all()?;
        Ok(done)
    });
    if named.is_err() {
        let _ = fs::remove_file(&partial);
    }
    named
}

fn write_partial<T>(
    partial: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T, BackupError>,
) -> Result<T, BackupError> {
    // One that was left behind may be readable to others.
    match fs::remove_file(partial) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause.into()),
        Ok(()) | Err(_) => {}
    }
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(partial)?;
    let mut file = BufWriter::new(file);
    let done = write(&mut file)?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(done)
}

/// Deletes the oldest of the backups that Valet has named itself, but for so many.
pub(crate) fn keep_last(backups: &[PathBuf], most: usize) {
    let too_many = backups.len().saturating_sub(most);
    for old in backups.iter().take(too_many) {
        if let Err(cause) = fs::remove_file(old) {
            tracing::warn!(
                error = &cause as &dyn std::error::Error,
                "an old backup could not be deleted"
            );
        }
    }
}
