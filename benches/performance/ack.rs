//! How soon Slack gets its 200, which means that the event is on disk.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};

use crate::figures::{Section, Verdict, number};
use crate::load::{Acknowledged, Asking, PATIENCE};
use crate::machine;
use crate::valet::{NO_DISK, Program, SCRATCH, folder, free_address};
use crate::world::{Latencies, World};
use crate::{Size, bare};

/// Mentions a second.
const RATES: &[u32] = &[50, 200, 500, 1_000, 1_500, 2_000, 3_000];

/// Different people who ask.
pub(crate) const PEOPLE: u32 = 500;

const BURSTS: &[u32] = &[200, 600];

const WHY_AT_A_RATE: &str = "An acknowledgement goes ahead of the work of runs, and then waits for one or two commits of all who wait, whose two waits for the disk sled makes one after the \
    other; the rows without a disk show how much these are.";

const WHY_IN_A_BURST: &str = "All are read, checked and claimed one after the other on one core, which has to be shared with the commits, and the last waits for the others.";

/// A rate is kept up if p99 is under this.
const KEPT_UP: f64 = 1_000.0;

pub(crate) async fn measure(program: &Program, size: Size) -> anyhow::Result<Section> {
    let seconds = size.pick(3, 10);
    let mut section = Section {
        title: "Acknowledgement",
        method: format!(
            "Mentions arrive at a fixed rate for {seconds} s, whether or not earlier ones are answered, and each is timed from when it \
             was due to the end of Valet's 200. The work behind goes on meanwhile (Slack 20 ms, vault 30/100 ms, router 400 ms; {PEOPLE} \
             people). Each row is a fresh process. *no disk*: the same program with its data in memory ({NO_DISK}), so that the \
             difference is what waiting for the disk costs; the work of the store stays in. *bare*: a hyper listener that only \
             checks the signature."
        ),
        head: &["", "mentions/s", "p50 ms", "p99 ms", "max ms", "not 200"],
        rows: Vec::new(),
        verdicts: Vec::new(),
    };
    let mut highest = 0;
    for &rate in RATES {
        let kept = at_rate(program, SCRATCH, rate, seconds).await?;
        let p99 = kept.times.percentile(99);
        section.row("durable", &rate.to_string(), &kept);
        if rate == 50 {
            section
                .verdicts
                .push(Verdict::at_most("p99 at 50/s", 10.0, p99, "ms").because(WHY_AT_A_RATE));
        }
        if rate == 500 {
            section
                .verdicts
                .push(Verdict::at_most("p99 at 500/s", 20.0, p99, "ms").because(WHY_AT_A_RATE));
        }
        if p99 > KEPT_UP || kept.failed > 0 {
            break;
        }
        highest = rate;
    }
    let line = ["highest rate kept up".to_owned(), highest.to_string()];
    section.rows.push(
        line.into_iter()
            .chain([const { String::new() }; 4])
            .collect(),
    );
    for rate in [50, 500, 1_000] {
        section.row(
            "no disk",
            &rate.to_string(),
            &at_rate(program, NO_DISK, rate, seconds).await?,
        );
    }
    for &rate in RATES {
        section.row(
            "bare",
            &rate.to_string(),
            &bare_at_rate(rate, seconds).await?,
        );
    }
    for &burst in BURSTS {
        section.burst(program, burst).await?;
    }
    Ok(section)
}

impl Section {
    fn row(&mut self, what: &str, rate: &str, acknowledged: &Acknowledged) {
        let [p50, p99, max] = acknowledged.times.cells();
        let failed = format!("{} of {}", acknowledged.failed, acknowledged.times.len());
        self.rows.push(vec![
            what.to_owned(),
            rate.to_owned(),
            p50,
            p99,
            max,
            failed,
        ]);
    }

    async fn burst(&mut self, program: &Program, burst: u32) -> anyhow::Result<()> {
        let data = folder(SCRATCH)?;
        let world = World::open(Latencies::USUAL, 1).await?;
        let valet = program.serve(&world, data.path()).await?;
        let asking = Asking::new(valet.address(), PEOPLE);
        let answered: Vec<_> = (0..burst).map(|number| world.answered(number)).collect();
        let acknowledged = asking.at_once(0..burst).await;
        self.row("durable", &format!("{burst} at once"), &acknowledged);
        for one in answered {
            one.await?;
        }
        let (answers, doubled) = world.answers();
        let late = acknowledged.times.over(PATIENCE);
        write!(
            self.method,
            " Of the burst of {burst}, {late} waited longer than Slack's 3 s, {answers} were answered and {doubled} twice."
        )?;
        if burst == 200 {
            let p99 = acknowledged.times.percentile(99);
            self.verdicts.push(
                Verdict::at_most("p99 in a burst of 200", 20.0, p99, "ms").because(WHY_IN_A_BURST),
            );
        } else {
            self.verdicts.push(Verdict::at_most(
                "past 3 s in a burst of 600",
                0.0,
                number(late),
                "",
            ));
            self.verdicts.push(Verdict::at_most(
                "answered twice of 600",
                0.0,
                number(doubled),
                "",
            ));
        }
        Ok(())
    }
}

async fn at_rate(
    program: &Program,
    disk: &str,
    rate: u32,
    seconds: u32,
) -> anyhow::Result<Acknowledged> {
    let data = folder(disk)?;
    at_rate_on(program, data.path(), rate, seconds, 0).await
}

/// On data that may hold something already; the numbers begin at `first`.
pub(crate) async fn at_rate_on(
    program: &Program,
    data: &Path,
    rate: u32,
    seconds: u32,
    first: u32,
) -> anyhow::Result<Acknowledged> {
    let world = World::open(Latencies::USUAL, 1).await?;
    let valet = program.serve(&world, data).await?;
    let asking = Asking::new(valet.address(), PEOPLE);
    Ok(asking.at_rate(rate, first..first + rate * seconds).await)
}

async fn bare_at_rate(rate: u32, seconds: u32) -> anyhow::Result<Acknowledged> {
    let address = free_address()?;
    let listener = BareListener::start(address)?;
    let asking = Asking::new(address, PEOPLE);
    let acknowledged = asking.at_rate(rate, 0..rate * seconds).await;
    drop(listener);
    Ok(acknowledged)
}

struct BareListener(Child);

impl BareListener {
    fn start(address: SocketAddr) -> anyhow::Result<Self> {
        let mut command = machine::on_core(machine::SERVICE, &std::env::current_exe()?);
        command
            .args([bare::ARGUMENT, &address.to_string()])
            .stdin(Stdio::null());
        let listener = Self(command.spawn()?);
        while std::net::TcpStream::connect(address).is_err() {
            std::thread::yield_now();
        }
        Ok(listener)
    }
}

impl Drop for BareListener {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
