//! A service fails for so long that it is taken to be down.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::router::{Gate, Turn};
use valet_sim::slack::Profile;

use super::{asks, is_well_again, plan, said_of};
use crate::bot::{Bot, Settings};

/// Ada is connected. What fails is at once taken to be down, and asked again after this
/// long.
async fn hasty(probe: Duration) -> Bot {
    let bot = Bot::start_with_patience(|patience| {
        patience.trouble = Duration::ZERO;
        patience.probe = probe;
    })
    .await;
    bot.connects("ada", "gmail").await;
    bot
}

/// Nobody finds out whether it is back before a story ends.
const NEVER: Duration = Duration::from_hours(1);

async fn open(bot: &Bot, service: &str) -> u64 {
    let name = format!("valet_circuits_open{{service=\"{service}\"}}");
    bot.figure(&name).await
}

/// Ada asks until the circuit is open.
async fn asks_until_open(bot: &Bot, service: &str) {
    while open(bot, service).await == 0 {
        asks(bot).await;
    }
}

/// Ada asks until she is answered.
async fn asks_until_well(bot: &Bot) {
    plan(bot);
    while asks(bot).await.1 != "Your labels." {}
}

#[tokio::test]
async fn while_the_vault_is_down_people_are_told_at_once_and_nothing_is_sent() {
    let bot = hasty(NEVER).await;
    let path = "/connected_accounts/details";
    bot.vault.faults().always(path, Fault::status(503));
    asks_until_open(&bot, "Vault").await;
    let sent = bot.vault.requests("").len();
    let (question, answer) = asks(&bot).await;
    assert_snapshot!(answer, @"The service that holds your accounts is down right now, and I will not keep you waiting: please ask again in a few minutes.");
    assert_eq!(bot.slack.thread(&question).len(), 2);
    let ada = bot.slack.person("ada");
    ada.command("/connections", "", "general").await;
    assert_eq!(ada.next_ephemeral().await.visible_text(), answer);
    assert_eq!(bot.vault.requests("").len(), sent, "not a request");
    // Events are still taken.
    let ready = reqwest::get(format!("{}/readyz", bot.ops_url())).await;
    assert_eq!(ready.unwrap().status(), 200);
    bot.vault.faults().clear();
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_service_that_is_back_is_found_out_by_itself() {
    for (service, path) in [("Vault", "/details"), ("Router", "/chat/completions")] {
        let bot = hasty(Duration::from_millis(50)).await;
        let faults = match service {
            "Vault" => bot.vault.faults(),
            _ => bot.router.faults(),
        };
        faults.always(path, Fault::Cut);
        asks_until_open(&bot, service).await;
        faults.clear();
        asks_until_well(&bot).await;
        assert_eq!(open(&bot, service).await, 0);
        is_well_again(&bot).await;
        bot.finish().await;
    }
}

#[tokio::test]
async fn while_the_router_is_down_people_are_told_at_once() {
    let bot = hasty(NEVER).await;
    let path = "/chat/completions";
    bot.router.faults().always(path, Fault::status(502));
    asks_until_open(&bot, "Router").await;
    bot.router.faults().clear();
    // It would be answered if anybody asked.
    let (_, answer) = asks(&bot).await;
    assert_snapshot!(answer, @"The language model is down right now, and I will not keep you waiting: please ask again in a few minutes.");
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn while_slack_tells_nothing_of_people_it_is_not_asked() {
    let bot = hasty(NEVER).await;
    bot.slack.faults().always("users.info", Fault::status(500));
    let mut told = String::new();
    while open(&bot, "Slack").await == 0 {
        told = somebody_new_asks(&bot).await;
    }
    bot.slack.faults().clear();
    let asked = bot.slack.requests("users.info").len();
    assert_eq!(somebody_new_asks(&bot).await, told);
    assert_snapshot!(told, @"I could not find out from Slack who you are, so I did nothing: please ask again in a minute.");
    assert_eq!(bot.slack.requests("users.info").len(), asked);
    bot.slack.read_all();
    bot.finish().await;
}

async fn somebody_new_asks(bot: &Bot) -> String {
    let key = format!("new{}", bot.slack.people().len());
    let person = bot.slack.add_person(Profile::member(&key));
    let question = person.mentions_in("general", "help").await;
    bot.answer(&question).await
}

#[tokio::test]
async fn a_write_that_an_open_circuit_stops_was_not_sent_and_is_said_to_be() {
    let folder = tempfile::TempDir::new().unwrap();
    let policy = folder.path().join("policy.toml");
    std::fs::write(&policy, "[tools]\ngmail_send_message = \"read\"\n").unwrap();
    let bot = Bot::start_with_both(
        |settings: &mut Settings| settings.set("VALET_POLICY", &policy.display().to_string()),
        |patience| {
            patience.trouble = Duration::ZERO;
            patience.probe = NEVER;
        },
    )
    .await;
    bot.connects("ada", "gmail").await;
    let gate = Gate::closed();
    let letter = json!({"to": "ben@example.com", "subject": "Hello", "body": "Hello!"});
    bot.router
        .expect(Turn::calls("gmail_send_message", &letter).held_by(&gate));
    bot.router
        .will_do(|asked| Turn::says(said_of(&asked.outcomes()[0])));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Say hello to Ben").await;
    bot.router.asked(1).await;
    let path = "/connected_accounts/details";
    bot.vault.faults().always(path, Fault::status(503));
    let ben = bot.slack.person("ben");
    while open(&bot, "Vault").await == 0 {
        ben.command("/connections", "", "general").await;
        ben.next_ephemeral().await;
    }
    bot.vault.faults().clear();
    let sent = bot.vault.requests("/execute_tool").len();
    gate.open();
    let answer = bot.answer(&question).await;
    assert_snapshot!(answer, @r#"The tool says: "the vault is taken to be down, so nothing was sent to it""#);
    assert_eq!(bot.vault.requests("/execute_tool").len(), sent);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_word_that_may_stand_there_is_not_said_again_while_slack_is_not_asked() {
    let bot = Bot::start_with_patience(|patience| {
        patience.trouble = Duration::ZERO;
        patience.probe = Duration::from_secs(4);
        patience.router = Duration::from_mins(1);
        patience.reply = Duration::from_mins(1);
    })
    .await;
    bot.connects("ada", "gmail").await;
    let gate = Gate::closed();
    let lines: Vec<String> = (0..450)
        .map(|n| format!("Line number {n} of the answer."))
        .collect();
    let answer = Turn::says(lines.join("\n"));
    bot.router.expect(answer.held_by(&gate));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Tell me everything").await;
    bot.router.asked(1).await;
    bot.slack.faults().always("users.info", Fault::status(500));
    while open(&bot, "Slack").await == 0 {
        somebody_new_asks(&bot).await;
    }
    // Slack is well again, and nobody knows.
    bot.slack.faults().clear();
    bot.slack
        .faults()
        .once("chat.postMessage", Fault::ActThenCut);
    gate.open();
    while bot.figure("valet_events_open").await != 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(bot.slack.thread(&question).len(), 3, "two parts, each once");
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn limits_and_refusals_of_one_person_take_nothing_down() {
    let bot = hasty(NEVER).await;
    let path = "/connected_accounts/details";
    let refusals = [
        (path, Fault::status(429)),
        (path, Fault::status(403)),
        (path, Fault::json(400, &json!({"code": 3}))),
    ];
    for (path, fault) in refusals {
        bot.vault.faults().always(path, fault);
        for _ in 0..6 {
            asks(&bot).await;
        }
        bot.vault.faults().clear();
        assert_eq!(open(&bot, "Vault").await, 0);
    }
    bot.router
        .faults()
        .always("/chat/completions", Fault::status(429));
    for _ in 0..6 {
        asks(&bot).await;
    }
    assert_eq!(open(&bot, "Router").await, 0);
    is_well_again(&bot).await;
    bot.finish().await;
}

/// Every run ends in time, whatever each of its turns would be allowed.
#[tokio::test]
async fn a_run_that_takes_too_long_ends_in_a_clear_word() {
    let bot = Bot::start_with_patience(|patience| patience.run = Duration::ZERO).await;
    bot.connects("ada", "gmail").await;
    let (question, answer) = asks(&bot).await;
    assert_snapshot!(answer, @"This took too long, so I stopped: please ask for a smaller part of it.");
    assert_eq!(bot.slack.thread(&question).len(), 2);
    assert_eq!(bot.router.requests().len(), 0);
    bot.finish().await;
}
