//! The Slack app asks for what the program uses, no more and no less.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::source::{Source, program};
use crate::text;

/// Where the manifest says Valet is; every reader puts their own address in its place.
const HOST: &str = "https://valet.example.com";

/// All that is served, on both listeners.
const ROUTES: [&str; 10] = [
    "/callback",
    "/connect/{ticket}",
    "/healthz",
    "/metrics",
    "/readyz",
    "/scalekit/webhooks",
    "/slack/commands",
    "/slack/events",
    "/slack/interactions",
    "/slack/openid/callback",
];

/// Where they are written.
const WRITTEN_IN: &str = "src/addresses.rs";

const COMMANDS: [&str; 3] = ["/connect", "/connections", "/disconnect"];

/// Slack's name of an event, the scope without which it is not delivered if there is one,
/// and the words by which the code knows it.
const EVENTS: [(&str, Option<&str>, &[&str]); 6] = [
    ("agent_session_stopped", None, &["agent_session_stopped"]),
    ("app_home_opened", None, &["app_home_opened", "home"]),
    ("app_mention", Some("app_mentions:read"), &["app_mention"]),
    ("app_uninstalled", None, &["app_uninstalled"]),
    ("message.im", Some("im:history"), &["message", "im"]),
    ("tokens_revoked", None, &["tokens_revoked"]),
];

/// Which scopes a method of the Web API needs where we call it. Methods that need none are left out.
const METHODS: [(&str, &[&str]); 19] = [
    ("agents.sessions.setStatus", &["chat:write"]),
    ("assistant.threads.setStatus", &["chat:write"]),
    ("chat.appendStream", &["chat:write"]),
    ("chat.delete", &["chat:write"]),
    ("chat.postEphemeral", &["chat:write"]),
    ("chat.postMessage", &["chat:write"]),
    ("chat.startStream", &["chat:write"]),
    ("chat.stopStream", &["chat:write"]),
    ("chat.update", &["chat:write"]),
    // Of direct messages alone.
    ("conversations.history", &["im:history"]),
    ("conversations.info", &["channels:read"]),
    ("conversations.open", &["im:write"]),
    (
        "conversations.replies",
        &["channels:history", "groups:history", "im:history"],
    ),
    ("files.info", &["files:read"]),
    ("reactions.add", &["reactions:write"]),
    ("team.info", &["team:read"]),
    ("usergroups.users.list", &["usergroups:read"]),
    ("users.info", &["users:read"]),
    ("users.list", &["users:read"]),
];

/// Scopes that Valet does without unless its policy needs them.
const OPTIONAL: [&str; 1] = ["usergroups:read"];

fn manifest() -> Value {
    serde_yaml_ng::from_str(&text("manifest.yml")).expect("manifest.yml is YAML")
}

fn strings(manifest: &Value, pointer: &str) -> BTreeSet<String> {
    let list = manifest.pointer(pointer).and_then(Value::as_array);
    let list = list.unwrap_or_else(|| panic!("manifest.yml has no list at {pointer}"));
    list.iter()
        .map(|item| item.as_str().expect("a string").to_owned())
        .collect()
}

fn owned<'a>(words: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    words.into_iter().map(str::to_owned).collect()
}

/// Every string of a document.
fn all_strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(all_strings).collect(),
        Value::Object(fields) => fields.values().flat_map(all_strings).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

#[test]
fn the_manifest_fits_slacks_schema() {
    let schema =
        serde_json::from_str(&text("tests/data/slack-manifest.schema.json")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let mistakes: Vec<String> = validator
        .iter_errors(&manifest())
        .map(|mistake| format!("{}: {mistake}", mistake.instance_path()))
        .collect();
    assert_eq!(mistakes, Vec::<String>::new());
}

#[test]
fn the_manifest_subscribes_to_the_events_the_program_handles() {
    let subscribed = strings(&manifest(), "/settings/event_subscriptions/bot_events");
    assert_eq!(subscribed, owned(EVENTS.map(|(event, _, _)| event)));
    let slack = program("src/slack");
    for word in EVENTS.iter().flat_map(|(_, _, words)| *words) {
        assert!(
            slack.iter().any(|source| knows(source, word)),
            "src/slack knows no `{word}`"
        );
    }
}

/// Whether the code has this word of Slack's, as a string or as the variant that stands for it.
fn knows(source: &Source, word: &str) -> bool {
    source.code.contains(&format!("\"{word}\"")) || source.has_word(&pascal_case(word))
}

#[test]
fn the_manifest_asks_for_the_scopes_the_program_needs() {
    let manifest = manifest();
    let program = program("src");
    let mut needed = owned(EVENTS.iter().filter_map(|(_, scope, _)| *scope));
    let called = METHODS
        .iter()
        .filter(|(method, _)| program.iter().any(|source| calls(source, method)));
    needed.extend(called.flat_map(|(_, scopes)| owned(scopes.iter().copied())));
    if manifest.pointer("/features/slash_commands").is_some() {
        needed.insert("commands".to_owned());
    }
    // Slack gives it to every app that is an agent.
    if manifest.pointer("/features/agent_view").is_some() {
        needed.insert("assistant:write".to_owned());
    }
    // Those that only some policies need are left to whoever installs it.
    let optional = strings(&manifest, "/oauth_config/scopes/bot_optional");
    assert_eq!(optional, owned(OPTIONAL));
    needed.retain(|scope| !optional.contains(scope));
    assert_eq!(strings(&manifest, "/oauth_config/scopes/bot"), needed);
    for others in ["user", "user_optional"] {
        assert_eq!(manifest["oauth_config"]["scopes"].get(others), None);
    }
}

/// Whether a method is called, by its own name or by slack-morphism's.
fn calls(source: &Source, method: &str) -> bool {
    source.code.contains(&format!("\"{method}\"")) || source.has_word(&snake_case(method))
}

#[test]
fn the_manifest_has_the_commands_the_program_understands() {
    let manifest = manifest();
    let commands = manifest
        .pointer("/features/slash_commands")
        .and_then(Value::as_array);
    let commands = commands.expect("slash commands").iter();
    let names = commands.map(|command| command["command"].as_str().expect("a name"));
    assert_eq!(owned(names), owned(COMMANDS));
    for command in COMMANDS {
        let literals = [format!("\"{command}\""), format!("\"{}\"", &command[1..])];
        let understood = program("src")
            .iter()
            .any(|source| literals.iter().any(|literal| source.code.contains(literal)));
        assert!(understood, "nothing in src understands {command}");
    }
}

#[test]
fn the_manifest_points_at_routes_that_are_served() {
    let manifest = manifest();
    let paths: BTreeSet<&str> = all_strings(&manifest)
        .into_iter()
        .filter_map(|text| text.strip_prefix(HOST))
        .collect();
    let signed_by_slack = ["/slack/commands", "/slack/events", "/slack/interactions"];
    let expected = signed_by_slack
        .into_iter()
        .chain(["/slack/openid/callback"])
        .collect();
    assert_eq!(paths, expected);
    assert_eq!(
        strings(&manifest, "/oauth_config/redirect_urls"),
        owned([format!("{HOST}/slack/openid/callback").as_str()])
    );
}

#[test]
fn the_routes_are_those_that_are_promised() {
    let routes = Source::read(WRITTEN_IN);
    let written: BTreeSet<&str> = routes
        .code
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| text.starts_with('/'))
        .collect();
    assert_eq!(written, BTreeSet::from(ROUTES));
}

#[test]
fn urls_are_written_in_one_place() {
    let others = program("src")
        .into_iter()
        .filter(|source| source.path != WRITTEN_IN);
    for source in others {
        for route in ROUTES {
            let route = route.trim_end_matches("{ticket}");
            for start in ["\"", "}"] {
                let written = format!("{start}{route}");
                assert!(
                    !source.code.contains(&written),
                    "{} writes {route}",
                    source.path
                );
            }
        }
    }
}

/// `app_mention` as a variant: `AppMention`.
fn pascal_case(word: &str) -> String {
    word.split('_')
        .flat_map(|part| {
            let (first, rest) = part.split_at(1);
            [first.to_uppercase(), rest.to_owned()]
        })
        .collect()
}

/// `chat.postMessage` as a function: `chat_post_message`.
fn snake_case(method: &str) -> String {
    let mut name = String::new();
    for letter in method.chars() {
        if letter == '.' {
            name.push('_');
        } else {
            if letter.is_uppercase() {
                name.push('_');
            }
            name.extend(letter.to_lowercase());
        }
    }
    name
}

#[test]
fn slacks_words_are_found_as_rust_writes_them() {
    assert_eq!(pascal_case("app_mention"), "AppMention");
    assert_eq!(
        snake_case("agents.sessions.setStatus"),
        "agents_sessions_set_status"
    );
}
