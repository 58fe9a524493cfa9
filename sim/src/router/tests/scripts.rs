//! Stories plan turns: for whoever comes next, or for a conversation.

use serde_json::{Value, json};

use super::{ask, opening, request};
use crate::fault::Fault;
use crate::router::{Router, RouterSetup, Turn};

/// The messages with this answer, and these results for its calls.
fn continued(messages: &Value, message: &Value, results: &[&str]) -> Value {
    let mut messages = messages.as_array().unwrap().clone();
    messages.push(message.clone());
    let calls = message["tool_calls"].as_array().unwrap();
    for (call, result) in calls.iter().zip(results) {
        messages.push(json!({"role": "tool", "tool_call_id": call["id"], "content": result}));
    }
    Value::Array(messages)
}

#[tokio::test]
async fn turns_come_in_their_order() {
    let router = Router::start(RouterSetup::default()).await;
    router.will_call_many([("look", json!({"at": 1})), ("look", json!({"at": 2}))]);
    router.will_do(|asked| Turn::says(format!("{} results", asked.outcomes().len())));
    router.will_say("Last.");

    let messages = opening("What is new?");
    let message = ask(&router, &request(&messages)).await.message();
    assert_eq!(message["tool_calls"].as_array().unwrap().len(), 2);
    let messages = continued(&messages, &message, &["{}", "{}"]);
    let message = ask(&router, &request(&messages)).await.message();
    assert_eq!(message["content"], "2 results");
    assert_eq!(
        ask(&router, &request(&opening("And?"))).await.message()["content"],
        "Last."
    );
    assert_eq!(
        router.last_request().unwrap()["messages"][1]["content"],
        "And?"
    );
    router.finish();
}

#[tokio::test]
async fn two_people_talk_at_once() {
    let router = Router::start(RouterSetup::default()).await;
    router
        .when("pricing")
        .calls("look", &json!({}))
        .then_says(|results| results[0].content.clone());
    router
        .when("planning")
        .calls("look", &json!({}))
        .says("Planned.");
    router.will_say("For anybody.");

    let planning = opening("The planning?");
    let pricing = opening("The pricing?");
    let first = ask(&router, &request(&planning)).await.message();
    let second = ask(&router, &request(&pricing)).await.message();
    assert_eq!(
        ask(&router, &request(&opening("Hi"))).await.message()["content"],
        "For anybody."
    );
    let pricing = continued(&pricing, &second, &["ten"]);
    let planning = continued(&planning, &first, &["{}"]);
    assert_eq!(
        ask(&router, &request(&pricing)).await.message()["content"],
        "ten"
    );
    assert_eq!(
        ask(&router, &request(&planning)).await.message()["content"],
        "Planned."
    );
    router.finish();
}

#[tokio::test]
async fn malformed_arguments_are_sent_as_they_are() {
    let router = Router::start(RouterSetup::default()).await;
    router.expect(Turn::calls_badly("look", "{\"at\": "));
    let message = ask(&router, &request(&opening("Hi"))).await.message();
    assert_eq!(
        message["tool_calls"][0]["function"]["arguments"],
        "{\"at\": "
    );
}

#[tokio::test]
async fn a_fault_leaves_the_turn_for_later_and_the_router_can_be_down() {
    let router = Router::start(RouterSetup::default()).await;
    router.will_say("Back.");
    router
        .faults()
        .once("/chat/completions", Fault::status(503));
    let body = request(&opening("Hi"));
    assert_eq!(ask(&router, &body).await.status, 503);
    router.down().await;
    router.up();
    assert_eq!(ask(&router, &body).await.message()["content"], "Back.");
    router.finish();
}

#[tokio::test]
#[should_panic(expected = "a turn nobody asked for")]
async fn a_turn_that_is_left_fails_the_story() {
    let router = Router::start(RouterSetup::default()).await;
    router.will_say("Never heard.");
    router.finish();
}
