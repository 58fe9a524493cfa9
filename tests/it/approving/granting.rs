//! Standing grants: what a person lets be done without being asked each time.

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::slack::{Signing, Slack};

use super::{ada, asks_for_a_mail, has_button, next_card, record, rests, said_below};
use crate::bot::{Bot, disconnects};

const LABEL: &str = "gmail_create_label";

#[tokio::test]
async fn a_grant_is_given_used_and_taken_back() {
    let bot = ada().await;
    let ada = bot.slack.person("ada");
    bot.router.will_call(LABEL, &json!({"name": "Lunch"}));
    let question = ada.mentions_in("general", "Make a label").await;
    let card = next_card(&bot).await;
    assert_snapshot!(super::timeless(&card.visible_text()), @"
    Ada, may I do this? 
     Make a label “Lunch”
    gmail_create_label in the gmail account of Ada, ada@example.com
    name Lunch
    Ada alone can decide this, until then; after that nothing is done.
    [Approve] [Deny] [Edit…] [Always allow]
    ");
    bot.router.will_say("It is made.");
    ada.clicks(&card, "always_allow").await;
    assert_snapshot!(record(&bot, &card, "It is done").await, @"
    Ada, may I do this? 
     Make a label “Lunch”
    gmail_create_label in the gmail account of Ada, ada@example.com
    name Lunch
    Approved for good by Ada, then. It is done.  Its id: Label_Lunch
    ");
    said_below(&bot, &question, "It is made.").await;

    // Not asked again, over a restart too.
    let mut bot = bot;
    bot.restart().await;
    let ada = bot.slack.person("ada");
    bot.router.will_call(LABEL, &json!({"name": "Dinner"}));
    bot.router.will_say("This one too.");
    let again = ada.direct("Another one").await;
    assert_eq!(bot.answer(&again).await, "This one too.");

    let listing = ada.direct("grants").await;
    let list = bot.slack.next_reply(&listing).await;
    assert_snapshot!(super::timeless(&list.visible_text()), @"
    Without asking you each time, I may:
    • Make a label in your *gmail* account (`gmail_create_label`), since then [Ask me again]
    ");
    ada.clicks(&list, "revoke").await;
    assert_snapshot!(ada.next_ephemeral().await.visible_text(), @"From now on I ask you again before I use `gmail_create_label`.");
    let listing = ada.direct("grants").await;
    assert_snapshot!(bot.slack.next_reply(&listing).await.visible_text(), @"I ask you about everything that may change something.");

    bot.router.will_call(LABEL, &json!({"name": "Supper"}));
    let question = ada.mentions_in("general", "A third one").await;
    let card = next_card(&bot).await;
    bot.router.will_say("Then not.");
    ada.clicks(&card, "deny").await;
    said_below(&bot, &question, "Then not.").await;
    let made = bot.vault.executions();
    assert_eq!(made.iter().filter(|one| one.tool == LABEL).count(), 2);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_grant_is_its_persons_own_and_goes_with_the_account() {
    let bot = ada().await;
    bot.connects("ben", "gmail").await;
    let (ada, ben) = (bot.slack.person("ada"), bot.slack.person("ben"));
    allows_labels(&bot).await;
    // Ben is asked.
    bot.router.will_call(LABEL, &json!({"name": "Lunch"}));
    let question = ben.direct("Make a label").await;
    let card = next_card(&bot).await;
    bot.router.will_say("Then not.");
    ben.clicks(&card, "deny").await;
    said_below(&bot, &question, "Then not.").await;
    bot.slack.read_all();
    // So is Ada, of the account that she connects next.
    disconnects(&ada, "gmail").await;
    bot.connects("ada", "gmail").await;
    bot.router.will_call(LABEL, &json!({"name": "Lunch"}));
    let question = ada.direct("Make a label").await;
    let card = next_card(&bot).await;
    bot.router.will_say("Then not.");
    ada.clicks(&card, "deny").await;
    said_below(&bot, &question, "Then not.").await;
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_grant_stands_in_home_and_is_taken_back_there() {
    let bot = ada().await;
    let ada = bot.slack.person("ada");
    ada.opens_home().await;
    ada.next_home().await;
    assert!(!ada.home_text().unwrap().contains("Without asking you"));
    allows_labels(&bot).await;
    ada.next_home().await;
    let home = ada.home_text().unwrap();
    let (_, granted) = home
        .split_once("[Connect]\nWithout asking you each time, ")
        .unwrap();
    let (granted, _) = granted.split_once("\n*What I did as you*").unwrap();
    assert_snapshot!(super::timeless(granted), @"
    I may:
    • Make a label in your *gmail* account (`gmail_create_label`), since then [Ask me again]
    ");
    ada.clicks_home_of("revoke", &format!("gmail\n{LABEL}"))
        .await;
    assert!(
        ada.next_dm()
            .await
            .visible_text()
            .contains("I ask you again")
    );
    ada.next_home().await;
    assert!(!ada.home_text().unwrap().contains("Without asking you"));
    bot.slack.read_all();
    bot.finish().await;
}

async fn allows_labels(bot: &Bot) {
    bot.router.will_call(LABEL, &json!({"name": "First"}));
    let ada = bot.slack.person("ada");
    let question = ada.direct("Make a label").await;
    let card = next_card(bot).await;
    bot.router.will_say("It is made.");
    ada.clicks(&card, "always_allow").await;
    record(bot, &card, "It is done").await;
    said_below(bot, &question, "It is made.").await;
    bot.slack.thread(&question);
}

#[tokio::test]
async fn what_could_reach_others_is_never_allowed_for_good() {
    let bot = ada().await;
    let (question, card) = asks_for_a_mail(&bot).await;
    rests(&bot, &question).await;
    assert!(!has_button(&card, "always_allow"));
    // Slack's request is real, the button is not.
    let ada = bot.slack.person("ada");
    let action = json!({
        "type": "button", "action_id": "always_allow", "block_id": "b", "action_ts": "1.1",
        "value": card.button("approve").value,
    });
    let payload = bot.slack.interaction(&ada, &card, action);
    let body = Slack::payload_form(&payload);
    bot.slack
        .deliver_interaction_raw(body, Signing::Good, &[])
        .await;
    assert_snapshot!(ada.next_ephemeral().await.visible_text(), @"This could reach others, so I ask each time: decide this one with Approve or Deny.");
    assert_eq!(bot.vault.sent_mail().len(), 0);
    bot.router.will_say("Then not.");
    ada.clicks(&card, "deny").await;
    said_below(&bot, &question, "Then not.").await;
    bot.slack.read_all();
    bot.finish().await;
}
