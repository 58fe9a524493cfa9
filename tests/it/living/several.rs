//! Several accounts, several connections at once, several devices.

use crate::bot::{Bot, asks_to_connect};

#[tokio::test]
async fn two_connections_are_connected_at_once_from_two_devices() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let mail = asks_to_connect(&ada, "gmail").await;
    let code = asks_to_connect(&ada, "github").await;
    let (phone, laptop) = (bot.browser_of("ada").await, bot.browser_of("ada").await);
    let (one, other) = tokio::join!(phone.connects(&mail), laptop.connects(&code));
    assert_eq!((one.status, other.status), (200, 200));
    for _ in 0..2 {
        assert!(ada.next_dm().await.visible_text().contains("is connected"));
    }
    let mut active: Vec<_> = bot.vault.active_accounts();
    active.sort_by(|one, other| one.connection.cmp(&other.connection));
    let names: Vec<&str> = active.iter().map(|one| one.connection.as_str()).collect();
    assert_eq!(names, ["github", "gmail"]);
    assert_eq!(active[0].identifier, active[1].identifier);
    bot.finish().await;
}

#[tokio::test]
async fn a_link_begun_on_the_phone_is_finished_on_the_laptop() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let link = asks_to_connect(&ada, "gmail").await;
    let phone = bot.browser_of("ada").await;
    phone.get(&link).await.press("Continue").await;
    let page = bot.browser_of("ada").await.connects(&link).await;
    assert_eq!(page.status, 200, "{}", page.text());
    ada.next_dm().await;
    assert_eq!(bot.vault.active_accounts().len(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn another_account_takes_the_place_of_the_first_and_its_name() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let ada = bot.slack.person("ada");
    ada.command("/connect", "gmail", "general").await;
    let there = ada.next_ephemeral().await;
    assert!(
        there.visible_text().contains("ada@example.com"),
        "{there:?}"
    );
    ada.clicks(&there, "reconnect").await;
    let link = ada.next_dm().await.link();
    let browser = bot.browser_of("ada").await;
    browser
        .signed_in_to_provider_as(&bot.vault.url(), "ben@example.com")
        .await;
    assert_eq!(browser.connects(&link).await.status, 200);
    assert!(
        ada.next_dm()
            .await
            .visible_text()
            .contains("ben@example.com")
    );
    ada.command("/connections", "", "general").await;
    let listed = ada.next_ephemeral().await.visible_text();
    assert!(
        listed.contains("*gmail*: connected as ben@example.com"),
        "{listed}"
    );
    assert_eq!(bot.vault.active_accounts().len(), 1);
    bot.finish().await;
}
