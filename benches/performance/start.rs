//! How soon the service is ready, and what a full store costs.

use std::path::Path;
use std::time::Duration;

use crate::Size;
use crate::ack;
use crate::figures::{Section, Times, Verdict};
use crate::full::{self, Holding};
use crate::valet::{Program, SCRATCH, folder};
use crate::world::{Latencies, World};

/// Mentions a second, for the comparison of the two stores.
const RATE: u32 = 500;

const WHY_EMPTY: &str = "It waits for the disk six times, one after the other: sled's log and its snapshot, both folders, the version of the \
    records, and the write that readiness proves. Reading the system's certificates is most of the rest.";

const WHY_FULL: &str = "As with an empty store; and sled reads its log since the last start, and the place of every page, most of them those of a \
    week's threads. Runs that are over cost nothing.";

const WHY_GROWTH: &str =
    "Pages that are not in memory are read from the disk before something is added to them.";

/// How a process ended before the start that is measured.
#[derive(Clone, Copy)]
enum Ended {
    InOrder,
    Killed,
}

pub(crate) async fn measure(program: &Program, size: Size) -> anyhow::Result<Section> {
    let starts = size.pick(3, 20);
    let seconds = size.pick(3, 20);
    let (people, runs) = size.pick((10_000, 100_000), (100_000, 1_000_000));
    let (empty, filled) = (folder(SCRATCH)?, folder(SCRATCH)?);
    let held = full::fill(program, filled.path(), Holding { people, runs }).await?;
    let mut section = Section {
        title: "Start",
        method: format!(
            "From spawning the process to 200 from /readyz, asked without a pause, over {starts} starts each; Slack and the vault answer \
             at once. /readyz makes a write durable, and asks Slack and the vault. The full store is what {runs} runs of the last 30 days \
             leave, asked by {people} people: all of those runs in the files of their days, the {turns} turns of threads of the last 7 days \
             and the claims of the last day's {claimed} mentions in the engine. It was restored by `valet restore` from a backup that the \
             benchmark writes. The budget counts the slower of the two ends before it.",
            turns = held.turns,
            claimed = held.claimed,
        ),
        head: &["", "p50 ms", "p99 ms", "max ms", "starts"],
        rows: Vec::new(),
        verdicts: Vec::new(),
    };
    let first = section
        .starts(program, empty.path(), starts, "empty store")
        .await?;
    let second = section
        .starts(program, filled.path(), starts, "full store")
        .await?;
    section
        .verdicts
        .push(Verdict::at_most("start, empty store", 60.0, first, "ms").because(WHY_EMPTY));
    section
        .verdicts
        .push(Verdict::at_most("start, full store", 200.0, second, "ms").because(WHY_FULL));
    let few = ack::at_rate_on(program, empty.path(), RATE, seconds, 0).await?;
    let many = ack::at_rate_on(program, filled.path(), RATE, seconds, runs).await?;
    for (what, acknowledged) in [("empty", &few), ("full", &many)] {
        let [p50, p99, max] = acknowledged.times.cells();
        let count = acknowledged.times.len().to_string();
        section.rows.push(vec![
            format!("acknowledgement at {RATE}/s, {what} store"),
            p50,
            p99,
            max,
            count,
        ]);
    }
    let ratio = many.times.percentile(99) / few.times.percentile(99);
    section.verdicts.push(
        Verdict::at_most("acknowledgement p99, full to empty", 1.2, ratio, "times")
            .because(WHY_GROWTH),
    );
    Ok(section)
}

impl Section {
    /// The median start in milliseconds, after the end that makes it longer.
    async fn starts(
        &mut self,
        program: &Program,
        data: &Path,
        starts: u32,
        what: &str,
    ) -> anyhow::Result<f64> {
        let mut median: f64 = 0.0;
        for (ended, after) in [(Ended::Killed, "SIGKILL"), (Ended::InOrder, "SIGTERM")] {
            let world = World::open(Latencies::NONE, 1).await?;
            let mut took: Vec<Duration> = Vec::new();
            for number in 0..=starts {
                let valet = program.serve(&world, data).await?;
                // The first follows on something else.
                if number > 0 {
                    took.push(valet.took);
                }
                match ended {
                    Ended::InOrder => valet.stop()?,
                    Ended::Killed => drop(valet),
                }
            }
            let took = Times::of(took);
            let [p50, p99, max] = took.cells();
            median = median.max(took.percentile(50));
            self.rows.push(vec![
                format!("{what}, after {after}"),
                p50,
                p99,
                max,
                took.len().to_string(),
            ]);
        }
        Ok(median)
    }
}
