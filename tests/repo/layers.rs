//! Dependencies point down only, and what may stand in one place stands nowhere else.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Source, is_word, program};
use crate::text;

/// Whether the modules of a layer may use one another. Never in a circle.
#[derive(Clone, Copy, PartialEq)]
enum Neighbours {
    May,
    MayNot,
}

/// The layers of the crate, from the ground up: a module uses what lies below it.
const LAYERS: [(&[&str], Neighbours); 8] = [
    (
        &[
            "addresses",
            "backoff",
            "circuit",
            "clock",
            "healthcheck",
            "ids",
            "metrics",
            "random",
            "secure_url",
            "shutdown",
            "tasks",
            "telemetry",
            "traces",
        ],
        Neighbours::May,
    ),
    (&RULES, Neighbours::May),
    // Edges. Clients and the store meet in handlers, never in one another.
    (
        &["config", "router", "scalekit", "slack", "store"],
        Neighbours::MayNot,
    ),
    (&["handlers"], Neighbours::MayNot),
    (&["dispatch"], Neighbours::MayNot),
    (&["control", "http"], Neighbours::MayNot),
    (&["socket"], Neighbours::MayNot),
    (&["app"], Neighbours::MayNot),
];

/// Rules: no await, no clock, no input or output.
const RULES: [&str; 16] = [
    "account",
    "agent",
    "approval",
    "audience",
    "audit",
    "connect",
    "event",
    "ledger",
    "line",
    "notice",
    "policy",
    "run",
    "sharing",
    "suggest",
    "whoami",
    "workspace",
];

fn layer_of(module: &str) -> usize {
    LAYERS
        .iter()
        .position(|(modules, _)| modules.contains(&module))
        .unwrap_or_else(|| panic!("`{module}` has no place in the table of layers"))
}

/// Which top-level module uses which: by `crate::…`, or by `super::…` that reaches so far.
fn uses() -> BTreeMap<String, BTreeSet<String>> {
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in program("src") {
        let module = source.module();
        if matches!(module[..], ["lib" | "main"]) {
            continue;
        }
        let used = graph.entry(module[0].to_owned()).or_default();
        let upwards = "super::".repeat(module.len());
        for root in ["crate::", &upwards] {
            used.extend(
                named_after(&source, root)
                    .into_iter()
                    .filter(|name| name != module[0]),
            );
        }
    }
    graph
}

/// The modules named right behind this path, also in `crate::{ids::Person, clock}`.
fn named_after(source: &Source, root: &str) -> Vec<String> {
    let starts = source.code.match_indices(root).filter(|(at, _)| {
        let before = &source.code[..*at];
        !before.ends_with(is_word) && !before.ends_with("super::")
    });
    starts
        .flat_map(|(at, _)| {
            let rest = &source.code[at + root.len()..];
            rest.strip_prefix('{')
                .map_or_else(|| vec![first_word(rest)], group)
        })
        .filter(|name| name.starts_with(char::is_lowercase))
        .collect()
}

fn first_word(code: &str) -> String {
    code.trim_start()
        .chars()
        .take_while(|letter| is_word(*letter))
        .collect()
}

/// The first words of the elements of a group, up to its closing brace.
fn group(code: &str) -> Vec<String> {
    let mut names = vec![first_word(code)];
    let mut depth = 0;
    for (at, letter) in code.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(first_word(&code[at + 1..])),
            _ => {}
        }
    }
    names
}

#[test]
fn dependencies_point_down_only() {
    let mut wrong = Vec::new();
    for (module, used) in uses() {
        let layer = layer_of(&module);
        for other in used {
            let lower = layer_of(&other) < layer;
            let neighbour = layer_of(&other) == layer && LAYERS[layer].1 == Neighbours::May;
            if !lower && !neighbour {
                wrong.push(format!("{module} uses {other}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_modules_need_one_another() {
    let mut graph = uses();
    // Take away, again and again, what needs nothing more; a circle is what stays.
    while let Some(free) = graph
        .iter()
        .find(|(_, used)| used.is_empty())
        .map(|(free, _)| free.clone())
    {
        graph.remove(&free);
        for used in graph.values_mut() {
            used.remove(&free);
        }
    }
    assert!(graph.is_empty(), "modules that need one another: {graph:?}");
}

#[test]
fn uses_are_found_however_they_are_written() {
    let source = |path: &str, code: &str| Source {
        path: path.to_owned(),
        code: code.to_owned(),
    };
    let code = "use crate::ids::{A, B}; use crate::{clock::Clock, random::{self, X}, event};\
                use crate::Thing; pub(in crate::store) fn f() -> crate::slack::Error {}";
    let found = named_after(&source("src/run.rs", code), "crate::");
    assert_eq!(found, ["ids", "clock", "random", "event", "store", "slack"]);
    let found = named_after(&source("src/run.rs", "use super::ids::A;"), "super::");
    assert_eq!(found, ["ids"]);
    let found = named_after(
        &source("src/a/b.rs", "use super::super::ids::A; use super::c;"),
        "super::super::",
    );
    assert_eq!(found, ["ids"]);
}

#[test]
fn the_simulated_world_shares_nothing_with_the_program() {
    let manifest: toml::Table = toml::from_str(&text("sim/Cargo.toml")).expect("sim/Cargo.toml");
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let section = manifest.get(section).and_then(toml::Value::as_table);
        assert!(section.is_none_or(|section| !section.contains_key("valet")));
    }
    let manifest: toml::Table = toml::from_str(&text("Cargo.toml")).expect("Cargo.toml");
    let dependencies = manifest["dependencies"].as_table().expect("a table");
    assert!(
        !dependencies.contains_key("valet-sim"),
        "the product must not need the simulator"
    );
}

#[test]
fn rules_decide_without_waiting_for_anything() {
    let rules = program("src")
        .into_iter()
        .filter(|source| RULES.contains(&source.module()[0]));
    for source in rules {
        for wait in [
            "async ", ".await", "tokio", "reqwest", "std::fs", "std::io", "std::net", "Clock",
        ] {
            assert!(!source.code.contains(wait), "{} in {}", wait, source.path);
        }
    }
}

/// Each of these stands only where it is said to.
const ONLY_IN: [(&str, &[&str]); 5] = [
    // Whoever can make this proof can say anything in Slack's name.
    ("Genuine::over_socket", &["src/slack/socket/"]),
    // Whoever can make an identifier can act as anybody.
    ("Identifier::from_bits", &["src/store/people.rs"]),
    // Whoever can make this proof can act as somebody without its being written down.
    ("Noted::written", &["src/store/audit.rs"]),
    // Whoever can make this proof can connect an account to anybody.
    ("SignedIn::proved", &["src/slack/identity/"]),
    // A second engine will stand beside it.
    ("sled::", &["src/store/"]),
];

#[test]
fn some_things_stand_in_one_place() {
    for (thing, places) in ONLY_IN {
        let elsewhere = program("src")
            .into_iter()
            .filter(|source| source.code.contains(thing))
            .map(|source| source.path)
            .filter(|path| !places.iter().any(|place| path.starts_with(place)));
        assert_eq!(
            elsewhere.collect::<Vec<_>>(),
            Vec::<String>::new(),
            "{thing}"
        );
    }
}

#[test]
fn the_program_never_hopes() {
    for source in program("src") {
        for hope in [".unwrap()", ".expect("] {
            assert!(!source.code.contains(hope), "{hope} in {}", source.path);
        }
    }
}
