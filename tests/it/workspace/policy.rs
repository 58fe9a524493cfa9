//! Who may ask, as the operator says.

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::slack::Person;

use crate::bot::Bot;

async fn under(policy: &str) -> Bot {
    Bot::start_with(|settings| settings.policy(policy)).await
}

/// What is said to who asks for help there.
async fn asks_in(bot: &Bot, who: &Person, channel: &str) -> String {
    let asked = who.mentions_in(channel, "help").await;
    bot.slack.next_reply(&asked).await.visible_text()
}

fn is_help(told: &str) -> bool {
    told.starts_with("Ask me something")
}

#[tokio::test]
async fn guests_are_let_in_if_the_operator_says_so() {
    let bot = under("[people]\nguests = \"allow\"\n").await;
    bot.connects("grace", "gmail").await;
    bot.router.will_call("gmail_get_profile", &json!({}));
    bot.router.will_say("You are Grace.");
    let question = bot.slack.person("grace").direct("Who am I?").await;
    assert_eq!(bot.answer(&question).await, "You are Grace.");
    bot.finish().await;
}

#[tokio::test]
async fn where_others_read_along_members_may_ask_if_the_operator_says_so_and_strangers_never() {
    let bot = under("[people]\nguests = \"allow\"\nshared_channels = \"allow\"\n").await;
    let ada = bot.slack.person("ada");
    assert!(is_help(&asks_in(&bot, &ada, "partners").await));
    let olivia = bot.slack.person("olivia");
    let told = asks_in(&bot, &olivia, "partners").await;
    assert_snapshot!(told, @"I work for members of this workspace only, and you belong to another one: please ask a member instead.");
    bot.finish().await;
}

#[tokio::test]
async fn questions_are_taken_in_the_channels_that_the_operator_names() {
    let bot = Bot::world(|settings| settings.policy("[people]\nchannels = [\"C0RANDOM\"]\n")).await;
    bot.slack.add_channel("elsewhere");
    let bot = bot.begin().await;
    let ada = bot.slack.person("ada");
    let told = asks_in(&bot, &ada, "elsewhere").await;
    assert_snapshot!(told, @"I do not take questions in this channel: please write to me in a direct message.");
    assert!(is_help(&asks_in(&bot, &ada, "random").await));
    let direct = ada.direct("help").await;
    assert!(is_help(&bot.slack.next_reply(&direct).await.visible_text()));
    // What only its person reads can be typed anywhere.
    ada.command("/connections", "", "elsewhere").await;
    ada.next_ephemeral().await;
    bot.finish().await;
}

#[tokio::test]
async fn only_who_is_in_a_group_that_the_operator_names_may_ask() {
    let policy = "[people]\nuser_groups = [\"S0OPS\", \"S0DEV\"]\n";
    let bot = Bot::world(|settings| settings.policy(policy)).await;
    bot.slack.set_group("S0OPS", &["ben"]);
    bot.slack.set_group("S0DEV", &["ada", "grace"]);
    let bot = bot.begin().await;
    for member in ["ada", "ben"] {
        let member = bot.slack.person(member);
        assert!(is_help(&asks_in(&bot, &member, "general").await));
    }
    let mallory = bot.slack.person("mallory");
    let told = asks_in(&bot, &mallory, "general").await;
    assert_snapshot!(told, @"Only some groups of people may ask me here, and you are in none of them: please ask whoever runs me to let you in.");
    mallory.command("/connect", "gmail", "general").await;
    assert_eq!(mallory.next_ephemeral().await.visible_text(), told);
    // A group lets no guest in.
    let grace = bot.slack.person("grace");
    let told = asks_in(&bot, &grace, "general").await;
    assert!(told.contains("guest"), "{told}");
    // Each group was asked about once.
    let asked = bot.slack.requests("usergroups.users.list").len();
    assert_eq!(asked, 2);
    bot.finish().await;
}

#[tokio::test]
async fn as_long_as_slack_does_not_tell_who_is_in_a_group_nobody_may_ask() {
    let policy = "[people]\nuser_groups = [\"S0OPS\"]\n";
    let bot = Bot::world(|settings| settings.policy(policy)).await;
    bot.slack.set_group("S0OPS", &["ada"]);
    let bot = bot.begin().await;
    let refusal = Fault::json(200, &json!({"ok": false, "error": "missing_scope"}));
    let odd = Fault::json(200, &json!({"ok": true, "users": "U0ADA"}));
    let ada = bot.slack.person("ada");
    for fault in [refusal, odd] {
        bot.slack.faults().always("usergroups.users.list", fault);
        let told = asks_in(&bot, &ada, "general").await;
        assert!(told.starts_with("I could not find out"), "{told}");
        bot.slack.faults().clear();
    }
    assert!(is_help(&asks_in(&bot, &ada, "general").await));
    bot.finish().await;
}
