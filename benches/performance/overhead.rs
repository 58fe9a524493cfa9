//! What the service itself adds to a run.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

use crate::Size;
use crate::figures::{Section, Times, Verdict, millis};
use crate::load::Asking;
use crate::valet::{Program, SCRATCH, folder};
use crate::world::{Kind, Latencies, Span, World};

/// People who ask at the same time, each again when answered.
const PEOPLE: u32 = 20;

/// Reads that the model asks for in one turn. There is a budget for eight.
const READS: [usize; 4] = [1, 4, 8, 16];
const BUDGETED: usize = 8;

/// Pages of tools of an account that has 15,000.
const PAGES: u32 = 100;

const WHY: &str = "The steps between the calls are six waits for the disk, one after the other, each as long as two of the disk's own.";

pub(crate) async fn measure(program: &Program, size: Size) -> anyhow::Result<Section> {
    let questions = size.pick(3, 16);
    let (mut overhead, mut parallel, mut rows) = (Times::default(), Times::default(), Vec::new());
    for reads in READS {
        let observed = observe(program, Latencies::USUAL, reads, questions).await?;
        let turns = Times::of(
            observed
                .iter()
                .filter_map(Observed::turn_of_reads)
                .collect(),
        );
        if reads == 1 {
            overhead = Times::of(observed.iter().map(Observed::own).collect());
            rows.push(row("own time of a run".to_owned(), &overhead));
        }
        rows.push(row(format!("a turn with reads of 100 ms: {reads}"), &turns));
        if reads == BUDGETED {
            parallel = turns;
        }
    }
    let world = World::open_with_tools(Latencies::USUAL, 1, PAGES).await?;
    let crowded = observe_in(world, program, questions).await?;
    let crowded = Times::of(crowded.iter().map(Observed::own).collect());
    rows.push(row("own time of a run, 15,000 tools".to_owned(), &crowded));
    let spoken = observe(program, Latencies::SPOKEN, 1, questions).await?;
    let words = Times::of(spoken.iter().filter_map(Observed::first_words).collect());
    rows.push(row("first words".to_owned(), &words));
    Ok(Section {
        title: "A run's own time",
        method: format!(
            "{PEOPLE} people ask {questions} times each, again when answered; the first question of each is left out. A run's own time \
             is the time from sending the mention to the world's answer to the last word, less the time in which at least one call \
             for it was at Slack, the vault or the router (20, 30/100 and 400 ms). It holds the way over loopback, both ways, and the \
             world's timers, which round up to a millisecond, do not count. *A turn with reads* is the time between the \
             router's two replies, less the second reply's own. With *15,000 tools* all of them are ranked for the question; they were listed at the first one, which is left out. *First words* is the time from the router's first token of an answer, which comes at fifty words a second, \
             to Slack's answer to the message that shows its beginning, Slack's own 20 ms among it; Valet waits 150 ms of it on purpose, since what is whole by then need \
             not be shown in pieces.",
        ),
        head: &["", "p50 ms", "p99 ms", "max ms", "runs"],
        rows,
        verdicts: vec![
            Verdict::at_most("own time, p50", 12.0, overhead.percentile(50), "ms").because(WHY),
            Verdict::at_most("own time, p99", 25.0, overhead.percentile(99), "ms").because(WHY),
            Verdict::at_most(
                "a turn of 8 reads, p50: the slowest and own time",
                millis(Duration::from_millis(112)),
                parallel.percentile(50),
                "ms",
            )
            .because(WHY),
            Verdict::at_most(
                "first words after the router's first token, p99",
                300.0,
                words.percentile(99),
                "ms",
            ),
        ],
    })
}

fn row(what: String, times: &Times) -> Vec<String> {
    let [p50, p99, max] = times.cells();
    vec![what, p50, p99, max, times.len().to_string()]
}

/// A run as it was seen from outside.
struct Observed {
    asked: Instant,
    answered: Instant,
    calls: Vec<Span>,
}

async fn observe(
    program: &Program,
    latencies: Latencies,
    reads: usize,
    questions: u32,
) -> anyhow::Result<Vec<Observed>> {
    let world = World::open(latencies, reads).await?;
    observe_in(world, program, questions).await
}

async fn observe_in(
    world: World,
    program: &Program,
    questions: u32,
) -> anyhow::Result<Vec<Observed>> {
    let data = folder(SCRATCH)?;
    world.record_calls();
    let valet = program.serve(&world, data.path()).await?;
    let asking = Asking::new(valet.address(), PEOPLE);
    let people = (0..PEOPLE).map(|person| one_after_the_other(&world, &asking, person, questions));
    let observed = try_join_all(people).await?;
    Ok(observed.into_iter().flatten().collect())
}

async fn one_after_the_other(
    world: &World,
    asking: &Asking,
    person: u32,
    questions: u32,
) -> anyhow::Result<Vec<Observed>> {
    let mut runs = Vec::new();
    for question in 0..=questions {
        let number = person + question * PEOPLE;
        let answered = world.answered(number);
        let asked = Instant::now();
        asking.deliver(number, asked).await;
        runs.push((asked, answered.await?));
    }
    let calls = world.calls_for(person, PEOPLE);
    let observed = runs.into_iter().skip(1).map(|(asked, answered)| Observed {
        asked,
        answered,
        calls: within(&calls, asked, answered),
    });
    Ok(observed.collect())
}

fn within(calls: &[Span], from: Instant, to: Instant) -> Vec<Span> {
    let during = |call: &&Span| call.begun >= from && call.ended <= to;
    calls.iter().filter(during).copied().collect()
}

impl Observed {
    /// What is left when the calls are taken away, those side by side once.
    fn own(&self) -> Duration {
        let mut calls = self.calls.clone();
        calls.sort_unstable_by_key(|call| call.begun);
        let mut until = self.asked;
        let mut own = Duration::ZERO;
        for call in calls {
            own += call.begun.saturating_duration_since(until);
            until = until.max(call.ended);
        }
        own + self.answered.saturating_duration_since(until)
    }

    /// From the reply that asks for reads to the next question of the router.
    fn turn_of_reads(&self) -> Option<Duration> {
        let mut replies = self.calls.iter().filter(|call| call.kind == Kind::Reply);
        let first = replies.next()?;
        Some(replies.next()?.begun.saturating_duration_since(first.ended))
    }
    /// From the first token of the answer to the first words in Slack.
    fn first_words(&self) -> Option<Duration> {
        let last = |kind: Kind| self.calls.iter().rfind(|call| call.kind == kind);
        let shown = last(Kind::FirstWords)?.ended;
        Some(shown.saturating_duration_since(last(Kind::FirstToken)?.begun))
    }
}
