//! The store's side of `crate::doors`: files and records that somebody may have changed.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::backup::{self, BackupError};
use super::{Given, Turn, inbox};
use crate::connect::Attempt;
use crate::doors::parts;
use crate::run::{Progress, Step};

/// What is handed to `valet restore`.
pub(crate) fn backup_files(bytes: &[u8]) {
    let mut taken = 0_u64;
    let read = backup::read(bytes, |record| {
        assert!(record.key.len() + record.value.len() <= bytes.len());
        taken += 1;
        Ok(())
    });
    match read {
        Ok(contents) => {
            assert_eq!(contents.records.values().sum::<u64>(), taken);
            assert_eq!(contents.bytes, bytes.len() as u64);
        }
        Err(BackupError::BadLine(line)) => assert!(line > 1),
        Err(_) => {}
    }
}

/// Records of every kind, one a part.
pub(crate) fn store_records(bytes: &[u8]) {
    let [step, more, attempt, entry, given, turn] = parts(bytes);
    let steps: Vec<Step> = [step, more].into_iter().filter_map(record).collect();
    let count = steps.len();
    let progress = Progress::of(steps);
    assert_eq!(progress.steps as usize, count);
    if let Some(attempt) = record::<Attempt>(attempt) {
        assert!(attempt.keys().len() <= 2);
        assert!(attempt.clone().withdrawn().is_none() || attempt.to_verify().is_none());
    }
    let key = [7; 16];
    if let Some(entry) = inbox::decode(&key, entry) {
        let again = inbox::encode(&entry).ok();
        let again = again.and_then(|again| inbox::decode(&key, &again));
        assert!(again == Some(entry));
    }
    let _ = (record::<Given>(given), record::<Turn>(turn));
}

/// One that can be read is written so that it reads the same again.
fn record<T: DeserializeOwned + Serialize + PartialEq>(bytes: &[u8]) -> Option<T> {
    let record: T = serde_json::from_slice(bytes).ok()?;
    let written = serde_json::to_vec(&record).unwrap_or_default();
    assert!(serde_json::from_slice(&written).is_ok_and(|again: T| again == record));
    Some(record)
}
