//! `valet check`: what it says of a set-up in which one thing is broken, and that it changes
//! nothing. The whole table is the page `docs/check.md`.

mod cases;
mod program;

use std::path::Path;

use serde_json::{Value, json};
use valet::{Checked, Outcome, Randomness, Room, Surroundings};
use valet_sim::slack::SlackSetup;

use crate::bot::{Bot, Settings, impatient};
use cases::{CASES, Case, Gone, WELL};

/// The scopes of the manifest, as Slack lists them.
fn scopes() -> String {
    let manifest: Value = serde_yaml_ng::from_str(include_str!("../../manifest.yml")).unwrap();
    let scopes = manifest["oauth_config"]["scopes"]["bot"].as_array();
    let scopes = scopes.unwrap().iter().map(|scope| scope.as_str().unwrap());
    scopes.collect::<Vec<_>>().join(",")
}

/// A world in which everything is as it should be, but for this, and the settings to check.
async fn world(case: &Case) -> (Bot, Settings) {
    let mut slack = SlackSetup {
        signing_secret: "0123456789abcdef0123456789abcdef".to_owned(),
        scopes: scopes(),
        ..SlackSetup::default()
    };
    (case.slack)(&mut slack);
    let mut bot = Bot::world_in(slack).await;
    bot.patience = impatient();
    if case.serves {
        bot = bot.begin().await;
    }
    let mut settings = bot.settings.clone();
    if case.answers {
        bot.router.will_call("report_ready", &json!({}));
    }
    (case.breaks)(&bot, &mut settings);
    match case.gone {
        Gone::Nobody => {}
        Gone::Router => bot.router.down().await,
        Gone::Slack => bot.slack.down().await,
        Gone::Vault => bot.vault.down().await,
    }
    (bot, settings)
}

/// As `valet check` does, with the patience of a story.
pub async fn checked(bot: &Bot, settings: &Settings) -> Checked {
    let surroundings = Surroundings {
        clock: bot.clock.for_valet(),
        randomness: Randomness::system(),
        patience: bot.patience,
        room: Room::default(),
    };
    valet::check(settings, surroundings).await
}

/// The findings of a case, after a look at what the world saw.
async fn findings(case: &Case) -> Vec<Value> {
    let (bot, settings) = world(case).await;
    let checked = checked(&bot, &settings).await;
    saw_no_write(&bot);
    // Its own folder has another name each time.
    let folder = Path::new(bot.settings.value("VALET_DATA_DIR")).parent();
    let folder = folder.unwrap().display().to_string();
    let told = checked.as_json().replace(&folder, "/etc/valet");
    for secret in secrets(&bot, &settings) {
        assert!(!told.contains(&secret), "{}: {told}", case.broken);
    }
    match case.gone {
        Gone::Nobody => {}
        Gone::Router => bot.router.up(),
        Gone::Slack => bot.slack.up(),
        Gone::Vault => bot.vault.up(),
    }
    // Some cases are mistakes in the eyes of the router too.
    let _ = bot.router.take_violations();
    bot.finish().await;
    told.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What may be asked without changing anything.
fn saw_no_write(bot: &Bot) {
    const READS: [&str; 4] = [
        // A ticket that nobody uses.
        "apps.connections.open",
        "auth.test",
        "openid.connect.token",
        "openid/connect/keys",
    ];
    for request in bot.slack.all_requests() {
        assert!(READS.contains(&request.method.as_str()), "{request:?}");
    }
    for call in bot.vault.requests("") {
        let read = call.path == "/oauth/token" || call.path == "/api/v1/connections/app";
        assert!(read, "{}", call.path);
    }
    assert_eq!(bot.vault.identifiers(), Vec::<String>::new());
}

/// What must not be told, and what nobody has to be told since it is their own.
fn secrets(bot: &Bot, settings: &Settings) -> Vec<String> {
    let mut secrets = bot.vault.secrets();
    let own = settings.all().filter(|(name, _)| {
        ["SECRET", "TOKEN", "KEY", "CLIENT_ID", "PUBLIC_URL"]
            .iter()
            .any(|part| name.contains(part))
    });
    secrets.extend(own.map(|(_, value)| value.to_owned()));
    secrets
}

fn text<'a>(finding: &'a Value, name: &str) -> &'a str {
    finding[name].as_str().unwrap_or_default()
}

#[tokio::test]
async fn where_all_is_right_every_line_is_ok_with_and_without_a_service() {
    for serves in [true, false] {
        let case = Case { serves, ..WELL };
        let found = Box::pin(findings(&case)).await;
        let odd = found.iter().filter(|one| text(one, "verdict") != "ok");
        let odd: Vec<&str> = odd.map(|one| text(one, "found")).collect();
        if serves {
            assert_eq!(odd, Vec::<&str>::new());
        } else {
            assert_eq!(odd, ["connections to it are refused"]);
        }
    }
}

#[tokio::test]
async fn with_socket_mode_every_line_is_ok_too_and_no_connection_is_opened() {
    let case = Case {
        breaks: |_, settings| settings.over_socket(),
        ..WELL
    };
    let found = findings(&case).await;
    assert!(found.iter().all(|one| text(one, "verdict") == "ok"));
    let lines: Vec<&str> = found
        .iter()
        .filter(|one| ["Socket Mode", "signing secret"].contains(&text(one, "check")))
        .map(|one| text(one, "found"))
        .collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("Slack lets the app token open a connection"));
    assert!(lines[1].starts_with("none is set"));
}

#[tokio::test]
async fn it_makes_nothing_where_valet_has_never_been() {
    let case = Case {
        serves: false,
        ..WELL
    };
    let (bot, settings) = world(&case).await;
    let checked = checked(&bot, &settings).await;
    assert_eq!(checked.outcome(), Outcome::Well);
    assert!(!Path::new(settings.value("VALET_DATA_DIR")).exists());
    bot.finish().await;
}

/// Both the story and the page: `INSTA_UPDATE=always` writes the page anew.
#[tokio::test]
async fn each_thing_that_is_broken_is_told_with_its_fix() {
    let mut unseen = Vec::new();
    let mut printed =
        String::from("\n| broken | | looked at | found | fix |\n| --- | --- | --- | --- | --- |\n");
    for case in CASES {
        let found = Box::pin(findings(case)).await;
        let odd: Vec<&Value> = found
            .iter()
            .filter(|one| text(one, "verdict") != "ok")
            .collect();
        if odd.is_empty() {
            unseen.push(case.broken);
        }
        for (at, one) in odd.into_iter().enumerate() {
            let broken = if at == 0 { case.broken } else { "" };
            let cells = ["verdict", "check", "found", "fix"].map(|name| text(one, name));
            assert!(cells.iter().all(|cell| !cell.is_empty()), "{one}");
            printed += &["| ", broken, " | ", &cells.join(" | "), " |\n"].concat();
        }
    }
    assert_eq!(unseen, Vec::<&str>::new());
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/check.md");
    let written = std::fs::read_to_string(&page).unwrap_or_default();
    let marker = "<!-- From here on printed by tests/it/checking.rs -->\n";
    let (intro, table) = written.split_once(marker).unwrap_or((&written, ""));
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&page, format!("{intro}{marker}{printed}")).unwrap();
    } else {
        assert!(
            table == printed,
            "docs/check.md is not what is told:\n{printed}"
        );
    }
}
