//! Sign in with Slack, as somebody else, and with tokens that are none.

use valet_sim::slack::BadToken;

use super::walk::{is_turned_away, link_for, plain, to_slack};
use crate::bot::Bot;

#[tokio::test]
async fn no_bad_token_signs_anybody_in() {
    let bot = Bot::start().await;
    let link = link_for(&bot, "ada", "gmail").await;
    let browser = bot.browser_of("ada").await;
    for bad in [
        BadToken::AlgNone,
        BadToken::Expired,
        BadToken::ForOthersToo,
        BadToken::ForeignKey,
        BadToken::FromTheFuture,
        BadToken::Hs256,
        BadToken::IssuedToAnother,
        BadToken::Malformed,
        BadToken::MissingNonce,
        BadToken::NotYetValid,
        BadToken::OtherApp,
        BadToken::OtherSubject,
        BadToken::OtherTeam,
        BadToken::OtherUser,
        BadToken::Tampered,
        BadToken::UnknownKey,
        BadToken::WrongAudience,
        BadToken::WrongIssuer,
        BadToken::WrongNonce,
    ] {
        bot.slack.next_id_token(bad);
        let page = browser.connects(&link).await;
        assert!(is_turned_away(&page), "{bad:?}: {}", page.text());
        assert_eq!(bot.vault.accounts(), [], "{bad:?}");
    }
    // After all of them the link is still good for its owner.
    assert_eq!(browser.connects(&link).await.status, 200);
    bot.slack.person("ada").next_dm().await;
    bot.finish().await;
}

#[tokio::test]
async fn the_same_user_id_in_another_workspace_is_somebody_else() {
    let bot = Bot::start().await;
    let link = link_for(&bot, "ada", "gmail").await;
    let browser = bot.browser();
    browser
        .signed_in_to_slack_as(&bot.slack.url(), "ada", "T0OTHER")
        .await;
    let page = browser.connects(&link).await;
    assert!(is_turned_away(&page), "{}", page.text());
    assert_eq!(bot.vault.accounts(), []);
    bot.finish().await;
}

#[tokio::test]
async fn who_says_no_to_slack_can_say_yes_later() {
    let bot = Bot::start().await;
    bot.slack.set_consent_page(true);
    let link = link_for(&bot, "ada", "gmail").await;
    let browser = bot.browser_of("ada").await;
    let page = to_slack(&browser, &link).await.press("Cancel").await;
    assert!(is_turned_away(&page), "{}", page.text());
    assert_eq!(bot.vault.accounts(), []);
    assert_eq!(browser.connects(&link).await.status, 200);
    bot.slack.person("ada").next_dm().await;
    bot.finish().await;
}

#[tokio::test]
async fn a_form_on_another_site_does_not_press_continue() {
    let bot = Bot::start().await;
    let link = link_for(&bot, "ada", "gmail").await;
    let own = bot.settings.public_url();
    let browser = bot.browser_of("ada").await;
    let elsewhere = browser.get(&bot.slack.sign_in_url("ada", "T0ACME")).await;
    assert_eq!(elsewhere.post(&link, &[]).await.status, 403);
    for (header, value, lets_through) in [
        ("origin", "https://evil.example", false),
        ("origin", "null", false),
        ("origin", "", false),
        ("origin", &format!("{own}.evil.example"), false),
        ("origin", &own, true),
        ("sec-fetch-site", "cross-site", false),
        ("sec-fetch-site", "same-site", false),
        ("sec-fetch-site", "none", false),
        ("sec-fetch-site", "same-origin", true),
        ("x-nothing", "", true),
    ] {
        let answer = plain()
            .post(&link)
            .header(header, value)
            .send()
            .await
            .unwrap();
        let expected = if lets_through { 303 } else { 403 };
        assert_eq!(answer.status(), expected, "{header}: {value}");
        assert_eq!(answer.headers().contains_key("set-cookie"), lets_through);
    }
    bot.finish().await;
}
