//! Killed at every step of an answer for its asker alone, and of sharing it: each is there
//! once, and the thread reads nothing that was not shared.

use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::slack::{Message, MessageRef, Slack};

use super::{SECRET, is_told_in_channel, policy, shared};
use crate::bot::{Bot, Process, has_happened};

const POST: &str = "chat.postMessage";
const UPDATE: &str = "chat.update";

async fn world() -> (Bot, Process) {
    let bot = Bot::world(|settings| settings.policy(&policy("channels"))).await;
    let process = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    (bot, process)
}

/// The messages to Ada that hold these words.
fn alone(slack: &Slack, direct: &str, words: &str) -> Vec<Message> {
    let mut all = slack.messages(direct);
    all.retain(|one| one.visible_text().contains(words));
    all
}

async fn asks(bot: &Bot) -> MessageRef {
    bot.router.will_call("gmail_get_profile", &json!({}));
    bot.router.will_say(&format!("Look: {SECRET}."));
    let ada = bot.slack.person("ada");
    ada.mentions_in("general", "What is the quote?").await
}

async fn until_told(bot: &Bot, question: &MessageRef) {
    bot.slack
        .until("the thread is told", |slack| {
            let all = slack.messages(&question.channel);
            let mut there = all.iter().filter(|one| one.root() == question.root());
            there.any(|one| one.visible_text().starts_with("I have sent the answer"))
        })
        .await;
}

#[tokio::test]
async fn killed_at_any_step_its_asker_reads_it_once_and_nobody_else_does() {
    for (name, method, after, fault) in [
        ("answered", POST, 1, Fault::Stall),
        (
            "answered, and it stands there",
            POST,
            1,
            Fault::ActThenStall,
        ),
        ("offered", POST, 2, Fault::Stall),
        ("offered, and it stands there", POST, 2, Fault::ActThenStall),
        ("told", UPDATE, 0, Fault::Stall),
        ("told, and it stands there", UPDATE, 0, Fault::ActThenStall),
    ] {
        let (bot, first) = world().await;
        bot.slack.faults().after(after, method, fault);
        let question = asks(&bot).await;
        has_happened(bot.slack.faults()).await;
        first.kill();
        let second = Process::serve(&bot.settings).await;
        until_told(&bot, &question).await;
        second.stop();
        let ada = bot.slack.person("ada").direct_channel();
        assert_eq!(alone(&bot.slack, &ada, SECRET).len(), 1, "{name}");
        assert_eq!(
            alone(&bot.slack, &ada, "[Share in thread]").len(),
            1,
            "{name}"
        );
        assert_eq!(bot.slack.thread(&question).len(), 2, "{name}");
        assert!(
            !is_told_in_channel(&bot, &question.channel, SECRET),
            "{name}"
        );
        bot.slack.read_all();
        bot.finish().await;
    }
}

#[tokio::test]
async fn killed_at_any_step_of_sharing_it_is_shared_once() {
    for (name, method, fault) in [
        ("pressed", POST, Fault::Stall),
        ("pressed, and it stands there", POST, Fault::ActThenStall),
        ("shared", UPDATE, Fault::Stall),
        (
            "shared, and the button is gone",
            UPDATE,
            Fault::ActThenStall,
        ),
    ] {
        let (bot, first) = world().await;
        let question = asks(&bot).await;
        until_told(&bot, &question).await;
        let ada = bot.slack.person("ada");
        let offer = alone(&bot.slack, &ada.direct_channel(), "[Share in thread]").remove(0);
        bot.slack.faults().once(method, fault);
        ada.clicks(&offer, "share").await;
        has_happened(bot.slack.faults()).await;
        first.kill();
        let second = Process::serve(&bot.settings).await;
        bot.slack
            .until(name, |slack| {
                !alone(slack, &ada.direct_channel(), "You have shared this").is_empty()
            })
            .await;
        // Pressed once more.
        ada.clicks(&offer, "share").await;
        ada.next_ephemeral().await;
        second.stop();
        assert_eq!(shared(&bot, &question).len(), 1, "{name}");
        bot.slack.read_all();
        bot.finish().await;
    }
}
