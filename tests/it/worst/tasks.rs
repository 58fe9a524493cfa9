//! Ordinary tasks, and how often their person is asked.

use std::fmt::Write as _;

use serde_json::{Value, json};
use valet_sim::router::Turn;

use crate::approving::has_button;
use crate::bot::{Bot, is_placeholder};

/// What is asked, and the calls by which a model does it.
fn tasks() -> Vec<(&'static str, Vec<(&'static str, Value)>)> {
    let mail = |to: &str| json!({"to": to, "subject": "Lunch", "body": "At one?"});
    vec![
        (
            "What is new in my mail?",
            vec![("gmail_fetch_mails", json!({}))],
        ),
        (
            "Who is my manager, and what did they write last?",
            vec![
                ("gmail_search_people", json!({"query": "manager"})),
                (
                    "gmail_fetch_mails",
                    json!({"query": "from:grace@example.com"}),
                ),
            ],
        ),
        (
            "Which meetings do I have, and with whom?",
            vec![
                ("googlecalendar_list_calendars", json!({})),
                ("googlecalendar_list_events", json!({})),
            ],
        ),
        (
            "Which issues and tickets wait for me?",
            vec![
                ("github_search_issues", json!({"q": "assignee:@me is:open"})),
                ("linear_issues_list", json!({"assignee": "ada@example.com"})),
                ("github_user_repos_list", json!({})),
            ],
        ),
        (
            "Prepare me for the one-to-one with Grace",
            vec![
                (
                    "googlecalendar_search_events",
                    json!({"calendar_id": "primary", "query": "Grace"}),
                ),
                (
                    "gmail_list_threads",
                    json!({"query": "from:grace@example.com"}),
                ),
                ("linear_issue_search", json!({"query": "plan"})),
            ],
        ),
        (
            "Ask Ben for lunch",
            vec![
                ("gmail_search_people", json!({"query": "Ben"})),
                ("gmail_send_message", mail("ben@example.com")),
            ],
        ),
        (
            "Ask Ben and Grace for lunch, each by themselves",
            vec![
                ("gmail_send_message", mail("ben@example.com")),
                ("gmail_send_message", mail("grace@example.com")),
            ],
        ),
        (
            "Open a ticket for what Noor wrote",
            vec![
                (
                    "gmail_fetch_mails",
                    json!({"query": "from:noor@example.com"}),
                ),
                ("linear_teams_list", json!({})),
                (
                    "linear_issue_create",
                    json!({"teamId": "PRO", "title": "Capacity"}),
                ),
            ],
        ),
    ]
}

/// How many words each task needs; Ada gives them all.
pub async fn table() -> String {
    let mut page = String::from(
        "\n## What ordinary tasks need\n\n| what is asked | reads | words needed |\n| --- | --- | --- |\n",
    );
    let bot = Bot::start().await;
    for connection in ["gmail", "github", "linear", "googlecalendar"] {
        bot.connects("ada", connection).await;
    }
    let ada = bot.slack.person("ada");
    for (asked, calls) in tasks() {
        for (tool, arguments) in &calls {
            bot.router.will_call(tool, arguments);
        }
        bot.router.expect(Turn::says("It is done."));
        let question = ada.direct(asked).await;
        let mut words = 0;
        loop {
            let next = bot
                .slack
                .next(|one| {
                    let is_card = has_button(one, "approve") && one.revision == 0;
                    let is_over = one.visible_text() == "It is done." && !is_placeholder(one);
                    one.root() == question.root() && (is_card || is_over)
                })
                .await;
            if !has_button(&next, "approve") {
                break;
            }
            words += 1;
            ada.clicks(&next, "approve").await;
        }
        bot.slack.read_all();
        let reads = calls.len() - words;
        writeln!(page, "| {asked} | {reads} | {words} |").unwrap();
    }
    bot.finish().await;
    page
}
