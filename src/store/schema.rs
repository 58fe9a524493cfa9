//! Which shape the records have, and the way to it from every earlier one.

mod migrations;

use super::Error;
use super::engine::Engine;
use migrations::MIGRATIONS;

const NUMBER: &str = "schema";
const WRITTEN_BY: &str = "written_by";

/// A store from before there were numbers.
const FIRST: u32 = 1;

/// Brings the records into the shape of this version, step by step. A step is on disk
/// before the number moves past it, so that after a kill it is taken once more.
pub(super) fn bring_up_to_date(engine: &Engine) -> Result<(), Error> {
    let meta = engine.tree("meta")?;
    let newest = newest();
    let mut number = match meta.get(NUMBER)? {
        Some(number) => read(&number).ok_or(Error::Damage)?,
        None if engine.db().was_recovered() => FIRST,
        None => newest,
    };
    if number > newest {
        let writer = meta.get(WRITTEN_BY)?.unwrap_or_default();
        return Err(Error::Newer {
            version: String::from_utf8_lossy(&writer).into_owned(),
        });
    }
    for step in &MIGRATIONS {
        if number < step.to {
            (step.migrate)(engine)?;
            sync(engine)?;
            meta.insert(NUMBER, &step.to.to_be_bytes())?;
            sync(engine)?;
            number = step.to;
            tracing::info!(
                schema = number,
                "the store has been brought to version {number}"
            );
        }
    }
    meta.insert(NUMBER, &number.to_be_bytes())?;
    meta.insert(WRITTEN_BY, env!("CARGO_PKG_VERSION"))?;
    // A process that was killed may have left records that only the kernel has yet; from
    // here on what can be read is on disk.
    sync(engine)
}

/// The shape of the records that this version writes.
pub(super) fn newest() -> u32 {
    let steps = MIGRATIONS.iter();
    steps.fold(FIRST, |newest, step| newest.max(step.to))
}

fn read(number: &[u8]) -> Option<u32> {
    number.try_into().ok().map(u32::from_be_bytes)
}

fn sync(engine: &Engine) -> Result<(), Error> {
    engine.db().flush()?;
    engine
        .log_file()?
        .sync_data()
        .map_err(|_| Error::CommitFailed)
}
