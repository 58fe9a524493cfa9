//! How much memory the service takes.

use std::time::{Duration, Instant};

use crate::Size;
use crate::ack::PEOPLE;
use crate::answered::Crowd;
use crate::figures::{Section, Verdict, number, short};
use crate::load::Asking;
use crate::valet::{Program, SCRATCH, Valet, folder};
use crate::world::{Latencies, World};

/// Runs at work at once, with the router silent.
const AT_WORK: u32 = 1_000;

/// How long it may take until all of them have asked the router.
const ALL_AT_WORK: Duration = Duration::from_secs(20);

/// After the start, until nothing happens any more.
const CALM: Duration = Duration::from_secs(2);

/// Mentions that wait for their answer, in the long run.
const IN_FLIGHT: u32 = 200;

const WHY_IDLE: &str = "Three quarters are pages of the program and its libraries that were touched once, most of them while it starts.";

const WHY_AT_WORK: &str =
    "Each run keeps its messages, its request and a connection of its own to the silent router.";

pub(crate) async fn measure(program: &Program, size: Size) -> anyhow::Result<Section> {
    let mut section = Section {
        title: "Memory",
        method: String::new(),
        head: &["", "MB resident"],
        rows: vec![vec![
            "the program on disk".to_owned(),
            short(number(usize::try_from(program.size()?)?) / 1e6),
        ]],
        verdicts: Vec::new(),
    };
    let data = folder(SCRATCH)?;
    let world = World::open(Latencies::NONE, 1).await?;
    let valet = program.serve(&world, data.path()).await?;
    calm().await;
    section.idle(&valet)?;
    section.at_work(&world, &valet).await?;
    drop(valet);
    section.in_the_long_run(program, size).await?;
    Ok(section)
}

impl Section {
    fn memory(&mut self, what: String, valet: &Valet) -> anyhow::Result<f64> {
        let memory = valet.memory()?;
        self.rows.push(vec![what, short(memory)]);
        Ok(memory)
    }

    fn idle(&mut self, valet: &Valet) -> anyhow::Result<()> {
        let idle = self.memory("idle".to_owned(), valet)?;
        self.verdicts
            .push(Verdict::at_most("idle", 20.0, idle, "MB").because(WHY_IDLE));
        Ok(())
    }

    async fn at_work(&mut self, world: &World, valet: &Valet) -> anyhow::Result<()> {
        world.hold_router();
        let asking = Asking::new(valet.address(), PEOPLE);
        let began = Instant::now();
        asking.at_rate(AT_WORK, 0..AT_WORK).await;
        while world.replies_asked() < AT_WORK && began.elapsed() < ALL_AT_WORK {
            tokio::task::yield_now().await;
        }
        let reached = world.replies_asked();
        let what = format!("{AT_WORK} mentions accepted, {reached} of them at the silent router");
        let memory = self.memory(what, valet)?;
        self.verdicts.push(
            Verdict::at_most("1,000 runs in flight", 150.0, memory, "MB").because(WHY_AT_WORK),
        );
        self.verdicts.push(Verdict::at_least(
            "of them at work at once",
            f64::from(AT_WORK),
            f64::from(reached),
            "",
        ));
        world.release_router();
        Ok(())
    }

    /// Runs one after the other; memory must not grow with their number.
    async fn in_the_long_run(&mut self, program: &Program, size: Size) -> anyhow::Result<()> {
        let runs = match size {
            Size::Quick => 10_000,
            Size::Full => 100_000,
            Size::Million => 1_000_000,
        };
        let data = folder(SCRATCH)?;
        let world = World::open(Latencies::NONE, 1).await?;
        let valet = program.serve(&world, data.path()).await?;
        let asking = Asking::new(valet.address(), PEOPLE);
        let crowd = Crowd::start(&world, &asking, IN_FLIGHT);
        let mut marks = Vec::new();
        for tenth in 1..=10 {
            let mark = runs / 10 * tenth;
            while world.answers().0 < mark {
                calm_for(Duration::from_millis(20)).await;
            }
            marks.push(self.memory(format!("after {mark} runs"), &valet)?);
        }
        crowd.stop.cancel();
        let (half, all) = (marks.get(4).copied(), marks.last().copied());
        let slope = (all.unwrap_or(0.0) - half.unwrap_or(0.0)) / (number(runs) / 2.0) * 1e6;
        self.method = format!(
            "Resident memory of the process, from /proc. The runs in flight have asked a router that says nothing. In the long run \
             {IN_FLIGHT} mentions are always waiting and the world answers at once; over the second half of {runs} runs the slope is \
             {} MB for each million runs.",
            short(slope)
        );
        Ok(())
    }
}

async fn calm() {
    calm_for(CALM).await;
}

/// Waits while others go on.
pub(crate) async fn calm_for(time: Duration) {
    tokio::time::timeout(time, std::future::pending::<()>())
        .await
        .ok();
}
