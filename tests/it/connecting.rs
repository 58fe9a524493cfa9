//! Connecting an account: the ways to ask for it, and who gets nowhere.

use std::time::Duration;

use crate::bot::{Bot, asks_to_connect, disconnects};

#[tokio::test]
async fn connect_by_command_by_mention_and_by_direct_message() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");

    let answer = ada.command("/connect", "gmail", "general").await;
    assert_eq!(answer.status, Some(200));
    let by_command = ada.next_dm().await;
    assert!(
        ada.next_ephemeral()
            .await
            .visible_text()
            .contains("direct message")
    );

    let mention = ada.mentions_in("general", "connect gmail").await;
    let by_mention = ada.next_dm().await;
    let note = bot.slack.next_reply(&mention).await;
    assert!(!note.visible_text().contains("http"), "{note:?}");

    ada.direct("connect gmail").await;
    let by_dm = ada.next_dm().await;

    let links = [by_command.link(), by_mention.link(), by_dm.link()];
    for link in &links {
        assert!(link.contains("/connect/"), "{link}");
        assert_eq!(links.iter().filter(|other| *other == link).count(), 1);
    }
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn connecting_twice_says_so_and_offers_to_reconnect() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let ada = bot.slack.person("ada");
    ada.command("/connect", "gmail", "general").await;
    let told = ada.next_ephemeral().await;
    assert!(
        told.visible_text().contains("already connected"),
        "{told:?}"
    );
    ada.clicks(&told, "reconnect").await;
    let link = ada.next_dm().await.link();
    let page = bot.browser_of("ada").await.connects(&link).await;
    assert!(page.text().contains("is connected"));
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn an_unknown_connection_lists_the_known_ones() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    ada.command("/connect", "fax", "general").await;
    let told = ada.next_ephemeral().await.visible_text();
    for known in ["gmail", "github", "linear", "googlecalendar"] {
        assert!(told.contains(known), "{told}");
    }
    bot.finish().await;
}

#[tokio::test]
async fn connections_are_listed_and_ended() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let ada = bot.slack.person("ada");
    ada.command("/connections", "", "general").await;
    insta::assert_snapshot!(ada.next_ephemeral().await.visible_text(), @"
    Your accounts:
    *gmail*: connected as ada@example.com, last used today
    [Reconnect] [Disconnect]
    *github*: not connected
    [Connect]
    *linear*: not connected
    [Connect]
    *googlecalendar*: not connected
    [Connect]
    ");
    insta::assert_snapshot!(disconnects(&ada, "gmail").await, @"
    *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail]
    ");
    assert_eq!(bot.vault.active_accounts(), []);
    ada.direct("disconnect gmail").await;
    insta::assert_snapshot!(ada.next_dm().await.visible_text(), @"*gmail* was not connected, so there is nothing to disconnect.");
    bot.finish().await;
}

#[tokio::test]
async fn the_message_that_names_the_account_can_undo_it() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let link = asks_to_connect(&ada, "gmail").await;
    bot.browser_of("ada").await.connects(&link).await;
    let told = ada.next_dm().await;
    ada.clicks(&told, "disconnect").await;
    assert!(ada.next_dm().await.visible_text().contains("disconnected"));
    assert_eq!(bot.vault.active_accounts(), []);
    bot.finish().await;
}

#[tokio::test]
async fn a_link_passed_on_to_somebody_else_connects_nobody() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let link = asks_to_connect(&ada, "gmail").await;

    let page = bot.browser_of("mallory").await.connects(&link).await;

    assert_eq!(page.status, 400);
    insta::assert_snapshot!(page.text(), @r"
    This link no longer works
    Ask for a new one in Slack.
    A link works once, for a short time, and only for the person it was sent to.
    ");
    assert_eq!(bot.vault.accounts(), [], "the vault was not even asked");
    // The one it was meant for can still use it.
    let page = bot.browser_of("ada").await.connects(&link).await;
    assert_eq!(page.status, 200, "{}", page.text());
    ada.next_dm().await;
    bot.finish().await;
}

#[tokio::test]
async fn consent_given_in_another_browser_connects_nobody() {
    let bot = Bot::start().await;
    let mallory = bot.slack.person("mallory");
    let link = asks_to_connect(&mallory, "gmail").await;
    // Mallory goes as far as the vault's page, and sends Ada there.
    let own = bot.browser_of("mallory").await;
    let at_vault = own.get(&link).await.press("Continue").await;
    let page = bot.browser_of("ada").await.get(at_vault.url.as_str()).await;
    let page = page.press("Allow").await;

    assert_eq!(page.status, 400, "{}", page.text());
    assert_eq!(bot.vault.accounts(), [], "nothing of it is kept");
    let told = mallory.next_dm().await.visible_text();
    assert!(told.contains("could not be connected"), "{told}");
    bot.finish().await;
}

#[tokio::test]
async fn a_link_is_over_after_a_quarter_of_an_hour_and_after_use() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let late = asks_to_connect(&ada, "gmail").await;
    bot.later(Duration::from_mins(15));
    assert_eq!(bot.browser_of("ada").await.get(&late).await.status, 400);

    let link = asks_to_connect(&ada, "gmail").await;
    bot.browser_of("ada").await.connects(&link).await;
    ada.next_dm().await;
    assert_eq!(bot.browser_of("ada").await.get(&link).await.status, 400);
    bot.finish().await;
}

#[tokio::test]
async fn a_question_that_waits_for_an_account_too_long_says_so() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "What is in my mail?").await;
    ada.next_dm().await;
    bot.later(Duration::from_mins(16));
    let told = bot
        .slack
        .next(|one| one.visible_text().contains("in time"))
        .await;
    assert_eq!(told.thread_ts.as_deref(), Some(question.ts.as_str()));
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn guests_strangers_and_the_deactivated_are_refused_with_a_word() {
    let bot = Bot::start().await;
    for (who, channel) in [
        ("grace", "general"),
        ("olivia", "partners"),
        ("ada", "partners"),
    ] {
        let asked = bot
            .slack
            .person(who)
            .mentions_in(channel, "Read my mail")
            .await;
        let told = bot.slack.next_reply(&asked).await;
        assert!(!told.visible_text().is_empty(), "{who}");
    }
    let guest = bot.slack.person("grace");
    guest.command("/connect", "gmail", "general").await;
    guest.next_ephemeral().await;
    assert_eq!(bot.vault.accounts(), []);
    bot.finish().await;
}

#[tokio::test]
async fn the_pages_are_for_no_robot_no_frame_and_no_cache() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let link = asks_to_connect(&ada, "gmail").await;
    let robot = bot.browser();
    for _ in 0..3 {
        let page = robot.get(&link).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert!(
            page.header("content-security-policy")
                .contains("frame-ancestors 'none'")
        );
        assert!(!page.html.contains("<script"));
        assert!(page.text().contains("Ada"), "{}", page.text());
        assert!(page.text().contains("Acme"), "{}", page.text());
    }
    let page = bot.browser_of("ada").await.connects(&link).await;
    assert_eq!(page.status, 200, "robots used nothing up: {}", page.text());
    ada.next_dm().await;
    bot.finish().await;
}
