//! A relay in front of a router.

use serde_json::json;

use super::{opening, post, request};
use crate::router::{Relay, Router, RouterSetup};

#[tokio::test]
async fn what_a_router_is_asked_passes_the_relay_and_is_kept_without_the_key() {
    let router = Router::start(RouterSetup::default()).await;
    let relay = Relay::start(&router.url()).await;
    router.will_say("Once.");
    router.will_say("And once more.");

    let mut body = request(&opening("Hello"));
    let path = "/chat/completions|Bearer sk-v1-simulated";
    let answered = post(&relay.url(), path, &body).await;
    assert_eq!(answered.message()["content"], "Once.");
    body["stream"] = json!(true);
    let streamed = post(&relay.url(), path, &body).await;
    let streamed = String::from_utf8(streamed.body()).unwrap();
    assert!(streamed.ends_with("data: [DONE]\n\n"), "{streamed}");

    assert_eq!(relay.requests(), router.requests());
    let text = relay.all_text();
    assert!(text.contains("Hello") && !text.contains("sk-v1"), "{text}");
    router.finish();
}
