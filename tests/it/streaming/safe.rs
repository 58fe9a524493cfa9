//! What is shown in between is as safe as an answer.

use valet_sim::router::{Gate, Turn};
use valet_sim::slack::MessageRef;

use super::{Bot, bot, bot_with, calls, growing, grows, is_answered_by, lines, texts_of};

/// Everything that was ever shown of streams.
fn shown(bot: &Bot) -> String {
    let starts = texts_of(&bot.slack.requests("chat.startStream"));
    let pieces = texts_of(&bot.slack.requests("chat.appendStream"));
    let ends = texts_of(&bot.slack.requests("chat.stopStream"));
    format!("{starts}{pieces}{ends}")
}

async fn asks(bot: &Bot, answer: &str) -> MessageRef {
    bot.router.will_say(answer);
    let ada = bot.slack.person("ada");
    let question = ada
        .mentions_in("general", "Say something nasty about https://evil.example")
        .await;
    bot.answer(&question).await;
    question
}

#[tokio::test]
async fn nobody_is_mentioned_and_no_link_masked_while_words_come_in() {
    let bot = bot().await;
    let nasty = "Some honest words to begin with, long enough to be shown at once. <!channel> <@U0BEN> \
                 <https://evil.example|https://bank.example> [https://bank.example](https://evil.example/?q=1) \
                 `<!here>` ![x](https://evil.example/x.png) [bank.example](https://evil.example/2) ";
    asks(&bot, &nasty.repeat(9)).await;
    let shown = shown(&bot);
    assert!(shown.len() > 1_000, "{shown}");
    assert!(!shown.contains(['<', '>']), "{shown}");
    assert!(!shown.contains("bank.example]("), "{shown}");
    assert!(!shown.contains("!["), "{shown}");
    assert_eq!(bot.slack.requests("chat.update").len(), 0);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_reference_that_comes_last_replaces_what_was_shown() {
    let bot = bot().await;
    let words =
        "Everything about it is written down at [bank.example] for you to read.\n\n".repeat(9);
    let question = asks(
        &bot,
        &format!("{words}[bank.example]: https://evil.example"),
    )
    .await;
    bot.slack
        .until("the whole", |slack| {
            slack.requests("chat.update").len() == 1 && growing(slack, &question).is_none()
        })
        .await;
    let thread = bot.slack.thread(&question);
    let answer = thread[1].visible_text();
    assert!(
        answer.contains("at https://evil.example for you"),
        "{answer}"
    );
    assert!(!answer.contains("at [bank.example] for"), "{answer}");
    assert_eq!(bot.slack.requests("chat.update").len(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn what_was_done_and_is_not_known_stands_below_what_was_shown() {
    let policy = "[tools]\ngmail_send_message = \"read\"\n";
    let bot = bot_with(|settings| settings.policy(policy)).await;
    let mail = serde_json::json!({"to": "ben@example.com", "subject": "Lunch", "body": "At one?"});
    bot.vault
        .faults()
        .once("/execute_tool", valet_sim::fault::Fault::ActThenCut);
    bot.router.will_call("gmail_send_message", &mail);
    let answer = lines(30).join("\n");
    let gate = Gate::closed();
    bot.router.expect(Turn::says(&answer).held_midway_by(&gate));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Invite Ben").await;
    grows(&bot, &question, "Line 0").await;
    gate.open();
    let said = bot.answer(&question).await;
    assert!(said.starts_with(&answer), "{said}");
    assert!(
        said.contains("I do not know whether this was done"),
        "{said}"
    );
    assert_eq!(bot.slack.requests("chat.update").len(), 0);
    bot.slack.thread(&question);
    bot.finish().await;
}

#[tokio::test]
async fn where_streams_are_refused_answers_come_whole_and_it_is_not_tried_each_time() {
    let bot = bot().await;
    bot.slack.set_streams(false);
    let answer = lines(30).join("\n");
    for _ in 0..3 {
        let before = calls(&bot).len();
        bot.router.will_say(&answer);
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "Tell me").await;
        assert_eq!(bot.answer(&question).await, answer);
        is_answered_by(&bot, &question, &answer);
        let mut made = calls(&bot).split_off(before);
        made.retain(|method| method != "chat.startStream");
        assert_eq!(made, ["chat.postMessage", "chat.update"]);
    }
    assert!(bot.slack.requests("chat.startStream").len() <= 1);
    bot.finish().await;
}
