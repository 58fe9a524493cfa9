//! What is in `ops/` fits the program: alerts, dashboard and unit name what there is.

use std::collections::BTreeSet;

use crate::named::documented_metrics;
use crate::source::is_word;
use crate::text;

const FIGURES: [&str; 2] = ["ops/alerts.yml", "ops/dashboard.json"];

/// Words of a text that begin with ours.
fn metrics_in(text: &str) -> BTreeSet<String> {
    text.split(|letter: char| !is_word(letter))
        .filter(|word| word.starts_with("valet_"))
        .map(str::to_owned)
        .collect()
}

/// As it is documented: the parts of a histogram under its own name.
fn family(name: &str) -> &str {
    let part = ["_bucket", "_count", "_sum"]
        .into_iter()
        .find_map(|part| name.strip_suffix(part));
    part.unwrap_or(name)
}

#[test]
fn alerts_and_dashboard_name_metrics_that_there_are() {
    let documented = documented_metrics();
    for file in FIGURES {
        let named = metrics_in(&text(file));
        assert!(named.len() > 10, "{file}");
        let unknown: Vec<&String> = named
            .iter()
            .filter(|name| !documented.contains(family(name)))
            .collect();
        assert_eq!(unknown, Vec::<&String>::new(), "{file}");
    }
}

#[test]
fn every_metric_is_on_the_dashboard() {
    let shown: BTreeSet<String> = metrics_in(&text("ops/dashboard.json"))
        .iter()
        .map(|name| family(name).to_owned())
        .collect();
    let hidden: Vec<String> = documented_metrics()
        .into_iter()
        .filter(|name| !shown.contains(name))
        .collect();
    assert_eq!(hidden, Vec::<String>::new());
}

/// `name="value"` and `name=~"one|other"` in the expressions of a file.
fn labels_in(file: &str) -> BTreeSet<String> {
    let text = text(file).replace("\\\"", "\"");
    let mut values = BTreeSet::new();
    for (at, _) in text.match_indices("=\"").chain(text.match_indices("=~\"")) {
        let name = text[..at].rsplit(|letter: char| !is_word(letter)).next();
        if matches!(name, Some("job") | None) {
            continue;
        }
        let value = text[at..].split('"').nth(1).unwrap_or_default();
        values.extend(value.split('|').map(str::to_owned));
    }
    values
}

#[test]
fn alerts_and_dashboard_ask_for_labels_that_there_are() {
    let labels = text("src/metrics/labels.rs");
    let variants: BTreeSet<&str> = labels
        .lines()
        .map(|line| line.trim().trim_end_matches(','))
        .collect();
    for file in FIGURES {
        let asked = labels_in(file);
        assert!(!asked.is_empty(), "{file}");
        for value in asked {
            assert!(variants.contains(value.as_str()), "{value} in {file}");
        }
    }
}

#[test]
fn each_alert_says_how_urgent_it_is_and_what_to_do() {
    let alerts: serde_yaml_ng::Value =
        serde_yaml_ng::from_str(&text("ops/alerts.yml")).expect("YAML");
    let operations = text("docs/operations.md");
    let headings: BTreeSet<String> = operations
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .map(|heading| anchor(heading.trim_start_matches('#').trim()))
        .collect();
    let rules = alerts["groups"][0]["rules"].as_sequence().expect("rules");
    assert!(rules.len() > 10);
    for rule in rules {
        let name = rule["alert"].as_str().expect("a name");
        let severity = rule["labels"]["severity"].as_str();
        assert!(matches!(severity, Some("page" | "ticket")), "{name}");
        assert!(rule["annotations"]["summary"].is_string(), "{name}");
        let runbook = rule["annotations"]["runbook"].as_str().expect("a runbook");
        let section = runbook.strip_prefix("docs/operations.md#");
        let section = section.unwrap_or_else(|| panic!("{name}: {runbook}"));
        assert!(headings.contains(section), "{name}: {runbook}");
    }
}

/// As GitHub makes it from a heading.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

#[test]
fn the_dashboard_has_every_panel_in_its_own_place() {
    let dashboard: serde_json::Value =
        serde_json::from_str(&text("ops/dashboard.json")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let mut places = BTreeSet::new();
    for panel in panels {
        let at = |name: &str| panel["gridPos"][name].as_u64().expect("a number");
        assert!(at("x") + at("w") <= 24, "{panel}");
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                assert!(places.insert((x, y)), "two at {x}, {y}: {panel}");
            }
        }
        assert!(panel["title"].is_string(), "{panel}");
    }
}

#[test]
fn the_unit_sets_what_the_program_reads_and_waits_as_long_as_it_does() {
    let unit = text("ops/valet.service");
    let settings = text("src/config/mod.rs");
    let mut set = 0;
    for line in unit.lines() {
        let Some(setting) = line.strip_prefix("Environment=") else {
            continue;
        };
        let (name, value) = setting.split_once('=').expect("a value");
        let name = name.trim_end_matches("_FILE");
        assert!(settings.contains(&format!("\"{name}\",")), "{name}");
        if let Some(credential) = value.strip_prefix("%d/") {
            let loaded = format!("LoadCredential={credential}:");
            assert!(unit.contains(&loaded), "{credential}");
        }
        set += 1;
    }
    assert!(set > 3);
    assert!(unit.contains("TimeoutStopSec=70\n"));
    let operations = text("docs/operations.md");
    assert!(operations.contains("Give it 70 seconds before SIGKILL"));
}

#[test]
fn the_image_runs_as_nobody_says_whether_it_is_well_and_what_it_is_made_of() {
    let image = text("Dockerfile");
    let last = image.rsplit("\nFROM ").next().expect("a last stage");
    for line in [
        "USER 65532:65532",
        "VOLUME [\"/data\"]",
        "CMD [\"/valet\", \"healthcheck\"]",
        "ENTRYPOINT [\"/valet\"]",
    ] {
        assert!(last.contains(line), "{line}");
    }
    assert!(!last.contains("RUN "), "there is no shell in it");
    assert!(image.contains("cargo auditable build --release --locked --bin valet"));
    let (_, version) = image
        .split_once("cargo install --locked --version ")
        .expect("a version");
    assert_eq!(
        version
            .split(' ')
            .next()
            .unwrap_or_default()
            .split('.')
            .count(),
        3
    );
}

/// What the image is built from is let through to it, and nothing else.
#[test]
fn the_image_gets_what_the_program_is_built_from() {
    let ignored = text(".dockerignore");
    let through: BTreeSet<&str> = ignored
        .lines()
        .filter_map(|line| line.strip_prefix('!'))
        .collect();
    let needed = BTreeSet::from(["Cargo.lock", "Cargo.toml", "manifest.yml", "sim", "src"]);
    assert_eq!(through, needed);
    assert!(ignored.lines().any(|line| line == "*"));
}
