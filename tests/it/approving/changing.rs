//! Edit: the arguments as a form, and what becomes of it.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};
use valet_sim::router::Turn;
use valet_sim::slack::modal_text;

use super::{ada, asks_for_a_mail, mail, next_card, record, rests, said_below};

#[tokio::test]
async fn changed_arguments_are_what_is_sent_and_the_model_hears_of_it() {
    let bot = ada().await;
    let (question, card) = asks_for_a_mail(&bot).await;
    rests(&bot, &question).await;
    let ada = bot.slack.person("ada");
    ada.clicks(&card, "edit").await;
    let form = bot.slack.next_modal().await;
    assert_snapshot!(modal_text(&form), @"
    Change and approve
    body*: At one?
    subject*: Lunch
    to*: ben@example.com
    bcc: 
    cc: 
    content_type: 
    thread_id:
    ");
    bot.router.will_do(|asked| {
        let told = &asked.outcomes()[0].content;
        assert!(told.contains("The person changed the arguments"), "{told}");
        assert!(told.contains("grace@example.com"), "{told}");
        assert!(told.contains("untrusted_data_from"), "{told}");
        Turn::says("Grace is invited.")
    });
    let sent = ada
        .submits(
            &form,
            &[("to", "grace@example.com"), ("body", "At two?\nAda")],
        )
        .await;
    assert_eq!((sent.status, sent.body.as_str()), (Some(200), ""));
    assert_snapshot!(record(&bot, &card, "It is done").await, @"
    Ada, may I do this? 
     Send a mail to grace@example.com
    gmail_send_message in the gmail account of Ada, ada@example.com
    body At two?
    Ada
    subject Lunch
    to grace@example.com
    Changed and approved by Ada, then. It is done.  Its id: 19b100000000001e
    ");
    said_below(&bot, &question, "Grace is invited.").await;
    let mails = bot.vault.sent_mail();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, "grace@example.com");
    ada.clicks(&card, "approve").await;
    let told = ada.next_ephemeral().await.visible_text();
    assert_eq!(told, "This was already decided, so nothing has changed.");
    assert_eq!(bot.vault.sent_mail().len(), 1);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn what_the_tool_does_not_take_is_said_at_its_field() {
    let bot = ada().await;
    let (question, card) = asks_for_a_mail(&bot).await;
    rests(&bot, &question).await;
    let ada = bot.slack.person("ada");
    ada.clicks(&card, "edit").await;
    let form = bot.slack.next_modal().await;
    let body = "x".repeat(9_000);
    for (label, text, wanted) in [
        ("to", " ", "This is needed."),
        ("body", body.as_str(), "This is too long to be shown whole."),
    ] {
        let sent = ada.submits(&form, &[(label, text)]).await;
        assert_eq!(sent.status, Some(200));
        let answer: Value = serde_json::from_str(&sent.body).unwrap();
        let blocks = form["blocks"].as_array().unwrap();
        let block = blocks.iter().find(|one| one["label"]["text"] == label);
        let id = block.unwrap()["block_id"].as_str().unwrap();
        assert_eq!(
            answer,
            json!({"response_action": "errors", "errors": {id: wanted}})
        );
    }
    // It still waits, and can be sent when it is right.
    bot.router.will_say("It is sent.");
    ada.submits(&form, &[]).await;
    record(&bot, &card, "It is done").await;
    said_below(&bot, &question, "It is sent.").await;
    assert_eq!(bot.vault.sent_mail()[0].to, "ben@example.com");
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_form_that_comes_too_late_or_from_somebody_else_changes_nothing() {
    let bot = ada().await;
    let (question, card) = asks_for_a_mail(&bot).await;
    rests(&bot, &question).await;
    let (ada, ben) = (bot.slack.person("ada"), bot.slack.person("ben"));
    ada.clicks(&card, "edit").await;
    let form = bot.slack.next_modal().await;
    // Nobody can open it but Ada; somebody who sends it all the same is told so.
    let mut theirs = form.clone();
    theirs["hash"] = json!("another");
    ben.submits(&theirs, &[("to", "mallory@evil.example")])
        .await;
    let told = ben.next_dm().await.visible_text();
    assert_eq!(told, "Only Ada can decide this.");
    let mut odd = form.clone();
    odd["hash"] = json!("a third");
    odd["private_metadata"] = json!("0".repeat(32));
    ada.submits(&odd, &[]).await;
    let told = ada.next_dm().await.visible_text();
    assert_eq!(told, "This is over, so there is nothing left to decide.");
    bot.router.will_say("Then not.");
    ada.clicks(&card, "deny").await;
    said_below(&bot, &question, "Then not.").await;
    ada.submits(&form, &[("to", "grace@example.com")]).await;
    let told = ada.next_dm().await.visible_text();
    assert_eq!(told, "This was already decided, so nothing has changed.");
    assert_eq!(bot.vault.sent_mail().len(), 0);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_form_sent_after_the_time_is_up_is_a_no() {
    let bot = ada().await;
    let (question, card) = asks_for_a_mail(&bot).await;
    rests(&bot, &question).await;
    let ada = bot.slack.person("ada");
    ada.clicks(&card, "edit").await;
    let form = bot.slack.next_modal().await;
    bot.router.will_say("You were away.");
    bot.later(Duration::from_mins(16));
    said_below(&bot, &question, "You were away.").await;
    ada.submits(&form, &[("to", "grace@example.com")]).await;
    let told = ada.next_dm().await.visible_text();
    assert_eq!(told, "This was already decided, so nothing has changed.");
    assert_eq!(bot.vault.sent_mail().len(), 0);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn each_argument_has_a_field_of_its_kind() {
    let bot = ada().await;
    bot.connects("ada", "github").await;
    let issue = json!({
        "owner": "ada", "repo": "notes", "title": "Broken", "labels": ["bug", "now"], "milestone": 3,
    });
    bot.router.will_call("github_issue_create", &issue);
    let ada = bot.slack.person("ada");
    let question = ada.direct("Open an issue").await;
    let card = next_card(&bot).await;
    ada.clicks(&card, "edit").await;
    let form = bot.slack.next_modal().await;
    assert_snapshot!(modal_text(&form), @"
    Change and approve
    owner*: ada
    repo*: notes
    title*: Broken
    assignees (one on each line): 
    body: 
    labels (one on each line): bug
    now
    milestone: 3
    type:
    ");
    bot.router.will_do(|asked| {
        let told = &asked.outcomes()[0].content;
        assert!(told.contains(r#""labels":["bug","later"]"#), "{told}");
        assert!(told.contains(r#""milestone":4"#), "{told}");
        Turn::says("It is open.")
    });
    ada.submits(
        &form,
        &[
            ("labels (one on each line)", "bug\n later \n"),
            ("milestone", "4"),
        ],
    )
    .await;
    assert_snapshot!(record(&bot, &card, "It is done").await, @"
    Ada, may I do this? 
     Open an issue ada/notes
    github_issue_create in the github account of Ada, ada@example.com
    owner ada
    repo notes
    title Broken
    milestone 4
    labels [
      \"bug\",
      \"later\"
    ]
    Changed and approved by Ada, then. It is done.   https://github.com/ada/notes/issues/2
    ");
    said_below(&bot, &question, "It is open.").await;
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn arguments_too_long_for_a_form_are_approved_or_denied_as_they_are() {
    let bot = ada().await;
    let mut long = mail("ben@example.com");
    long["body"] = json!("x".repeat(4_000));
    bot.router.will_call(super::TOOL, &long);
    let ada = bot.slack.person("ada");
    let question = ada.direct("Write Ben a lot").await;
    let card = next_card(&bot).await;
    assert!(!super::has_button(&card, "edit"));
    bot.router.will_say("It is sent.");
    ada.clicks(&card, "approve").await;
    said_below(&bot, &question, "It is sent.").await;
    bot.slack.read_all();
    bot.finish().await;
}
