//! A write fails, and nobody knows what came of it.

use insta::assert_snapshot;
use serde_json::{Value, json};
use valet::Patience;
use valet_sim::fault::Fault;
use valet_sim::router::{Gate, Turn};

use super::{acts, faults_and, patience_over, told};
use crate::bot::{Bot, has_happened, impatient, patient};

const TOOL: &str = "gmail_send_message";

fn mail(to: &str) -> Value {
    json!({"to": to, "subject": "Lunch", "body": "At one?"})
}

/// Ada, whose mailbox is connected; the operator lets her mails go unasked.
async fn ada_may_write() -> Bot {
    ada_may_write_in(&patient()).await
}

async fn ada_may_write_in(patience: &Patience) -> Bot {
    let bot = Bot::start_with_both(
        |settings| settings.policy("[tools]\ngmail_send_message = \"read\"\n"),
        |set| *set = *patience,
    )
    .await;
    bot.connects("ada", "gmail").await;
    bot
}

/// The words below an answer without their time.
fn timeless(words: &str) -> String {
    words
        .lines()
        .map(|line| match line.split_once(" 20") {
            Some((start, _)) if line.starts_with('•') => {
                let day = start.rsplit_once(", ").map_or(start, |(what, _)| what);
                format!("{day}, then")
            }
            _ => line.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(" / ")
}

#[tokio::test]
async fn a_write_is_made_once_and_after_the_reads_of_its_turn() {
    let bot = ada_may_write().await;
    bot.router.will_call_many([
        (TOOL, mail("ben@example.com")),
        ("gmail_get_profile", json!({})),
        (TOOL, mail("grace@example.com")),
    ]);
    bot.router.will_say("Both are sent.");
    let question = bot.slack.person("ada").direct("Invite them").await;
    assert_eq!(bot.answer(&question).await, "Both are sent.");
    let made = bot.vault.executions();
    let made: Vec<&str> = made.iter().map(|one| one.tool.as_str()).collect();
    assert!(
        made.ends_with(&["gmail_get_profile", TOOL, TOOL]),
        "{made:?}"
    );
    let sent = bot.vault.sent_mail();
    let sent: Vec<&str> = sent.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(sent, ["ben@example.com", "grace@example.com"]);
    bot.finish().await;
}

#[tokio::test]
async fn whatever_becomes_of_a_write_it_is_sent_once_and_said() {
    let inside = json!({"error": "server_error", "message": "try again later"});
    let table = told(faults_and(&inside), async |fault| {
        let bot = ada_may_write_in(&patience_over(&fault)).await;
        let acts = acts(&fault);
        bot.vault.faults().once("/execute_tool", fault);
        bot.router.will_call(TOOL, &mail("ben@example.com"));
        // The same again, in other words.
        bot.router.will_do(|asked| {
            let told = asked.outcomes()[0].content.clone();
            let again = json!({"body": "At one?", "subject": "Lunch", "to": "ben@example.com"});
            if told.contains("not known") {
                Turn::calls(TOOL, &again)
            } else {
                Turn::says("It was not done.")
            }
        });
        bot.router.will_do(|asked| {
            let told = asked.outcomes().pop().unwrap().content;
            assert!(told.contains("was sent before"), "{told}");
            Turn::says("I may have sent it.")
        });
        let question = bot.slack.person("ada").direct("Invite Ben").await;
        let answer = bot.answer(&question).await;
        let sent = bot.vault.sent_mail().len();
        assert_eq!(sent, usize::from(acts));
        bot.router.forget_planned();
        bot.finish().await;
        timeless(&answer)
    })
    .await;
    assert_snapshot!(table, @"
    500: I may have sent it. / I do not know whether this was done. I will not try it again by myself, so please check: / • `gmail_send_message` to ben@example.com, then
    503: I may have sent it. / I do not know whether this was done. I will not try it again by myself, so please check: / • `gmail_send_message` to ben@example.com, then
    429: It was not done.
    429, 1 s: It was not done.
    429, 60 s: It was not done.
    cut: I may have sent it. / I do not know whether this was done. I will not try it again by myself, so please check: / • `gmail_send_message` to ben@example.com, then
    act, cut: I may have sent it. / I do not know whether this was done. I will not try it again by myself, so please check: / • `gmail_send_message` to ben@example.com, then
    half: I may have sent it. / I do not know whether this was done. I will not try it again by myself, so please check: / • `gmail_send_message` to ben@example.com, then
    stall: I may have sent it. / I do not know whether this was done. I will not try it again by myself, so please check: / • `gmail_send_message` to ben@example.com, then
    act, stall: I may have sent it. / I do not know whether this was done. I will not try it again by myself, so please check: / • `gmail_send_message` to ben@example.com, then
    nonsense: I may have sent it. / I do not know whether this was done. I will not try it again by myself, so please check: / • `gmail_send_message` to ben@example.com, then
    error inside: I may have sent it. / I do not know whether this was done. I will not try it again by myself, so please check: / • `gmail_send_message` to ben@example.com, then
    ");
}

#[tokio::test]
async fn what_was_done_before_a_failure_is_said_and_so_is_what_may_have_been() {
    let bot = ada_may_write().await;
    bot.vault
        .faults()
        .after(1, "/execute_tool", Fault::ActThenCut);
    bot.router.will_call_many([
        (TOOL, mail("ben@example.com")),
        (TOOL, mail("grace@example.com")),
        (TOOL, mail("ben@example.com")),
    ]);
    bot.router
        .faults()
        .after(1, "/chat/completions", Fault::status(401));
    let question = bot.slack.person("ada").direct("Invite them").await;
    let answer = bot.answer(&question).await;
    assert!(answer.contains("GMT") || answer.contains("BST"), "{answer}");
    assert_snapshot!(timeless(&answer), @"The language model is not available to me: please tell whoever runs me that its key, credit or model name needs a look. / Done before that: / • `gmail_send_message` to ben@example.com, then / I do not know whether this was done. I will not try it again by myself, so please check: / • `gmail_send_message` to grace@example.com, then");
    assert_eq!(bot.vault.sent_mail().len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn a_word_to_stop_waits_for_what_becomes_of_a_write_under_way() {
    let bot = ada_may_write_in(&impatient()).await;
    bot.vault
        .faults()
        .once("/execute_tool", Fault::ActThenStall);
    let ada = bot.slack.person("ada");
    bot.router.will_call(TOOL, &mail("ben@example.com"));
    let question = ada.mentions_in("general", "Invite Ben").await;
    has_happened(bot.vault.faults()).await;
    ada.says_in_thread(&question, "stop").await;
    let answer = bot.answer(&question).await;
    assert_snapshot!(timeless(&answer), @"Stopped. Ask again whenever you like. / I do not know whether this was done. I will not try it again by myself, so please check: / • `gmail_send_message` to ben@example.com, then");
    assert_eq!(bot.vault.sent_mail().len(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn a_write_that_succeeds_after_the_word_to_stop_is_said_too() {
    let bot = ada_may_write().await;
    let ada = bot.slack.person("ada");
    let gate = Gate::closed();
    bot.router.will_call(TOOL, &mail("ben@example.com"));
    bot.router.expect(Turn::says("Never said.").held_by(&gate));
    let question = ada.mentions_in("general", "Invite Ben").await;
    bot.router.asked(2).await;
    ada.says_in_thread(&question, "stop").await;
    let answer = bot.answer(&question).await;
    assert_snapshot!(timeless(&answer), @"Stopped. Ask again whenever you like. / Done before that: / • `gmail_send_message` to ben@example.com, then");
    gate.open();
    bot.finish().await;
}

#[tokio::test]
async fn a_tool_that_the_operator_vouches_for_is_written_down_all_the_same() {
    let bot = Bot::start_with(|settings| settings.policy("[tools]\n\"*\" = \"read\"\n")).await;
    bot.connects("ada", "gmail").await;
    bot.vault.faults().once("/execute_tool", Fault::ActThenCut);
    bot.router
        .will_call("gmail_create_label", &json!({"name": "Lunch"}));
    bot.router.will_say("Perhaps.");
    let question = bot.slack.person("ada").direct("Make a label").await;
    assert_snapshot!(timeless(&bot.answer(&question).await), @"Perhaps. / I do not know whether this was done. I will not try it again by myself, so please check: / • `gmail_create_label` “Lunch”, then");
    bot.finish().await;
}
