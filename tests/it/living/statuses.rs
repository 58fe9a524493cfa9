//! Each status an account can be in, while a question is worked on: what the person reads,
//! how many links they get, and that the question is answered.

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::router::{Gate, Turn};
use valet_sim::vault::{Outcome, Status};

use super::ada_is_connected;
use crate::bot::Bot;

/// What becomes of the account while the model thinks.
#[derive(Clone)]
enum Meanwhile {
    Stands(Status),
    Fails(Outcome),
}

/// Ada asks; her account gives out before the tool is called; she connects it anew.
async fn midway(meanwhile: Meanwhile) -> String {
    let bot = ada_is_connected().await;
    let ada = bot.slack.person("ada");
    let gate = Gate::closed();
    bot.router
        .expect(Turn::calls("gmail_list_labels", &json!({})).held_by(&gate));
    let question = ada.mentions_in("general", "Which labels do I have?").await;
    bot.router.asked(1).await;
    match meanwhile {
        Meanwhile::Stands(status) => bot.vault.set_status("gmail", "ada@example.com", status),
        Meanwhile::Fails(outcome) => bot.vault.tool_error_next("gmail_list_labels", outcome),
    }
    gate.open();
    let waits = bot
        .slack
        .next(|one| one.visible_text().contains("direct message"))
        .await;
    let dm = ada.next_dm().await;
    bot.router.will_say("Your labels.");
    assert_eq!(
        bot.browser_of("ada")
            .await
            .connects(&dm.link())
            .await
            .status,
        200
    );
    ada.next_dm().await;
    assert_eq!(bot.answer_after_waiting(&question).await, "Your labels.");
    assert!(bot.slack.unread().is_empty(), "one link and no more");
    bot.finish().await;
    waits.visible_text()
}

#[tokio::test]
async fn whatever_an_account_gives_out_with_midway_one_link_brings_the_answer() {
    let mut table = Vec::new();
    for (name, meanwhile) in [
        ("EXPIRED", Meanwhile::Stands(Status::Expired)),
        ("DISCONNECTED", Meanwhile::Stands(Status::Disconnected)),
        ("PENDING_AUTH", Meanwhile::Stands(Status::PendingAuth)),
        (
            "PENDING_VERIFICATION",
            Meanwhile::Stands(Status::PendingVerification),
        ),
        ("unheard of", Meanwhile::Stands(Status::Unheard)),
        (
            "REAUTHENTICATION_NEEDED",
            Meanwhile::Fails(Outcome::ReauthenticationNeeded),
        ),
        (
            "REFRESH_TOKEN_MISSING",
            Meanwhile::Fails(Outcome::RefreshTokenMissing),
        ),
    ] {
        table.push(format!("{name}: {}", midway(meanwhile).await));
    }
    assert_snapshot!(table.join("\n"), @"
    EXPIRED: Your *gmail* account has to be connected again. I have sent you a direct message for it, and will answer here when that is done.
    DISCONNECTED: Your *gmail* account has to be connected again. I have sent you a direct message for it, and will answer here when that is done.
    PENDING_AUTH: Your *gmail* account has to be connected again. I have sent you a direct message for it, and will answer here when that is done.
    PENDING_VERIFICATION: Your *gmail* account has to be connected again. I have sent you a direct message for it, and will answer here when that is done.
    unheard of: Your *gmail* account has to be connected again. I have sent you a direct message for it, and will answer here when that is done.
    REAUTHENTICATION_NEEDED: Your *gmail* account has to be connected again. I have sent you a direct message for it, and will answer here when that is done.
    REFRESH_TOKEN_MISSING: Your *gmail* account has to be connected again. I have sent you a direct message for it, and will answer here when that is done.
    ");
}

#[tokio::test]
async fn a_missing_permission_is_told_and_no_link_is_sent() {
    let bot = ada_is_connected().await;
    let ada = bot.slack.person("ada");
    bot.vault
        .tool_error_next("gmail_list_labels", Outcome::tool_error(403));
    bot.router
        .when("labels")
        .calls("gmail_list_labels", &json!({}))
        .then_says(|results| results[0].data()["error"].as_str().unwrap().to_owned());
    let question = ada.mentions_in("general", "Which labels do I have?").await;
    assert_snapshot!(bot.answer(&question).await, @"the account lacks a permission that this needs, and connecting it again will not change that; tell the person. The provider says: the provider answered 403");
    assert!(bot.slack.unread().is_empty(), "no link");
    bot.finish().await;
}

#[tokio::test]
async fn a_new_link_always_works_and_the_question_waits_for_it() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "What is in my mail?").await;
    let first = ada.next_dm().await;
    bot.later(std::time::Duration::from_mins(14));
    ada.clicks(&first, "reconnect").await;
    let second = ada.next_dm().await;
    bot.later(std::time::Duration::from_mins(10));
    let browser = bot.browser_of("ada").await;
    assert_eq!(browser.get(&first.link()).await.status, 400, "too old");
    bot.router.will_say("Nothing new.");
    assert_eq!(browser.connects(&second.link()).await.status, 200);
    assert_eq!(bot.answer_after_waiting(&question).await, "Nothing new.");
    bot.slack.read_all();
    bot.finish().await;
}
