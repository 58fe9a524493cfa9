//! People at the playground, in a real browser: the page, the pages of connecting, the world
//! and Valet itself, with nothing between them but what a person has.
//!
//! `cargo test --test browser` tells all stories, `-- phone` those whose names hold this word,
//! `-- --pictures` draws the pictures of the documents anew. Each story leaves pictures of its
//! own in `target/browser`. Without Chromium nothing is told, and that is said.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "stories: they print how they end, and stop at what cannot be"
)]

mod chromium;
mod finding;
mod hands;
mod pictures;
#[path = "../../examples/demo/settings.rs"]
mod settings;
mod stories;
mod tab;
mod town;
mod wire;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use chromium::Chromium;
use stories::STORIES;

/// A story: a name that is the sentence it proves, and what happens in it.
pub type Story = (&'static str, fn(&Chromium));

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let words: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let told = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(*word));
    let stories: Vec<&Story> = STORIES.iter().filter(|(name, _)| told(name)).collect();
    if stories.is_empty() {
        return ExitCode::SUCCESS;
    }
    let Some(chromium) = Chromium::start() else {
        println!("browser: NOT CHECKED, there is no Chromium here that can be started");
        return ExitCode::SUCCESS;
    };
    // Only the first of a process installs it.
    drop(rustls::crypto::ring::default_provider().install_default());
    let begun = Instant::now();
    let failed = stories
        .iter()
        .filter(|(name, story)| {
            let came = catch_unwind(AssertUnwindSafe(|| story(&chromium)));
            let wrong = chromium.take_wrong();
            let good = came.is_ok() && wrong.is_empty();
            println!("{name} ... {}", if good { "ok" } else { "FAILED" });
            for one in wrong {
                println!("    in a page: {one}");
            }
            !good
        })
        .count();
    println!(
        "browser: {} stories, {failed} failed, in {} s",
        stories.len(),
        begun.elapsed().as_secs()
    );
    ExitCode::from(u8::from(failed > 0))
}
