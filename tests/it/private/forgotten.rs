//! The button dies with what it would share.

use std::time::Duration;

use valet_sim::slack::Message;

use super::{asks, bot, shared};
use crate::bot::Bot;

/// Ada presses, and it is too late.
async fn is_too_late(bot: &Bot, offer: &Message) {
    let ada = bot.slack.person("ada");
    ada.clicks(offer, "share").await;
    assert_eq!(
        ada.next_ephemeral().await.visible_text(),
        "I no longer keep this answer, so it cannot be shared any more."
    );
}

#[tokio::test]
async fn what_is_kept_no_longer_cannot_be_shared() {
    let mut bot = bot().await;
    let (question, offer) = asks(&bot).await;
    bot.sleeps_for(Duration::from_hours(24 * 8)).await;
    is_too_late(&bot, &offer).await;
    assert_eq!(shared(&bot, &question).len(), 0);
    bot.finish().await;
}

#[tokio::test]
async fn what_its_asker_wants_forgotten_cannot_be_shared() {
    let bot = bot().await;
    let (question, offer) = asks(&bot).await;
    let ada = bot.slack.person("ada");
    ada.says_in_thread(&question, "forget this thread").await;
    bot.slack
        .next(|one| one.visible_text().contains("forgotten"))
        .await;
    is_too_late(&bot, &offer).await;
    assert_eq!(shared(&bot, &question).len(), 0);
    bot.finish().await;
}

#[tokio::test]
async fn after_valet_was_uninstalled_the_button_shares_nothing() {
    let mut bot = bot().await;
    let (question, offer) = asks(&bot).await;
    bot.slack.uninstalls().await;
    while bot.figure("valet_events_open").await > 0 || !bot.vault.accounts().is_empty() {
        tokio::task::yield_now().await;
    }
    let token = bot.slack.installs_again();
    bot.settings.set("SLACK_BOT_TOKEN", &token);
    bot.restart().await;
    is_too_late(&bot, &offer).await;
    assert_eq!(shared(&bot, &question).len(), 0);
    bot.slack.read_all();
    bot.finish().await;
}
