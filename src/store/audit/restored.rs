//! Chains that come from a backup. It was written while people acted, so that an entry may
//! be in it of which the note is not; and what was done since is not in it at all, which
//! each chain then says.

use jiff::Timestamp;

use super::super::Error;
use super::trees::Trees;
use crate::audit::{Beginning, Entry, Link};

/// Brings the notes of the last entries up to what is there, and adds to each chain that it
/// was put back. What is broken is left as it is, for who verifies.
pub(in crate::store) fn settle(
    db: &sled::Db,
    taken_at: Timestamp,
    now: Timestamp,
) -> Result<(), Error> {
    let trees = Trees::of(db)?;
    for chain in &trees.chains {
        let (person, beginning) = chain?;
        let (Ok(person), Ok(beginning)) = (
            std::str::from_utf8(&person),
            serde_json::from_slice::<Beginning>(&beginning),
        ) else {
            continue;
        };
        let head = trees.heads.get(person)?;
        let noted = match head.map(|head| serde_json::from_slice::<Link>(&head)) {
            Some(Ok(noted)) => noted,
            Some(Err(_)) => continue,
            None => beginning.before_first(person),
        };
        // Entries may have been forgotten between the note and where the chain begins.
        let before_first = beginning.before_first(person);
        let noted = if noted.number < before_first.number {
            before_first
        } else {
            noted
        };
        let last = trees.last_from(person, noted)?;
        trees.add(&Entry::restored(person, &last, taken_at, now))?;
    }
    Ok(())
}
