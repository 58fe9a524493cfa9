//! Killed at every step of a mention and of a write, and started again: the person reads
//! one answer, a read that was finished is not asked again, and a write is sent once.

use serde_json::json;
use valet_sim::fault::{Fault, Faults};
use valet_sim::slack::Message;

use crate::bot::{Bot, Process, has_happened};

/// Who falls silent at the step, so that the kill comes just then.
#[derive(Clone, Copy)]
enum At {
    Router,
    Slack,
    Vault,
}

/// A step: which requests are never answered, after how many of the same kind, and
/// whether they have their effect before.
struct Step {
    name: &'static str,
    at: At,
    path: &'static str,
    after: u32,
    fault: Fault,
}

const fn step(name: &'static str, at: At, path: &'static str, after: u32, fault: Fault) -> Step {
    Step {
        name,
        at,
        path,
        after,
        fault,
    }
}

impl Step {
    fn faults<'a>(&self, bot: &'a Bot) -> &'a Faults {
        match self.at {
            At::Router => bot.router.faults(),
            At::Slack => bot.slack.faults(),
            At::Vault => bot.vault.faults(),
        }
    }

    /// Works until this step, dies, and lives again.
    async fn kills(&self, bot: &Bot, first: Process) -> Process {
        has_happened(self.faults(bot)).await;
        first.kill();
        Process::serve(&bot.settings).await
    }
}

const ANSWER: &str = "chat.update";
const MODEL: &str = "/chat/completions";
const POST: &str = "chat.postMessage";
const TOOL: &str = "/execute_tool";

async fn ada_and(policy: &str) -> (Bot, Process) {
    let bot = Bot::world(|settings| settings.policy(policy)).await;
    let first = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    (bot, first)
}

/// Every step of a question that takes two reads; the second number is how often Slack is
/// given the answer.
fn of_a_mention() -> Vec<(Step, usize)> {
    vec![
        (step("accepted", At::Slack, POST, 0, Fault::Stall), 1),
        (
            step(
                "placed, and nobody knows",
                At::Slack,
                POST,
                0,
                Fault::ActThenStall,
            ),
            1,
        ),
        (
            step(
                "placed",
                At::Vault,
                "/connected_accounts/details",
                0,
                Fault::Stall,
            ),
            1,
        ),
        (
            step("the model thinks", At::Router, MODEL, 0, Fault::Stall),
            1,
        ),
        (
            step("the reads are under way", At::Vault, TOOL, 0, Fault::Stall),
            1,
        ),
        (
            step("the reads are back", At::Router, MODEL, 1, Fault::Stall),
            1,
        ),
        (
            step("the answer is there", At::Slack, ANSWER, 0, Fault::Stall),
            1,
        ),
        (
            step(
                "answered, and nobody knows",
                At::Slack,
                ANSWER,
                0,
                Fault::ActThenStall,
            ),
            2,
        ),
    ]
}

#[tokio::test]
async fn killed_at_any_step_of_a_mention_it_is_answered_once() {
    for (step, answers) in of_a_mention() {
        let (bot, first) = ada_and("").await;
        let before = bot.vault.executions().len();
        let reads = [
            ("gmail_get_profile", json!({})),
            ("gmail_list_labels", json!({})),
        ];
        // One turn each, also after the restart: a turn that was over is not asked again.
        bot.router.will_call_many(reads);
        bot.router.will_say("Ada, with labels.");
        let often = if step.path == TOOL { 2 } else { 1 };
        for _ in 0..often {
            let fault = step.fault.clone();
            step.faults(&bot).after(step.after, step.path, fault);
        }
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "Who am I?").await;
        let second = step.kills(&bot, first).await;
        bot.slack
            .until(step.name, |slack| slack.requests(ANSWER).len() >= answers)
            .await;
        assert_eq!(
            bot.answer(&question).await,
            "Ada, with labels.",
            "{}",
            step.name
        );
        second.stop().await;
        assert_eq!(bot.slack.thread(&question).len(), 2, "{}", step.name);
        assert_eq!(bot.vault.executions().len(), before + 2, "{}", step.name);
        bot.finish().await;
    }
}

#[tokio::test]
async fn killed_in_the_middle_of_a_long_answer_no_part_is_lost_and_none_said_twice() {
    for fault in [Fault::Stall, Fault::ActThenStall] {
        let (bot, first) = ada_and("").await;
        let lines: Vec<String> = (0..900)
            .map(|n| format!("Line number {n} of the answer."))
            .collect();
        bot.router.will_say(&lines.join("\n"));
        // The placeholder, the second part, and now the third.
        let step = step("a part", At::Slack, POST, 2, fault);
        step.faults(&bot)
            .after(step.after, step.path, step.fault.clone());
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "Tell me everything").await;
        let second = step.kills(&bot, first).await;
        bot.slack
            .until("the last line", |slack| {
                let said = slack.messages(&question.channel);
                let mut said = said.iter().map(Message::visible_text);
                let searches = slack.requests("conversations.replies").len();
                searches > 0 && said.any(|text| text.contains("number 899 "))
            })
            .await;
        second.stop().await;
        let thread = bot.slack.thread(&question);
        let said: Vec<String> = thread.iter().map(Message::visible_text).collect();
        let said = said.join("\n");
        for line in &lines {
            assert_eq!(said.matches(line.as_str()).count(), 1, "{line}");
        }
        bot.finish().await;
    }
}

/// Every step of a write: whether the world did it, whether Valet knows, and how often
/// Slack is given the answer.
fn of_a_write() -> Vec<(Step, usize, bool, usize)> {
    vec![
        (
            step("written down", At::Vault, "/oauth/token", 0, Fault::Stall),
            0,
            false,
            1,
        ),
        (step("sent", At::Vault, TOOL, 0, Fault::Stall), 0, false, 1),
        (
            step(
                "done, and nobody knows",
                At::Vault,
                TOOL,
                0,
                Fault::ActThenStall,
            ),
            1,
            false,
            1,
        ),
        (
            step(
                "its outcome is written down",
                At::Router,
                MODEL,
                1,
                Fault::Stall,
            ),
            1,
            true,
            1,
        ),
        (
            step("the answer is there", At::Slack, ANSWER, 0, Fault::Stall),
            1,
            true,
            1,
        ),
        (
            step(
                "answered, and nobody knows",
                At::Slack,
                ANSWER,
                0,
                Fault::ActThenStall,
            ),
            1,
            true,
            2,
        ),
    ]
}

#[tokio::test]
async fn killed_at_any_step_of_a_write_it_is_sent_once_and_what_is_not_known_is_said() {
    for (step, sent, known, answers) in of_a_write() {
        let (bot, first) = ada_and("[tools]\ngmail_send_message = \"read\"\n").await;
        let mail = json!({"to": "ben@example.com", "subject": "Lunch", "body": "At one?"});
        bot.router.will_call("gmail_send_message", &mail);
        bot.router.will_do(move |asked| {
            let told = asked.outcomes()[0].content.clone();
            assert_eq!(told.contains("not known"), !known, "{told}");
            valet_sim::router::Turn::says("That is all.")
        });
        let ada = bot.slack.person("ada");
        if step.path == "/oauth/token" {
            // The accounts and tools were listed by then: only the write needs a new one.
            let gate = valet_sim::router::Gate::closed();
            bot.router.forget_planned();
            let turn = valet_sim::router::Turn::calls("gmail_send_message", &mail);
            bot.router.expect(turn.held_by(&gate));
            bot.router.will_say("That is all.");
            let question = ada.mentions_in("general", "Invite Ben").await;
            bot.router.asked(1).await;
            bot.vault.expire_tokens();
            step.faults(&bot).once(step.path, step.fault.clone());
            gate.open();
            ends(&bot, &step, first, &question, (sent, known, answers)).await;
        } else {
            let fault = step.fault.clone();
            step.faults(&bot).after(step.after, step.path, fault);
            let question = ada.mentions_in("general", "Invite Ben").await;
            ends(&bot, &step, first, &question, (sent, known, answers)).await;
        }
        bot.finish().await;
    }
}

async fn ends(
    bot: &Bot,
    step: &Step,
    first: Process,
    question: &valet_sim::slack::MessageRef,
    (sent, known, answers): (usize, bool, usize),
) {
    let second = step.kills(bot, first).await;
    bot.slack
        .until(step.name, |slack| slack.requests(ANSWER).len() >= answers)
        .await;
    let answer = bot.answer(question).await;
    let name = step.name;
    assert!(answer.starts_with("That is all."), "{name}: {answer}");
    let says = answer.contains("I do not know whether this was done")
        && answer.contains("`gmail_send_message` to ben@example.com, ");
    assert_eq!(says, !known, "{name}: {answer}");
    second.stop().await;
    assert_eq!(bot.slack.thread(question).len(), 2, "{name}");
    assert_eq!(bot.vault.sent_mail().len(), sent, "{name}");
}

/// So many questions of one thread that not everybody can be told at once that they wait.
const IN_LINE: usize = 14;

/// Of those in line, so many are told so at once.
const TELLING: usize = 8;

#[tokio::test]
async fn killed_with_questions_in_line_slack_is_not_asked_about_those_that_never_began() {
    let (bot, first) = ada_and("").await;
    let gate = valet_sim::router::Gate::closed();
    let never = valet_sim::router::Turn::says("Never said.");
    bot.router.expect(never.held_by(&gate));
    // Behind a run of somebody else, which they do not steer.
    bot.connects("ben", "gmail").await;
    let (ada, ben) = (bot.slack.person("ada"), bot.slack.person("ben"));
    let thread = ben.mentions_in("general", "Number 0?").await;
    bot.router.asked(1).await;
    let faults = bot.slack.faults();
    for _ in 0..TELLING {
        faults.once(POST, Fault::Stall);
    }
    for number in 1..=IN_LINE {
        let question = format!("Number {number}?");
        let asked = ada.says_in_thread(&thread, &question).await;
        let answered = asked.delivered.and_then(|one| one.status);
        assert_eq!(answered, Some(200), "{question}");
    }
    has_happened(faults).await;
    first.kill();
    gate.open();

    for number in 0..=IN_LINE {
        bot.router.will_say(&format!("Answer {number}."));
    }
    let second = Process::serve(&bot.settings).await;
    for number in 0..=IN_LINE {
        let answer = format!("Answer {number}.");
        bot.slack.next(|one| one.visible_text() == answer).await;
    }
    second.stop().await;
    let pages = bot.slack.requests("conversations.replies");
    let searches = pages.iter().filter(|page| page.get("cursor").is_none());
    assert_eq!(searches.count(), TELLING, "for those being told alone");
    assert_eq!(bot.slack.thread(&thread).len(), 2 * (IN_LINE + 1));
    bot.finish().await;
}

#[tokio::test]
async fn what_was_told_to_stop_during_a_write_does_not_go_on_after_the_restart() {
    let policy = "[tools]\ngmail_send_message = \"read\"\n";
    let mut bot = Bot::start_with(|settings| settings.policy(policy)).await;
    bot.connects("ada", "gmail").await;
    let mail = json!({"to": "ben@example.com", "subject": "Lunch", "body": "At one?"});
    bot.router.will_call("gmail_send_message", &mail);
    bot.vault.faults().once(TOOL, Fault::ActThenStall);
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Invite Ben").await;
    has_happened(bot.vault.faults()).await;
    ada.says_in_thread(&question, "stop").await;

    // Should it be asked at all, then it is not heard.
    let never = valet_sim::router::Turn::says("And Cleo, too.");
    let gate = valet_sim::router::Gate::closed();
    bot.router.expect(never.held_by(&gate));
    bot.restart().await;

    let answer = bot.answer(&question).await;
    assert!(answer.starts_with("Stopped"), "{answer}");
    assert!(
        answer.contains("I do not know whether this was done"),
        "{answer}"
    );
    bot.router.forget_planned();
    gate.open();
    assert_eq!(bot.vault.sent_mail().len(), 1);
    bot.finish().await;
}
