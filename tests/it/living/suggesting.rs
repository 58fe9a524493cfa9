//! A question that needs an account which is not connected offers to connect that one, and
//! goes on by itself after it.

use insta::assert_snapshot;
use serde_json::json;

use super::ada_is_connected;
use crate::bot::Bot;

#[tokio::test]
async fn an_issue_on_github_is_opened_once_github_is_connected() {
    let policy = "[tools]\ngithub_issue_create = \"read\"\n";
    let bot = Bot::start_with(|settings| settings.policy(policy)).await;
    bot.connects("ada", "gmail").await;
    let ada = bot.slack.person("ada");
    bot.router.will_do(|asked| {
        assert!(asked.offers("connect_account"));
        let choice = asked.properties("connect_account").unwrap();
        assert_eq!(
            choice["connection"]["enum"],
            json!(["github", "linear", "googlecalendar"])
        );
        valet_sim::router::Turn::calls("connect_account", &json!({"connection": "github"}))
    });
    bot.router.will_call(
        "github_issue_create",
        &json!({"owner": "ada", "repo": "notes", "title": "Lunch"}),
    );
    bot.router.will_say("Opened.");
    let question = ada
        .mentions_in("general", "Open an issue on GitHub about lunch")
        .await;
    let waits = bot
        .slack
        .next(|one| one.visible_text().contains("direct message"))
        .await;
    assert_snapshot!(waits.visible_text(), @"This needs your *github* account. I have sent you a direct message to connect it, and will answer here when that is done.");
    let link = ada.next_dm().await;
    assert_snapshot!(link.visible_text(), @"
    Your question needs your *github* account. Connect it with the button below, and I will go on by myself. The button is for you alone, works once, and expires in 15 minutes.
    [Connect github] [New link]
    ");
    assert_eq!(
        bot.browser_of("ada")
            .await
            .connects(&link.link())
            .await
            .status,
        200
    );
    ada.next_dm().await;
    assert_eq!(bot.answer_after_waiting(&question).await, "Opened.");
    let made = bot.vault.executions();
    assert_eq!(made.last().unwrap().tool, "github_issue_create");
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn with_nothing_connected_the_one_that_the_question_names_is_offered() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    ada.mentions_in("general", "Open an issue on GitHub").await;
    let dm = ada.next_dm().await.visible_text();
    assert!(dm.contains("*github*"), "{dm}");
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_model_that_wants_every_account_gets_its_person_asked_for_two() {
    let bot = ada_is_connected().await;
    let ada = bot.slack.person("ada");
    for connection in ["github", "linear", "googlecalendar"] {
        bot.router
            .will_call("connect_account", &json!({"connection": connection}));
    }
    bot.router.will_do(|asked| {
        let last = asked.outcomes().pop().unwrap();
        let said = last.data()["error"].as_str().unwrap().to_owned();
        valet_sim::router::Turn::says(said)
    });
    let question = ada.mentions_in("general", "What is new everywhere?").await;
    for _ in 0..2 {
        let link = ada.next_dm().await.link();
        assert_eq!(
            bot.browser_of("ada").await.connects(&link).await.status,
            200
        );
        ada.next_dm().await;
    }
    assert_snapshot!(bot.answer_after_waiting(&question).await, @"The call was not made: the account is not connected, and this question asks for no more accounts. The person can say: connect, and its name.");
    bot.slack.read_all();
    bot.finish().await;
}
