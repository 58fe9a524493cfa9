//! The table.

use std::fs;
use std::time::Duration;

use crate::killer::Killed;
use crate::run::Ran;
use crate::tally::{Counter, Tally};
use crate::town::Town;

/// Offences that are told of each kind.
const TOLD: usize = 5;

pub fn print(town: &Town, ran: &Ran) {
    let plant = town.plant.map_or("nothing planted", |plant| plant.name());
    println!(
        "\ncrash harness, seed {}, {plant}, {:.0} s",
        town.size.seed,
        ran.took.as_secs_f64()
    );
    counters(&ran.tally);
    figures(town, ran);
    words(&ran.tally);
    kills(&ran.killed);
    offences(town, &ran.tally);
    if town.plant.is_none() {
        verdict(ran);
    }
}

/// The last line.
fn verdict(ran: &Ran) {
    let found: Vec<String> = Counter::ALL
        .iter()
        .filter(|counter| ran.tally.count(**counter) > 0)
        .map(|counter| format!("{} {}", ran.tally.count(*counter), counter.name()))
        .collect();
    match found.as_slice() {
        [] => println!("verdict: clean"),
        found => println!("verdict: NOT CLEAN: {}", found.join(", ")),
    }
}

fn counters(tally: &Tally) {
    for counter in Counter::ALL {
        let of = tally.of.get(&counter);
        let of = of.map_or_else(String::new, |of| format!("of {of}"));
        println!("  {:<28}{:>7}  {of}", counter.name(), tally.count(counter));
    }
}

fn figures(town: &Town, ran: &Ran) {
    let (counts, killed) = (&town.counts, &ran.killed);
    let mut ready = killed.ready_after.clone();
    ready.sort_unstable();
    let median = ready.get(ready.len() / 2).copied().unwrap_or_default();
    let longest = ready.last().copied().unwrap_or_default();
    let faults = town.weather.seen();
    let rows = [
        ("questions and words", town.book.asked()),
        ("  answered", ran.tally.answered),
        ("  ended in a clear word", ran.tally.clear_words),
        ("commands", counts.commands.get()),
        ("  words on them said again", ran.tally.said_again),
        ("clicks", counts.clicks.get()),
        ("presses of a card", counts.presses.get()),
        ("walks of a browser", counts.walks.get()),
        ("kills", counts.kills.get()),
        ("starts", town.life.number()),
        ("redeliveries", counts.redeliveries.get()),
        ("copies of taken events", counts.copies.get()),
        ("503s", counts.put_off.get()),
        ("faults outside", faults.values().sum()),
    ];
    println!();
    for (name, count) in rows {
        println!("  {name:<28}{count:>7}");
    }
    println!("  {:<28}{:>7}", "ready after, median", millis(median));
    println!("  {:<28}{:>7}", "ready after, longest", millis(longest));
    if let Some((harness, program)) = processor_seconds() {
        println!("  processor seconds: harness {harness}, program {program}");
    }
    let faults: Vec<String> = faults
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    println!("  faults: {}", faults.join(", "));
}

/// The words that were said most.
fn words(tally: &Tally) {
    let mut said: Vec<_> = tally.said.iter().collect();
    said.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let told: Vec<String> = said
        .iter()
        .take(6)
        .map(|(word, count)| format!("{count} ×{word}…"))
        .collect();
    println!("  clear words: {}", told.join(", "));
}

/// Used so far by this process, and by those it has started and seen die; Linux tells.
fn processor_seconds() -> Option<(u64, u64)> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, after) = stat.rsplit_once(')')?;
    let ticks: Vec<u64> = after
        .split_whitespace()
        .skip(11)
        .take(4)
        .filter_map(|ticks| ticks.parse().ok())
        .collect();
    match ticks.as_slice() {
        [user, system, of_dead, system_of_dead] => {
            Some(((user + system) / 100, (of_dead + system_of_dead) / 100))
        }
        _ => None,
    }
}

fn millis(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}

fn kills(killed: &Killed) {
    let told = |points: &std::collections::BTreeMap<_, usize>| {
        let told = points
            .iter()
            .map(|(point, count)| format!("{point} {count}"));
        told.collect::<Vec<_>>().join("; ")
    };
    println!("  killed: {}", told(&killed.at));
    if !killed.in_vain.is_empty() {
        println!("  waited for in vain: {}", told(&killed.in_vain));
    }
}

/// The first offences of each kind, and where to look further.
fn offences(town: &Town, tally: &Tally) {
    if tally.is_clean() {
        // Nobody will look there.
        let _ = fs::remove_dir_all(&town.folder);
        return;
    }
    println!();
    let mut all = String::new();
    for (counter, offences) in &tally.offences {
        for (number, offence) in offences.iter().enumerate() {
            let line = format!("{}: {offence}\n", counter.name());
            if number < TOLD && town.plant.is_none() {
                print!("  {line}");
            }
            all.push_str(&line);
        }
    }
    let path = town.folder.join("offences.txt");
    let _ = fs::write(&path, all);
    println!(
        "  all of them, the logs of each life and the data: {}",
        town.folder.display()
    );
}
