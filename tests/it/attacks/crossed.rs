//! States, cookies and requests that are missing, swapped, or used again.

use super::walk::{
    agrees_and_stays, consents_and_stays, is_turned_away, link_for, parameter, plain, to_slack,
    to_vault, with,
};
use crate::bot::Bot;

#[tokio::test]
async fn without_its_state_or_its_cookie_a_browser_back_from_slack_gets_nowhere() {
    let bot = Bot::start().await;
    bot.slack.set_consent_page(true);
    let link = link_for(&bot, "ada", "gmail").await;
    let browser = bot.browser_of("ada").await;
    let at_slack = to_slack(&browser, &link).await;
    let back = agrees_and_stays(&at_slack, "ada").await;
    let (code, state) = (parameter(&back, "code"), parameter(&back, "state"));
    let unknown = "A".repeat(43);
    for (name, parameters) in [
        ("no state", vec![("code", code.as_str())]),
        ("an empty state", vec![("code", &code), ("state", "")]),
        (
            "an unknown state",
            vec![("code", &code), ("state", &unknown)],
        ),
        (
            "two states",
            vec![("code", &code), ("state", &state), ("state", &state)],
        ),
        (
            "two states, one unknown",
            vec![("code", &code), ("state", &unknown), ("state", &state)],
        ),
        (
            "a state of bytes",
            vec![("code", &code), ("state", "\u{fffd}")],
        ),
        ("nothing", vec![]),
    ] {
        let page = browser.get(&with(&back, &parameters)).await;
        assert!(is_turned_away(&page), "{name}: {}", page.text());
    }
    let page = bot.browser_of("ada").await.get(back.as_str()).await;
    assert!(is_turned_away(&page), "no cookie: {}", page.text());
    assert_eq!(bot.vault.accounts(), []);
    // None of it used anything up.
    let page = browser.get(back.as_str()).await.press("Allow").await;
    assert_eq!(page.status, 200, "{}", page.text());
    bot.slack.person("ada").next_dm().await;
    bot.finish().await;
}

#[tokio::test]
async fn without_its_state_or_its_request_a_browser_back_from_the_vault_gets_nowhere() {
    let bot = Bot::start().await;
    let link = link_for(&bot, "ada", "gmail").await;
    let browser = bot.browser_of("ada").await;
    let at_vault = to_vault(&browser, &link).await;
    let back = consents_and_stays(&at_vault, "ada@example.com").await;
    let (request, state) = (
        parameter(&back, "auth_request_id"),
        parameter(&back, "state"),
    );
    let (unknown, long) = ("A".repeat(43), "a".repeat(1001));
    for (name, parameters) in [
        ("no state", vec![("auth_request_id", request.as_str())]),
        (
            "an unknown state",
            vec![("auth_request_id", &request), ("state", &unknown)],
        ),
        (
            "two states",
            vec![
                ("auth_request_id", &request),
                ("state", &state),
                ("state", &state),
            ],
        ),
        ("no request", vec![("state", &state)]),
        (
            "an empty request",
            vec![("auth_request_id", ""), ("state", &state)],
        ),
        (
            "a long request",
            vec![("auth_request_id", &long), ("state", &state)],
        ),
        (
            "two requests",
            vec![
                ("auth_request_id", &request),
                ("auth_request_id", "x"),
                ("state", &state),
            ],
        ),
        ("nothing", vec![]),
    ] {
        let page = browser.get(&with(&back, &parameters)).await;
        assert!(is_turned_away(&page), "{name}: {}", page.text());
    }
    assert_eq!(bot.vault.active_accounts(), []);
    let page = browser.get(back.as_str()).await;
    assert_eq!(page.status, 200, "nothing was used up: {}", page.text());
    bot.slack.person("ada").next_dm().await;
    bot.finish().await;
}

#[tokio::test]
async fn a_ticket_is_no_state_and_a_state_is_no_ticket() {
    let bot = Bot::start().await;
    bot.slack.set_consent_page(true);
    let link = link_for(&bot, "ada", "gmail").await;
    let ticket = link.rsplit('/').next().unwrap();
    let browser = bot.browser_of("ada").await;
    let at_slack = to_slack(&browser, &link).await;
    let back = agrees_and_stays(&at_slack, "ada").await;
    let (code, state) = (parameter(&back, "code"), parameter(&back, "state"));

    let as_state = [("code", code.as_str()), ("state", ticket)];
    assert!(is_turned_away(&browser.get(&with(&back, &as_state)).await));
    let as_ticket = link.replace(ticket, &state);
    assert!(is_turned_away(&browser.get(&as_ticket).await));
    let pressed = plain().post(&as_ticket).send().await.unwrap();
    assert_eq!(pressed.status(), 400);

    let at_vault = browser.get(back.as_str()).await;
    let back = consents_and_stays(&at_vault, "ada@example.com").await;
    let request = parameter(&back, "auth_request_id");
    let as_state = [("auth_request_id", request.as_str()), ("state", ticket)];
    assert!(is_turned_away(&browser.get(&with(&back, &as_state)).await));
    assert_eq!(bot.vault.active_accounts(), []);

    assert_eq!(browser.get(back.as_str()).await.status, 200);
    bot.slack.person("ada").next_dm().await;
    bot.finish().await;
}

#[tokio::test]
async fn two_attempts_of_one_person_cannot_be_crossed() {
    let bot = Bot::start().await;
    bot.slack.set_consent_page(true);
    let (mail, code) = (
        link_for(&bot, "ada", "gmail").await,
        link_for(&bot, "ada", "github").await,
    );
    let browser = bot.browser_of("ada").await;
    let mail_at_slack = to_slack(&browser, &mail).await;
    let code_at_slack = to_slack(&browser, &code).await;
    let mail_back = agrees_and_stays(&mail_at_slack, "ada").await;
    let code_back = agrees_and_stays(&code_at_slack, "ada").await;
    let crossed = with(
        &mail_back,
        &[
            ("code", &parameter(&mail_back, "code")),
            ("state", &parameter(&code_back, "state")),
        ],
    );
    assert!(is_turned_away(&browser.get(&crossed).await));
    assert_eq!(bot.vault.accounts(), [], "the vault was not asked");
    bot.finish().await;
}

#[tokio::test]
async fn another_persons_attempt_cannot_be_borrowed_from() {
    let bot = Bot::start().await;
    let hers = link_for(&bot, "ada", "gmail").await;
    let his = link_for(&bot, "ben", "gmail").await;
    let (ada, ben) = (bot.browser_of("ada").await, bot.browser_of("ben").await);
    let at_hers = to_vault(&ada, &hers).await;
    let ada_back = consents_and_stays(&at_hers, "ada@example.com").await;
    let at_his = to_vault(&ben, &his).await;
    let ben_back = consents_and_stays(&at_his, "ben@example.com").await;

    // Ada's request with Ben's state, in Ben's browser: the vault knows whose it is.
    let crossed = with(
        &ben_back,
        &[
            ("auth_request_id", &parameter(&ada_back, "auth_request_id")),
            ("state", &parameter(&ben_back, "state")),
        ],
    );
    assert!(is_turned_away(&ben.get(&crossed).await));
    let told = bot.slack.person("ben").next_dm().await;
    assert!(told.visible_text().contains("could not be connected"));
    assert_eq!(bot.vault.active_accounts(), []);

    assert_eq!(ada.get(ada_back.as_str()).await.status, 200);
    bot.slack.person("ada").next_dm().await;
    let owners: Vec<String> = bot
        .vault
        .active_accounts()
        .into_iter()
        .map(|one| one.mailbox)
        .collect();
    assert_eq!(owners, ["ada@example.com"]);
    bot.finish().await;
}

#[tokio::test]
async fn a_callback_counts_once() {
    let bot = Bot::start().await;
    let link = link_for(&bot, "ada", "gmail").await;
    let browser = bot.browser_of("ada").await;
    assert_eq!(browser.connects(&link).await.status, 200);
    bot.slack.person("ada").next_dm().await;
    let verified = bot.vault.requests("/user/verify").len();
    for step in browser.history() {
        if step.url.split('?').next().unwrap().ends_with("callback") {
            let again = browser.get(&step.url).await;
            assert!(is_turned_away(&again), "{}: {}", step.url, again.text());
        }
    }
    assert_eq!(bot.vault.requests("/user/verify").len(), verified);
    assert_eq!(bot.vault.active_accounts().len(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn of_callbacks_at_once_one_counts() {
    let bot = Bot::start().await;
    let link = link_for(&bot, "ada", "gmail").await;
    let browser = bot.browser_of("ada").await;
    let at_vault = to_vault(&browser, &link).await;
    let back = consents_and_stays(&at_vault, "ada@example.com").await;
    let asked = (0..8).map(|_| browser.get(back.as_str()));
    let pages = futures_util::future::join_all(asked).await;
    let welcome = pages.iter().filter(|page| page.status == 200).count();
    let refused = pages.iter().filter(|page| is_turned_away(page)).count();
    assert_eq!((welcome, refused), (1, 7));
    assert_eq!(bot.vault.requests("/user/verify").len(), 1);
    bot.slack.person("ada").next_dm().await;
    bot.finish().await;
}

#[tokio::test]
async fn of_two_browsers_the_last_to_continue_goes_on() {
    let bot = Bot::start().await;
    bot.slack.set_consent_page(true);
    let link = link_for(&bot, "ada", "gmail").await;
    let (first, second) = (bot.browser_of("ada").await, bot.browser_of("ada").await);
    let first_at_slack = to_slack(&first, &link).await;
    let second_at_slack = to_slack(&second, &link).await;
    assert!(is_turned_away(&first_at_slack.press("Allow").await));
    let at_vault = second_at_slack.press("Allow").await;
    // And once more, when the second is at the vault.
    let back = consents_and_stays(&at_vault, "ada@example.com").await;
    let third = bot.browser_of("ada").await;
    let at_vault = to_vault(&third, &link).await;
    assert!(is_turned_away(&second.get(back.as_str()).await));
    assert_eq!(at_vault.press("Allow").await.status, 200);
    bot.slack.person("ada").next_dm().await;
    assert_eq!(bot.vault.active_accounts().len(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn a_robot_that_asks_for_the_head_uses_nothing_up() {
    let bot = Bot::start().await;
    let link = link_for(&bot, "ada", "gmail").await;
    let browser = bot.browser_of("ada").await;
    let at_vault = to_vault(&browser, &link).await;
    let back = consents_and_stays(&at_vault, "ada@example.com").await;
    for address in [link.as_str(), back.as_str()] {
        for method in [reqwest::Method::HEAD, reqwest::Method::OPTIONS] {
            let answer = plain().request(method, address).send().await.unwrap();
            assert!(answer.status().is_success() || answer.status().is_client_error());
        }
    }
    assert_eq!(browser.get(back.as_str()).await.status, 200);
    bot.slack.person("ada").next_dm().await;
    bot.finish().await;
}
