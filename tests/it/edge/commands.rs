//! Slash commands and the same words as text.

use valet_sim::slack::{Signing, Slack};

use crate::bot::Bot;

#[tokio::test]
async fn a_prefix_keeps_commands_apart_from_those_of_other_apps() {
    for (prefix, command) in [
        ("acme", "/acme-connect"),
        ("acme-", "/acme-connect"),
        ("/acme", "/acme-connect"),
        ("acme_", "/acme_connect"),
    ] {
        let bot = Bot::start_with(|settings| settings.set("VALET_COMMAND_PREFIX", prefix)).await;
        let ada = bot.slack.person("ada");
        let answer = ada.command(command, "gmail", "general").await;
        assert_eq!((answer.status, answer.body.as_str()), (Some(200), ""));
        assert!(ada.next_dm().await.link().contains("/connect/"), "{prefix}");
        ada.next_ephemeral().await;
        ada.command(command, "help", "general").await;
        let told = ada.next_ephemeral().await.visible_text();
        assert!(
            told.contains(&format!("{command} gmail")),
            "{prefix}: {told}"
        );
        for kin in ["connections", "disconnect"] {
            let kin = command.replace("connect", kin);
            ada.command(&kin, "gmail", "dm").await;
            let told = bot.slack.next(|_| true).await.visible_text();
            assert!(!told.contains("Ask me something"), "{kin}: {told}");
        }
        bot.finish().await;
    }
}

#[tokio::test]
async fn every_command_is_a_word_too() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    for (command, argument) in [
        ("connections", ""),
        ("disconnect", "gmail"),
        ("connect", "fax"),
        ("disconnect", "fax"),
        ("connect", ""),
        ("disconnect", ""),
        ("help", ""),
    ] {
        ada.command(&format!("/{command}"), argument, "general")
            .await;
        let by_command = ada.next_ephemeral().await.visible_text();
        let words = format!("{command} {argument}");
        let direct = ada.direct(&words).await;
        let by_dm = bot.slack.next_reply(&direct).await.visible_text();
        let mention = ada.mentions_in("general", &words).await;
        let by_mention = bot.slack.next_reply(&mention).await.visible_text();
        let in_thread = ada.says_in_thread(&mention, &words).await;
        let by_reply = bot.slack.next_reply(&in_thread).await.visible_text();
        for other in [by_dm, by_mention, by_reply] {
            assert_eq!(other, by_command, "{words}");
        }
    }
    bot.finish().await;
}

#[tokio::test]
async fn a_slash_typed_in_a_thread_where_slack_takes_it_for_text_is_understood() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "help").await;
    bot.slack.next_reply(&question).await;
    ada.says_in_thread(&question, "/connect gmail").await;
    assert!(ada.next_dm().await.link().contains("/connect/"));
    let note = bot.slack.next_reply(&question).await;
    assert!(!note.visible_text().contains("http"), "{note:?}");
    bot.finish().await;
}

#[tokio::test]
async fn an_unknown_connection_is_named_without_harm_and_the_known_ones_are_listed() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let long = "x".repeat(5_000);
    for word in [
        "fax",
        "<!channel>",
        "*bold* `code`",
        "https://evil.example/x",
        &long,
    ] {
        ada.command("/connect", word, "general").await;
        let told = ada.next_ephemeral().await.visible_text();
        for known in ["gmail", "github", "linear", "googlecalendar"] {
            assert!(told.contains(known), "{told}");
        }
        assert!(told.len() < 500, "{told}");
    }
    bot.finish().await;
}

#[tokio::test]
async fn where_a_command_cannot_be_answered_the_answer_is_a_direct_message() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let gone = format!("{}/response/gone", bot.slack.url());
    for url in [
        gone.as_str(),
        "https://evil.example/hook",
        "not an address",
        "",
    ] {
        let mut fields = bot
            .slack
            .command_fields(&ada, "general", ("/connections", ""));
        for (name, value) in &mut fields {
            if name == "response_url" {
                url.clone_into(value);
            }
        }
        let delivered = bot
            .slack
            .deliver_command_raw(Slack::form(&fields), Signing::Good, &[])
            .await;
        assert_eq!(delivered.status, Some(200), "{url}");
        let told = ada.next_dm().await.visible_text();
        assert!(told.contains("Your accounts"), "{url}: {told}");
    }
    assert_eq!(bot.slack.requests("response_url").len(), 1, "the dead one");
    bot.finish().await;
}
