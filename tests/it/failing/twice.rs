//! A post came to an unknown end: it is looked for before it is made again, and where it
//! cannot be looked for a word said twice is better than silence.

use insta::assert_snapshot;
use serde_json::{Value, json};
use valet_sim::fault::Fault;

use super::{ada_is_connected, asks, ends_well, plan, thread, told};
use crate::bot::has_happened;

const SEARCH: &str = "conversations.replies";
const POST: &str = "chat.postMessage";

fn page(messages: &Value) -> Fault {
    Fault::json(200, &json!({"ok": true, "messages": messages}))
}

#[tokio::test]
async fn a_sign_of_life_that_cannot_be_found_is_left_and_the_answer_is_said() {
    let rows = [
        (
            "no scope",
            Fault::json(
                200,
                &json!({"ok": false, "error": "missing_scope", "needed": "channels:history"}),
            ),
        ),
        (
            "no metadata",
            page(&json!([{"type": "message", "user": "U0VALET", "ts": "1.1", "text": "x"}])),
        ),
        (
            "odd messages",
            page(
                &json!([null, 7, {"metadata": {"event_type": 1, "event_payload": {"n": 2}}}, {"metadata": []}]),
            ),
        ),
        ("nothing", page(&json!([]))),
    ];
    let table = told(rows, async |found| {
        let bot = ada_is_connected().await;
        bot.slack.faults().once(POST, Fault::ActThenCut);
        bot.slack.faults().once(SEARCH, found);
        plan(&bot);
        let (question, answer) = asks(&bot).await;
        assert_eq!(answer, "Your labels.");
        let thread = thread(&bot, &question);
        ends_well(bot).await;
        thread
    })
    .await;
    assert_snapshot!(table, @"
    no scope: Working on it… + Your labels.
    no metadata: Working on it… + Your labels.
    odd messages: Working on it… + Your labels.
    nothing: Working on it… + Your labels.
    ");
}

#[tokio::test]
async fn a_sign_of_life_that_is_found_after_the_answer_is_taken_away() {
    for is_deleted_at_once in [true, false] {
        let bot = ada_is_connected().await;
        let faults = bot.slack.faults();
        faults.once(POST, Fault::ActThenCut);
        // All tries of the search before the answer.
        faults.times(3, SEARCH, Fault::status(500));
        if !is_deleted_at_once {
            faults.times(3, "chat.delete", Fault::status(500));
        }
        plan(&bot);
        let (question, answer) = asks(&bot).await;
        assert_eq!(answer, "Your labels.");
        bot.slack
            .until("it is gone", |slack| {
                let said = slack.messages(&question.channel);
                !said.iter().any(crate::bot::is_placeholder)
            })
            .await;
        assert_eq!(thread(&bot, &question), "Your labels.");
        assert_eq!(
            bot.vault.requests("/execute_tool").len(),
            2,
            "labels, and whose they are"
        );
        ends_well(bot).await;
    }
}

#[tokio::test]
async fn after_three_searches_that_failed_a_part_is_said_unlooked() {
    let bot = ada_is_connected().await;
    let lines: Vec<String> = (0..450)
        .map(|n| format!("Line number {n} of the answer."))
        .collect();
    bot.router.will_say(&lines.join("\n"));
    bot.slack.faults().after(1, POST, Fault::Cut);
    // Three tries for each of three searches.
    bot.slack.faults().times(9, SEARCH, Fault::status(500));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Tell me everything").await;
    bot.slack
        .until("the last line", |slack| {
            let said = slack.messages(&question.channel);
            said.iter()
                .any(|one| one.visible_text().contains("number 449 "))
        })
        .await;
    has_happened(bot.slack.faults()).await;
    assert_eq!(bot.slack.thread(&question).len(), 3);
    ends_well(bot).await;
}

#[tokio::test]
async fn an_undisturbed_run_looks_for_nothing() {
    let bot = ada_is_connected().await;
    plan(&bot);
    asks(&bot).await;
    for method in [SEARCH, "conversations.history", "conversations.open"] {
        assert!(bot.slack.requests(method).is_empty(), "{method}");
    }
    ends_well(bot).await;
}
