//! A file of lines for each day.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use super::super::Error;

/// The files, below the data directory.
const FOLDER: &str = "finished";

const ENDING: &str = ".jsonl";

#[derive(Clone)]
pub(super) struct Days {
    data: Arc<Path>,
}

impl Days {
    pub(super) fn in_folder(data: &Path) -> Self {
        Self { data: data.into() }
    }

    /// Adds whole lines to the file of this day. They are on disk when this returns.
    pub(super) fn append(&self, day: Date, lines: &[u8]) -> Result<(), Error> {
        self.try_append(day, lines)
            .map_err(|cause| self.failed(cause))
    }

    /// Deletes the files of earlier days.
    pub(super) fn forget_before(&self, day: Date) -> Result<(), Error> {
        for (of, path) in self.files().map_err(|cause| self.failed(cause))? {
            if of < day {
                fs::remove_file(path).map_err(|cause| self.failed(cause))?;
            }
        }
        Ok(())
    }

    fn try_append(&self, day: Date, lines: &[u8]) -> io::Result<()> {
        let folder = self.folder();
        let path = folder.join(format!("{day}{ENDING}"));
        let is_new = !path.exists();
        fs::create_dir_all(&folder)?;
        let mut file = File::options()
            .create(true)
            .read(true)
            .append(true)
            .open(&path)?;
        end_torn_line(&mut file)?;
        let before = file.metadata()?.len();
        if let Err(cause) = file.write_all(lines).and_then(|()| file.sync_data()) {
            // They are tried again, and must not pile up on a disk that is full.
            file.set_len(before)?;
            return Err(cause);
        }
        if is_new {
            File::open(&folder)?.sync_all()?;
            File::open(&self.data)?.sync_all()?;
        }
        Ok(())
    }

    /// What lies there for each day. Files of other names are not ours.
    pub(super) fn files(&self) -> io::Result<Vec<(Date, PathBuf)>> {
        let files = match fs::read_dir(self.folder()) {
            Ok(files) => files,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(cause) => return Err(cause),
        };
        let mut found = Vec::new();
        for file in files {
            let file = file?;
            let name = file.file_name();
            let day = name.to_str().and_then(|name| name.strip_suffix(ENDING));
            if let Some(day) = day.and_then(|day| day.parse().ok()) {
                found.push((day, file.path()));
            }
        }
        Ok(found)
    }

    fn folder(&self) -> PathBuf {
        self.data.join(FOLDER)
    }

    fn failed(&self, cause: io::Error) -> Error {
        Error::Folder {
            folder: self.folder(),
            cause,
        }
    }
}

/// A write that broke off, by a full disk or a power cut, must spoil no line but its own.
fn end_torn_line(file: &mut File) -> io::Result<()> {
    if file.metadata()?.len() == 0 {
        return Ok(());
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last != *b"\n" {
        file.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_kept_apart_and_forgotten_one_by_one() {
        let data = tempfile::tempdir().unwrap();
        let days = Days::in_folder(data.path());
        days.forget_before(date(2026, 11, 23)).unwrap();
        for day in 21..=23 {
            days.append(date(2026, 11, day), b"a\n").unwrap();
        }
        days.append(date(2026, 11, 22), b"b\n").unwrap();
        let folder = data.path().join(FOLDER);
        fs::write(folder.join("notes.txt"), "of the operator").unwrap();

        days.forget_before(date(2026, 11, 22)).unwrap();

        let kept = |name: &str| fs::read_to_string(folder.join(name)).ok();
        assert_eq!(kept("2026-11-21.jsonl"), None);
        assert_eq!(kept("2026-11-22.jsonl").as_deref(), Some("a\nb\n"));
        assert_eq!(kept("2026-11-23.jsonl").as_deref(), Some("a\n"));
        assert!(kept("notes.txt").is_some());
    }

    #[test]
    fn a_torn_line_spoils_no_other() {
        let data = tempfile::tempdir().unwrap();
        let days = Days::in_folder(data.path());
        let day = date(2026, 11, 23);
        days.append(day, b"whole\nto").unwrap();
        days.append(day, b"next\n").unwrap();
        let path = data.path().join(FOLDER).join("2026-11-23.jsonl");
        assert_eq!(fs::read_to_string(path).unwrap(), "whole\nto\nnext\n");
    }
}
