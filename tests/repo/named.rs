//! What the documents name is there: stories, constants, metrics.

use std::collections::BTreeSet;

use crate::source::{is_word, program};
use crate::{files, text};

/// What stands between backticks in a document, code blocks aside.
fn quoted_in(document: &str) -> Vec<String> {
    text(document)
        .split("```")
        .step_by(2)
        .flat_map(|prose| prose.split('`').skip(1).step_by(2).map(str::to_owned))
        .collect()
}

/// Every document of the repository.
fn documents() -> Vec<String> {
    files(".", ".md")
}

/// A story's name is a sentence; a metric's begins with ours.
fn is_story(word: &str) -> bool {
    word.matches('_').count() >= 4
        && !word.starts_with("valet_")
        && word
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[test]
fn every_story_that_is_named_is_told() {
    let code: Vec<String> = ["src", "tests", "sim/src"]
        .iter()
        .flat_map(|folder| files(folder, ".rs"))
        .map(|path| text(&path))
        .collect();
    let is_told = |name: &str| {
        code.iter()
            .any(|code| code.contains(&format!("fn {name}(")))
    };
    let mut missing = BTreeSet::new();
    for document in documents() {
        for name in quoted_in(&document) {
            if is_story(&name) && !is_told(&name) {
                missing.insert(format!("{document}: {name}"));
            }
        }
    }
    assert_eq!(missing, BTreeSet::new());
}

#[test]
fn every_file_that_is_named_is_there() {
    let mut missing = BTreeSet::new();
    for document in documents() {
        for name in quoted_in(&document) {
            let is_file = [
                "src/",
                "sim/",
                "tests/",
                "docs/",
                "examples/",
                "ops/",
                ".ci/",
            ]
            .iter()
            .any(|folder| name.starts_with(folder));
            let of_the_demo = name.starts_with("examples/");
            if is_file && !of_the_demo && !crate::root().join(&name).exists() {
                missing.insert(format!("{document}: {name}"));
            }
        }
    }
    for path in files("src", ".rs") {
        for named in text(&path)
            .split('`')
            .filter(|named| named.starts_with("docs/") || named.starts_with("tests/"))
        {
            if !crate::root().join(named).exists() {
                missing.insert(format!("{path}: {named}"));
            }
        }
    }
    assert_eq!(missing, BTreeSet::new());
}

#[test]
fn the_bounds_are_constants_of_the_files_named() {
    let operations = text("docs/operations.md");
    let mut bounds = 0;
    for row in operations.lines().filter(|row| row.contains("` in `")) {
        let quoted: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        let [.., constant, file] = quoted[..] else {
            panic!("{row}");
        };
        let defined = format!("const {constant}:");
        assert!(text(file).contains(&defined), "{constant} in {file}");
        bounds += 1;
    }
    assert!(bounds > 0);
}

#[test]
fn the_metrics_are_those_that_are_documented() {
    let documented: BTreeSet<String> = documented_metrics()
        .iter()
        // The names of counters end so.
        .map(|name| name.trim_end_matches("_total").to_owned())
        .collect();
    assert_eq!(documented, registered());
}

/// As Prometheus names them.
pub(crate) fn documented_metrics() -> BTreeSet<String> {
    quoted_in("docs/operations.md")
        .into_iter()
        .filter(|name| name.starts_with("valet_") && name.chars().all(is_word))
        .collect()
}

/// Every metric of the program, without what Prometheus puts behind it.
fn registered() -> BTreeSet<String> {
    let metrics = program("src")
        .into_iter()
        .filter(|source| source.module()[0] == "metrics");
    let metrics: String = metrics.map(|source| source.code).collect();
    let calls = metrics.split("register(").skip(1);
    calls
        .filter_map(|call| call.split('"').nth(1))
        .map(|name| format!("valet_{name}"))
        .collect()
}
