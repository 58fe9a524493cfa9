//! What the vault might talk us into.

use super::walk::link_for;
use crate::bot::Bot;

#[tokio::test]
async fn where_the_vault_would_send_the_browser_next_is_not_followed() {
    let bot = Bot::start().await;
    let hostile = format!("{}/hostile", bot.vault.url());
    bot.vault
        .switch(|switches| switches.hostile_redirect = Some(hostile.clone()));
    let link = link_for(&bot, "ada", "gmail").await;
    let browser = bot.browser_of("ada").await;
    let page = browser.connects(&link).await;
    assert_eq!(page.status, 200);
    assert!(page.url.as_str().starts_with(&bot.settings.public_url()));
    assert!(!page.html.contains(&hostile));
    assert!(browser.history().iter().all(|step| step.url != hostile));
    bot.slack.person("ada").next_dm().await;
    bot.finish().await;
}

#[tokio::test]
async fn the_tokens_of_an_account_are_never_asked_for() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let ada = bot.slack.person("ada");
    bot.router
        .will_call("gmail_get_profile", &serde_json::json!({}));
    bot.router.will_say("Done.");
    let question = ada.mentions_in("general", "Who am I?").await;
    bot.answer(&question).await;
    for command in ["/connections", "/disconnect gmail"] {
        let (command, text) = command.split_once(' ').unwrap_or((command, ""));
        ada.command(command, text, "general").await;
        ada.next_ephemeral().await;
    }
    for path in ["/auth", "/connected_accounts", "/execute"] {
        assert_eq!(bot.vault.requests(path).len(), 0, "{path}");
    }
    let told = bot.router.all_text();
    for secret in bot.vault.secrets() {
        assert!(!told.contains(&secret), "the router was told {secret}");
    }
    bot.slack.read_all();
    bot.finish().await;
}
