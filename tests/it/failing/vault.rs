//! The vault fails while a question is answered, or a command is obeyed.

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::fault::Fault;

use super::{
    ada_is_connected, ada_is_connected_in, asks, ends_well, faults_and, is_well_again,
    once_and_always, patience_over, plan, told, told_in,
};
use crate::bot::Bot;

/// What the person reads when this call fails once, and when it goes on failing.
async fn of_call(bot: &Bot, path: &str, fault: Fault) -> String {
    bot.vault.faults().always(path, fault.clone());
    let always = asked(bot, path).await;
    bot.vault.faults().clear();
    bot.router.forget_planned();
    bot.vault.faults().once(path, fault);
    let once = asked(bot, path).await;
    is_well_again(bot).await;
    once_and_always(once, &always)
}

async fn asked(bot: &Bot, path: &str) -> String {
    // Also the token is asked for anew.
    bot.vault.expire_tokens();
    let before = bot.vault.executions().len();
    let asked_before = bot.vault.requests("/execute_tool").len();
    plan(bot);
    let (question, answer) = asks(bot).await;
    let thread = bot.slack.thread(&question);
    assert_eq!(thread.len(), 2, "one message, replaced");
    assert!(bot.vault.executions().len() <= before + 1, "done twice");
    if path == "/execute_tool" {
        let asked = bot.vault.requests(path).len() - asked_before;
        assert!(asked <= 1, "sent again: {asked}");
    }
    answer
}

/// As a proxy, or a server in trouble, puts it.
fn inside() -> serde_json::Value {
    json!({"error": "server_error", "message": "try again later"})
}

async fn table(path: &str) -> String {
    told_in(
        ada_is_connected_in,
        faults_and(&inside()),
        async |bot, fault| of_call(bot, path, fault).await,
    )
    .await
}

#[tokio::test]
async fn no_machine_token_is_to_be_had() {
    assert_snapshot!(table("/oauth/token").await, @"
    500: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    503: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    429: Your labels. | Too much is being done with accounts at the moment: please ask again in a minute.
    429, 1 s: Your labels. | Too much is being done with accounts at the moment: please ask again in a minute.
    429, 60 s: Too much is being done with accounts at the moment: please ask again in a minute.
    cut: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    act, cut: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    half: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    stall: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    act, stall: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    nonsense: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    error inside: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    ");
}

#[tokio::test]
async fn no_account_can_be_looked_up() {
    assert_snapshot!(table("/connected_accounts/details").await, @"
    500: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    503: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    429: Your labels. | Too much is being done with accounts at the moment: please ask again in a minute.
    429, 1 s: Your labels. | Too much is being done with accounts at the moment: please ask again in a minute.
    429, 60 s: Too much is being done with accounts at the moment: please ask again in a minute.
    cut: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    act, cut: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    half: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    stall: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    act, stall: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    nonsense: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    error inside: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    ");
}

#[tokio::test]
async fn no_tools_are_listed() {
    // What was listed is remembered, so each row begins with somebody new.
    let table = told(faults_and(&inside()), async |fault| {
        let bot = ada_is_connected_in(&patience_over(&fault)).await;
        let words = of_call(&bot, "/tools/scoped", fault).await;
        bot.finish().await;
        words
    })
    .await;
    assert_snapshot!(table, @"
    500: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    503: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    429: Your labels. | Too much is being done with accounts at the moment: please ask again in a minute.
    429, 1 s: Your labels. | Too much is being done with accounts at the moment: please ask again in a minute.
    429, 60 s: Too much is being done with accounts at the moment: please ask again in a minute.
    cut: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    act, cut: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    half: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    stall: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    act, stall: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    nonsense: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    error inside: Your labels. | I cannot reach your accounts at the moment: please ask again in a few minutes.
    ");
}

#[tokio::test]
async fn a_vault_that_is_down_is_told_of_and_waited_for() {
    let bot = ada_is_connected().await;
    bot.vault.down().await;
    let (_, answer) = asks(&bot).await;
    bot.vault.up();
    assert_snapshot!(answer, @"I cannot reach your accounts at the moment: please ask again in a few minutes.");
    ends_well(bot).await;
}

#[tokio::test]
async fn an_account_that_cannot_be_disconnected_is_told_of() {
    let table = told_in(Bot::start_in, faults_and(&inside()), async |bot, fault| {
        bot.vault.faults().once(":delete", fault.clone());
        let once = disconnects(bot).await;
        bot.vault.faults().always(":delete", fault);
        let always = disconnects(bot).await;
        once_and_always(once, &always)
    })
    .await;
    assert_snapshot!(table, @"
    500: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] | I cannot reach your accounts at the moment: please ask again in a few minutes.
    503: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] | I cannot reach your accounts at the moment: please ask again in a few minutes.
    429: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] | Too much is being done with accounts at the moment: please ask again in a minute.
    429, 1 s: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] | Too much is being done with accounts at the moment: please ask again in a minute.
    429, 60 s: Too much is being done with accounts at the moment: please ask again in a minute.
    cut: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] | I cannot reach your accounts at the moment: please ask again in a few minutes.
    act, cut: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] | I cannot reach your accounts at the moment: please ask again in a few minutes.
    half: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] | I cannot reach your accounts at the moment: please ask again in a few minutes.
    stall: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] | I cannot reach your accounts at the moment: please ask again in a few minutes.
    act, stall: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] | I cannot reach your accounts at the moment: please ask again in a few minutes.
    nonsense: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] | I cannot reach your accounts at the moment: please ask again in a few minutes.
    error inside: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] | I cannot reach your accounts at the moment: please ask again in a few minutes.
    ");
}

async fn disconnects(bot: &Bot) -> String {
    bot.connects("ada", "gmail").await;
    let ada = bot.slack.person("ada");
    let words = crate::bot::disconnects(&ada, "gmail").await;
    bot.vault.faults().clear();
    crate::bot::disconnects_if_need_be(&ada, "gmail").await;
    assert_eq!(bot.vault.active_accounts(), []);
    words
}

#[tokio::test]
async fn commands_that_ask_the_vault_say_when_it_fails() {
    let connect = commanded("/connect", "gmail").await;
    assert_eq!(connect, commanded("/connections", "").await);
    assert_snapshot!(connect, @"
    500: I cannot reach your accounts at the moment: please ask again in a few minutes.
    503: I cannot reach your accounts at the moment: please ask again in a few minutes.
    429: Too much is being done with accounts at the moment: please ask again in a minute.
    429, 1 s: Too much is being done with accounts at the moment: please ask again in a minute.
    429, 60 s: Too much is being done with accounts at the moment: please ask again in a minute.
    cut: I cannot reach your accounts at the moment: please ask again in a few minutes.
    act, cut: I cannot reach your accounts at the moment: please ask again in a few minutes.
    half: I cannot reach your accounts at the moment: please ask again in a few minutes.
    stall: I cannot reach your accounts at the moment: please ask again in a few minutes.
    act, stall: I cannot reach your accounts at the moment: please ask again in a few minutes.
    nonsense: I cannot reach your accounts at the moment: please ask again in a few minutes.
    error inside: I cannot reach your accounts at the moment: please ask again in a few minutes.
    ");
}

async fn commanded(command: &str, argument: &str) -> String {
    let path = "/connected_accounts/details";
    told_in(Bot::start_in, faults_and(&inside()), async |bot, fault| {
        let ada = bot.slack.person("ada");
        bot.vault.faults().always(path, fault);
        ada.command(command, argument, "general").await;
        let words = ada.next_ephemeral().await.visible_text();
        bot.vault.faults().clear();
        ada.command(command, argument, "general").await;
        let well = ada.next_ephemeral().await.visible_text();
        assert_ne!(well, words);
        bot.slack.read_all();
        words
    })
    .await
}
