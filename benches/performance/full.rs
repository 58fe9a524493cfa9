//! A store as it is after a month of work, without the month: a backup whose lines are
//! written here, restored by the program itself, and the files of runs that are over.
//!
//! Nothing of the product's own code takes part: the lines are those that
//! `docs/decisions/0019-backup-and-restore.md` speaks of, and the program refuses what it
//! does not know.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::load::now;
use crate::valet::Program;
use crate::world::{Latencies, TEAM, World, channel, ts};

/// For how long the runs have been going on: finished runs are kept so long.
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// For how long turns of threads are kept, and claims: the usual terms.
const THREADS: SignedDuration = SignedDuration::from_hours(7 * 24);
const CLAIMS: SignedDuration = SignedDuration::from_hours(25);

/// Room for what is measured before the oldest is forgotten.
const MARGIN: SignedDuration = SignedDuration::from_hours(1);

/// How much a store holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holding {
    pub(crate) people: u32,
    pub(crate) runs: u32,
}

/// What lies in it in the end.
pub(crate) struct Held {
    pub(crate) turns: u32,
    pub(crate) claimed: u32,
}

/// Fills the data directory of the program: people, runs that are over, evenly spread over
/// the last month, and what is still kept of those: the turns of a week, the claims of a day.
pub(crate) async fn fill(program: &Program, data: &Path, holding: Holding) -> anyhow::Result<Held> {
    let world = World::open(Latencies::NONE, 1).await?;
    // A store of this version, with whatever it writes into an empty one.
    program.serve(&world, data).await?.stop()?;
    let (empty, full) = (data.join("empty"), data.join("full"));
    program.run(data, &["backup".as_ref(), empty.as_os_str()])?;
    let from = fs::read_to_string(&empty)?;
    let mut backup = Backup::begin(&full)?;
    let lines: Vec<&str> = from.lines().collect();
    let (_last, kept) = lines.split_last().context("a backup has a last line")?;
    let (header, records) = kept.split_first().context("a backup has a header")?;
    backup.line(header)?;
    for record in records {
        backup.records += 1;
        backup.line(record)?;
    }
    let history = History::until(now(), holding);
    let held = history.write(&mut backup)?;
    backup.finish()?;
    program.run(data, &["restore".as_ref(), full.as_os_str()])?;
    history.write_finished(&data.join("data/finished"))?;
    for file in [empty, full] {
        fs::remove_file(file)?;
    }
    for folder in fs::read_dir(data.join("data"))? {
        let folder = folder?;
        if folder
            .file_name()
            .to_string_lossy()
            .contains("before-restore")
        {
            fs::remove_dir_all(folder.path())?;
        }
    }
    Ok(held)
}

/// A backup as it is written.
struct Backup {
    out: BufWriter<File>,
    digest: Sha256,
    records: u64,
}

impl Backup {
    fn begin(path: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            out: BufWriter::new(File::create(path)?),
            digest: Sha256::new(),
            records: 0,
        })
    }

    fn line(&mut self, line: &str) -> anyhow::Result<()> {
        let line = format!("{line}\n");
        self.digest.update(&line);
        Ok(self.out.write_all(line.as_bytes())?)
    }

    fn record(&mut self, tree: &str, key: &[u8], value: &[u8]) -> anyhow::Result<()> {
        self.records += 1;
        let (key, value) = (STANDARD.encode(key), STANDARD.encode(value));
        self.line(&format!(
            r#"{{"tree":"{tree}","key":"{key}","value":"{value}"}}"#
        ))
    }

    fn finish(mut self) -> anyhow::Result<()> {
        let digest = self.digest.finalize();
        let hex = digest.map(|byte| format!("{byte:02x}")).as_slice().concat();
        let last = json!({"records": self.records, "sha256": hex});
        writeln!(self.out, "{last}")?;
        Ok(self.out.into_inner()?.sync_all()?)
    }
}

/// Who has asked what, and when.
struct History {
    until: Timestamp,
    holding: Holding,
}

impl History {
    fn until(until: Timestamp, holding: Holding) -> Self {
        Self { until, holding }
    }

    /// The runs of this time until now, oldest first, each with its number and when it was.
    fn since(&self, ago: SignedDuration) -> impl Iterator<Item = (u32, Timestamp)> {
        let between = MONTH / i32::try_from(self.holding.runs).unwrap_or(i32::MAX);
        let at = move |back: u32| between * i32::try_from(back).unwrap_or(i32::MAX);
        let (until, runs) = (self.until, self.holding.runs);
        (0..runs)
            .filter(move |number| at(runs - number) <= ago)
            .filter_map(move |number| Some((number, until.checked_sub(at(runs - number)).ok()?)))
    }

    fn person(&self, number: u32) -> String {
        format!("{TEAM}/U{:07}", number % self.holding.people)
    }

    fn write(&self, backup: &mut Backup) -> anyhow::Result<Held> {
        for number in 0..self.holding.people {
            let identifier = Sha256::digest(number.to_be_bytes());
            let bits = identifier.first_chunk::<16>().context("128 bits")?;
            backup.record("identifiers", self.person(number).as_bytes(), bits)?;
        }
        let mut held = Held {
            turns: 0,
            claimed: 0,
        };
        for (number, at) in self.since(THREADS - MARGIN) {
            held.turns += 1;
            self.write_turn(backup, number, at)?;
        }
        for (number, at) in self.since(CLAIMS - MARGIN) {
            held.claimed += 1;
            write_claims(backup, number, at)?;
        }
        Ok(held)
    }

    fn write_turn(&self, backup: &mut Backup, number: u32, at: Timestamp) -> anyhow::Result<()> {
        let thread = format!("{TEAM}/{}/{}\n", channel(number), ts(number));
        let turn = json!({
            "person": {"home": {"Team": TEAM}, "user": format!("U{:07}", number % self.holding.people)},
            "name": "Ada",
            "question": format!("<@UBOT0001> What is new about case-{number:07} in my mail?"),
            "answer": format!(
                "Three letters about case-{number:07} came today. Ben asks when the offer is ready, the \
                 office wants the form back by Friday, and the third is a receipt for what you paid \
                 last week. None of them has been answered. Tell me if I am to look for older ones."
            ),
        });
        let run = run_id(at, number);
        let key = [thread.as_bytes(), &run, &[0, 0]].concat();
        backup.record("thread_ages", &run, thread.as_bytes())?;
        backup.record("threads", &key, turn.to_string().as_bytes())
    }

    /// A file of lines for each day.
    fn write_finished(&self, folder: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(folder)?;
        let mut open: Option<(String, BufWriter<File>)> = None;
        for (number, at) in self.since(MONTH) {
            let day = at.to_zoned(TimeZone::UTC).date().to_string();
            let mut lines = match open.take() {
                Some((of, lines)) if of == day => lines,
                _ => BufWriter::new(File::create(folder.join(format!("{day}.jsonl")))?),
            };
            let line = json!({
                "run": uuid::Uuid::from_bytes(run_id(at, number)), "kind": "question",
                "outcome": "answered", "person": self.person(number), "accepted_at": at,
                "ended_at": at, "turns": 1, "tools": {"gmail_fetch_mails": 1},
            });
            writeln!(lines, "{line}")?;
            open = Some((day, lines));
        }
        Ok(())
    }
}

/// What a message is known by for a day, so that it is answered once.
fn write_claims(backup: &mut Backup, number: u32, at: Timestamp) -> anyhow::Result<()> {
    let stamp = at.as_second().to_be_bytes();
    let keys = [
        format!("message:{TEAM}:{}:{}", channel(number), ts(number)),
        format!("event:Ev{number:010}"),
    ];
    for key in &keys {
        backup.record("claims", key.as_bytes(), &stamp)?;
    }
    let age = [stamp.as_slice(), &run_id(at, number)].concat();
    backup.record("claim_ages", &age, keys.join("\n").as_bytes())
}

/// Ids of runs sort by their time.
fn run_id(at: Timestamp, number: u32) -> [u8; 16] {
    let digest = Sha256::digest(number.to_le_bytes());
    let random = digest.first_chunk().copied().unwrap_or_default();
    let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random)
        .into_uuid()
        .into_bytes()
}
