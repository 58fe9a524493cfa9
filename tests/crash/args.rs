//! What is asked of the harness.

use std::path::PathBuf;

use crate::plant::Plant;

pub const HELP: &str = "\
Kills `valet serve` while people ask, and counts what it lost or did twice.

cargo test --test crash                                     the size of CI
cargo test --test crash -- --kills 1000 --questions 50000   the long one

  --kills N       kills by SIGKILL, at least                     [60]
  --questions N   questions asked meanwhile, at least            [2000]
  --seed N        decides everything that is chosen              [the clock's]
  --binary PATH   this program instead of the one just built
  --plant NAME    plants a fault of the world, which must be seen:
                  ack-without-delivery, deaf-slack, forgetful-disk,
                  forgiving-vault, split-event; or all, or none
  --help          this

Without --kills, --questions and --plant, each planted fault is run in small afterwards.
";

/// Kills and questions of CI.
const USUAL: (usize, usize) = (60, 2_000);
/// And with a planted fault, which has to be seen once.
const SMALL: (usize, usize) = (4, 80);

/// How much is done, and with what.
#[derive(Debug, Clone)]
pub struct Size {
    pub kills: usize,
    pub questions: usize,
    pub seed: u64,
    pub binary: PathBuf,
}

impl Size {
    /// Questions that belong to so many kills: both are to be enough at once.
    pub fn due(&self, kills: usize) -> usize {
        match self.kills {
            0 => self.questions,
            all => self.questions * kills.min(all) / all,
        }
    }

    /// Enough for a planted fault to show.
    pub fn small(&self) -> Self {
        Self {
            kills: SMALL.0,
            questions: SMALL.1,
            ..self.clone()
        }
    }
}

/// Which faults are planted.
#[derive(Debug, Clone, Copy)]
pub enum Plants {
    All,
    /// None at first, then each in small.
    AfterARun,
    None,
    One(Plant),
}

#[derive(Debug)]
pub struct Args {
    pub size: Size,
    pub plants: Plants,
}

pub enum Asked {
    Run(Args),
    Say(String),
    Mistake(String),
}

/// Reads the arguments. `cargo test` hands those of its own harness to every test binary:
/// they are taken for what they mean there.
pub fn read(mut given: impl Iterator<Item = String>) -> Asked {
    let mut read = Reading::default();
    while let Some(argument) = given.next() {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        let mut value = || value.clone().or_else(|| given.next()).unwrap_or_default();
        match name.as_str() {
            "--help" | "-h" => return Asked::Say(HELP.to_owned()),
            "--list" => return Asked::Say("crash: test\n".to_owned()),
            "--ignored" => return Asked::Say(String::new()),
            "--skip" => read.left_out |= "crash".contains(value().as_str()),
            "--test-threads" | "--format" | "--color" | "--logfile" | "--report-time" | "-Z"
            | "--shuffle-seed" => drop(value()),
            "--kills" | "--questions" | "--seed" => {
                let given = value();
                let Ok(number) = given.parse() else {
                    return Asked::Mistake(format!("{name} {given}: not a number"));
                };
                read.number(&name, number);
            }
            "--binary" => read.binary = Some(value().into()),
            "--plant" => match plants(&value()) {
                Some(plants) => read.plants = Some(plants),
                None => return Asked::Mistake("--plant: no fault has this name".to_owned()),
            },
            flag if LIBTEST.contains(&flag) => {}
            flag if flag.starts_with('-') => return Asked::Mistake(format!("{flag}: unknown")),
            filter => read.filters.push(filter.to_owned()),
        }
    }
    read.asked()
}

/// Flags of the usual harness that change nothing here.
const LIBTEST: [&str; 10] = [
    "--bench",
    "--exact",
    "--force-run-in-process",
    "--include-ignored",
    "--no-capture",
    "--nocapture",
    "--quiet",
    "--show-output",
    "--test",
    "-q",
];

#[derive(Default)]
struct Reading {
    kills: Option<u64>,
    questions: Option<u64>,
    seed: Option<u64>,
    binary: Option<PathBuf>,
    plants: Option<Plants>,
    filters: Vec<String>,
    left_out: bool,
}

impl Reading {
    fn number(&mut self, name: &str, number: u64) {
        match name {
            "--kills" => self.kills = Some(number),
            "--questions" => self.questions = Some(number),
            _ => self.seed = Some(number),
        }
    }

    fn asked(self) -> Asked {
        let named = |filter: &String| "crash".contains(filter.as_str());
        if self.left_out || (!self.filters.is_empty() && !self.filters.iter().any(named)) {
            return Asked::Say("crash: filtered out\n".to_owned());
        }
        let usual = if self.kills.or(self.questions).is_some() {
            Plants::None
        } else {
            Plants::AfterARun
        };
        let plants = self.plants.unwrap_or(usual);
        let (kills, questions) = match plants {
            Plants::AfterARun | Plants::None => USUAL,
            Plants::All | Plants::One(_) => SMALL,
        };
        let count = |given: Option<u64>, usual| {
            given.map_or(usual, |given| usize::try_from(given).unwrap_or(usize::MAX))
        };
        let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let by_clock = since_1970.map_or(1, |passed| u64::from(passed.subsec_micros()) + 1);
        Asked::Run(Args {
            size: Size {
                kills: count(self.kills, kills),
                questions: count(self.questions, questions),
                seed: self.seed.unwrap_or(by_clock),
                binary: self
                    .binary
                    .unwrap_or_else(|| env!("CARGO_BIN_EXE_valet").into()),
            },
            plants,
        })
    }
}

fn plants(name: &str) -> Option<Plants> {
    match name {
        "all" => Some(Plants::All),
        "none" => Some(Plants::None),
        name => Plant::named(name).map(Plants::One),
    }
}
