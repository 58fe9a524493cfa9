//! What the router refuses, and what it notes.

use serde_json::{Value, json};

use super::{KEY, ask, ask_with, opening, post, request};
use crate::router::{Form, Router, RouterSetup, Turn};

#[tokio::test]
async fn without_the_key_there_is_no_answer() {
    let router = Router::start(RouterSetup::default()).await;
    router.will_say("Never.");
    let answered = ask_with(&router, "Bearer other", &request(&opening("Hi"))).await;
    assert_eq!(answered.status, 401);
    assert_eq!(
        router.take_violations(),
        ["a request without the right key"]
    );
    assert_eq!(router.requests(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_malformed_request_is_refused_and_noted() {
    let router = Router::start(RouterSetup::default()).await;
    router.will_say("Never.");
    let mut body = request(&opening("Hi"));
    body["user"] = json!("U0ADA");
    assert_eq!(ask(&router, &body).await.status, 400);
    assert_eq!(
        router.take_violations(),
        ["request 1: unknown field `user`"]
    );
}

#[tokio::test]
async fn unknown_paths_and_unplanned_requests_are_noted() {
    let router = Router::start(RouterSetup::default()).await;
    let path = format!("/embeddings|{KEY}");
    assert_eq!(post(&router.url(), &path, &json!({})).await.status, 404);
    assert_eq!(ask(&router, &request(&opening("Hi"))).await.status, 400);
    assert_eq!(
        router.take_violations(),
        [
            "a request to POST /api/v1/embeddings",
            "request 1: no turn was planned for \"Hi\"",
        ]
    );
}

#[tokio::test]
async fn forbidden_text_is_noted_and_answered_all_the_same() {
    let router = Router::start(RouterSetup::default()).await;
    router.forbid("U0ADA");
    router.will_say("Hello.");
    let answered = ask(&router, &request(&opening("I am U0ADA"))).await;
    assert_eq!(answered.message()["content"], "Hello.");
    assert_eq!(router.take_violations(), ["the router was shown \"U0ADA\""]);
    assert!(router.all_text().contains("I am U0ADA"));
    assert!(!router.all_text().contains("sk-v1"));
}

#[tokio::test]
async fn what_was_sent_must_come_back() {
    let setup = RouterSetup {
        form: Form::Reasoning,
        ..RouterSetup::default()
    };
    for (change, fault) in [
        (None, None),
        (
            Some("reasoning_details"),
            Some("`reasoning_details` was lost or changed"),
        ),
        (
            Some("vendor_note"),
            Some("`vendor_note` was lost or changed"),
        ),
    ] {
        let router = Router::start(setup.clone()).await;
        router.will_call("look", &json!({}));
        router.will_say("Nothing new.");
        let mut messages = opening("What is new?");
        let mut message = ask(&router, &request(&messages)).await.message();
        let id = message["tool_calls"][0]["id"].clone();
        if let Some(field) = change {
            message.as_object_mut().unwrap().shift_remove(field);
        }
        let list = messages.as_array_mut().unwrap();
        list.push(message);
        list.push(json!({"role": "tool", "tool_call_id": id, "content": "{}"}));

        let status = ask(&router, &request(&messages)).await.status;
        let expected: Vec<String> = fault
            .iter()
            .map(|fault| format!("request 2: message 2: {fault}"))
            .collect();
        assert_eq!(router.take_violations(), expected);
        assert_eq!(status, if fault.is_some() { 400 } else { 200 });
    }
}

#[tokio::test]
async fn calls_of_a_broken_turn_must_not_come_back() {
    let router = Router::start(RouterSetup::default()).await;
    router.expect(Turn::calls("look", &json!({})).in_form(Form::DiesMidway));
    ask(&router, &request(&opening("Hi"))).await;
    let mut messages = opening("Hi");
    let list = messages.as_array_mut().unwrap();
    list.push(
        json!({"role": "assistant", "content": null, "tool_calls": [{"id": "call_1_0",
        "type": "function", "function": {"name": "look", "arguments": "{}"}}]}),
    );
    list.push(json!({"role": "tool", "tool_call_id": "call_1_0", "content": "{}"}));
    ask(&router, &request(&messages)).await;
    assert_eq!(
        router.take_violations(),
        ["request 2: message 2: it makes calls that the model never made"]
    );
}
