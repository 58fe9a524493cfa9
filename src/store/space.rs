//! How much room is left. sled needs it to start as well as to write, so that new work
//! is turned away long before there is none.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use super::Error;
use super::engine::FORMER_SEGMENT_BYTES;

/// What runs at work may still use up when nothing new is taken in any more. A run writes
/// some 100 KiB; sled takes whole segments, which may be large ones.
pub(crate) const RESERVE_BYTES: u64 = 3 * FORMER_SEGMENT_BYTES as u64;

/// From here on new events are taken again: a segment more, so that it does not flutter.
pub(crate) const ENOUGH_BYTES: u64 = 4 * FORMER_SEGMENT_BYTES as u64;

/// Whether there is room for new events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    Enough,
    /// This many bytes are free.
    Short(u64),
}

impl Room {
    /// What follows from the bytes that are free now.
    pub(crate) fn with(self, free: u64) -> Self {
        let needed = match self {
            Self::Enough => RESERVE_BYTES,
            Self::Short(_) => ENOUGH_BYTES,
        };
        if free < needed {
            Self::Short(free)
        } else {
            Self::Enough
        }
    }
}

/// Proves that this folder takes a write and has room enough to work in. Blocking.
pub(crate) fn try_disk(data: &Path) -> Result<(), Error> {
    let in_folder = |cause| Error::Folder {
        folder: data.to_owned(),
        cause,
    };
    let free = free_bytes(data).map_err(in_folder)?;
    if free < ENOUGH_BYTES {
        return Err(Error::NoRoom {
            folder: data.to_owned(),
            free_mib: free >> 20,
            needed_mib: ENOUGH_BYTES >> 20,
        });
    }
    let tried = data.join("tried");
    let written = write_synced(&tried);
    // What cannot be removed is written over the next time.
    let _ = fs::remove_file(&tried);
    written.map_err(in_folder)
}

/// A page of it, so that a full file system cannot hide it in the file's entry.
fn write_synced(path: &Path) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(&[0; 4096])?;
    file.sync_all()
}

/// Bytes that a process without privileges may still write in this folder's file system.
pub(super) fn free_bytes(folder: &Path) -> io::Result<u64> {
    let system = rustix::fs::statvfs(folder)?;
    Ok(system.f_bavail.saturating_mul(system.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_short_below_the_reserve_until_there_is_a_segment_more() {
        let segment = FORMER_SEGMENT_BYTES as u64;
        let short = Room::Short;
        for (before, free, after) in [
            (Room::Enough, 4 * segment, Room::Enough),
            (Room::Enough, 3 * segment, Room::Enough),
            (Room::Enough, 3 * segment - 1, short(3 * segment - 1)),
            (Room::Enough, 0, short(0)),
            (short(0), 3 * segment, short(3 * segment)),
            (short(0), 4 * segment - 1, short(4 * segment - 1)),
            (short(0), 4 * segment, Room::Enough),
        ] {
            assert_eq!(before.with(free), after, "{before:?} {free}");
        }
    }
}
