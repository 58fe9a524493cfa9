//! The app is thrown out of its workspace: `app_uninstalled` and `tokens_revoked`.

use serde_json::{Value, json};
use valet_sim::fault::Fault;
use valet_sim::router::Gate;
use valet_sim::router::Turn;
use valet_sim::slack::{BOT_USER, Slack};
use valet_sim::vault::unavailable;

use crate::approving::has_button;
use crate::bot::{Bot, asks_to_connect, has_happened, impatient};

/// What Valet is told, in one order.
type Words = fn(&Slack) -> Vec<Value>;

const ORDERS: &[(&str, Words)] = &[
    ("first the app", |slack| {
        vec![slack.app_uninstalled(), slack.tokens_revoked(&[BOT_USER])]
    }),
    ("first the tokens", |slack| {
        vec![slack.tokens_revoked(&[BOT_USER]), slack.app_uninstalled()]
    }),
    ("the app alone", |slack| vec![slack.app_uninstalled()]),
    ("the tokens alone", |slack| {
        vec![slack.tokens_revoked(&["U0ADA", BOT_USER])]
    }),
    ("the app twice", |slack| {
        vec![slack.app_uninstalled(), slack.app_uninstalled()]
    }),
];

/// Ada's mailbox is connected, Ben has a link, and a question of Mallory's waits for one.
async fn three_people() -> (Bot, String) {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let link = asks_to_connect(&bot.slack.person("ben"), "gmail").await;
    let mallory = bot.slack.person("mallory");
    mallory.mentions_in("general", "Read my mail").await;
    mallory.next_dm().await;
    bot.slack.read_all();
    (bot, link)
}

async fn has_left(bot: &Bot) {
    while bot.figure("valet_events_open").await > 0 || !bot.vault.accounts().is_empty() {
        tokio::task::yield_now().await;
    }
}

/// How much Slack was asked and told, what it shows of threads aside: that is told beside
/// the work, and may just be on its way.
fn requests(bot: &Bot) -> usize {
    let all = bot.slack.all_requests();
    let of_sessions = bot.slack.requests("agents.sessions.setStatus");
    all.len() - of_sessions.len()
}

async fn readiness(bot: &Bot) -> (u16, String) {
    let answer = reqwest::get(format!("{}/readyz", bot.ops_url())).await;
    let answer = answer.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn in_either_order_everything_ends_and_is_forgotten() {
    for (order, words) in ORDERS {
        let (bot, link) = three_people().await;
        bot.slack.revoke_tokens();
        let asked = requests(&bot);
        for word in words(&bot.slack) {
            let told = bot.slack.deliver_event(word).await;
            assert_eq!(told.status, Some(200), "{order}");
        }
        has_left(&bot).await;
        let page = bot.browser_of("ben").await.get(&link).await;
        assert!(page.text().contains("no longer works"), "{order}");
        let (status, told) = readiness(&bot).await;
        assert_eq!(status, 503, "{order}");
        assert!(told.contains("SLACK_BOT_TOKEN"), "{order}: {told}");
        assert_eq!(requests(&bot), asked, "{order}");
        bot.finish().await;
    }
}

#[tokio::test]
async fn the_end_is_known_after_a_restart() {
    let (mut bot, _) = three_people().await;
    bot.slack.uninstalls().await;
    has_left(&bot).await;
    bot.restart().await;
    let (status, told) = readiness(&bot).await;
    assert_eq!(
        (status, told.contains("uninstalled")),
        (503, true),
        "{told}"
    );
    bot.finish().await;
}

#[tokio::test]
async fn the_deletion_of_an_account_stands_in_its_persons_audit() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    bot.slack.uninstalls().await;
    has_left(&bot).await;
    // What the vault has done is written down a moment later.
    let mut acts = bot.acts().await;
    while acts.lines().count() < 5 {
        acts = bot.acts().await;
    }
    let deleted = acts.lines().skip(3).collect::<Vec<_>>();
    assert_eq!(
        deleted,
        [
            "4 disconnect begun gmail - - - -",
            "5 disconnect done of 4 gmail - - - -"
        ]
    );
    bot.finish().await;
}

#[tokio::test]
async fn nothing_is_said_after_the_end_and_a_write_under_way_comes_to_its_own() {
    let bot = Bot::start_with_both(
        |settings| {
            settings.policy("[tools]\ngmail_send_message = \"read\"\n");
        },
        |patience| *patience = impatient(),
    )
    .await;
    bot.connects("ada", "gmail").await;
    bot.vault
        .faults()
        .once("/execute_tool", Fault::ActThenStall);
    let mail = json!({"to": "ben@example.com", "subject": "Lunch", "body": "At one?"});
    bot.router.will_call("gmail_send_message", &mail);
    let ada = bot.slack.person("ada");
    let first = ada.mentions_in("general", "Invite Ben").await;
    bot.slack.next_reply(&first).await;
    has_happened(bot.vault.faults()).await;
    ada.says_in_thread(&first, "Read my mail").await;
    let asked = requests(&bot);
    bot.slack.uninstalls().await;
    has_left(&bot).await;
    assert_eq!(bot.vault.sent_mail().len(), 1);
    assert_eq!(requests(&bot), asked);
    bot.finish().await;
}

#[tokio::test]
async fn a_write_that_waits_for_a_word_is_not_done_after_the_end_nor_after_a_reinstallation() {
    let mut bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let mail = json!({"to": "ben@example.com", "subject": "Lunch", "body": "At one?"});
    bot.router.will_call("gmail_send_message", &mail);
    let ada = bot.slack.person("ada");
    ada.mentions_in("general", "Invite Ben").await;
    let card = bot.slack.next(|one| has_button(one, "approve")).await;
    bot.slack.uninstalls().await;
    has_left(&bot).await;
    let token = bot.slack.installs_again();
    bot.settings.set("SLACK_BOT_TOKEN", &token);
    bot.restart().await;
    let ada = bot.slack.person("ada");
    ada.clicks(&card, "approve").await;
    let told = ada.next_ephemeral().await.visible_text();
    assert!(told.contains("nothing left to decide"), "{told}");
    assert_eq!(bot.vault.sent_mail().len(), 0);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_model_that_thinks_is_not_waited_for() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let gate = Gate::closed();
    bot.router.expect(Turn::says("Never said.").held_by(&gate));
    let question = bot.slack.person("ada").direct("Read my mail").await;
    bot.slack.next_reply(&question).await;
    bot.router.asked(1).await;
    bot.slack.uninstalls().await;
    has_left(&bot).await;
    gate.open();
    bot.finish().await;
}

#[tokio::test]
async fn accounts_are_deleted_however_long_the_vault_is_down() {
    let (mut bot, _) = three_people().await;
    bot.vault
        .faults()
        .always("/api/v1/connected_accounts:delete", unavailable());
    bot.slack.uninstalls().await;
    while bot.figure("valet_events_open").await > 0 {
        tokio::task::yield_now().await;
    }
    bot.restart().await;
    assert_eq!(bot.vault.accounts().len(), 1);
    bot.vault.faults().clear();
    has_left(&bot).await;
    bot.finish().await;
}

#[tokio::test]
async fn installed_again_everybody_begins_anew() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let before = bot.vault.identifiers();
    bot.router.will_say("It is blue.");
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "What colour is it?").await;
    bot.answer(&question).await;
    bot.slack.revoke_tokens();
    let late = bot.slack.tokens_revoked(&[BOT_USER]);
    let word = bot.slack.app_uninstalled();
    bot.slack.deliver_event(word).await;
    has_left(&bot).await;

    let mut bot = bot;
    bot.later(std::time::Duration::from_mins(10));
    let token = bot.slack.installs_again();
    bot.settings.set("SLACK_BOT_TOKEN", &token);
    bot.restart().await;
    bot.connects("ada", "gmail").await;
    let since = bot.vault.identifiers();
    assert_eq!(since.len(), before.len() + 1, "another one");
    // A word that was on its way for long.
    let told = bot.slack.deliver_event(late).await;
    assert_eq!(told.status, Some(200));
    bot.router.will_do(|asked| {
        let told = format!("{:?}", asked.messages());
        assert!(!told.contains("blue"), "{told}");
        Turn::says("I do not know.")
    });
    // In Slack's own words it could be read on in the thread; our memory of it is gone.
    let again = ada.mentions_in("general", "Which one?").await;
    assert_eq!(bot.answer(&again).await, "I do not know.");
    assert_eq!(bot.vault.active_accounts().len(), 1);
    assert_eq!(readiness(&bot).await.0, 200);
    bot.finish().await;
}

#[tokio::test]
async fn what_is_asked_before_the_new_token_is_there_is_answered_with_it() {
    let mut bot = Bot::start().await;
    bot.slack.uninstalls().await;
    while bot.figure("valet_events_open").await > 0 {
        tokio::task::yield_now().await;
    }
    let token = bot.slack.installs_again();
    let question = bot.slack.person("ada").direct("help").await;
    assert_eq!(question.delivered.as_ref().unwrap().status, Some(200));
    bot.settings.set("SLACK_BOT_TOKEN", &token);
    bot.restart().await;
    let told = bot.slack.next_reply(&question).await.visible_text();
    assert!(told.contains("Ask me something"), "{told}");
    bot.finish().await;
}

#[tokio::test]
async fn words_about_another_installation_end_nothing() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let bend = |mut word: Value, bend: fn(&mut Value)| {
        bend(&mut word);
        word
    };
    let other_team = |word: &mut Value| {
        word["team_id"] = json!("T0OTHER");
        word["authorizations"][0]["team_id"] = json!("T0OTHER");
    };
    let no_team = |word: &mut Value| {
        word["team_id"] = Value::Null;
        word["authorizations"] = Value::Null;
        word["context_team_id"] = Value::Null;
    };
    let of_an_enterprise = |word: &mut Value| {
        word["authorizations"][0]["is_enterprise_install"] = json!(true);
        word["authorizations"][0]["enterprise_id"] = json!("E0ACME");
    };
    let slack = &bot.slack;
    for word in [
        bend(slack.app_uninstalled(), other_team),
        bend(slack.tokens_revoked(&[BOT_USER]), other_team),
        bend(slack.app_uninstalled(), no_team),
        bend(slack.app_uninstalled(), of_an_enterprise),
        slack.tokens_revoked(&[]),
        slack.tokens_revoked(&["U0ADA", "U0ROTA"]),
        bend(slack.tokens_revoked(&[BOT_USER]), |word| {
            word["event"]["tokens"]["bot"] = json!(BOT_USER);
        }),
        bend(slack.tokens_revoked(&[BOT_USER]), |word| {
            word["event"]["tokens"] = json!({"oauth": [BOT_USER]});
        }),
    ] {
        let told = slack.deliver_event(word.clone()).await;
        assert_eq!(told.status, Some(200), "{word}");
    }
    while bot.figure("valet_events_open").await > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(bot.vault.active_accounts().len(), 1);
    assert_eq!(readiness(&bot).await.0, 200);
    bot.router.will_say("Here I am.");
    let question = slack.person("ada").direct("Are you there?").await;
    assert_eq!(bot.answer(&question).await, "Here I am.");
    bot.finish().await;
}
