//! Ten conversations of several turns: mail, calendar, issues and a tracker. Where the model
//! that talks by itself has no rule, the story says what it does, from what its tools gave.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};
use valet_sim::router::{Asked, Turn};

use super::talk::Talk;
use super::{MANAGER, MONDAY, PLANNING, PRICING};
use crate::bot::Bot;

const ALL: [&str; 4] = ["gmail", "github", "linear", "googlecalendar"];

async fn ada_with(connections: &[&str]) -> Bot {
    let bot = Bot::start_conversing(MONDAY).await;
    for connection in connections {
        bot.connects("ada", connection).await;
    }
    bot
}

/// The data of the last call.
fn last(asked: &Asked) -> Value {
    asked.outcomes().last().unwrap().data()["data"].clone()
}

#[tokio::test]
async fn a_manager_gets_an_answer_by_mail() {
    let bot = ada_with(&["gmail"]).await;
    let mut talk = Talk::of(&bot);
    talk.asks_and_hears("ada", MANAGER).await;
    let mail = "Send a mail to grace@example.com saying 'I take the review of the pricing page'";
    talk.says("ada", mail).await;
    let card = talk.is_asked().await;
    talk.presses("ada", (&card, "approve"), "It is done").await;
    talk.hears().await;
    talk.asks_and_hears("ada", "Thank you").await;
    assert_snapshot!(talk.transcript());
    assert_eq!(bot.vault.sent_mail().len(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn what_is_said_about_pricing_is_not_passed_on_after_all() {
    let bot = ada_with(&["gmail"]).await;
    let mut talk = Talk::of(&bot);
    talk.asks_and_hears("ada", PRICING).await;
    talk.asks_and_hears("ada", "Find all emails that mention 'tiers'")
        .await;
    let mail = "Send a mail to ben@example.com saying 'a school asks for a tier of its own'";
    talk.says("ada", mail).await;
    let card = talk.is_asked().await;
    talk.presses("ada", (&card, "deny"), "Denied by").await;
    talk.hears().await;
    assert_snapshot!(talk.transcript());
    assert_eq!(bot.vault.sent_mail().len(), 0);
    bot.finish().await;
}

#[tokio::test]
async fn an_action_item_becomes_a_ticket() {
    let bot = ada_with(&["gmail", "linear"]).await;
    let mut talk = Talk::of(&bot);
    talk.asks_and_hears("ada", PLANNING).await;
    bot.router.will_call("linear_teams_list", &json!({}));
    let ticket = json!({"teamId": "PRO", "title": "Try the import with Ben's largest customer"});
    bot.router.will_call("linear_issue_create", &ticket);
    bot.router.will_do(|asked| {
        let made = &last(asked)["data"]["issueCreate"]["issue"];
        let (key, url) = (
            made["identifier"].as_str().unwrap(),
            made["url"].as_str().unwrap(),
        );
        Turn::says(format!("I opened [{key}]({url}) for it."))
    });
    talk.says("ada", "Open one in the product team for trying the import")
        .await;
    let card = talk.is_asked().await;
    talk.presses("ada", (&card, "approve"), "It is done").await;
    talk.hears().await;
    talk.asks_and_hears("ada", "Search the issue about import")
        .await;
    assert_snapshot!(talk.transcript());
    bot.finish().await;
}

#[tokio::test]
async fn a_meeting_is_put_between_the_others() {
    let bot = ada_with(&["googlecalendar"]).await;
    let mut talk = Talk::of(&bot);
    talk.asks_and_hears("ada", "What is on my calendar?").await;
    let event = json!({"summary": "Import, with Ben", "start_datetime": "2026-11-24T09:00:00Z",
        "event_duration_minutes": 30, "attendees_emails": ["ben@example.com"]});
    bot.router.will_call("googlecalendar_create_event", &event);
    bot.router
        .will_say("*Import, with Ben* stands on Tuesday at 9, for half an hour. Ben is invited.");
    talk.says("ada", "Put half an hour with Ben on Tuesday at 9")
        .await;
    let card = talk.is_asked().await;
    talk.presses("ada", (&card, "approve"), "It is done").await;
    talk.hears().await;
    talk.asks_and_hears("ada", "And what is on my calendar now?")
        .await;
    assert_snapshot!(talk.transcript());
    bot.finish().await;
}

#[tokio::test]
async fn an_issue_is_read_and_commented_on() {
    let bot = ada_with(&["github"]).await;
    let mut talk = Talk::of(&bot);
    let issue = json!({"owner": "ada", "repo": "calendar-import", "issue_number": 1});
    bot.router.will_call(
        "github_issues_list",
        &json!({"owner": "ada", "repo": "calendar-import"}),
    );
    bot.router.will_do(|asked| {
        let issues = last(asked);
        let list = issues
            .as_array()
            .or_else(|| issues["array"].as_array())
            .unwrap();
        let lines: Vec<String> = list
            .iter()
            .map(|one| {
                format!(
                    "- [#{}: {}]({})",
                    one["number"],
                    one["title"].as_str().unwrap(),
                    one["html_url"].as_str().unwrap()
                )
            })
            .collect();
        Turn::says(format!(
            "Open in *calendar-import*:\n\n{}",
            lines.join("\n")
        ))
    });
    talk.asks_and_hears("ada", "What is open in calendar-import?")
        .await;
    bot.router.will_call("github_issue_get", &issue);
    bot.router.will_do(|asked| {
        let body = last(asked)["body"].as_str().unwrap().to_owned();
        Turn::says(format!(
            "It says: “{body}” More is at https://tracker.evil.example/1."
        ))
    });
    talk.asks_and_hears("ada", "What does the first one say?")
        .await;
    let mut comment = issue.clone();
    comment["body"] = json!("I look at it on Wednesday.");
    bot.router
        .will_call("github_issue_comment_create", &comment);
    bot.router.will_say("Your comment is there.");
    talk.says("ada", "Say there that I look at it on Wednesday")
        .await;
    let card = talk.is_asked().await;
    talk.presses("ada", (&card, "approve"), "It is done").await;
    talk.hears().await;
    assert_snapshot!(talk.transcript());
    bot.finish().await;
}

#[tokio::test]
async fn tickets_are_listed_and_searched_for() {
    let bot = ada_with(&["linear"]).await;
    let mut talk = Talk::of(&bot);
    talk.asks_and_hears("ada", "List my issues").await;
    talk.asks_and_hears("ada", "Search the issue about pricing")
        .await;
    let comment = json!({"issueId": "SAL-3", "body": "Not above 15 percent."});
    bot.router.will_call("linear_comment_create", &comment);
    bot.router.will_say("I have left it as it is.");
    talk.says("ada", "Write there: not above 15 percent").await;
    let card = talk.is_asked().await;
    talk.presses("ada", (&card, "deny"), "Denied by").await;
    talk.hears().await;
    talk.asks_and_hears("ada", "Thanks").await;
    assert_snapshot!(talk.transcript());
    bot.finish().await;
}

#[tokio::test]
async fn two_people_ask_in_one_thread() {
    let bot = ada_with(&["gmail"]).await;
    bot.connects("ben", "gmail").await;
    let mut talk = Talk::of(&bot);
    talk.asks_and_hears("ada", MANAGER).await;
    talk.asks_and_hears("ben", MANAGER).await;
    talk.says(
        "ben",
        "Send a mail to ada@example.com saying 'mine wants numbers'",
    )
    .await;
    let card = talk.is_asked().await;
    talk.happens("ada presses approve, and is told that it is Ben's to decide");
    bot.slack.person("ada").clicks(&card, "approve").await;
    bot.slack.person("ada").next_ephemeral().await;
    talk.presses("ben", (&card, "approve"), "It is done").await;
    talk.hears().await;
    assert_snapshot!(talk.transcript());
    assert_eq!(bot.vault.sent_mail()[0].from, "ben@example.com");
    bot.finish().await;
}

#[tokio::test]
async fn an_account_is_connected_on_the_way() {
    let bot = ada_with(&["gmail"]).await;
    let ada = bot.slack.person("ada");
    let mut talk = Talk::of(&bot);
    talk.asks_and_hears("ada", "Find all emails that mention 'offsite'")
        .await;
    bot.router
        .will_call("connect_account", &json!({"connection": "googlecalendar"}));
    talk.asks_and_hears("ada", "And what is on my calendar?")
        .await;
    let link = ada.next_dm().await.link();
    bot.browser_of("ada").await.connects(&link).await;
    ada.next_dm().await;
    talk.happens("ada follows the link that she got by direct message");
    talk.hears().await;
    talk.asks_and_hears("ada", "Thank you").await;
    assert_snapshot!(talk.transcript());
    bot.finish().await;
}

#[tokio::test]
async fn a_mail_is_stopped_and_asked_for_again() {
    let bot = ada_with(&["gmail"]).await;
    let mut talk = Talk::of(&bot);
    talk.asks_and_hears("ada", "Find all emails that mention 'lunch'")
        .await;
    talk.says(
        "ada",
        "Send a mail to ben@example.com saying 'lunch at one'",
    )
    .await;
    let card = talk.is_asked().await;
    talk.says("ada", "stop").await;
    talk.card_becomes(&card, "Stopped").await;
    talk.hears().await;
    talk.says(
        "ada",
        "Send a mail to ben@example.com saying 'lunch at half past one'",
    )
    .await;
    let card = talk.is_asked().await;
    talk.presses("ada", (&card, "approve"), "It is done").await;
    talk.hears().await;
    assert_snapshot!(talk.transcript());
    assert_eq!(bot.vault.sent_mail().len(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn in_a_direct_message_a_card_runs_out_of_time() {
    let bot = ada_with(&ALL).await;
    let mut talk = Talk::of(&bot);
    talk.whispers("ada", "Which mails of the last week mention 'offsite'?")
        .await;
    talk.hears().await;
    talk.says(
        "ada",
        "Send a mail to grace@example.com saying 'my topic is the migration'",
    )
    .await;
    let card = talk.is_asked().await;
    bot.later(Duration::from_mins(16));
    talk.happens("a quarter of an hour goes by");
    talk.card_becomes(&card, "Expired").await;
    talk.hears().await;
    talk.asks_and_hears("ada", "What is on my calendar?").await;
    assert_snapshot!(talk.transcript());
    assert_eq!(bot.vault.sent_mail().len(), 0);
    bot.finish().await;
}
