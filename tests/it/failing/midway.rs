//! The account, or a tool, gives out while a question is worked on.

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::vault::{Outcome, Status};

use super::{ada_is_connected, asks, ends_well, plan, said_of, told};
use crate::bot::Bot;

const TOOL: &str = "gmail_list_labels";

/// Ada follows the link she was sent, and is told so.
async fn ada_reconnects(bot: &Bot) -> String {
    let ada = bot.slack.person("ada");
    let dm = ada.next_dm().await;
    let page = bot.browser_of("ada").await.connects(&dm.link()).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let told = ada.next_dm().await.visible_text();
    assert!(told.contains("is connected"), "{told}");
    dm.visible_text()
}

#[tokio::test]
async fn an_account_that_gives_out_midway_is_connected_anew_and_the_question_answered() {
    let rows = [
        ("reauthentication", Outcome::ReauthenticationNeeded),
        ("no refresh token", Outcome::RefreshTokenMissing),
    ];
    let table = told(rows, async |outcome| {
        let bot = ada_is_connected().await;
        let links = bot.vault.requests("/magic_link").len();
        bot.vault.tool_error_next(TOOL, outcome);
        plan(&bot);
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "Which labels do I have?").await;
        let waits = bot
            .slack
            .next(|one| one.visible_text().contains("again"))
            .await;
        let dm = ada_reconnects(&bot).await;
        let answer = bot
            .slack
            .next(|one| one.visible_text() == "Your labels.")
            .await;
        assert_eq!(answer.ts, waits.ts, "in the place of the placeholder");
        assert_eq!(bot.slack.thread(&question).len(), 2);
        assert_eq!(bot.vault.requests("/magic_link").len(), links + 1);
        ends_well(bot).await;
        format!("{} / {dm}", waits.visible_text())
    })
    .await;
    assert_snapshot!(table, @"
    reauthentication: Your *gmail* account has to be connected again. I have sent you a direct message for it, and will answer here when that is done. / Your *gmail* account no longer lets me in. Connect it again with the button below, and I will go on by myself. The button is for you alone, works once, and expires in 15 minutes.
    [Connect gmail] [New link]
    no refresh token: Your *gmail* account has to be connected again. I have sent you a direct message for it, and will answer here when that is done. / Your *gmail* account no longer lets me in. Connect it again with the button below, and I will go on by myself. The button is for you alone, works once, and expires in 15 minutes.
    [Connect gmail] [New link]
    ");
}

#[tokio::test]
async fn an_account_that_gives_out_again_is_not_asked_for_again() {
    let bot = ada_is_connected().await;
    bot.vault
        .tool_error_next(TOOL, Outcome::ReauthenticationNeeded);
    bot.vault
        .tool_error_next(TOOL, Outcome::ReauthenticationNeeded);
    plan(&bot);
    let ada = bot.slack.person("ada");
    ada.mentions_in("general", "Which labels do I have?").await;
    ada_reconnects(&bot).await;
    let answer = bot
        .slack
        .next(|one| one.visible_text().contains("The tool says"))
        .await;
    assert_snapshot!(answer.visible_text(), @r#"The tool says: "the provider rejects this account; the person can connect it anew with: connect gmail""#);
    ends_well(bot).await;
}

#[tokio::test]
async fn what_a_tool_says_goes_to_the_model_and_no_link_to_the_person() {
    let soft = json!({"ok": false, "error": "label_not_found"});
    let rows = [
        ("401, still active", Outcome::tool_error(401)),
        ("403", Outcome::tool_error(403)),
        ("404", Outcome::tool_error(404)),
        ("429", Outcome::tool_error(429)),
        ("500", Outcome::tool_error(500)),
        ("soft", Outcome::Data(Some(soft))),
        ("no data", Outcome::Data(None)),
    ];
    let table = told(rows, async |outcome| {
        let bot = ada_is_connected().await;
        let asked = bot.vault.requests("/execute_tool").len();
        bot.vault.tool_error_next(TOOL, outcome);
        plan(&bot);
        let (_, answer) = asks(&bot).await;
        assert_eq!(bot.vault.requests("/execute_tool").len(), asked + 1);
        assert!(bot.slack.unread().is_empty(), "a link, or more");
        ends_well(bot).await;
        answer
    })
    .await;
    assert_snapshot!(table, @r#"
    401, still active: The tool says: "the provider rejects this account; the person can connect it anew with: connect gmail"
    403: The tool says: "the account lacks a permission that this needs, and connecting it again will not change that; tell the person. The provider says: the provider answered 403"
    404: The tool says: "the provider answered 404"
    429: The tool says: "too many requests for the provider"
    500: The tool says: "whether the vault did it is not known"
    soft: The tool says: "label_not_found"
    no data: Your labels.
    "#);
}

#[tokio::test]
async fn an_account_that_is_not_active_is_connected_before_anything_is_asked_of_it() {
    let rows = [
        ("expired", Status::Expired),
        ("disconnected", Status::Disconnected),
        ("pending authorization", Status::PendingAuth),
        ("pending verification", Status::PendingVerification),
    ];
    let table = told(rows, async |status| {
        let bot = ada_is_connected().await;
        let asked = bot.vault.requests("/execute_tool").len();
        bot.vault.set_status("gmail", "ada@example.com", status);
        plan(&bot);
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "Which labels do I have?").await;
        let waits = bot
            .slack
            .next(|one| one.visible_text().contains("account"))
            .await;
        assert_eq!(bot.vault.requests("/execute_tool").len(), asked);
        ada_reconnects(&bot).await;
        bot.slack
            .next(|one| one.visible_text() == "Your labels.")
            .await;
        assert_eq!(bot.slack.thread(&question).len(), 2);
        ends_well(bot).await;
        waits.visible_text()
    })
    .await;
    assert_snapshot!(table, @"
    expired: Your *gmail* account has to be connected again. I have sent you a direct message for it, and will answer here when that is done.
    disconnected: Your *gmail* account has to be connected again. I have sent you a direct message for it, and will answer here when that is done.
    pending authorization: This needs your *gmail* account. I have sent you a direct message to connect it, and will answer here when that is done.
    pending verification: This needs your *gmail* account. I have sent you a direct message to connect it, and will answer here when that is done.
    ");
}

#[tokio::test]
async fn a_rejected_token_of_an_account_that_has_expired_meanwhile_leads_to_a_link() {
    let bot = ada_is_connected().await;
    bot.vault.tool_error_next(TOOL, Outcome::tool_error(401));
    bot.router.will_call("gmail_get_profile", &json!({}));
    let gate = valet_sim::router::Gate::closed();
    bot.router
        .expect(valet_sim::router::Turn::calls(TOOL, &json!({})).held_by(&gate));
    bot.router.will_do(|asked| {
        let last = asked.outcomes().pop().unwrap();
        valet_sim::router::Turn::says(said_of(&last))
    });
    let ada = bot.slack.person("ada");
    ada.mentions_in("general", "Which labels do I have?").await;
    bot.router.asked(2).await;
    // `tool_error_next` needs an account that is active to the vault; what `details` says
    // changes right after.
    bot.vault.faults().once(
        "/connected_accounts/details",
        valet_sim::fault::Fault::json(
            200,
            &json!({"connected_account": {
                "id": "ca_1", "identifier": bot.vault.identifiers()[0], "provider": "GMAIL",
                "connector": "gmail", "status": "EXPIRED",
            }}),
        ),
    );
    gate.open();
    ada_reconnects(&bot).await;
    bot.slack
        .next(|one| one.visible_text() == "Your labels.")
        .await;
    bot.slack.read_all();
    ends_well(bot).await;
}
