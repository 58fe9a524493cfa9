//! A disk that forgets: the data directory as it was some kills ago.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Copies of the data directory, made while no process has it open.
pub struct ForgetfulDisk {
    data: PathBuf,
    copies: PathBuf,
    kills: usize,
}

impl ForgetfulDisk {
    pub fn of(folder: &Path) -> Self {
        Self {
            data: folder.join("data"),
            copies: folder.join("copies"),
            kills: 0,
        }
    }

    /// After a kill: keeps a copy at every second one, and goes back to it at the next.
    pub fn forgets(&mut self) {
        let at = self.kills;
        self.kills += 1;
        let copy = |number: usize| self.copies.join(number.to_string());
        let done = if at.is_multiple_of(2) {
            copy_folder(&self.data, &copy(at))
        } else {
            let old = copy(at.saturating_sub(1));
            fs::remove_dir_all(&self.data).and_then(|()| copy_folder(&old, &self.data))
        };
        done.expect("a disk with room");
    }
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let into = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_folder(&entry.path(), &into)?;
        } else if kind.is_file() {
            // Not the control socket, which each life makes anew.
            fs::copy(entry.path(), into)?;
        }
    }
    Ok(())
}
