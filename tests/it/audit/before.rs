//! Killed between the entry and the act: the entry is there.

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::fault::Fault;

use super::{MAY_SEND, SEND, mail};
use crate::bot::{Bot, Process, asks_to_connect, has_happened};

const TOOL: &str = "/execute_tool";

async fn ada_may_send() -> (Bot, Process) {
    let bot = Bot::world(|settings| settings.policy(MAY_SEND)).await;
    let first = Process::serve(&bot.settings).await;
    (bot, first)
}

/// Waits until the vault is asked, kills, and tells what is written down then.
async fn killed(bot: &Bot, first: Process) -> String {
    has_happened(bot.vault.faults()).await;
    first.kill();
    bot.acts().await
}

/// Lives again until this has happened, and tells what is written down then.
async fn and_after(bot: &Bot, happened: impl AsyncFnOnce(&Bot)) -> String {
    let second = Process::serve(&bot.settings).await;
    happened(bot).await;
    second.stop().await;
    let whole = bot.audited(&["--verify"]).await;
    assert!(whole.contains(": whole; "), "{whole}");
    bot.acts().await
}

#[tokio::test]
async fn killed_before_a_write_is_sent_it_is_written_down_and_then_that_nobody_knows() {
    let (bot, first) = ada_may_send().await;
    bot.connects("ada", "gmail").await;
    bot.vault.faults().once(TOOL, Fault::Stall);
    bot.router.will_call(SEND, &mail("ben@example.com"));
    bot.router.will_say("That is all.");
    let question = bot.slack.person("ada").direct("Invite Ben").await;
    assert_snapshot!(killed(&bot, first).await, @"
    1 connect begun gmail - - attempt -
    2 connect done of 1 gmail - - attempt -
    3 read begun gmail gmail_get_profile - attempt arguments
    4 write begun gmail gmail_send_message run - arguments
    ");
    let after = and_after(&bot, async |bot| {
        let answer = bot.answer(&question).await;
        assert!(answer.contains("I do not know"), "{answer}");
    });
    assert_snapshot!(after.await, @"
    1 connect begun gmail - - attempt -
    2 connect done of 1 gmail - - attempt -
    3 read begun gmail gmail_get_profile - attempt arguments
    4 write begun gmail gmail_send_message run - arguments
    5 write unknown of 4 gmail gmail_send_message run - arguments
    ");
    assert!(bot.vault.sent_mail().is_empty());
    bot.finish().await;
}

#[tokio::test]
async fn killed_before_an_account_is_connected_it_is_written_down() {
    let (bot, first) = ada_may_send().await;
    let ada = bot.slack.person("ada");
    let link = asks_to_connect(&ada, "gmail").await;
    bot.vault
        .faults()
        .once("/connected_accounts/user/verify", Fault::Stall);
    let browser = bot.browser_of("ada").await;
    let connecting = tokio::spawn(async move {
        // It is hung up on.
        browser.connects(&link).await.status
    });
    assert_snapshot!(killed(&bot, first).await, @"1 connect begun gmail - - attempt -");
    drop(connecting.await);
    let after = and_after(&bot, async |_| {
        let told = ada.next_dm().await;
        assert!(told.visible_text().contains("is connected"), "{told:?}");
    });
    assert_snapshot!(after.await, @"
    1 connect begun gmail - - attempt -
    2 connect begun gmail - - attempt -
    3 connect done of 2 gmail - - attempt -
    4 read begun gmail gmail_get_profile - attempt arguments
    ");
    bot.finish().await;
}

#[tokio::test]
async fn killed_before_an_account_is_deleted_it_is_written_down() {
    let (bot, first) = ada_may_send().await;
    bot.connects("ada", "gmail").await;
    let ada = bot.slack.person("ada");
    bot.vault
        .faults()
        .once("/connected_accounts:delete", Fault::Stall);
    ada.command("/disconnect", "gmail", "general").await;
    let asked = ada.next_ephemeral().await;
    ada.clicks(&asked, "disconnect").await;
    assert_snapshot!(killed(&bot, first).await, @"
    1 connect begun gmail - - attempt -
    2 connect done of 1 gmail - - attempt -
    3 read begun gmail gmail_get_profile - attempt arguments
    4 disconnect begun gmail - run - -
    ");
    let after = and_after(&bot, async |_| {
        let told = ada.next_dm().await;
        assert!(told.visible_text().contains("is disconnected"), "{told:?}");
    });
    assert_snapshot!(after.await, @"
    1 connect begun gmail - - attempt -
    2 connect done of 1 gmail - - attempt -
    3 read begun gmail gmail_get_profile - attempt arguments
    4 disconnect begun gmail - run - -
    5 disconnect begun gmail - run - -
    6 disconnect done of 5 gmail - run - -
    ");
    bot.finish().await;
}

/// Reads are written down with the next wait for the disk, which comes before anybody hears
/// of them.
#[tokio::test]
async fn killed_when_the_answer_is_there_what_was_read_for_it_is_written_down() {
    let (bot, first) = ada_may_send().await;
    bot.connects("ada", "gmail").await;
    bot.slack.faults().once("chat.update", Fault::Stall);
    bot.router.will_call("gmail_list_labels", &json!({}));
    bot.router.will_say("None.");
    let question = bot.slack.person("ada").direct("Which labels?").await;
    has_happened(bot.slack.faults()).await;
    first.kill();
    assert_snapshot!(bot.acts().await, @"
    1 connect begun gmail - - attempt -
    2 connect done of 1 gmail - - attempt -
    3 read begun gmail gmail_get_profile - attempt arguments
    4 read begun gmail gmail_list_labels run - arguments
    ");
    let after = and_after(&bot, async |bot| {
        assert_eq!(bot.answer(&question).await, "None.");
    });
    assert_snapshot!(after.await, @"
    1 connect begun gmail - - attempt -
    2 connect done of 1 gmail - - attempt -
    3 read begun gmail gmail_get_profile - attempt arguments
    4 read begun gmail gmail_list_labels run - arguments
    ");
    bot.finish().await;
}
