//! What people read is true: settings, commands, links, versions.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;

use pulldown_cmark::{Event, Parser, Tag};

use crate::source::{Source, program};
use crate::{files, root, text};

/// The rows of the README's table of settings: names, and the default where there is one.
fn settings_of_readme() -> BTreeMap<String, Option<String>> {
    let readme = text("README.md");
    let (_, section) = readme
        .split_once("\n## Settings\n")
        .expect("a section on settings");
    let section = section
        .split_once("\n## ")
        .map_or(section, |(section, _)| section);
    let mut settings = BTreeMap::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let default = quoted(cells[2], '`').first().cloned();
        for name in quoted(cells[1], '`') {
            assert_eq!(
                settings.insert(name.clone(), default.clone()),
                None,
                "{name} stands twice"
            );
        }
    }
    settings
}

/// The lines of `.env.example`: `NAME=value`, or `#NAME=default` where it is optional.
fn settings_of_example() -> BTreeMap<String, Option<String>> {
    let example = text(".env.example");
    let lines = example
        .lines()
        .filter(|line| !line.starts_with("# ") && !line.is_empty());
    lines
        .map(|line| {
            let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("{line}"));
            let default = line.starts_with('#').then(|| value.to_owned());
            let default = default.filter(|value| !value.is_empty());
            (name.trim_start_matches('#').to_owned(), default)
        })
        .collect()
}

/// The names in the program's list of its settings.
fn settings_of_program() -> BTreeSet<String> {
    let config = Source::read("src/config/mod.rs");
    let (_, list) = config
        .code
        .split_once("const SETTING_NAMES")
        .expect("a list of all settings");
    let (_, list) = list.split_once('=').expect("a value");
    let (list, _) = list.split_once(';').expect("an end");
    quoted(list, '"').into_iter().collect()
}

/// What stands between pairs of this mark.
fn quoted(text: &str, mark: char) -> Vec<String> {
    text.split(mark)
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_settings_are_the_same_everywhere() {
    let readme = settings_of_readme();
    let names: BTreeSet<String> = readme.keys().cloned().collect();
    assert_eq!(
        settings_of_example().into_keys().collect::<BTreeSet<_>>(),
        names
    );
    assert_eq!(settings_of_program(), names);
}

#[test]
fn the_example_settings_show_the_defaults() {
    assert_eq!(settings_of_example(), settings_of_readme());
}

#[test]
fn the_programs_defaults_are_those_that_are_documented() {
    let config = program("src")
        .into_iter()
        .filter(|source| source.module()[0] == "config");
    let config: String = config.map(|source| source.code).collect();
    for (name, default) in settings_of_readme() {
        let Some(default) = default else { continue };
        assert!(
            config.contains(&in_rust(&default)),
            "{name} is not {default} in src/config"
        );
    }
}

/// A default as the program writes it down.
fn in_rust(default: &str) -> String {
    match default.parse::<SocketAddr>() {
        Ok(address) => {
            assert!(address.ip().is_loopback(), "{default}");
            format!("Ipv4Addr::LOCALHOST), {})", address.port())
        }
        Err(_) => format!("\"{default}\""),
    }
}

/// The block of commands behind a marker in the README.
fn commands(marker: &str) -> String {
    let readme = text("README.md");
    let marker = format!("<!-- {marker} command -->\n```sh\n");
    let (_, block) = readme.split_once(&marker).expect("a marked block");
    let (commands, _) = block.split_once("```").expect("the end of the block");
    commands.trim().to_owned()
}

#[test]
fn the_two_commands_of_the_readme_are_there() {
    assert_eq!(commands("demo"), "cargo run --example demo");
    assert!(root().join("examples/demo.rs").is_file());
    assert_eq!(commands("test"), "cargo test --workspace --locked");
}

#[test]
fn the_gate_takes_the_test_command_from_the_readme() {
    let gate = text(".ci/run");
    assert!(gate.contains("<!-- test command -->"));
    assert!(
        !gate.contains("cargo test"),
        "the gate has a test command of its own"
    );
}

#[test]
fn the_changelog_has_room_for_what_comes_next() {
    let changelog = text("CHANGELOG.md");
    let first = changelog.lines().find(|line| line.starts_with("## "));
    assert_eq!(first, Some("## Unreleased"));
}

#[test]
fn every_link_to_a_file_leads_somewhere() {
    let mut dead = Vec::new();
    for document in files(".", ".md") {
        let folder = Path::new(&document).parent().expect("a folder");
        for target in links(&text(&document)) {
            let path = target.split('#').next().unwrap_or_default();
            if !path.is_empty() && !root().join(folder).join(path).exists() {
                dead.push(format!("{document}: {target}"));
            }
        }
    }
    assert_eq!(dead, Vec::<String>::new());
}

/// Targets within the repository.
fn links(markdown: &str) -> Vec<String> {
    Parser::new(markdown)
        .filter_map(|event| {
            let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event
            else {
                return None;
            };
            Some(dest_url.into_string())
        })
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
        .collect()
}

#[test]
fn every_decision_is_in_the_list() {
    let listed = links(&text("docs/decisions/README.md"));
    for page in files("docs/decisions", ".md") {
        let name = page.trim_start_matches("docs/decisions/");
        assert!(
            name == "README.md" || listed.iter().any(|target| target == name),
            "{name}"
        );
    }
}

#[test]
fn there_is_one_tls_provider() {
    let lock: toml::Table = toml::from_str(&text("Cargo.lock")).expect("Cargo.lock");
    let packages = lock["package"].as_array().expect("packages");
    let names: BTreeSet<&str> = packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    for other in [
        "aws-lc-rs",
        "aws-lc-sys",
        "native-tls",
        "openssl",
        "openssl-sys",
    ] {
        assert!(!names.contains(other), "{other}");
    }
    assert!(names.contains("ring"));
}

#[test]
fn the_image_is_built_by_the_pinned_compiler() {
    let toolchain: toml::Table = toml::from_str(&text("rust-toolchain.toml")).expect("a toolchain");
    let channel = toolchain["toolchain"]["channel"]
        .as_str()
        .expect("a channel");
    let (release, _patch) = channel.rsplit_once('.').expect("three numbers");
    let image = format!("FROM rust:{release}-");
    assert!(
        text("Dockerfile")
            .lines()
            .any(|line| line.starts_with(&image)),
        "{image}"
    );
    let manifest: toml::Table = toml::from_str(&text("Cargo.toml")).expect("Cargo.toml");
    assert_eq!(
        manifest["workspace"]["package"]["rust-version"].as_str(),
        Some(release)
    );
}
