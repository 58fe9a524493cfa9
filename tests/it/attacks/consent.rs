//! Consent that was not given by the person whose attempt it is, and what the vault might
//! talk us into.

use valet_sim::vault::Links;

use super::walk::{consents_and_stays, is_turned_away, link_for, to_vault};
use crate::bot::Bot;

/// The vault may keep what was consented to with the account and not with the request, so
/// that a request of Mallory's own would confirm what Ada has consented to since.
#[tokio::test]
async fn a_strangers_consent_cannot_be_confirmed_by_an_earlier_request_of_ones_own() {
    let bot = Bot::start().await;
    let own = link_for(&bot, "mallory", "gmail").await;
    let bait = link_for(&bot, "mallory", "gmail").await;
    let mallory = bot.browser_of("mallory").await;
    let at_own = to_vault(&mallory, &own).await;
    let kept = consents_and_stays(&at_own, "mallory@example.com").await;
    let at_bait = to_vault(&mallory, &bait).await;

    let ada = bot.browser_of("ada").await;
    let page = ada.get(at_bait.url.as_str()).await.press("Allow").await;
    assert!(is_turned_away(&page), "{}", page.text());
    let page = mallory.get(kept.as_str()).await;

    assert!(is_turned_away(&page), "{}", page.text());
    assert_eq!(bot.vault.active_accounts(), []);
    bot.slack.read_all();
    bot.finish().await;
}

/// The same where a link can be used again and again.
#[tokio::test]
async fn a_strangers_consent_through_a_link_that_was_used_before_connects_nobody() {
    let bot = Bot::start().await;
    bot.vault
        .switch(|switches| switches.links = Links::Reusable);
    let link = link_for(&bot, "mallory", "gmail").await;
    let mallory = bot.browser_of("mallory").await;
    let at_vault = to_vault(&mallory, &link).await;
    // Each visit of the link is a consent page of its own.
    let vault_link = mallory
        .history()
        .into_iter()
        .find(|step| step.url.contains("/magicLink/"))
        .unwrap()
        .url;
    let kept = consents_and_stays(&at_vault, "mallory@example.com").await;

    let ada = bot.browser_of("ada").await;
    let page = ada.get(&vault_link).await.press("Allow").await;
    assert!(is_turned_away(&page), "{}", page.text());
    let page = mallory.get(kept.as_str()).await;

    assert!(is_turned_away(&page), "{}", page.text());
    assert_eq!(bot.vault.active_accounts(), []);
    assert_eq!(bot.vault.accounts(), [], "what Ada consented to is deleted");
    let told = bot.slack.person("mallory").next_dm().await;
    assert!(told.visible_text().contains("could not be connected"));
    bot.finish().await;
}

/// A link of the vault's lives as long as the vault likes, also when a newer one of ours
/// has taken its place.
#[tokio::test]
async fn a_strangers_consent_through_an_overtaken_link_connects_nobody() {
    let bot = Bot::start().await;
    let bait = link_for(&bot, "mallory", "gmail").await;
    let own = link_for(&bot, "mallory", "gmail").await;
    let mallory = bot.browser_of("mallory").await;
    let at_bait = to_vault(&mallory, &bait).await;
    let at_own = to_vault(&mallory, &own).await;
    let kept = consents_and_stays(&at_own, "mallory@example.com").await;

    let ada = bot.browser_of("ada").await;
    let page = ada.get(at_bait.url.as_str()).await.press("Allow").await;
    assert!(is_turned_away(&page), "{}", page.text());
    assert!(is_turned_away(&mallory.get(kept.as_str()).await));

    assert_eq!(bot.vault.accounts(), []);
    bot.slack.read_all();
    bot.finish().await;
}

/// And when the account is connected already.
#[tokio::test]
async fn a_strangers_consent_after_ones_own_disconnects_the_account() {
    let bot = Bot::start().await;
    let bait = link_for(&bot, "mallory", "gmail").await;
    let own = link_for(&bot, "mallory", "gmail").await;
    let mallory = bot.browser_of("mallory").await;
    let at_bait = to_vault(&mallory, &bait).await;
    assert_eq!(mallory.connects(&own).await.status, 200);
    assert_eq!(bot.vault.active_accounts().len(), 1);
    // Shown again, as a browser or whoever watches over it does, it changes nothing.
    let shown = mallory.history().pop().unwrap().url;
    assert!(is_turned_away(&mallory.get(&shown).await));
    assert!(is_turned_away(&bot.browser().get(&shown).await));
    assert_eq!(bot.vault.active_accounts().len(), 1);

    let ada = bot.browser_of("ada").await;
    let page = ada.get(at_bait.url.as_str()).await.press("Allow").await;

    assert!(is_turned_away(&page), "{}", page.text());
    assert_eq!(bot.vault.accounts(), []);
    bot.slack.read_all();
    bot.finish().await;
}

/// Two attempts of one person, one after the other at the vault: the newer one counts.
#[tokio::test]
async fn a_newer_attempt_at_the_same_account_takes_the_place_of_the_older() {
    let bot = Bot::start().await;
    let (older, newer) = (
        link_for(&bot, "ada", "gmail").await,
        link_for(&bot, "ada", "gmail").await,
    );
    let browser = bot.browser_of("ada").await;
    let at_older = to_vault(&browser, &older).await;
    let kept = consents_and_stays(&at_older, "ada@example.com").await;
    let at_newer = to_vault(&browser, &newer).await;
    assert!(is_turned_away(&browser.get(kept.as_str()).await));
    assert_eq!(at_newer.press("Allow").await.status, 200);
    bot.slack.person("ada").next_dm().await;
    // The older link was not used, only overtaken.
    assert_eq!(browser.connects(&older).await.status, 200);
    bot.slack.person("ada").next_dm().await;
    bot.finish().await;
}

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
