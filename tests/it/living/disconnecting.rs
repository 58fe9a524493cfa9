//! `/disconnect`: asked once, and then all that hung on the account ends with a word.

use insta::assert_snapshot;
use serde_json::json;

use super::ada_is_connected;
use crate::bot::{Bot, asks_to_connect, disconnects};

#[tokio::test]
async fn it_is_asked_once_and_kept_if_so_decided() {
    let bot = ada_is_connected().await;
    let ada = bot.slack.person("ada");
    ada.command("/disconnect", "gmail", "general").await;
    let asked = ada.next_ephemeral().await;
    assert_snapshot!(asked.visible_text(), @"
    Disconnect your *gmail* account (ada@example.com)? I can then no longer read or change anything in it. Questions that wait for it end, and links to connect it stop working. You can connect it again at any time.
    [Disconnect] [Keep it]
    ");
    assert_eq!(bot.vault.active_accounts().len(), 1);
    ada.clicks(&asked, "keep").await;
    assert_snapshot!(ada.next_dm().await.visible_text(), @"Nothing was done: *gmail* is as it was.");
    assert_eq!(bot.vault.active_accounts().len(), 1);
    ada.clicks(&asked, "disconnect").await;
    assert_snapshot!(ada.next_dm().await.visible_text(), @"
    *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail]
    ");
    assert_eq!(bot.vault.active_accounts(), []);
    // The question stands there still, and pressing it once more does nothing.
    ada.clicks(&asked, "disconnect").await;
    assert_snapshot!(ada.next_dm().await.visible_text(), @"*gmail* was not connected, so there is nothing to disconnect.");
    bot.finish().await;
}

#[tokio::test]
async fn the_button_below_somebody_elses_question_acts_for_whoever_presses_it() {
    let bot = ada_is_connected().await;
    bot.connects("ben", "gmail").await;
    let (ada, ben) = (bot.slack.person("ada"), bot.slack.person("ben"));
    let words = ada.mentions_in("general", "disconnect gmail").await;
    let asked = bot.slack.next_reply(&words).await;
    ben.clicks(&asked, "disconnect").await;
    assert!(ben.next_dm().await.visible_text().contains("disconnected"));
    let left: Vec<_> = bot.vault.active_accounts();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].mailbox, "ada@example.com");
    bot.finish().await;
}

#[tokio::test]
async fn a_question_that_waits_for_the_account_ends_with_a_word_and_its_link_too() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "What is in my mail?").await;
    let link = ada.next_dm().await.link();
    // As far as the vault's page: from here on there is an account, though not a whole one.
    let browser = bot.browser_of("ada").await;
    let at_vault = browser.get(&link).await.press("Continue").await;
    let waits = bot.slack.thread(&question).pop().unwrap();
    disconnects(&ada, "gmail").await;
    let told = bot
        .slack
        .next(|one| one.ts == waits.ts && one.visible_text().contains("disconnected"))
        .await;
    assert_snapshot!(told.visible_text(), @"You disconnected the account that this waited for, so I stopped: please ask again when it is connected.");
    assert_eq!(browser.get(&link).await.status, 400);
    let page = browser.get(at_vault.url.as_str()).await;
    assert!(!page.can_press("Allow"), "{}", page.text());
    assert_eq!(bot.vault.accounts(), []);
    // What the person asks next begins anew.
    bot.router.will_say("Nothing new.");
    bot.connects("ada", "gmail").await;
    let again = ada.mentions_in("general", "What is in my mail?").await;
    assert_eq!(bot.answer(&again).await, "Nothing new.");
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn where_nothing_is_connected_a_link_under_way_ends_without_a_question() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let link = asks_to_connect(&ada, "gmail").await;
    ada.command("/disconnect", "gmail", "general").await;
    let told = ada.next_ephemeral().await.visible_text();
    assert!(told.contains("was not connected"), "{told}");
    assert_eq!(bot.browser_of("ada").await.get(&link).await.status, 400);
    bot.finish().await;
}

#[tokio::test]
async fn a_run_at_work_whose_account_is_taken_away_asks_for_it_once() {
    let bot = ada_is_connected().await;
    let ada = bot.slack.person("ada");
    let gate = valet_sim::router::Gate::closed();
    bot.router
        .expect(valet_sim::router::Turn::calls("gmail_list_labels", &json!({})).held_by(&gate));
    let question = ada.mentions_in("general", "Which labels do I have?").await;
    bot.router.asked(1).await;
    disconnects(&ada, "gmail").await;
    gate.open();
    let link = ada.next_dm().await.link();
    bot.router.will_say("Your labels.");
    assert_eq!(
        bot.browser_of("ada").await.connects(&link).await.status,
        200
    );
    assert_eq!(bot.answer_after_waiting(&question).await, "Your labels.");
    bot.slack.read_all();
    bot.finish().await;
}
