//! Settings: every mistake at once, with its name and the fix, before a port is bound.

mod program;

use std::collections::BTreeSet;

use valet::{Config, SETTING_NAMES};

use crate::bot::{Bot, Process, Settings};

/// A setting, a value that cannot be used, and what is said about it besides its name.
const WRONG: &[(&str, &str, &str)] = &[
    ("SLACK_SIGNING_SECRET", "", "Basic Information"),
    ("SLACK_SIGNING_SECRET", "canary secret", "copy it again"),
    ("SLACK_BOT_TOKEN", "", "OAuth & Permissions"),
    ("SLACK_BOT_TOKEN", "canary\ntoken", "copy it again"),
    ("SLACK_CLIENT_ID", "", "App Credentials"),
    ("SLACK_CLIENT_SECRET", "", "App Credentials"),
    ("SLACK_CLIENT_SECRET", "canary\u{e9}", "copy it again"),
    ("SLACK_LOGIN_CLIENT_ID", "3.4", "SLACK_LOGIN_CLIENT_SECRET"),
    (
        "SLACK_LOGIN_CLIENT_SECRET",
        "canary",
        "SLACK_LOGIN_CLIENT_ID",
    ),
    ("SLACK_API_URL", "http://slack.example.com/api", "https"),
    (
        "SLACK_API_URL",
        "https://canary@slack.example.com",
        "remove user",
    ),
    ("SLACK_OPENID_URL", "slack.example.com", "not a URL"),
    ("SLACK_OPENID_URL", "http://localhost.example.com", "https"),
    ("SCALEKIT_ENVIRONMENT_URL", "", "API Credentials"),
    (
        "SCALEKIT_ENVIRONMENT_URL",
        "http://env.example.com",
        "https",
    ),
    (
        "SCALEKIT_ENVIRONMENT_URL",
        "https://env.example.com/?k=canary",
        "query",
    ),
    ("SCALEKIT_CLIENT_ID", "", "API Credentials"),
    ("SCALEKIT_CLIENT_SECRET", "", "API Credentials"),
    ("SCALEKIT_CLIENT_SECRET", "canary secret", "copy it again"),
    (
        "SCALEKIT_WEBHOOK_SECRET",
        "whsec_canary",
        "Scalekit dashboard",
    ),
    ("SCALEKIT_WEBHOOK_SECRET", "canary secret", "copy it again"),
    ("FASTROUTER_API_KEY", "", "API key"),
    ("FASTROUTER_API_KEY", "Bearer canary", "copy it again"),
    ("FASTROUTER_BASE_URL", "ftp://router.example.com", "https"),
    ("VALET_CONNECTIONS", "gmail,g/mail", "dashboard"),
    ("VALET_CONNECTIONS", "gmail,gmail", "twice"),
    ("VALET_COMMAND_PREFIX", "Acme Corp", "a-z"),
    ("VALET_COMMAND_PREFIX", "averyveryverylongprefix", "shorten"),
    ("VALET_PUBLIC_URL", "", "https://valet.example.com"),
    ("VALET_PUBLIC_URL", "http://valet.example.com", "https"),
    ("VALET_PUBLIC_URL", "https://example.com/valet", "path"),
    ("VALET_LISTEN", "3000", "IP and port"),
    ("VALET_LISTEN", "localhost", "IP and port"),
    ("VALET_OPS_LISTEN", "127.0.0.1:99999", "IP and port"),
    ("VALET_POLICY", "/nowhere/valet.toml", "cannot be read"),
    (
        "DATABASE_URL",
        "postgres://canary@db.example.com",
        "unset it",
    ),
];

#[tokio::test]
async fn each_mistake_is_named_with_its_fix_and_without_its_value() {
    let bot = Bot::world(|_| {}).await;
    let mut failed = Vec::new();
    for (name, value, words) in WRONG {
        let mut settings = bot.settings.clone();
        settings.set(name, value);
        let told = mistakes(&settings);
        let good = told.contains(name)
            && told.contains(words)
            && told.lines().count() == 1
            && !told.contains("canary");
        if !good {
            failed.push(format!("{name}={value:?} should say {words:?}: {told:?}"));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    bot.finish().await;
}

#[tokio::test]
async fn what_is_required_is_missed_by_its_name() {
    let bot = Bot::world(|_| {}).await;
    let required: BTreeSet<&str> = SETTING_NAMES
        .iter()
        .copied()
        .filter(|name| {
            let mut settings = bot.settings.clone();
            settings.unset(name);
            let missing = Config::read(&settings).err().map(|all| all.to_string());
            missing.is_some_and(|told| told.starts_with(&format!("{name} is not set")))
        })
        .collect();
    let expected = BTreeSet::from([
        "SLACK_SIGNING_SECRET",
        "SLACK_BOT_TOKEN",
        "SLACK_CLIENT_ID",
        "SLACK_CLIENT_SECRET",
        "SCALEKIT_ENVIRONMENT_URL",
        "SCALEKIT_CLIENT_ID",
        "SCALEKIT_CLIENT_SECRET",
        "FASTROUTER_API_KEY",
        "VALET_PUBLIC_URL",
    ]);
    assert_eq!(required, expected);
    bot.finish().await;
}

#[tokio::test]
async fn no_setting_is_given_twice_and_none_comes_from_a_file_that_is_not_there() {
    let bot = Bot::world(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("canary-file");
    std::fs::write(&file, "canary").unwrap();
    for name in SETTING_NAMES {
        let by_file = format!("{name}_FILE");
        let mut twice = bot.settings.clone();
        twice.set(name, "canary");
        twice.set(&by_file, file.to_str().unwrap());
        let told = mistakes(&twice);
        assert!(
            told.contains(&format!("{name} and {by_file} are both set")),
            "{told}"
        );
        assert!(!told.contains("canary"), "{told}");

        let mut nowhere = bot.settings.clone();
        nowhere.unset(name);
        nowhere.set(&by_file, "/nowhere/canary");
        let told = mistakes(&nowhere);
        assert!(
            told.contains(&format!("{by_file} names a file that cannot be read")),
            "{told}"
        );
        assert!(!told.contains("canary"), "{told}");
    }
    bot.finish().await;
}

#[tokio::test]
async fn every_mistake_is_told_at_once_and_before_a_port_is_bound() {
    let bot = Bot::world(|settings| {
        settings.unset("SLACK_SIGNING_SECRET");
        settings.set("SLACK_BOT_TOKEN", "canary token");
        settings.set("SCALEKIT_ENVIRONMENT_URL", "http://canary.example.com");
        settings.set("VALET_POLICY", "/nowhere");
    })
    .await;
    // Whoever bound one of these ports would say so.
    let taken = ["VALET_LISTEN", "VALET_OPS_LISTEN"]
        .map(|name| std::net::TcpListener::bind(bot.settings.value(name)).unwrap());
    let (code, told) = Process::spawn(&bot.settings).ended().await;
    assert_eq!(code, Some(2));
    for name in [
        "SLACK_SIGNING_SECRET",
        "SLACK_BOT_TOKEN",
        "SCALEKIT_ENVIRONMENT_URL",
        "VALET_POLICY",
    ] {
        assert!(told.contains(name), "{name} is named:\n{told}");
    }
    assert!(!told.contains("listen"), "{told}");
    assert!(!told.contains("canary"), "{told}");
    assert!(!std::path::Path::new(bot.settings.value("VALET_DATA_DIR")).exists());
    drop(taken);
    bot.finish().await;
}

fn mistakes(settings: &Settings) -> String {
    match Config::read(settings) {
        Ok(_) => "nothing is wrong".to_owned(),
        Err(mistakes) => mistakes.to_string(),
    }
}
