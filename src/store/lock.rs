//! Who may work on a data directory: one process at a time.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::Error;

/// Looks whether the last writer of a store that was closed is gone: two seconds in all.
const LOOKS: u32 = 200;
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// A locked file, until this is dropped.
///
/// Closing the file would not do: a child of this process holds it open too until it begins
/// its own program, whatever that program is.
pub(super) struct Lock(File);

impl Lock {
    /// `None`: somebody else holds it.
    fn take(file: File) -> io::Result<Option<Self>> {
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(cause)) => Err(cause),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // It ends with the process at the latest.
        let _ = self.0.unlock();
    }
}

/// Keeps other processes out of this data directory.
pub(super) fn lock(data: &Path) -> Result<Lock, Error> {
    let in_folder = |cause| Error::Folder {
        folder: data.to_owned(),
        cause,
    };
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(data.join("lock"))
        .map_err(in_folder)?;
    let taken = Lock::take(file).map_err(in_folder)?;
    taken.ok_or_else(|| Error::Locked {
        folder: data.to_owned(),
    })
}

/// A writer of sled's lets go of its log a moment after a store is closed, and until then
/// the next one cannot be opened. It is one of this process: others are locked out.
pub(super) fn wait_for_writers(folder: &Path) -> io::Result<()> {
    for _ in 0..LOOKS {
        let Ok(log) = File::open(folder.join("db")) else {
            return Ok(());
        };
        if Lock::take(log)?.is_some() {
            break;
        }
        thread::sleep(BETWEEN_LOOKS);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let data = tempfile::tempdir().unwrap();
        let first = lock(data.path()).unwrap();
        assert!(matches!(lock(data.path()), Err(Error::Locked { .. })));
        drop(first);
        assert!(lock(data.path()).is_ok());
    }

    #[test]
    fn what_a_child_still_holds_open_is_free_all_the_same() {
        let data = tempfile::tempdir().unwrap();
        let first = lock(data.path()).unwrap();
        let in_the_child = first.0.try_clone().unwrap();
        drop(first);
        assert!(lock(data.path()).is_ok());
        drop(in_the_child);
    }
}
