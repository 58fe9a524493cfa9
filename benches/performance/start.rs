//! How soon the service is ready, and what a full store costs.

use std::path::Path;
use std::time::Duration;

use crate::Size;
use crate::ack;
use crate::answered::Crowd;
use crate::figures::{Section, Times, Verdict};
use crate::load::Asking;
use crate::memory::calm_for;
use crate::valet::{Program, SCRATCH, folder};
use crate::world::{Latencies, World};

/// Mentions that wait for their answer while a store is filled.
const IN_FLIGHT: u32 = 200;

/// Mentions a second, for the comparison of the two stores.
const RATE: u32 = 500;

/// Between two looks at how full it is.
const LOOKING_EVERY: Duration = Duration::from_millis(20);

/// How a process ended before the start that is measured.
#[derive(Clone, Copy)]
enum Ended {
    InOrder,
    Killed,
}

pub(crate) async fn measure(program: &Program, size: Size) -> anyhow::Result<Section> {
    let starts = size.pick(3, 20);
    let seconds = size.pick(3, 20);
    let (people, runs) = size.pick((1_000, 2_000), (100_000, 100_000));
    let mut section = Section {
        title: "Start",
        method: format!(
            "From spawning the process to 200 from /readyz, asked without a pause, over {starts} starts each; Slack and the vault answer \
             at once. /readyz makes a write durable, and asks Slack and the vault. The full store was filled by the program itself: {people} \
             people, {runs} finished runs."
        ),
        head: &["", "p50 ms", "p99 ms", "max ms", "starts"],
        rows: Vec::new(),
        verdicts: Vec::new(),
    };
    let (empty, full) = (folder(SCRATCH)?, folder(SCRATCH)?);
    let first = section
        .starts(program, empty.path(), starts, "empty store")
        .await?;
    fill(program, full.path(), people, runs).await?;
    let filled = section
        .starts(program, full.path(), starts, "full store")
        .await?;
    section
        .verdicts
        .push(Verdict::at_most("start, empty store", 60.0, first, "ms"));
    section
        .verdicts
        .push(Verdict::at_most("start, full store", 200.0, filled, "ms"));
    let few = ack::at_rate_on(program, empty.path(), RATE, seconds, 0).await?;
    let many = ack::at_rate_on(program, full.path(), RATE, seconds, runs).await?;
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
    section.verdicts.push(Verdict::at_most(
        "acknowledgement p99, full to empty",
        1.2,
        ratio,
        "times",
    ));
    Ok(section)
}

impl Section {
    /// The median start, after an orderly end, in milliseconds.
    async fn starts(
        &mut self,
        program: &Program,
        data: &Path,
        starts: u32,
        what: &str,
    ) -> anyhow::Result<f64> {
        let mut median = 0.0;
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
            median = took.percentile(50);
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

/// Fills a store with people whom it knows and runs that have ended.
async fn fill(program: &Program, data: &Path, people: u32, runs: u32) -> anyhow::Result<()> {
    let world = World::open(Latencies::NONE, 1).await?;
    let valet = program.serve(&world, data).await?;
    let asking = Asking::new(valet.address(), people);
    let crowd = Crowd::start(&world, &asking, IN_FLIGHT);
    while u32::try_from(world.answers().0)? < runs {
        calm_for(LOOKING_EVERY).await;
    }
    crowd.stop.cancel();
    valet.stop()
}
