//! One workspace of an enterprise, and an installation in all of them.

use serde_json::{Value, json};
use valet_sim::slack::{BOT_USER, OTHER, Profile, SlackSetup};

use crate::bot::{Bot, disconnects};

async fn in_an_enterprise(org_wide: bool) -> Bot {
    let bot = Bot::world_in(SlackSetup {
        enterprise: Some("E0ACME".to_owned()),
        org_wide,
        ..SlackSetup::default()
    })
    .await;
    bot.slack.add_person(Profile {
        team: OTHER.to_owned(),
        ..Profile::member("carol")
    });
    bot.begin().await
}

#[tokio::test]
async fn in_each_shape_of_an_enterprise_a_person_connects_and_is_answered() {
    for org_wide in [false, true] {
        let bot = in_an_enterprise(org_wide).await;
        bot.connects("ada", "gmail").await;
        let ada = bot.slack.person("ada");
        ada.command("/connections", "", "general").await;
        let listed = ada.next_ephemeral().await.visible_text();
        assert!(listed.contains("gmail: connected") || listed.contains("*gmail*: connected"));
        bot.router.will_call("gmail_get_profile", &json!({}));
        bot.router.will_say("You are Ada.");
        let question = ada.mentions_in("general", "Who am I?").await;
        assert_eq!(bot.answer(&question).await, "You are Ada.", "{org_wide}");
        disconnects(&ada, "gmail").await;
        assert_eq!(bot.vault.accounts(), []);
        bot.finish().await;
    }
}

#[tokio::test]
async fn a_person_of_an_enterprise_is_one_whatever_workspace_a_request_names() {
    let bot = in_an_enterprise(true).await;
    bot.connects("ada", "gmail").await;
    let ada = bot.slack.person("ada");
    let bends: [fn(&mut Value); 3] = [
        |envelope| envelope["team_id"] = Value::Null,
        |envelope| envelope["team_id"] = json!("T0OTHER"),
        |envelope| {
            envelope["team_id"] = Value::Null;
            envelope["authorizations"] = Value::Null;
            envelope["event"]["team"] = Value::Null;
        },
    ];
    for (number, bend) in bends.into_iter().enumerate() {
        let asked = ada
            .writes_in("general", &format!("Who am I {number}?"))
            .await;
        let mut envelope = bot
            .slack
            .envelope(bot.slack.event_of(&asked, "app_mention"));
        bend(&mut envelope);
        bot.router.will_call("gmail_get_profile", &json!({}));
        bot.router.will_say("You are Ada.");
        let told = bot.slack.deliver_event(envelope).await;
        assert_eq!(told.status, Some(200));
        assert_eq!(bot.answer(&asked).await, "You are Ada.", "{number}");
    }
    bot.finish().await;
}

#[tokio::test]
async fn a_colleague_of_another_workspace_is_a_member_and_a_stranger_is_not() {
    let bot = in_an_enterprise(true).await;
    let carol = bot.slack.person("carol");
    let asked = carol.mentions_in("general", "help").await;
    let told = bot.slack.next_reply(&asked).await.visible_text();
    assert!(told.starts_with("Ask me something"), "{told}");
    let olivia = bot.slack.person("olivia");
    let asked = olivia.mentions_in("partners", "help").await;
    let told = bot.slack.next_reply(&asked).await.visible_text();
    assert!(told.contains("another one"), "{told}");
    bot.finish().await;
}

#[tokio::test]
async fn an_enterprise_that_uninstalls_is_forgotten_and_one_of_its_workspaces_is_not() {
    for org_wide in [false, true] {
        let bot = in_an_enterprise(org_wide).await;
        bot.connects("ada", "gmail").await;
        let mut of_another = bot.slack.app_uninstalled();
        of_another["team_id"] = json!("T0OTHER");
        of_another["authorizations"] = Value::Null;
        bot.slack.deliver_event(of_another).await;
        while bot.figure("valet_events_open").await > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(bot.vault.active_accounts().len(), 1, "{org_wide}");
        bot.slack.revoke_tokens();
        let word = bot.slack.tokens_revoked(&[BOT_USER]);
        bot.slack.deliver_event(word).await;
        while !bot.vault.accounts().is_empty() {
            tokio::task::yield_now().await;
        }
        bot.finish().await;
    }
}
