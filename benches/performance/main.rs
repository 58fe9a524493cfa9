//! Measures the service as it is run: the real program on one core, the world outside and
//! whoever asks on another.
//!
//! `cargo bench --bench performance` measures everything and writes `docs/performance.md`.
//! Words after `--` select: `ack`, `answered`, `memory`, `overhead`, `start`; `--quick` takes
//! smaller sizes and `--million` a million runs where the memory is measured;
//! `--program PATH` measures another build. With any of these nothing is written.

mod ack;
mod answered;
mod bare;
mod figures;
mod full;
mod load;
mod machine;
mod memory;
mod overhead;
mod report;
mod start;
mod valet;
mod world;

use std::collections::BTreeSet;
use std::env;
use std::io::{Write as _, stdout};
use std::path::PathBuf;

use anyhow::{Context as _, bail};

use figures::Section;

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Full,
    Million,
    Quick,
}

impl Size {
    /// One of two figures: for a quick look, or for the page.
    fn pick<T>(self, quick: T, full: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Full | Self::Million => full,
        }
    }
}

/// What is asked for on the command line.
struct Wanted {
    measures: BTreeSet<String>,
    size: Size,
    program: Option<PathBuf>,
}

impl Wanted {
    fn read(mut words: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut wanted = Self {
            measures: BTreeSet::new(),
            size: Size::Full,
            program: None,
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                // Cargo says this to every bench target.
                "--bench" => {}
                "--million" => wanted.size = Size::Million,
                "--program" => wanted.program = words.next().map(PathBuf::from),
                "--quick" => wanted.size = Size::Quick,
                name if MEASURES.contains(&name) => drop(wanted.measures.insert(word)),
                other => {
                    bail!("{other}: not one of {MEASURES:?}, --million, --program PATH, --quick")
                }
            }
        }
        Ok(wanted)
    }

    fn is_everything(&self) -> bool {
        self.measures.is_empty() && self.size == Size::Full && self.program.is_none()
    }

    fn has(&self, measure: &str) -> bool {
        self.measures.is_empty() || self.measures.contains(measure)
    }
}

const MEASURES: &[&str] = &["ack", "answered", "memory", "overhead", "start"];

fn main() -> anyhow::Result<()> {
    let mut words = env::args().skip(1).peekable();
    if words.next_if(|word| word == bare::ARGUMENT).is_some() {
        let address = words.next().context("an address to listen on")?;
        return bare::serve(&address);
    }
    let wanted = Wanted::read(words)?;
    // Before there is a second thread, which would not follow.
    machine::keep_to_core(machine::OUTSIDE)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let sections = runtime.block_on(measure(&wanted))?;
    let page = report::page(&sections)?;
    if wanted.is_everything() {
        std::fs::write(report::PAGE, page)?;
    }
    Ok(())
}

async fn measure(wanted: &Wanted) -> anyhow::Result<Vec<Section>> {
    let program = valet::Program::new(wanted.program.clone());
    let mut sections = Vec::new();
    for &name in MEASURES.iter().filter(|name| wanted.has(name)) {
        let section = match name {
            "ack" => ack::measure(&program, wanted.size).await?,
            "answered" => answered::measure(&program, wanted.size).await?,
            "memory" => memory::measure(&program, wanted.size).await?,
            "overhead" => overhead::measure(&program, wanted.size).await?,
            _ => start::measure(&program, wanted.size).await?,
        };
        writeln!(stdout(), "{section}")?;
        sections.push(section);
    }
    Ok(sections)
}
