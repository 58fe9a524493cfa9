//! The steps between the shapes of the store. Each may be taken twice, since a kill can
//! come before the number moves; and each is written in terms of the shapes it knew, so
//! that it stays as it is when later versions change their records.

use super::super::Error;
use super::super::engine::Engine;

/// One step, and the number of the shape it leads to.
pub(super) struct Migration {
    pub(super) to: u32,
    pub(super) migrate: fn(&Engine) -> Result<(), Error>,
}

/// In order.
pub(super) const MIGRATIONS: [Migration; 2] = [
    Migration {
        to: 2,
        migrate: index_by_age_and_run,
    },
    Migration {
        to: 3,
        migrate: index_by_identifier,
    },
];

/// Records written at once.
const BATCH: usize = 1_000;

/// Claims and turns can be found by their age, and waiting runs by their id, without
/// looking at all of them.
fn index_by_age_and_run(engine: &Engine) -> Result<(), Error> {
    // claim → seconds; becomes seconds, claim → claim
    index(engine, "claims", "claim_ages", |claim, stamp| {
        Some(([stamp, claim].concat(), claim.to_vec()))
    })?;
    // thread, newline, run, number of the part → text; becomes run → thread, newline
    index(engine, "threads", "thread_ages", |key, _| {
        let (key, _part) = key.split_last_chunk::<2>()?;
        let (thread, run) = key.split_last_chunk::<16>()?;
        Some((run.to_vec(), thread.to_vec()))
    })?;
    // person, newline, connection, newline, run → seconds; becomes run → the whole key
    index(engine, "parked", "parked_runs", |key, _| {
        let (_, run) = key.split_last_chunk::<16>()?;
        Some((run.to_vec(), key.to_vec()))
    })
}

/// People can be found by their identifier.
fn index_by_identifier(engine: &Engine) -> Result<(), Error> {
    // home, slash, user → identifier; becomes identifier → person
    index(
        engine,
        "identifiers",
        "identifier_owners",
        |key, identifier| {
            let (home, user) = std::str::from_utf8(key).ok()?.split_once('/')?;
            let kind = if home.starts_with('E') {
                "Enterprise"
            } else {
                "Team"
            };
            let person = serde_json::json!({"home": {kind: home}, "user": user});
            Some((identifier.to_vec(), person.to_string().into_bytes()))
        },
    )
}

/// Writes an entry of an index for each record. What is not a record gets none.
fn index(
    engine: &Engine,
    records: &'static str,
    index: &'static str,
    entry: impl Fn(&[u8], &[u8]) -> Option<(Vec<u8>, Vec<u8>)>,
) -> Result<(), Error> {
    let (records, index) = (engine.tree(records)?, engine.tree(index)?);
    let mut batch = sled::Batch::default();
    let mut waiting = 0;
    for record in &records {
        let (key, value) = record?;
        if let Some((key, value)) = entry(&key, &value) {
            batch.insert(key, value);
            waiting += 1;
        }
        if waiting == BATCH {
            index.apply_batch(std::mem::take(&mut batch))?;
            waiting = 0;
        }
    }
    Ok(index.apply_batch(batch)?)
}
