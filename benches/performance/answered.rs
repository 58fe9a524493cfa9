//! How many mentions are answered in a second, and what each of them costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Size;
use crate::ack::PEOPLE;
use crate::figures::{Section, Verdict, number, short};
use crate::load::Asking;
use crate::valet::{Program, SCRATCH, folder};
use crate::world::{Latencies, World};

/// Mentions that wait for their answer at any time.
const IN_FLIGHT: &[u32] = &[200, 1_000, 3_000];

/// Between the first mentions and the measured window: caches and pools fill.
const WARMING: Duration = Duration::from_secs(4);

const WHY: &str = "In a profile of it three tenths are the allocator and copying, most of it for the JSON and the headers of requests, and a fifth is the \
    kernel's: one request comes in for an answer, six go out, and six steps wait for the disk. Another allocator takes a fifth off, and twice the memory of an idle process.";

pub(crate) async fn measure(program: &Program, size: Size) -> anyhow::Result<Section> {
    let window = Duration::from_secs(size.pick(5, 20));
    let mut section = Section {
        title: "Answers",
        method: format!(
            "A number of mentions is always waiting for its answer: when one is answered the next is asked, in a thread of its own, by one \
             of {PEOPLE} people. Mention, placeholder, model, read, model, answer; Slack 20 ms, vault 30/100 ms, router 400 ms. Counted over \
             {} s after {} s of warming up; processor time is user and system of the process.",
            window.as_secs(),
            WARMING.as_secs()
        ),
        head: &[
            "waiting",
            "answered/s",
            "ms of CPU each",
            "core in use",
            "MB resident",
        ],
        rows: Vec::new(),
        verdicts: Vec::new(),
    };
    let mut best: Option<Counted> = None;
    for &in_flight in IN_FLIGHT {
        let counted = keep_asking(program, in_flight, window).await?;
        section.rows.push(vec![
            in_flight.to_string(),
            short(counted.rate),
            short(counted.cpu_each),
            format!("{:.0} %", counted.rate * counted.cpu_each / 10.0),
            short(counted.memory),
        ]);
        if best.as_ref().is_none_or(|best| counted.rate > best.rate) {
            best = Some(counted);
        }
    }
    if let Some(best) = best {
        section.verdicts = vec![
            Verdict::at_least("answered mentions on one core", 1_500.0, best.rate, "/s")
                .because(WHY),
            Verdict::at_most("processor time of each", 0.8, best.cpu_each, "ms").because(WHY),
        ];
    }
    Ok(section)
}

/// What a window showed.
struct Counted {
    /// Answers in a second.
    rate: f64,
    /// Milliseconds of processor time.
    cpu_each: f64,
    /// MB.
    memory: f64,
}

async fn keep_asking(
    program: &Program,
    in_flight: u32,
    window: Duration,
) -> anyhow::Result<Counted> {
    let data = folder(SCRATCH)?;
    let world = World::open(Latencies::USUAL, 1).await?;
    let valet = program.serve(&world, data.path()).await?;
    let asking = Asking::new(valet.address(), PEOPLE);
    let crowd = Crowd::start(&world, &asking, in_flight);
    tokio::time::timeout(WARMING, crowd.stop.cancelled())
        .await
        .ok();
    let (began, cpu, (answers, _)) = (Instant::now(), valet.cpu()?, world.answers());
    tokio::time::timeout(window, crowd.stop.cancelled())
        .await
        .ok();
    let (took, cpu, (since, _)) = (began.elapsed(), valet.cpu()? - cpu, world.answers());
    let counted = number(since - answers);
    crowd.stop.cancel();
    Ok(Counted {
        rate: counted / took.as_secs_f64(),
        cpu_each: cpu * 1e3 / counted,
        memory: valet.memory()?,
    })
}

/// People who ask again as soon as they are answered.
pub(crate) struct Crowd {
    pub(crate) stop: CancellationToken,
    asked: Arc<AtomicU32>,
}

impl Crowd {
    pub(crate) fn start(world: &World, asking: &Asking, size: u32) -> Self {
        let crowd = Self {
            stop: CancellationToken::new(),
            asked: Arc::default(),
        };
        let tasks = TaskTracker::new();
        for _ in 0..size {
            let (world, asking, asked) = (world.clone(), asking.clone(), Arc::clone(&crowd.asked));
            let one = async move {
                loop {
                    let number = asked.fetch_add(1, Ordering::Relaxed);
                    let answered = world.answered(number);
                    if asking.deliver(number, Instant::now()).await.status == Some(200) {
                        let _ = answered.await;
                    }
                }
            };
            tasks.spawn(crowd.stop.clone().run_until_cancelled_owned(one));
        }
        crowd
    }
}
