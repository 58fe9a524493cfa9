//! The figures of a night in which things go wrong, as Prometheus reads them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::json;
use valet_sim::fault::{Canned, Fault};

use crate::bot::Bot;

/// The parser that Prometheus' own people keep, for Python. It is stricter than Prometheus.
const PARSER: &str = "
import sys
try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
except ImportError:
    sys.exit(77)
for family in read(sys.stdin.read()):
    for sample in family.samples:
        labels = ','.join(f'{name}=\"{value}\"' for name, value in sorted(sample.labels.items()))
        print(f'{sample.name}{{{labels}}} {sample.value}')
";

/// One line for each sample, or `None` where the parser is not installed; `.ci/run` installs it.
fn read_by_prometheus(figures: &str) -> Option<Vec<String>> {
    let python = Command::new("python3")
        .args(["-c", PARSER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut python = python.ok()?;
    let mut stdin = python.stdin.take().expect("a pipe");
    // One that has no parser does not listen.
    let _ = stdin.write_all(figures.as_bytes());
    drop(stdin);
    let read = python.wait_with_output().expect("a child");
    if read.status.code() == Some(77) {
        return None;
    }
    assert!(
        read.status.success(),
        "Prometheus does not read:\n{figures}"
    );
    let lines = String::from_utf8(read.stdout).expect("text");
    Some(lines.lines().map(str::to_owned).collect())
}

#[tokio::test]
#[expect(
    clippy::print_stderr,
    reason = "who reads the outcome is to know what was not looked at"
)]
async fn the_figures_of_a_bad_night_tell_what_went_wrong() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let words = r#"{"ok": false, "error": "ratelimited"}"#;
    let limited = Fault::Answer(Canned {
        retry_after: Some(1),
        ..Canned::new(429, "application/json", words)
    });
    bot.slack.faults().once("chat.postMessage", limited);
    bot.vault.faults().once("/details", Fault::status(503));
    let faults = bot.router.faults();
    faults.once("/chat/completions", Fault::status(503));
    let query = json!({"query": "from:ben"});
    bot.router.will_call("gmail_fetch_mails", &query);
    bot.router.will_say("Nothing from Ben.");
    let question = bot.slack.person("ada").direct("What does Ben want?").await;
    assert_eq!(bot.answer(&question).await, "Nothing from Ben.");

    // Counted when it has been said.
    while bot.figure(r#"valet_runs_total{outcome="Answered"}"#).await == 0 {
        tokio::task::yield_now().await;
    }
    let figures = bot.figures().await;
    for (name, is) in [
        (
            r#"valet_calls_failed_total{service="Slack",why="Limited"}"#,
            1,
        ),
        (
            r#"valet_calls_failed_total{service="Vault",why="Failed"}"#,
            1,
        ),
        (
            r#"valet_calls_failed_total{service="Router",why="Failed"}"#,
            1,
        ),
        (
            r#"valet_calls_failed_total{service="Router",why="Silent"}"#,
            0,
        ),
        (r#"valet_turn_seconds_count{outcome="Taken"}"#, 2),
        (
            r#"valet_tool_seconds_count{effect="Read",outcome="Done"}"#,
            1,
        ),
        (r#"valet_runs_total{outcome="Answered"}"#, 1),
        (r#"valet_runs_total{outcome="Failed"}"#, 0),
    ] {
        assert!(
            figures.contains(&format!("{name} {is}\n")),
            "{name}: {figures}"
        );
    }
    for name in [
        "valet_flush_seconds_count",
        "valet_store_bytes",
        "valet_disk_free_bytes",
    ] {
        assert!(bot.figure(name).await > 0, "{name}");
    }
    let Some(samples) = read_by_prometheus(&figures) else {
        eprintln!("NOT CHECKED: pip install prometheus-client");
        return bot.finish().await;
    };
    let turns = r#"valet_turn_seconds_count{outcome="Taken"} 2"#;
    assert!(samples.iter().any(|sample| sample.starts_with(turns)));
    assert!(samples.iter().all(|sample| is_told_apart_by_words(sample)));
    bot.finish().await;
}

/// By a word of the program's own, and never by a name or a number from outside.
fn is_told_apart_by_words(sample: &str) -> bool {
    let labels = sample
        .split('{')
        .nth(1)
        .and_then(|rest| rest.split('}').next());
    labels
        .unwrap_or_default()
        .split(',')
        .filter(|label| !label.starts_with("le=") && !label.is_empty())
        .all(|label| {
            let value = label.split('"').nth(1).unwrap_or_default();
            value.starts_with(|first: char| first.is_ascii_uppercase())
                && value.chars().all(|letter| letter.is_ascii_alphabetic())
        })
}
