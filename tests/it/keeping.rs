//! What Valet keeps, and for how long.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bot::{Bot, is_placeholder};

const A_DAY: Duration = Duration::from_hours(24);

/// A policy, and the folder it lies in.
fn policy(text: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("policy.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

impl Bot {
    /// The lines about runs that are over, as they lie beside the store.
    pub fn finished(&self) -> Vec<Value> {
        let folder = PathBuf::from(self.settings.value("VALET_DATA_DIR")).join("finished");
        let Ok(days) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        let texts = days.map(|day| std::fs::read_to_string(day.unwrap().path()).unwrap());
        texts
            .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
            .map(|line| serde_json::from_str(&line).unwrap())
            .collect()
    }

    /// The line about the one question, once the sweep has written it.
    pub async fn finished_question(&self) -> Value {
        loop {
            let mut lines = self.finished();
            lines.retain(|line| line["kind"] == "question");
            if let Some(line) = lines.pop() {
                return line;
            }
            // Asking for something is how a story lets the others work.
            self.figure("valet_records_damaged_total").await;
        }
    }

    /// Everything the router was told for the last question.
    fn last_told(&self) -> String {
        self.router.last_request().unwrap().to_string()
    }
}

#[tokio::test]
async fn what_was_said_in_a_thread_is_told_to_the_model_no_longer_than_it_is_kept() {
    let (_folder, path) = policy("[retention]\nthreads = \"2 days\"\n");
    let bot = Bot::start_with(|settings| {
        settings.set("VALET_POLICY", &path.display().to_string());
    })
    .await;
    bot.connects("ada", "gmail").await;
    let ada = bot.slack.person("ada");
    bot.router.will_say("Violet.");
    let first = ada.mentions_in("general", "Which colour is it?").await;
    assert_eq!(bot.answer(&first).await, "Violet.");

    for (days_later, is_told) in [(1, true), (1, false)] {
        bot.later(A_DAY * days_later);
        bot.router.will_say("As I said.");
        ada.says_in_thread(&first, "Are you sure?").await;
        let answer = bot.slack.next(|one| !is_placeholder(one)).await;
        assert_eq!(answer.visible_text(), "As I said.");
        let told = bot.last_told();
        assert_eq!(told.contains("Violet"), is_told, "{told}");
        assert_eq!(told.contains("Which colour"), is_told, "{told}");
    }
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_run_that_is_over_leaves_a_line_with_nothing_that_was_said() {
    let mut bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    bot.router
        .will_call("gmail_fetch_mails", &json!({"max_results": 2}));
    bot.router.will_say("A secret plan.");
    let question = bot
        .slack
        .person("ada")
        .mentions_in("general", "What is in my mail?")
        .await;
    assert_eq!(bot.answer(&question).await, "A secret plan.");
    bot.restart().await;

    let mut line = bot.finished_question().await;

    for name in ["run", "accepted_at", "ended_at"] {
        assert!(line[name].take().is_string(), "{name}");
    }
    for name in ["prompt_tokens", "completion_tokens"] {
        assert!(line["usage"][name].take().as_u64() > Some(0), "{name}");
    }
    let ada = format!("T0ACME/{}", bot.slack.person("ada").id);
    assert_eq!(
        line,
        json!({
            "run": null, "kind": "question", "outcome": "answered", "person": ada,
            "accepted_at": null, "ended_at": null, "turns": 1, "tools": {"gmail_fetch_mails": 1},
            "usage": {"prompt_tokens": null, "completion_tokens": null, "nano_usd": 0, "estimated": 2, "unpriced": 2},
            "models": ["openai/gpt-4o-mini"],
        })
    );
    let all = serde_json::to_string(&bot.finished()).unwrap();
    for said in ["secret plan", "my mail", "max_results"] {
        assert!(!all.contains(said), "{all}");
    }
    for identifier in bot.vault.identifiers() {
        assert!(!all.contains(&identifier), "{all}");
    }
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_run_that_failed_leaves_a_line_that_says_why() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    bot.router.down().await;
    let question = bot.slack.person("ada").direct("Anything new?").await;
    bot.answer(&question).await;
    let line = bot.finished_question().await;
    assert_eq!(line["outcome"], "failed");
    assert_eq!(line["why"], "router_unavailable");
    bot.finish().await;
}
