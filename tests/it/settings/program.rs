//! The real program: its command line, its exit codes, and where its settings come from.

use std::process::{Command, Output};

use tempfile::TempDir;

use crate::bot::{Bot, Process, Settings, until_free};

#[tokio::test]
async fn all_settings_may_come_from_files() {
    let bot = Bot::world(|_| {}).await;
    let folder = TempDir::new().unwrap();
    let files = in_files(&bot.settings, &folder);
    let valet = Process::spawn(&files).ready(&bot.settings).await;
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "help").await;
    let told = bot.slack.next_reply(&question).await.visible_text();
    assert!(told.contains("googlecalendar"), "{told}");
    let well = run(&["healthcheck"], &files);
    assert_eq!(well.status.code(), Some(0), "{well:?}");
    let (code, log) = valet.stop().await;
    assert_eq!(code, Some(0), "{log}");
    bot.finish().await;
}

#[tokio::test]
async fn a_health_check_tells_a_running_service_from_a_stopped_one() {
    let bot = Bot::start().await;
    let ops = Settings::only("VALET_OPS_LISTEN", bot.settings.value("VALET_OPS_LISTEN"));
    let well = run_aside(&["healthcheck"], &ops).await;
    assert_eq!(well.status.code(), Some(0), "{well:?}");
    assert_eq!(said(&well), "", "nothing to say");
    bot.finish().await;
    let ill = run_aside(&["healthcheck"], &ops).await;
    assert_eq!(ill.status.code(), Some(1));
    assert!(said(&ill).contains("is not well"), "{ill:?}");
    let wrong = run_aside(
        &["healthcheck"],
        &Settings::only("VALET_OPS_LISTEN", "canary"),
    )
    .await;
    assert_eq!(wrong.status.code(), Some(2));
    assert!(said(&wrong).contains("VALET_OPS_LISTEN"), "{wrong:?}");
    assert!(!said(&wrong).contains("canary"), "{wrong:?}");
}

#[test]
fn the_command_line_explains_itself() {
    let none = Settings::default();
    let help = run(&["--help"], &none);
    assert_eq!(help.status.code(), Some(0));
    let text = String::from_utf8(help.stdout).unwrap();
    for word in ["serve", "healthcheck", ".env.example", "X_FILE"] {
        assert!(text.contains(word), "{word}:\n{text}");
    }
    let version = run(&["--version"], &none);
    assert_eq!(version.status.code(), Some(0));
    assert_eq!(
        String::from_utf8(version.stdout).unwrap(),
        format!("valet {}\n", env!("CARGO_PKG_VERSION"))
    );
    for wrong in [&[][..], &["dance"], &["serve", "--fast"]] {
        assert_eq!(run(wrong, &none).status.code(), Some(2), "{wrong:?}");
    }
}

#[tokio::test]
async fn a_port_or_a_folder_that_cannot_be_had_is_named_by_its_setting() {
    let bot = Bot::world(|_| {}).await;
    for name in ["VALET_LISTEN", "VALET_OPS_LISTEN"] {
        let taken = std::net::TcpListener::bind(bot.settings.value(name)).unwrap();
        let (code, log) = Process::spawn(&bot.settings).ended().await;
        assert_eq!(code, Some(1), "{log}");
        assert!(log.contains(&format!("{name}: cannot listen on")), "{log}");
        drop(taken);
        until_free(bot.settings.value(name)).await;
    }
    let mut settings = bot.settings.clone();
    settings.set("VALET_DATA_DIR", env!("CARGO_BIN_EXE_valet"));
    let (code, log) = Process::spawn(&settings).ended().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(
        log.contains("VALET_DATA_DIR: the store cannot be opened"),
        "{log}"
    );
    bot.finish().await;
}

/// Every setting in a file of its own, as containers get their secrets.
fn in_files(settings: &Settings, folder: &TempDir) -> Settings {
    let mut files = Settings::default();
    for (name, value) in settings.all() {
        let file = folder.path().join(name);
        std::fs::write(&file, format!("{value}\n")).unwrap();
        files.set(&format!("{name}_FILE"), file.to_str().unwrap());
    }
    files
}

fn run(arguments: &[&str], settings: &Settings) -> Output {
    Command::new(env!("CARGO_BIN_EXE_valet"))
        .args(arguments)
        .env_clear()
        .envs(settings.all())
        .output()
        .unwrap()
}

/// The same, while the story's own Valet goes on.
async fn run_aside(arguments: &'static [&'static str], settings: &Settings) -> Output {
    let settings = settings.clone();
    tokio::task::spawn_blocking(move || run(arguments, &settings))
        .await
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
