//! The form of a backup: lines of JSON of our own, since nothing can repair sled's files.
//! A header, one line for each record of each tree, and a last line with the number of
//! records and the digest of all lines before, so that what is cut or changed is refused.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, BufRead, Read as _, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Error, Store, audit, schema};

/// Counts up when what is in a line changes.
const FORMAT: u32 = 1;

/// A record is 64 KiB at most, and a third longer as base64.
const LONGEST_LINE: u64 = 1 << 20;

/// Records between two looks whether to go on.
const LOOK_EVERY: u64 = 256;

/// What a backup is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    valet_backup: u32,
    schema: u32,
    valet: String,
    pub(crate) taken_at: Timestamp,
}

impl Header {
    pub(crate) fn at(taken_at: Timestamp) -> Self {
        Self {
            valet_backup: FORMAT,
            schema: schema::newest(),
            valet: env!("CARGO_PKG_VERSION").to_owned(),
            taken_at,
        }
    }
}

/// One record of one tree.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) tree: String,
    pub(super) key: Vec<u8>,
    pub(super) value: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordLine {
    tree: String,
    key: String,
    value: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LastLine {
    records: u64,
    sha256: String,
}

/// What a whole backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) header: Header,
    /// By the names of trees.
    pub(crate) records: BTreeMap<String, u64>,
    pub(crate) bytes: u64,
}

/// Why there is no backup, or why it is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    #[error("it is not whole: it ends before its last line, or something follows that")]
    Cut,

    #[error("it is not what was written: its digest or its count is another")]
    Changed,

    #[error("line {0} is none of a backup's")]
    BadLine(u64),

    #[error("it was written by a newer Valet ({0}), and this one cannot read it")]
    Newer(String),

    #[error("it is none of Valet's backups")]
    NoBackup,

    #[error("Valet stopped, or its disk failed, before the backup was whole")]
    Ended,

    #[error("it could not be read or written")]
    Io(#[from] io::Error),

    #[error("the store failed")]
    Store(#[from] Error),
}

impl Store {
    /// Writes down all there is, as it is found: what changes meanwhile may be in it or
    /// not. Blocking.
    pub(crate) fn export(
        &self,
        header: Header,
        out: impl Write,
        goes_on: impl Fn() -> bool,
    ) -> Result<Contents, BackupError> {
        let db = self.committer.db();
        let mut writer = Writer::begin(out, header)?;
        let mut names = db.tree_names();
        names.sort_by_key(|name| audit::place_in_backup(name));
        for name in names {
            let tree = db.open_tree(&name).map_err(Error::Sled)?;
            let name = String::from_utf8_lossy(&name).into_owned();
            for record in &tree {
                let (key, value) = record.map_err(Error::Sled)?;
                writer.write(&name, &key, &value)?;
                if writer.written % LOOK_EVERY == 0 && !goes_on() {
                    return Err(BackupError::Ended);
                }
            }
        }
        writer.finish()
    }
}

struct Writer<W> {
    out: W,
    digest: Sha256,
    written: u64,
    contents: Contents,
}

impl<W: Write> Writer<W> {
    fn begin(out: W, header: Header) -> Result<Self, BackupError> {
        let mut writer = Self {
            out,
            digest: Sha256::new(),
            written: 0,
            contents: Contents {
                header,
                records: BTreeMap::new(),
                bytes: 0,
            },
        };
        let header = line(&writer.contents.header)?;
        writer.put(&header)?;
        Ok(writer)
    }

    fn write(&mut self, tree: &str, key: &[u8], value: &[u8]) -> Result<(), BackupError> {
        let record = line(&RecordLine {
            tree: tree.to_owned(),
            key: STANDARD.encode(key),
            value: STANDARD.encode(value),
        })?;
        self.put(&record)?;
        self.written += 1;
        *self.contents.records.entry(tree.to_owned()).or_default() += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<Contents, BackupError> {
        let last = line(&LastLine {
            records: self.written,
            sha256: hex(&self.digest.clone().finalize()),
        })?;
        self.put(&last)?;
        self.out.flush()?;
        Ok(self.contents)
    }

    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        self.digest.update(line);
        self.contents.bytes += line.len() as u64;
        self.out.write_all(line)
    }
}

fn line(of: &impl Serialize) -> Result<Vec<u8>, BackupError> {
    let mut line = serde_json::to_vec(of).map_err(io::Error::from)?;
    line.push(b'\n');
    Ok(line)
}

/// Reads a backup from its first line to its last, handing on each record. Whoever takes
/// them must not rely on any before this has returned: only then is the digest known.
pub(super) fn read(
    mut from: impl BufRead,
    mut take: impl FnMut(Record) -> Result<(), BackupError>,
) -> Result<Contents, BackupError> {
    let mut digest = Sha256::new();
    let first = next_line(&mut from)?.ok_or(BackupError::NoBackup)?;
    digest.update(&first);
    let mut contents = Contents {
        header: header(&first)?,
        records: BTreeMap::new(),
        bytes: first.len() as u64,
    };
    let mut count = 0_u64;
    loop {
        let line = next_line(&mut from)?.ok_or(BackupError::Cut)?;
        contents.bytes += line.len() as u64;
        if let Ok(last) = serde_json::from_slice::<LastLine>(&line) {
            if next_line(&mut from)?.is_some() {
                return Err(BackupError::Cut);
            }
            let same = last.records == count && last.sha256 == hex(&digest.finalize());
            return same.then_some(contents).ok_or(BackupError::Changed);
        }
        digest.update(&line);
        count += 1;
        let record = record(&line).ok_or(BackupError::BadLine(count + 1))?;
        *contents.records.entry(record.tree.clone()).or_default() += 1;
        take(record)?;
    }
}

/// Whether this is a whole backup, and of what.
pub(crate) fn check(from: impl BufRead) -> Result<Contents, BackupError> {
    read(from, |_| Ok(()))
}

fn header(line: &[u8]) -> Result<Header, BackupError> {
    let header: Header = serde_json::from_slice(line).map_err(|_| BackupError::NoBackup)?;
    if header.valet_backup > FORMAT || header.schema > schema::newest() {
        return Err(BackupError::Newer(header.valet));
    }
    Ok(header)
}

fn record(line: &[u8]) -> Option<Record> {
    let line: RecordLine = serde_json::from_slice(line).ok()?;
    Some(Record {
        tree: line.tree,
        key: STANDARD.decode(line.key).ok()?,
        value: STANDARD.decode(line.value).ok()?,
    })
}

/// With its end of line; one without is cut.
fn next_line(from: &mut impl BufRead) -> Result<Option<Vec<u8>>, BackupError> {
    let mut line = Vec::new();
    from.by_ref()
        .take(LONGEST_LINE)
        .read_until(b'\n', &mut line)?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) => Err(BackupError::Cut),
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(records: &[(&str, &[u8], &[u8])]) -> Vec<u8> {
        let header = Header::at("2026-11-23T14:05:00Z".parse().unwrap());
        let mut out = Vec::new();
        let mut writer = Writer::begin(&mut out, header).unwrap();
        for (tree, key, value) in records {
            writer.write(tree, key, value).unwrap();
        }
        writer.finish().unwrap();
        out
    }

    fn records(backup: &[u8]) -> Result<Vec<Record>, BackupError> {
        let mut records = Vec::new();
        read(backup, |record| {
            records.push(record);
            Ok(())
        })?;
        Ok(records)
    }

    const SOME: [(&str, &[u8], &[u8]); 3] = [
        ("a", b"1", b""),
        ("a", b"\x00\xff", b"two"),
        ("b", b"", b"3"),
    ];

    #[test]
    fn what_was_written_is_read() {
        let read = records(&written(&SOME)).unwrap();
        let read: Vec<_> = read
            .iter()
            .map(|one| (one.tree.as_str(), one.key.as_slice(), one.value.as_slice()))
            .collect();
        assert_eq!(read, SOME);
        assert!(records(&written(&[])).unwrap().is_empty());
    }

    #[test]
    fn every_backup_that_is_cut_is_refused() {
        let whole = written(&SOME);
        for length in 0..whole.len() {
            assert!(records(&whole[..length]).is_err(), "{length}");
        }
        let mut longer = whole.clone();
        longer.extend_from_slice(&whole);
        assert!(matches!(records(&longer), Err(BackupError::Cut)));
    }

    #[test]
    fn a_newer_one_is_told_from_none() {
        let newer =
            br#"{"valet_backup":2,"schema":1,"valet":"9.0.0","taken_at":"2026-11-23T14:05:00Z"}"#;
        let newer = [newer.as_slice(), b"\n"].concat();
        assert!(matches!(records(&newer), Err(BackupError::Newer(_))));
        assert!(matches!(records(b"{}\n"), Err(BackupError::NoBackup)));
    }

    proptest! {
        #[test]
        fn every_backup_that_is_changed_is_refused(at in 0_usize..400, bits in 1_u8..=255) {
            let mut changed = written(&SOME);
            let at = at % changed.len();
            changed[at] ^= bits;
            prop_assert!(records(&changed).is_err());
        }
    }
}
