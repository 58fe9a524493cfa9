//! A backup is made, and put back.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use valet_sim::router::{Gate, Turn};

use super::readiness;
use crate::bot::{Bot, Process};

const WORD: &str = "restored from a backup";

#[tokio::test]
async fn a_backup_is_restored_while_valet_serves_and_nothing_is_answered_twice() {
    let bot = Bot::world(|_| {}).await;
    let process = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    let gate = Gate::closed();
    bot.router.expect(Turn::says("Said once.").held_by(&gate));
    let ada = bot.slack.person("ada");
    let open = ada.mentions_in("general", "Is this open?").await;
    bot.router.asked(1).await;

    let file = backed_up(&bot).await;
    gate.open();
    assert_eq!(bot.answer(&open).await, "Said once.");
    bot.connects("ben", "gmail").await;

    let (code, said) = restored(&bot, &file).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("ended with a word to whoever asked: 1"),
        "{said}"
    );
    assert!(said.contains("who have to connect again: 1"), "{said}");
    assert_eq!(readiness(&bot).await, (200, "ready\n".to_owned()));
    let word = bot
        .slack
        .next(|one| one.visible_text().contains(WORD))
        .await;
    assert_eq!(word.thread_ts.as_deref(), Some(open.ts.as_str()));
    let again = bot.slack.redeliver(&open.event_id).await;
    assert_eq!(again.status, Some(200));
    still_connected(&bot).await;

    let (code, log) = process.stop().await;
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(log.matches("\"serving\"").count(), 1, "one process: {log}");
    assert_eq!(bot.slack.thread(&open).len(), 3, "question, answer, word");
    bot.finish().await;
}

#[tokio::test]
async fn a_backup_is_restored_on_a_fresh_machine() {
    let mut bot = Bot::world(|_| {}).await;
    let first = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    let file = backed_up(&bot).await;
    first.kill();

    let fresh = TempDir::new().unwrap();
    let data = fresh.path().join("data");
    bot.settings
        .set("VALET_DATA_DIR", &data.display().to_string());
    let (code, said) = restored(&bot, &file).await;
    assert_eq!(code, Some(0), "{said}");
    let second = Process::serve(&bot.settings).await;
    still_connected(&bot).await;
    let (code, log) = second.stop().await;
    assert_eq!(code, Some(0), "{log}");
    bot.finish().await;
}

#[tokio::test]
async fn a_backup_that_is_cut_or_changed_is_refused_and_nothing_is_touched() {
    let bot = Bot::world(|_| {}).await;
    let process = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    let file = backed_up(&bot).await;
    let whole = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let spoiled = [
        ("cut", lines[..lines.len() - 1].concat(), "not whole"),
        (
            "shorter",
            [&lines[..1], &lines[2..]].concat().concat(),
            "not what was written",
        ),
        ("other", "{}\n".to_owned(), "none of Valet's backups"),
        (
            "newer",
            whole.replacen("\"schema\":", "\"schema\":99", 1),
            "newer Valet",
        ),
    ];
    let before = names(&data_of(&bot));
    for (name, text, reason) in spoiled {
        let path = file.with_file_name(name);
        fs::write(&path, text).unwrap();
        let (code, said) = restored(&bot, &path).await;
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("nothing was restored from"), "{said}");
        assert!(said.contains(reason), "{said}");
    }
    assert_eq!(names(&data_of(&bot)), before);
    assert_eq!(readiness(&bot).await.0, 200);
    still_connected(&bot).await;
    process.stop().await;
    bot.finish().await;
}

#[tokio::test]
async fn a_restore_that_is_killed_leaves_a_store_that_opens() {
    let bot = Bot::world(|_| {}).await;
    let first = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    let file = backed_up(&bot).await;
    first.stop().await;
    let data = data_of(&bot);
    for seen in ["store.partial", "store.new", "store.before-restore"] {
        let arguments = ["restore", file.to_str().unwrap()];
        let mut restoring = Process::begin_command(&bot.settings, &arguments);
        while restoring.try_wait().unwrap().is_none() {
            if names(&data).iter().any(|name| name.starts_with(seen)) {
                restoring.kill().unwrap();
            }
        }
        let again = Process::serve(&bot.settings).await;
        assert!(data.join("store").exists());
        assert!(!data.join("store.partial").exists());
        assert!(!data.join("store.new").exists());
        still_connected(&bot).await;
        again.stop().await;
        for name in names(&data) {
            if name.starts_with("store.before-restore") {
                fs::remove_dir_all(data.join(name)).unwrap();
            }
        }
    }
    bot.finish().await;
}

#[tokio::test]
async fn a_restore_that_stands_still_keeps_nobody_from_stopping_and_changes_nothing() {
    let bot = Bot::world(|_| {}).await;
    let first = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    let whole = fs::read(backed_up(&bot).await).unwrap();
    let data = data_of(&bot);
    let mut half = UnixStream::connect(data.join("control.sock")).unwrap();
    half.write_all(b"restore\n").unwrap();
    half.write_all(&whole[..whole.len() / 2]).unwrap();
    while !data.join("store.partial").exists() {
        tokio::task::yield_now().await;
    }
    let (code, log) = first.stop().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(!data.join("store.partial").exists());

    let second = Process::serve(&bot.settings).await;
    still_connected(&bot).await;
    let (code, log) = second.stop().await;
    assert_eq!(code, Some(0), "{log}");
    bot.finish().await;
}

#[tokio::test]
async fn nobody_but_valets_own_user_can_read_a_backup_or_ask_for_one() {
    let mut bot = Bot::world(|_| {}).await;
    // Longer than the path of a socket may be.
    let deep = data_of(&bot).join("x".repeat(120));
    bot.settings
        .set("VALET_DATA_DIR", &deep.display().to_string());
    let process = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    let (code, said) = Process::command(&bot.settings, &["backup"]).await;
    assert_eq!(code, Some(0), "{said}");
    let made = names(&deep.join("backups"));
    assert_eq!(made.len(), 1, "{made:?}");
    assert!(said.contains(&made[0]), "{said}");
    for path in [
        deep.join("backups").join(&made[0]),
        deep.join("control.sock"),
    ] {
        let rights = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(rights & 0o777, 0o600, "{}", path.display());
    }
    let (_, log) = process.stop().await;
    assert!(!deep.join("control.sock").exists());
    for identifier in bot.vault.identifiers() {
        assert!(!log.contains(&identifier) && !said.contains(&identifier));
    }
    // And where nobody serves, the command does it by itself.
    let (code, said) = Process::command(&bot.settings, &["backup", "/dev/null/x"]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("no backup was made"), "{said}");
    bot.finish().await;
}

#[tokio::test]
async fn a_backup_is_made_every_day_and_the_last_seven_are_kept() {
    let bot = Bot::start_with_patience(|patience| patience.backup = Duration::from_millis(5)).await;
    let folder = data_of(&bot).join("backups");
    let mut made: Vec<String> = Vec::new();
    while made.len() < 9 {
        let newest = finished(&folder).pop();
        if newest.is_some() && newest.as_ref() != made.last() {
            made.extend(newest);
            bot.later(Duration::from_hours(25));
        }
        tokio::task::yield_now().await;
    }
    // The newest is there a moment before the oldest is gone.
    let kept = loop {
        let kept = finished(&folder);
        if kept.len() <= 7 {
            break kept;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(kept.len(), 7, "{kept:?}");
    assert!(!kept.contains(&made[0]), "the oldest goes first");
    bot.finish().await;
}

fn finished(folder: &Path) -> Vec<String> {
    let mut names = names(folder);
    names.retain(|name| !name.contains("partial"));
    names
}

/// Made where the operator said.
async fn backed_up(bot: &Bot) -> PathBuf {
    let file = data_of(bot).with_file_name("kept.jsonl");
    let arguments = ["backup", file.to_str().unwrap()];
    let (code, said) = Process::command(&bot.settings, &arguments).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 identifiers of people"), "{said}");
    file
}

async fn restored(bot: &Bot, file: &Path) -> (Option<i32>, String) {
    Process::command(&bot.settings, &["restore", file.to_str().unwrap()]).await
}

/// Ada is known under the identifier she always had.
async fn still_connected(bot: &Bot) {
    bot.router.will_call("gmail_get_profile", &json!({}));
    bot.router.will_say("Still you.");
    let question = bot.slack.person("ada").direct("Is it still me?").await;
    assert_eq!(bot.answer(&question).await, "Still you.");
}

fn data_of(bot: &Bot) -> PathBuf {
    bot.settings.value("VALET_DATA_DIR").into()
}

/// What lies in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let Ok(found) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = found
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
