//! From a backup to a store. The new one is built beside the old, and put in its place by
//! two renames; killed at any instant, the next start finds one of them whole.
//!
//! | beside `store` | means |
//! | --- | --- |
//! | `store.partial` | is being built; worth nothing |
//! | `store.new` | is whole and on disk; takes the place of a store that is not there |
//! | `store.before-restore-…` | what was there before |

use std::fs::{self, File};
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::backup::{self, BackupError, Contents, Record};
use super::engine::{open_sled, sync_folder};
use super::lock::lock;
use super::{Error, Store, accounts, audit, parts, people, restored};

const STORE: &str = "store";
const PARTIAL: &str = "store.partial";
const NEW: &str = "store.new";
const BEFORE: &str = "store.before-restore";

/// What may not go on where it stood, since it may have gone on after the backup: links
/// that were given out, what waited for them, what accounts were called, and every word on a
/// write, since one that was used would count again and one that was taken back would be
/// there again.
const DROPPED: [&str; 9] = [
    accounts::TREE,
    "approval_texts",
    "approvals",
    "approvals_open",
    "attempt_keys",
    "attempts",
    "grants",
    "parked",
    "parked_runs",
];

/// Trees whose records are cut into parts. One that was written or removed in the very
/// moment of the backup may have come with some of its parts alone.
const IN_PARTS: [&str; 4] = ["backgrounds", "inbox", "journal", "threads"];

/// A store that has been built from a backup and has not taken its place yet.
#[derive(Debug)]
pub(crate) struct Rebuilt {
    pub(crate) contents: Contents,
    /// Events that were open, and end with a word.
    pub(crate) open: u64,
    /// People whom the store that is there knows and the backup does not; `None` where
    /// there is no store that can be read.
    pub(crate) lost_people: Option<u64>,
}

impl Store {
    /// Builds the store that a backup is of, beside this one. Nothing that is in use is
    /// touched. Blocking.
    pub(crate) fn rebuild_beside(
        &self,
        (data, now): (&Path, Timestamp),
        from: impl BufRead,
        goes_on: impl Fn() -> bool,
    ) -> Result<Rebuilt, BackupError> {
        rebuild((data, now), from, Some(self.committer.db()), goes_on)
    }
}

/// Restores where nobody works on the data directory. Blocking.
pub(crate) fn restore_alone(
    data: &Path,
    from: impl BufRead,
    now: Timestamp,
) -> Result<(Rebuilt, Option<PathBuf>), BackupError> {
    fs::create_dir_all(data)?;
    let lock = lock(data)?;
    settle(data)?;
    let store = data.join(STORE);
    // One that is damaged is no reason not to put another in its place.
    let old = store.exists().then(|| open_sled(&store).ok()).flatten();
    let rebuilt = rebuild((data, now), from, old.as_ref(), || true)?;
    drop((old, lock));
    let before = put_in_place(data, now)?;
    Ok((rebuilt, before))
}

fn rebuild(
    (data, now): (&Path, Timestamp),
    from: impl BufRead,
    old: Option<&sled::Db>,
    goes_on: impl Fn() -> bool,
) -> Result<Rebuilt, BackupError> {
    let partial = data.join(PARTIAL);
    remove(&partial)?;
    fs::create_dir_all(&partial)?;
    let rebuilt = fill((&partial, now), from, old, goes_on);
    if rebuilt.is_err() {
        // It is removed at the next start too.
        let _ = fs::remove_dir_all(&partial);
        return rebuilt;
    }
    remove(&data.join(NEW))?;
    fs::rename(&partial, data.join(NEW))?;
    sync_folder(data)?;
    rebuilt
}

fn fill(
    (folder, now): (&Path, Timestamp),
    from: impl BufRead,
    old: Option<&sled::Db>,
    goes_on: impl Fn() -> bool,
) -> Result<Rebuilt, BackupError> {
    let old_people = old.map(|old| old.open_tree(people::TREE));
    let old_people = old_people.transpose().map_err(Error::from)?;
    let mut kept = 0_usize;
    let db = open_sled(folder)?;
    let mut joining = Joining::default();
    let contents = backup::read(from, |record| {
        if !goes_on() {
            return Err(BackupError::Ended);
        }
        if record.tree == people::TREE
            && let Some(old) = &old_people
        {
            let same = old.get(&record.key).map_err(Error::from)?;
            kept += usize::from(same.as_deref() == Some(&record.value));
        }
        if IN_PARTS.contains(&record.tree.as_str()) {
            joining.join(&db, record)
        } else {
            put(&db, record)
        }
    })?;
    joining.put(&db)?;
    let taken_at = contents.header.taken_at;
    audit::settle(&db, taken_at, now)?;
    let open = restored::mark(&db, taken_at).map_err(Error::from)?;
    db.flush().map_err(Error::from)?;
    drop(db);
    sync_files(folder)?;
    let lost = |old: &sled::Tree| u64::try_from(old.len().saturating_sub(kept)).unwrap_or(u64::MAX);
    Ok(Rebuilt {
        contents,
        open,
        lost_people: old_people.as_ref().map(lost),
    })
}

fn sync_files(folder: &Path) -> io::Result<()> {
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.is_file() {
            File::open(path)?.sync_all()?;
        }
    }
    sync_folder(folder)
}

fn put(db: &sled::Db, record: Record) -> Result<(), BackupError> {
    if !DROPPED.contains(&record.tree.as_str()) {
        let tree = db.open_tree(&record.tree).map_err(Error::from)?;
        tree.insert(record.key, record.value).map_err(Error::from)?;
    }
    Ok(())
}

/// The parts of one record as they come. It is cut anew, since parts may have been larger
/// when the backup was made, and left out where not all of them are there.
#[derive(Default)]
struct Joining(Option<Record>);

impl Joining {
    fn join(&mut self, db: &sled::Db, mut part: Record) -> Result<(), BackupError> {
        // Of the key, the number of the part is left out.
        part.key.truncate(part.key.len().saturating_sub(2));
        match &mut self.0 {
            Some(record) if record.tree == part.tree && record.key == part.key => {
                record.value.extend_from_slice(&part.value);
                Ok(())
            }
            _ => {
                self.put(db)?;
                self.0 = Some(part);
                Ok(())
            }
        }
    }

    fn put(&mut self, db: &sled::Db) -> Result<(), BackupError> {
        let whole = self.0.take().filter(|record| {
            serde_json::from_slice::<serde::de::IgnoredAny>(&record.value).is_ok()
        });
        if let Some(record) = whole {
            let tree = db.open_tree(&record.tree).map_err(Error::from)?;
            parts::insert_new(&tree, &record.key, &record.value)?;
        }
        Ok(())
    }
}

/// Puts the rebuilt store in the place of the old one, which nobody may have open. Says
/// where the old one is kept, if there was one. Blocking.
pub(crate) fn put_in_place(data: &Path, now: Timestamp) -> Result<Option<PathBuf>, Error> {
    let in_folder = |cause| Error::Folder {
        folder: data.to_owned(),
        cause,
    };
    let _lock = lock(data)?;
    let before = data.join(format!("{BEFORE}-{}", now.strftime("%Y%m%dT%H%M%SZ")));
    let kept = match fs::rename(data.join(STORE), &before) {
        Ok(()) => Some(before),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => None,
        Err(cause) => return Err(in_folder(cause)),
    };
    fs::rename(data.join(NEW), data.join(STORE)).map_err(in_folder)?;
    sync_folder(data).map_err(in_folder)?;
    Ok(kept)
}

/// Finishes a restore that was cut off between its renames, and undoes one that was cut
/// off before them.
pub(super) fn settle(data: &Path) -> io::Result<()> {
    remove(&data.join(PARTIAL))?;
    let (store, new) = (data.join(STORE), data.join(NEW));
    if !new.exists() {
        return Ok(());
    }
    if store.exists() {
        return remove(&new);
    }
    fs::rename(new, store)?;
    sync_folder(data)
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each instant at which a restore can be cut off leaves one of these.
    #[test]
    fn whatever_a_restore_leaves_there_is_one_store() {
        for (found, kept) in [
            (&[][..], None),
            (&["store"][..], Some("store")),
            (&["store", "store.partial"], Some("store")),
            (&["store", "store.new"], Some("store")),
            (&["store.new"], Some("store.new")),
            (&["store.new", "store.partial"], Some("store.new")),
            (&["store.partial"], None),
        ] {
            let data = tempfile::tempdir().unwrap();
            for name in found {
                fs::create_dir(data.path().join(name)).unwrap();
                fs::write(data.path().join(name).join("which"), name).unwrap();
            }
            settle(data.path()).unwrap();
            let left: Vec<_> = fs::read_dir(data.path()).unwrap().collect();
            assert_eq!(left.len(), usize::from(kept.is_some()), "{found:?}");
            let which = fs::read_to_string(data.path().join("store/which")).ok();
            assert_eq!(which.as_deref(), kept, "{found:?}");
        }
    }
}
