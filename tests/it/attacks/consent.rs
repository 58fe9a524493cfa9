//! Consent that was not given by the person whose attempt it is, and what the vault might
//! talk us into.

use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::vault::{Links, Outcome};

use super::walk::{consents_and_stays, is_turned_away, link_for, to_vault};
use crate::bot::{Bot, Process};

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
    bot.router.will_call("gmail_get_profile", &json!({}));
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

#[tokio::test]
async fn killed_between_the_verification_and_its_word_the_person_is_told_after_the_restart() {
    let bot = Bot::world(|_| {}).await;
    let first = Process::serve(&bot.settings).await;
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "What is in my mail?").await;
    let link = ada.next_dm().await.link();
    bot.vault
        .faults()
        .always("/execute_tool", Fault::ActThenStall);
    let browser = bot.browser_of("ada").await;
    let walk = tokio::spawn(async move { browser.connects(&link).await });
    while bot.vault.executions().is_empty() {
        tokio::task::yield_now().await;
    }
    first.kill();
    assert_eq!(walk.await.unwrap().status, 0, "nobody answered");
    bot.vault.faults().clear();

    bot.router.will_say("Here I am.");
    let second = Process::serve(&bot.settings).await;

    let told = ada.next_dm().await.visible_text();
    assert!(told.contains("ada@example.com"), "{told}");
    let answer = bot
        .slack
        .next(|one| one.visible_text() == "Here I am.")
        .await;
    assert_eq!(answer.thread_ts.as_deref(), Some(question.ts.as_str()));
    second.stop().await;
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_tool_that_the_policy_denies_is_not_run_to_find_out_whose_account_it_is() {
    let folder = tempfile::TempDir::new().unwrap();
    let policy = folder.path().join("policy.toml");
    std::fs::write(&policy, "[tools]\n\"gmail_*\" = \"deny\"\n").unwrap();
    let bot = Bot::start_with(|settings| {
        settings.set("VALET_POLICY", &policy.display().to_string());
    })
    .await;
    let link = link_for(&bot, "ada", "gmail").await;
    assert_eq!(
        bot.browser_of("ada").await.connects(&link).await.status,
        200
    );
    bot.slack.person("ada").next_dm().await;
    assert_eq!(bot.vault.executions(), []);
    bot.finish().await;
}

#[tokio::test]
async fn an_identifier_in_the_vaults_own_words_does_not_reach_the_router() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let identifier = bot.vault.identifiers().pop().unwrap();
    bot.vault.tool_error_next(
        "gmail_list_labels",
        Outcome::ToolError(403, format!("{identifier} may not do this")),
    );
    bot.vault.tool_error_next(
        "gmail_get_profile",
        Outcome::Data(Some(json!({"account": {"of": identifier}}))),
    );
    bot.router.will_call("gmail_list_labels", &json!({}));
    bot.router.will_call("gmail_get_profile", &json!({}));
    bot.router.will_say("No.");
    let question = bot.slack.person("ada").direct("Which labels?").await;
    assert_eq!(bot.answer(&question).await, "No.");
    assert!(!bot.router.all_text().contains(&identifier));
    bot.finish().await;
}
