//! Chains outlive restarts and restores, and forget what is too old.

use std::path::PathBuf;
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::json;

use crate::bot::{Bot, Process};

impl Bot {
    /// Ada asks something that takes a read.
    async fn reads(&self) {
        self.router.will_call("gmail_list_labels", &json!({}));
        self.router.will_say("None.");
        let question = self.slack.person("ada").direct("Which labels?").await;
        assert_eq!(self.answer(&question).await, "None.");
    }
}

#[tokio::test]
async fn a_service_that_runs_and_one_that_is_stopped_give_out_the_same() {
    let bot = Bot::world(|_| {}).await;
    let process = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    bot.reads().await;
    let all = ["--json"].as_slice();
    let ways = [
        all,
        &["--verify"],
        &["--verify", "--json"],
        &["--since", "2020-01-01"],
        &["--since", "2099-01-01T00:00:00Z"],
    ];
    let mut while_it_ran = Vec::new();
    for way in ways {
        while_it_ran.push(bot.audited(way).await);
    }
    process.stop().await;
    for (way, said) in ways.iter().zip(&while_it_ran) {
        assert_eq!(bot.audited(way).await, *said, "{way:?}");
    }
    assert_eq!(while_it_ran[0], while_it_ran[3]);
    assert_eq!(while_it_ran[0].lines().count(), 4);
    assert_eq!(while_it_ran[4], "");
    let verdict: serde_json::Value = serde_json::from_str(&while_it_ran[2]).unwrap();
    assert_eq!(verdict["whole"], true, "{verdict}");
    assert_eq!(verdict["entries"], 4, "{verdict}");
    bot.finish().await;
}

#[tokio::test]
async fn the_audit_of_nothing_says_what_to_do() {
    let mut bot = Bot::world(|_| {}).await;
    for (arguments, code, wanted) in [
        (
            ["--since", "yesterday"],
            2,
            "write a day such as 2026-11-23",
        ),
        (
            ["--person", "ada"],
            1,
            "set VALET_DATA_DIR to Valet's data directory",
        ),
    ] {
        let (exit, said) = bot.audit(&arguments).await;
        assert_eq!(exit, Some(code), "{said}");
        assert!(said.contains(wanted), "{said}");
    }
    let nowhere = PathBuf::from(bot.settings.value("VALET_DATA_DIR")).join("nowhere");
    bot.settings
        .set("VALET_DATA_DIR", &nowhere.display().to_string());
    let (exit, said) = bot.audit(&[]).await;
    assert_eq!(exit, Some(1), "{said}");
    assert!(!nowhere.exists(), "nothing is made by looking");
    bot.finish().await;
}

#[tokio::test]
async fn after_a_restore_the_chain_goes_on_and_says_so() {
    let bot = Bot::world(|_| {}).await;
    let process = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    let file = PathBuf::from(bot.settings.value("VALET_DATA_DIR")).with_file_name("kept.jsonl");
    let file = file.to_str().unwrap();
    let (code, said) = Process::command(&bot.settings, &["backup", file]).await;
    assert_eq!(code, Some(0), "{said}");
    bot.reads().await;
    let (code, said) = Process::command(&bot.settings, &["restore", file]).await;
    assert_eq!(code, Some(0), "{said}");
    bot.reads().await;
    assert_snapshot!(bot.acts().await, @"
    1 connect begun gmail - - attempt -
    2 connect done of 1 gmail - - attempt -
    3 read begun gmail gmail_get_profile - attempt arguments
    4 restore done - - - - -
    5 read begun gmail gmail_list_labels run - arguments
    ");
    let entries = bot.entries().await;
    assert!(entries[3]["backup"].is_string(), "{}", entries[3]);
    let whole = bot.audited(&["--verify"]).await;
    assert!(whole.contains(": whole; 5 entries;"), "{whole}");
    process.stop().await;
    bot.finish().await;
}

#[tokio::test]
async fn what_is_too_old_is_forgotten_and_the_chain_stays_whole() {
    let bot =
        Bot::start_with(|settings| settings.policy("[retention]\naudit = \"2 days\"\n")).await;
    bot.connects("ada", "gmail").await;
    bot.later(Duration::from_hours(50));
    bot.reads().await;
    while bot.entries().await.len() > 1 {
        tokio::task::yield_now().await;
    }
    assert_snapshot!(bot.acts().await, @"4 read begun gmail gmail_list_labels run - arguments");
    let whole = bot.audited(&["--verify"]).await;
    assert!(
        whole.contains(": whole; 1 entries, the first 3 forgotten for their age; the last is 4, "),
        "{whole}"
    );
    bot.finish().await;
}
