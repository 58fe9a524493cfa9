use serde_json::json;

use super::app::App;
use crate::fault::Fault;
use crate::slack::{BadToken, Message};

fn is_placeholder(message: &Message) -> bool {
    message.visible_text() == "Working on it…"
}

#[tokio::test]
async fn each_state_of_an_answer_is_read_in_turn() {
    let app = App::start().await;
    let said = app.slack.person("ada").mentions_in("general", "hi").await;
    let posted = app
        .posts("C0GENERAL", Some(&said.ts), "Working on it…")
        .await;
    let ts = posted["ts"].as_str().unwrap();
    assert_eq!(
        app.slack.next_reply(&said).await.visible_text(),
        "Working on it…"
    );

    let update = json!({ "channel": "C0GENERAL", "ts": ts, "text": "It is 1 &lt; 2, <@U0ADA>" });
    assert_eq!(app.call("chat.update", update).await["ok"], true);
    let answer = app.slack.next_reply(&said).await;
    assert_eq!(answer.visible_text(), "It is 1 < 2, @Ada");
    assert!(answer.edited && answer.blocks.is_empty());
    assert_eq!(app.slack.thread(&said).len(), 2);
    app.slack.finish();
}

#[tokio::test]
async fn the_final_answer_is_waited_for_and_its_placeholder_is_read_with_it() {
    let app = App::start().await;
    let said = app.slack.person("ada").direct("hi").await;
    let posted = app.posts("D0ADA", Some(&said.ts), "Working on it…").await;
    let update = json!({
        "channel": "D0ADA", "ts": posted["ts"], "text": "Here",
        "blocks": [{ "type": "markdown", "text": "**Here**" }],
    });
    let (answer, _) = futures_util::future::join(
        app.slack.final_answer(&said, is_placeholder),
        app.call("chat.update", update),
    )
    .await;
    assert_eq!(answer.visible_text(), "**Here**");
    assert!(!answer.edited);
    app.slack.finish();
}

#[tokio::test]
#[should_panic(expected = "unread in C0GENERAL")]
async fn a_word_nobody_read_fails_the_story() {
    let app = App::start().await;
    app.posts("C0GENERAL", None, "hello").await;
    app.slack.finish();
}

#[tokio::test]
#[should_panic(expected = "unknown method chat.shout")]
async fn a_method_nobody_knows_fails_the_story() {
    let app = App::start().await;
    let refused = app.call("chat.shout", json!({})).await;
    assert_eq!(refused["error"], "unknown_method");
    app.slack.finish();
}

#[tokio::test]
#[should_panic(expected = "unused fault")]
async fn a_fault_that_never_happened_fails_the_story() {
    let app = App::start().await;
    app.slack.faults().once("chat.update", Fault::status(500));
    app.slack.finish();
}

#[tokio::test]
#[should_panic(expected = "unused: WrongNonce")]
async fn a_bad_token_nobody_saw_fails_the_story() {
    let app = App::start().await;
    app.slack.next_id_token(BadToken::WrongNonce);
    app.slack.finish();
}

#[tokio::test]
#[should_panic(expected = "not taken: /slack/events")]
async fn an_event_the_app_refused_fails_the_story() {
    let app = App::start().await;
    app.answers(500, "");
    app.slack.person("ada").direct("hi").await;
    app.slack.finish();
}

#[tokio::test]
async fn planned_faults_fail_the_next_call_and_no_other() {
    let app = App::start().await;
    app.slack
        .faults()
        .once("chat.postMessage", Fault::too_many(7));
    let call = || {
        app.http
            .post(format!("{}/chat.postMessage", app.slack.api_url()))
            .bearer_auth("xoxb-canary-bot-token")
            .json(&json!({
                "channel": "C0RANDOM", "text": "x", "unfurl_links": false, "unfurl_media": false,
            }))
            .send()
    };
    let refused = call().await.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "7");
    assert_eq!(call().await.unwrap().status(), 200);
    app.slack.set_rate_limits(true);
    assert_eq!(call().await.unwrap().status(), 200);
    assert_eq!(call().await.unwrap().status(), 429, "one a second");
    app.slack.down().await;
    assert!(call().await.is_err());
    app.slack.up();
    assert_eq!(app.slack.messages("random").len(), 2);
    assert_eq!(app.slack.requests("chat.postMessage").len(), 3);
    app.slack.read_all();
    app.slack.finish();
}
