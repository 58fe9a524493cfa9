//! The thumbs below an answer.

use serde_json::{Value, json};
use valet_sim::fault::Fault;
use valet_sim::slack::Message;

use super::ada;
use crate::bot::is_placeholder;

fn has_thumbs(message: &Message) -> bool {
    let is_thumbs = |block: &Value| block["type"] == "context_actions";
    message.blocks.iter().any(is_thumbs)
}

#[tokio::test]
async fn what_people_think_of_an_answer_is_counted_and_thanked_for() {
    let bot = ada().await;
    bot.router.will_say("Nothing.");
    let (ada, ben) = (bot.slack.person("ada"), bot.slack.person("ben"));
    let question = ada.mentions_in("general", "What is new?").await;
    let answer = bot.slack.final_answer(&question, is_placeholder).await;
    ada.gives_feedback(&answer, true).await;
    let thanks = ada.next_ephemeral().await;
    assert_eq!(
        thanks.visible_text(),
        "Thank you: that is counted, and nothing else is kept."
    );
    assert_eq!(thanks.thread_ts.as_deref(), Some(question.root()));
    ben.gives_feedback(&answer, false).await;
    let thanks = ben.next_ephemeral().await.visible_text();
    assert!(thanks.ends_with("and I try again."), "{thanks}");
    for verdict in ["Good", "Bad"] {
        let figure = format!("valet_feedback_total{{verdict=\"{verdict}\"}}");
        assert_eq!(bot.figure(&figure).await, 1, "{verdict}");
    }
    bot.finish().await;
}

#[tokio::test]
async fn only_the_last_part_of_an_answer_has_thumbs_and_a_failure_has_none() {
    let bot = ada().await;
    let long: Vec<String> = (0..900)
        .map(|number| format!("- line {number} of a long answer"))
        .collect();
    bot.router.will_say(&long.join("\n"));
    let ada = bot.slack.person("ada");
    let question = ada.direct("Tell me all").await;
    bot.slack.next(has_thumbs).await;
    let thread = bot.slack.thread(&question);
    let thumbs: Vec<bool> = thread.iter().skip(1).map(has_thumbs).collect();
    assert!(thumbs.len() > 1, "{thumbs:?}");
    let first = thumbs.iter().position(|has| *has);
    assert_eq!(first, Some(thumbs.len() - 1), "{thumbs:?}");
    bot.router
        .faults()
        .always("/chat/completions", Fault::status(401));
    let question = ada.direct("And now?").await;
    let word = bot.slack.final_answer(&question, is_placeholder).await;
    assert!(!has_thumbs(&word), "{word:?}");
    bot.finish().await;
}

#[tokio::test]
async fn a_slack_that_does_not_know_thumbs_gets_the_answer_without_them() {
    let bot = ada().await;
    let refused = json!({"ok": false, "error": "invalid_blocks"});
    let refused = || Fault::json(200, &refused);
    bot.slack.faults().once("chat.update", refused());
    bot.slack.faults().after(1, "chat.postMessage", refused());
    bot.router.will_say("Nothing.");
    let question = bot.slack.person("ada").direct("What is new?").await;
    let answer = bot.slack.final_answer(&question, is_placeholder).await;
    assert_eq!(answer.visible_text(), "Nothing.");
    assert!(!has_thumbs(&answer));
    assert_eq!(bot.slack.thread(&question).len(), 2);
    bot.finish().await;
}
