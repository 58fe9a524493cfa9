//! Kills the real program again and again while people ask, and counts afterwards what
//! it lost, did twice, or left open. `docs/crashes.md` tells how to read the table.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    unreachable_pub,
    reason = "the harness lives in real time, prints its table, and stops at what cannot be"
)]

mod args;
mod book;
mod chance;
mod commands;
mod counts;
mod deliver;
mod disk;
mod killer;
mod life;
mod load;
mod mind;
mod pace;
mod plant;
mod points;
mod presses;
mod progress;
mod report;
mod restless;
mod run;
mod settings;
mod tally;
mod town;
mod walk;
mod watch;
mod weather;

use std::process::ExitCode;

use args::{Asked, Plants};
use plant::Plant;

fn main() -> ExitCode {
    let args = match args::read(std::env::args().skip(1)) {
        Asked::Run(args) => args,
        Asked::Say(words) => {
            print!("{words}");
            return ExitCode::SUCCESS;
        }
        Asked::Mistake(mistake) => {
            print!("{mistake}\n\n{}", args::HELP);
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let good = runtime.block_on(async {
        match args.plants {
            Plants::One(plant) => run::run(&args.size, Some(plant)).await.is_clean(),
            Plants::All => run::sees(&args.size, &Plant::ALL).await,
            Plants::AfterARun => {
                run::run(&args.size, None).await.is_clean()
                    && run::sees(&args.size.small(), &Plant::ALL).await
            }
            Plants::None => run::run(&args.size, None).await.is_clean(),
        }
    });
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
