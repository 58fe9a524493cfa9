//! A connection that is configured and that the vault does not have: told to the operator
//! at the start, and to people in words.

use std::time::Duration;

use insta::assert_snapshot;
use valet_sim::vault::ConnectionList;

use crate::bot::{Bot, Process, asks_to_connect};

const CONNECTIONS: &str = "gmail,fax";

async fn starts_looking() -> Bot {
    let bot = Bot::start_with_both(
        |settings| settings.set("VALET_CONNECTIONS", CONNECTIONS),
        |patience| patience.connections = Duration::from_millis(10),
    )
    .await;
    while bot.vault.requests("/connections/app").len() < 2 {
        tokio::task::yield_now().await;
    }
    bot
}

#[tokio::test]
async fn the_operator_reads_it_in_the_log_and_valet_is_ready_all_the_same() {
    let mut bot = Bot::world(|settings| settings.set("VALET_CONNECTIONS", CONNECTIONS)).await;
    bot.settings.set("VALET_COMMAND_PREFIX", "");
    let process = Process::serve(&bot.settings).await;
    while bot.vault.requests("/connections/app").is_empty() {
        tokio::task::yield_now().await;
    }
    // What is asked after it is answered after it.
    let ada = bot.slack.person("ada");
    while {
        ada.command("/connect", "fax", "general").await;
        let told = ada.next_ephemeral().await.visible_text();
        bot.slack.read_all();
        !told.contains("not set up")
    } {}
    let log = process.stop().await.1;
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("VALET_CONNECTIONS"))
        .collect();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(
        lines[0].contains("ERROR") && lines[0].contains("fax"),
        "{}",
        lines[0]
    );
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn people_are_told_whom_to_tell() {
    let bot = starts_looking().await;
    let ada = bot.slack.person("ada");
    ada.command("/connections", "", "general").await;
    assert_snapshot!(ada.next_ephemeral().await.visible_text(), @"
    Your accounts:
    *gmail*: not connected
    [Connect]
    *fax*: not set up yet: please tell whoever runs me
    ");
    ada.command("/connect", "fax", "general").await;
    assert_snapshot!(ada.next_ephemeral().await.visible_text(), @"*fax* is not set up yet, so it cannot be connected: please tell whoever runs me.");
    // A question that would take it waits for what there is.
    ada.direct("Send a fax").await;
    let dm = bot
        .slack
        .next(|one| one.visible_text().contains("button below"))
        .await
        .visible_text();
    assert!(dm.contains("*gmail*"), "{dm}");
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn where_the_vault_does_not_list_its_connections_a_link_finds_it_out() {
    let bot = Bot::start_with(|settings| settings.set("VALET_CONNECTIONS", CONNECTIONS)).await;
    bot.vault
        .switch(|it| it.connection_list = ConnectionList::Forbidden);
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Send a fax").await;
    let link = ada.next_dm().await.link();
    let other = asks_to_connect(&ada, "fax").await;
    let page = bot
        .browser_of("ada")
        .await
        .get(&link)
        .await
        .press("Continue")
        .await;
    assert_ne!(page.status, 200);
    assert_snapshot!(ada.next_dm().await.visible_text(), @"*fax* is not set up yet, so it cannot be connected: please tell whoever runs me.");
    let told = bot
        .slack
        .next(|one| one.visible_text().contains("cannot be connected"))
        .await;
    assert_eq!(told.thread_ts.as_deref(), Some(question.ts.as_str()));
    assert_snapshot!(told.visible_text(), @"The account that this needs cannot be connected, since its connection is not set up yet: please tell whoever runs me.");
    assert_eq!(bot.browser().get(&other).await.status, 400, "ended too");
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn with_no_connection_set_up_a_question_says_so() {
    let bot = Bot::start_with_both(
        |settings| settings.set("VALET_CONNECTIONS", "fax"),
        |patience| patience.connections = Duration::from_millis(10),
    )
    .await;
    while bot.vault.requests("/connections/app").len() < 2 {
        tokio::task::yield_now().await;
    }
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Send a fax").await;
    assert_snapshot!(bot.answer(&question).await, @"The account that this needs cannot be connected, since its connection is not set up yet: please tell whoever runs me.");
    bot.finish().await;
}

#[tokio::test]
async fn a_vault_that_is_down_at_the_start_keeps_nobody_from_starting() {
    let bot = Bot::world(|settings| settings.set("VALET_CONNECTIONS", CONNECTIONS)).await;
    bot.vault.down().await;
    let bot = bot.begin().await;
    let ada = bot.slack.person("ada");
    ada.command("/connect", "nonsense", "general").await;
    ada.next_ephemeral().await;
    bot.vault.up();
    bot.finish().await;
}
