//! Pages over a fourth of a segment become files that sled never syncs, so that values are
//! cut into numbered parts: the key of a part is the record's key and two more bytes.

use sled::transaction::{ConflictableTransactionError, TransactionalTree};

use super::Error;

/// A whole record: its key and its value.
pub(super) type Record = (Vec<u8>, Vec<u8>);

/// A page has 16 values, and some more for a moment: 20 of these and their keys are within
/// half a MiB. It was more once and may never grow: a first part that is shorter is the only
/// one.
const PART_BYTES: usize = 24 << 10;

/// The parts of a value, each with its key. An empty value has one empty part.
pub(super) fn cut<'a>(key: &'a [u8], value: &'a [u8]) -> impl Iterator<Item = (Vec<u8>, &'a [u8])> {
    let whole = value.is_empty().then_some(value);
    whole
        .into_iter()
        .chain(value.chunks(PART_BYTES))
        .zip(0_u16..)
        .map(move |(part, number)| {
            let mut part_key = key.to_vec();
            part_key.extend_from_slice(&number.to_be_bytes());
            (part_key, part)
        })
}

/// Writes all parts or none of a record that is not there yet.
pub(super) fn insert_new(tree: &sled::Tree, key: &[u8], value: &[u8]) -> Result<(), Error> {
    insert_beside(tree, key, value, &[])
}

/// The same in a transaction that may fail otherwise.
pub(super) fn insert_within<E>(
    tree: &TransactionalTree,
    key: &[u8],
    value: &[u8],
) -> Result<(), ConflictableTransactionError<E>> {
    for (part_key, part) in cut(key, value) {
        tree.insert(part_key, part)?;
    }
    Ok(())
}

/// Writes all parts or none, in the place of a record that may have had more of them. No
/// other key may begin with this one. One part goes alone: a batch would lock the whole
/// store, and seal sled's log buffer twice.
pub(super) fn insert(tree: &sled::Tree, key: &[u8], value: &[u8]) -> Result<(), Error> {
    // Only behind a first part that is full there can be others.
    let first = tree.get([key, &0_u16.to_be_bytes()].concat())?;
    let before = match first {
        Some(first) if first.len() >= PART_BYTES => keys(tree, key)?,
        Some(_) | None => Vec::new(),
    };
    insert_beside(tree, key, value, &before)
}

fn insert_beside(
    tree: &sled::Tree,
    key: &[u8],
    value: &[u8],
    before: &[sled::IVec],
) -> Result<(), Error> {
    if value.len() <= PART_BYTES && before.len() <= 1 {
        for (part_key, part) in cut(key, value) {
            tree.insert(part_key, part)?;
        }
        return Ok(());
    }
    let mut batch = sled::Batch::default();
    for part_key in before {
        batch.remove(part_key);
    }
    for (part_key, part) in cut(key, value) {
        batch.insert(part_key, part);
    }
    Ok(tree.apply_batch(batch)?)
}

/// Every record whose key begins so, whole, in order of the keys.
pub(super) fn scan(tree: &sled::Tree, prefix: &[u8]) -> Result<Vec<Record>, Error> {
    let mut records: Vec<Record> = Vec::new();
    for part in tree.scan_prefix(prefix) {
        let (part_key, part) = part?;
        let Some((key, _number)) = part_key.split_last_chunk::<2>() else {
            continue;
        };
        match records.last_mut() {
            Some((last, value)) if last == key => value.extend_from_slice(&part),
            _ => records.push((key.to_vec(), part.to_vec())),
        }
    }
    Ok(records)
}

/// The keys of all parts of every record whose key begins so.
pub(super) fn keys(tree: &sled::Tree, prefix: &[u8]) -> Result<Vec<sled::IVec>, Error> {
    Ok(tree.scan_prefix(prefix).keys().collect::<Result<_, _>>()?)
}

/// Removes one record, all its parts or none. `false` when it is not there.
pub(super) fn remove(tree: &sled::Tree, key: &[u8]) -> Result<bool, Error> {
    match keys(tree, key)?.as_slice() {
        [] => Ok(false),
        [alone] => Ok(tree.remove(alone)?.is_some()),
        parts => {
            let mut batch = sled::Batch::default();
            for part in parts {
                batch.remove(part);
            }
            tree.apply_batch(batch)?;
            Ok(true)
        }
    }
}

/// How many records there are, by their first parts alone.
pub(super) fn count(tree: &sled::Tree) -> Result<usize, Error> {
    let mut count = 0;
    for part_key in tree.iter().keys() {
        count += usize::from(part_key?.ends_with(&0_u16.to_be_bytes()));
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> sled::Tree {
        let db = sled::Config::new().temporary(true).open().unwrap();
        db.open_tree("parts").unwrap()
    }

    #[test]
    fn a_value_of_any_size_comes_back_whole() {
        let tree = tree();
        for size in [0, 1, PART_BYTES, PART_BYTES + 1, 5 * PART_BYTES] {
            let value: Vec<u8> = (0_u8..=255).cycle().take(size).collect();
            insert(&tree, b"key", &value).unwrap();
            assert_eq!(scan(&tree, b"key").unwrap(), [(b"key".to_vec(), value)]);
            assert_eq!(count(&tree).unwrap(), 1, "{size}");
            assert!(remove(&tree, b"key").unwrap(), "{size}");
            assert!(!remove(&tree, b"key").unwrap(), "{size}");
            assert!(tree.is_empty(), "{size}");
        }
    }

    /// A run that is stopped while it writes a step down writes another in its place.
    #[test]
    fn a_shorter_record_takes_the_place_of_a_longer_one() {
        let tree = tree();
        insert(&tree, b"key", &vec![b'x'; 3 * PART_BYTES]).unwrap();
        insert(&tree, b"key", b"short").unwrap();
        let whole = (b"key".to_vec(), b"short".to_vec());
        assert_eq!(scan(&tree, b"key").unwrap(), [whole]);
    }

    #[test]
    fn neighbours_are_kept_apart() {
        let tree = tree();
        insert(&tree, b"a1", b"one").unwrap();
        insert(&tree, b"a2", b"two").unwrap();
        let records = scan(&tree, b"a").unwrap();
        assert_eq!(
            records,
            [
                (b"a1".to_vec(), b"one".to_vec()),
                (b"a2".to_vec(), b"two".to_vec())
            ]
        );
    }
}
