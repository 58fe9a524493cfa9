//! Records that can no longer be read are set aside: one of them stops nothing else, and
//! whoever looks into the damage finds its bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sled::{IVec, Transactional as _};

use super::Error;
use super::engine::Engine;

/// Between the name of a tree and a key in it; no name of a tree holds it.
const SEPARATOR: u8 = b'\n';

/// The one way to read a record.
#[derive(Clone)]
pub(super) struct Aside {
    /// tree, key → the bytes that nobody could read
    records: sled::Tree,
    since_start: Arc<AtomicU64>,
}

impl Aside {
    pub(super) fn open(engine: &Engine) -> Result<Self, Error> {
        Ok(Self {
            records: engine.tree("set_aside")?,
            since_start: Arc::default(),
        })
    }

    /// A record that the others can do without: if nothing could be made of it, it is moved
    /// away, with all its parts.
    pub(super) fn spare<T>(
        &self,
        tree: &sled::Tree,
        key: &[u8],
        read: Option<T>,
    ) -> Result<Option<T>, Error> {
        if read.is_none() {
            self.set_aside(tree, key)?;
        }
        Ok(read)
    }

    /// Moves a record away that nothing could be made of. `false` when it is gone already:
    /// it was not damaged then, but removed while it was read.
    pub(super) fn set_aside(&self, tree: &sled::Tree, key: &[u8]) -> Result<bool, Error> {
        let keys = lies_at(tree, key)?;
        let moved = (tree, &self.records).transaction(|(from, to)| {
            let mut moved = false;
            for key in &keys {
                if let Some(bytes) = from.remove(key)? {
                    to.insert(label(tree, key), bytes)?;
                    moved = true;
                }
            }
            Ok(moved)
        })?;
        if moved {
            self.report(tree, key);
        }
        Ok(moved)
    }

    /// A record whose absence would mean something else, such as a person who was never met
    /// or a step that was never taken: it is copied and stays, so that it goes on to fail.
    pub(super) fn need<T>(
        &self,
        tree: &sled::Tree,
        key: &[u8],
        read: Option<T>,
    ) -> Result<T, Error> {
        if let Some(read) = read {
            return Ok(read);
        }
        let mut is_news = false;
        for key in lies_at(tree, key)? {
            if let Some(bytes) = tree.get(&key)? {
                is_news |= self.records.insert(label(tree, &key), bytes)?.is_none();
            }
        }
        if is_news {
            self.report(tree, key);
        }
        Err(Error::Damage)
    }

    /// Whether a record of this tree was set aside whose key begins so.
    pub(super) fn holds(&self, tree: &sled::Tree, key: &[u8]) -> Result<bool, Error> {
        let found = self.records.scan_prefix(label(tree, key)).keys().next();
        Ok(found.transpose()?.is_some())
    }

    /// How many records were set aside since the start.
    pub(super) fn count(&self) -> u64 {
        self.since_start.load(Ordering::Relaxed)
    }

    fn report(&self, tree: &sled::Tree, key: &[u8]) {
        self.since_start.fetch_add(1, Ordering::Relaxed);
        let tree = String::from_utf8_lossy(&tree.name()).into_owned();
        let key = in_words(key);
        tracing::error!(tree = %tree, key = %key, "a record of {tree} cannot be read and is set aside");
    }
}

/// Where the record lies: under its key, or cut into parts under longer ones.
fn lies_at(tree: &sled::Tree, key: &[u8]) -> Result<Vec<IVec>, Error> {
    if tree.contains_key(key)? {
        return Ok(vec![key.into()]);
    }
    let mut keys: Vec<IVec> = tree.scan_prefix(key).keys().collect::<Result<_, _>>()?;
    keys.retain(|part| part.len() == key.len() + size_of::<u16>());
    Ok(keys)
}

fn label(tree: &sled::Tree, key: &[u8]) -> Vec<u8> {
    [&tree.name(), [SEPARATOR].as_slice(), key].concat()
}

/// A key for the log: Slack's ids and our names of things as they are, all else as hex.
fn in_words(key: &[u8]) -> String {
    use std::fmt::Write as _;

    if let Ok(text) = std::str::from_utf8(key)
        && text.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return text.to_owned();
    }
    key.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_logged_as_what_it_is() {
        for (key, wanted) in [
            (b"T0ACME/U0ADA".as_slice(), "T0ACME/U0ADA"),
            (&[0, 255, 16], "00ff10"),
            (b"two words", "74776f20776f726473"),
        ] {
            assert_eq!(in_words(key), wanted);
        }
    }
}
