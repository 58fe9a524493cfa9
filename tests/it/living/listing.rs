//! `/connections`: each connection, how it stands, whose it is, and what can be done.

use std::time::Duration;

use insta::assert_snapshot;
use valet_sim::vault::Status;

use super::ada_is_connected;
use crate::bot::{Bot, disconnects};

#[tokio::test]
async fn each_connection_is_listed_with_whose_it_is_when_it_was_used_and_what_can_be_done() {
    let bot = ada_is_connected().await;
    bot.connects("ada", "github").await;
    bot.connects("ada", "linear").await;
    let ada = bot.slack.person("ada");
    bot.vault
        .set_status("linear", "ada@example.com", Status::Expired);
    ada.command("/connections", "", "general").await;
    assert_snapshot!(ada.next_ephemeral().await.visible_text(), @"
    Your accounts:
    *gmail*: connected as ada@example.com, last used today
    [Reconnect] [Disconnect]
    *github*: connected as ada@example.com, last used today
    [Reconnect] [Disconnect]
    *linear*: has to be connected again (ada@example.com), last used today
    [Reconnect] [Disconnect]
    *googlecalendar*: not connected
    [Connect]
    ");
    bot.later(Duration::from_hours(24));
    ada.direct("connections").await;
    let tomorrow = ada.next_dm().await.visible_text();
    assert!(tomorrow.contains("last used yesterday"), "{tomorrow}");
    bot.finish().await;
}

#[tokio::test]
async fn each_status_has_its_words_and_its_buttons() {
    let bot = ada_is_connected().await;
    let ada = bot.slack.person("ada");
    let mut table = Vec::new();
    for status in [
        Status::Active,
        Status::Expired,
        Status::Disconnected,
        Status::PendingAuth,
        Status::PendingVerification,
        Status::Unheard,
    ] {
        bot.vault.set_status("gmail", "ada@example.com", status);
        ada.command("/connections", "", "general").await;
        let listed = ada.next_ephemeral().await.visible_text();
        let lines: Vec<&str> = listed.lines().skip(1).take(2).collect();
        table.push(format!("{status:?}: {}", lines.join(" ")));
    }
    assert_snapshot!(table.join("\n"), @"
    Active: *gmail*: connected as ada@example.com, last used today [Reconnect] [Disconnect]
    Expired: *gmail*: has to be connected again (ada@example.com), last used today [Reconnect] [Disconnect]
    Disconnected: *gmail*: switched off, has to be connected again (ada@example.com), last used today [Reconnect] [Disconnect]
    PendingAuth: *gmail*: begun, but not finished, last used today [Connect] [Disconnect]
    PendingVerification: *gmail*: begun, but not finished, last used today [Connect] [Disconnect]
    Unheard: *gmail*: has to be connected again (ada@example.com), last used today [Reconnect] [Disconnect]
    ");
    bot.finish().await;
}

#[tokio::test]
async fn the_buttons_of_the_list_connect_reconnect_and_disconnect() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    ada.command("/connections", "", "general").await;
    let listed = ada.next_ephemeral().await;
    ada.clicks_of(&listed, "connect", "github").await;
    let link = ada.next_dm().await;
    assert_snapshot!(link.visible_text(), @"
    Connect *github* with the button below. The button is for you alone, works once, and expires in 15 minutes.
    [Connect github] [New link]
    ");
    assert_eq!(
        bot.browser_of("ada")
            .await
            .connects(&link.link())
            .await
            .status,
        200
    );
    ada.next_dm().await;
    ada.command("/connections", "", "general").await;
    let listed = ada.next_ephemeral().await;
    ada.clicks_of(&listed, "reconnect", "github").await;
    let link = ada.next_dm().await.link();
    assert_eq!(
        bot.browser_of("ada").await.connects(&link).await.status,
        200
    );
    ada.next_dm().await;
    // Slack asks first: what is pressed is meant.
    let confirm = |message: &valet_sim::slack::Message| {
        let all = serde_json::to_string(&message.blocks).unwrap();
        all.matches("\"deny\":{").count()
    };
    assert_eq!(confirm(&listed), 1, "one account, one question");
    ada.clicks_of(&listed, "disconnect", "github").await;
    assert!(ada.next_dm().await.visible_text().contains("disconnected"));
    assert_eq!(bot.vault.active_accounts(), []);
    bot.finish().await;
}

#[tokio::test]
async fn whose_account_it_is_is_forgotten_with_the_account_and_told_to_nobody_else() {
    let mut bot = ada_is_connected().await;
    let (ada, ben) = (bot.slack.person("ada"), bot.slack.person("ben"));
    // It is on disk, not in memory.
    bot.restart().await;
    ada.command("/connections", "", "general").await;
    let listed = ada.next_ephemeral().await.visible_text();
    assert!(listed.contains("connected as ada@example.com"), "{listed}");
    ben.command("/connections", "", "general").await;
    let listed = ben.next_ephemeral().await.visible_text();
    assert!(!listed.contains("ada@"), "{listed}");
    disconnects(&ada, "gmail").await;
    let identifier = bot.vault.identifiers()[0].clone();
    bot.vault
        .connect_directly(&identifier, "gmail", "other@example.com");
    ada.command("/connections", "", "general").await;
    let listed = ada.next_ephemeral().await.visible_text();
    assert!(!listed.contains("ada@"), "{listed}");
    bot.finish().await;
}
