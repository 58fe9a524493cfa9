//! App Home: the same list, for its person alone, with buttons that work there.

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::fault::Fault;

use super::ada_is_connected;
use crate::bot::Bot;

#[tokio::test]
async fn a_home_that_is_opened_shows_the_accounts_of_its_person() {
    let bot = ada_is_connected().await;
    let (ada, ben) = (bot.slack.person("ada"), bot.slack.person("ben"));
    assert_eq!(ada.opens_home().await.status, Some(200));
    ada.next_home().await;
    let home = ada.home_text().unwrap();
    let (accounts, _) = home.split_once("\n*What I did as you*").unwrap();
    assert_snapshot!(accounts, @"
    Only you see this page. I work in these accounts when you ask me to, and for nobody else.
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
    ben.opens_home().await;
    ben.next_home().await;
    assert!(!ben.home_text().unwrap().contains("ada@"));
    // The tab with the messages is none of it.
    ada.opens_messages().await;
    assert_eq!(bot.slack.requests("views.publish").len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn from_home_an_account_is_connected_and_disconnected_and_home_shows_it() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    ada.opens_home().await;
    ada.next_home().await;
    ada.clicks_home_of("connect", "gmail").await;
    let link = ada.next_dm().await.link();
    assert_eq!(
        bot.browser_of("ada").await.connects(&link).await.status,
        200
    );
    ada.next_dm().await;
    ada.next_home().await;
    let home = ada.home_text().unwrap();
    assert!(
        home.contains("*gmail*: connected as ada@example.com"),
        "{home}"
    );

    ada.clicks_home_of("disconnect", "gmail").await;
    assert!(ada.next_dm().await.visible_text().contains("disconnected"));
    ada.next_home().await;
    let home = ada.home_text().unwrap();
    assert!(home.contains("*gmail*: not connected"), "{home}");
    assert_eq!(bot.vault.active_accounts(), []);
    bot.finish().await;
}

#[tokio::test]
async fn a_home_that_valet_has_forgotten_is_shown_anew_after_a_press() {
    let mut bot = ada_is_connected().await;
    let ada = bot.slack.person("ada");
    ada.opens_home().await;
    ada.next_home().await;
    bot.restart().await;
    ada.clicks_home_of("disconnect", "gmail").await;
    ada.next_dm().await;
    ada.next_home().await;
    assert!(ada.home_text().unwrap().contains("*gmail*: not connected"));
    bot.finish().await;
}

#[tokio::test]
async fn who_may_not_ask_reads_a_word_there_and_no_accounts() {
    let bot = Bot::start().await;
    for who in ["grace", "olivia"] {
        let person = bot.slack.person(who);
        person.opens_home().await;
        person.next_home().await;
        let home = person.home_text().unwrap();
        assert!(home.contains("please ask"), "{who}: {home}");
        assert!(!home.contains("gmail"), "{who}: {home}");
    }
    assert_eq!(bot.vault.accounts(), []);
    bot.finish().await;
}

#[tokio::test]
async fn an_old_look_at_home_does_not_take_the_place_of_a_newer_one() {
    let bot = ada_is_connected().await;
    let ada = bot.slack.person("ada");
    ada.opens_home().await;
    let first = ada.next_home().await;
    ada.opens_home().await;
    ada.next_home().await;
    // Delivered late: it speaks of a Home that is no more.
    let event = json!({
        "type": "app_home_opened", "user": ada.id, "channel": ada.direct_channel(),
        "tab": "home", "event_ts": "1.1", "view": first,
    });
    bot.slack.deliver_event(bot.slack.envelope(event)).await;
    ada.next_home().await;
    assert!(
        ada.home_text()
            .unwrap()
            .contains("connected as ada@example.com")
    );
    let over: Vec<_> = bot.slack.requests("views.publish");
    assert_eq!(over[0].get("hash"), None, "nothing stood there");
    assert!(over[1].get("hash").is_some() && over[2].get("hash").is_some());
    bot.finish().await;
}

#[tokio::test]
async fn a_home_that_slack_did_not_take_is_shown_by_the_sweep() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    bot.slack
        .faults()
        .times(3, "views.publish", Fault::status(503));
    ada.opens_home().await;
    ada.next_home().await;
    assert!(ada.home_text().unwrap().contains("*gmail*: not connected"));
    bot.finish().await;
}

#[tokio::test]
async fn a_home_says_that_the_vault_is_down_instead_of_nothing() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    bot.vault.down().await;
    ada.opens_home().await;
    ada.next_home().await;
    assert_snapshot!(ada.home_text().unwrap(), @"
    Only you see this page. I work in these accounts when you ask me to, and for nobody else.
    I cannot reach your accounts at the moment: please ask again in a few minutes.
    ");
    bot.vault.up();
    ada.opens_home().await;
    ada.next_home().await;
    assert!(ada.home_text().unwrap().contains("*gmail*: not connected"));
    bot.finish().await;
}
