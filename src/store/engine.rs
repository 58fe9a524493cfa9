//! Opening sled so that what it acknowledges is really there.
//!
//! The rules behind the constants and the order of steps were measured: see
//! `docs/decisions/0003-sled-with-one-committer.md`.

use std::fs::{self, File};
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::lock::{Lock, lock, wait_for_writers};
use super::{Error, backups, restore, space};

/// The default is 1 GiB.
const CACHE_BYTES: u64 = 32 << 20;

/// Fixed when a store is made. sled keeps a few of them in memory, and puts what is
/// larger than a fourth of one into a file of its own, which it never syncs: see
/// `docs/decisions/0034-small-segments-and-ordered-claims.md`.
pub(super) const SEGMENT_BYTES: usize = 2 << 20;

/// Of stores that were made before; they keep it until they are restored from a backup.
pub(super) const FORMER_SEGMENT_BYTES: usize = 8 << 20;

/// One open store, locked against other processes.
#[derive(Clone)]
pub(super) struct Engine {
    db: sled::Db,
    folder: PathBuf,
    /// Held for as long as anybody holds the store.
    _lock: Arc<Lock>,
}

impl Engine {
    pub(super) fn open(data: &Path) -> Result<Self, Error> {
        let in_folder = |cause| Error::Folder {
            folder: data.to_owned(),
            cause,
        };
        fs::create_dir_all(data).map_err(in_folder)?;
        let lock = lock(data)?;
        restore::settle(data).map_err(in_folder)?;
        let folder = data.join("store");
        fs::create_dir_all(&folder).map_err(in_folder)?;
        remove_half_made_snapshots(&folder).map_err(in_folder)?;
        wait_for_writers(&folder).map_err(in_folder)?;
        let db = open_sled(&folder)?;
        for synced in [folder.as_path(), data] {
            sync_folder(synced).map_err(in_folder)?;
        }
        Ok(Self {
            db,
            folder,
            _lock: Arc::new(lock),
        })
    }

    pub(super) fn db(&self) -> &sled::Db {
        &self.db
    }

    pub(super) fn tree(&self, name: &'static str) -> Result<sled::Tree, Error> {
        Ok(self.db.open_tree(name)?)
    }

    pub(super) fn free_bytes(&self) -> Result<u64, Error> {
        space::free_bytes(&self.folder).map_err(|cause| Error::Folder {
            folder: self.folder.clone(),
            cause,
        })
    }

    /// A handle of our own on sled's log, since sled's flush does not reach the disk.
    pub(super) fn log_file(&self) -> Result<File, Error> {
        File::options()
            .read(true)
            .write(true)
            .open(self.folder.join("db"))
            .map_err(|cause| Error::Folder {
                folder: self.folder.clone(),
                cause,
            })
    }
}

/// A process killed while sled wrote a snapshot leaves one that stops the next start.
fn remove_half_made_snapshots(folder: &Path) -> io::Result<()> {
    for file in fs::read_dir(folder)? {
        let file = file?;
        let name = file.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

/// sled panics on some kinds of damage, so the panic is turned into a word.
pub(super) fn open_sled(folder: &Path) -> Result<sled::Db, Error> {
    let open_with = |segment_bytes| {
        panic::catch_unwind(AssertUnwindSafe(|| {
            sled::Config::new()
                .path(folder)
                .cache_capacity(CACHE_BYTES)
                .segment_size(segment_bytes)
                .open()
        }))
    };
    let opened = match open_with(SEGMENT_BYTES) {
        Ok(Err(sled::Error::Unsupported(_))) => open_with(FORMER_SEGMENT_BYTES),
        opened => opened,
    };
    match opened {
        Ok(Ok(db)) => Ok(db),
        Ok(Err(sled::Error::Corruption { .. })) | Err(_) => Err(Error::Damaged {
            folder: folder.to_owned(),
            backup: folder.parent().and_then(backups::last),
        }),
        // Its words are those of a debugger.
        Ok(Err(sled::Error::Io(cause))) => Err(Error::Folder {
            folder: folder.to_owned(),
            cause: io::Error::from(cause.kind()),
        }),
        Ok(Err(cause)) => Err(Error::Sled(cause)),
    }
}

pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
