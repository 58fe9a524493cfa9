//! Each of vault, router and Slack failing in each way at each step, and the person told.
//!
//! A test is about one call to the outside. Its table says, for each way to fail, what
//! the person reads in the end: when it happens once, and when it goes on.

#![expect(
    clippy::future_not_send,
    reason = "a story is told on the thread it began on"
)]

mod circuits;
mod connecting;
mod limits;
mod midway;
mod router;
mod slack;
mod switches;
mod table;
mod twice;
mod vault;
mod writes;

use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt as _, StreamExt as _};
use serde_json::json;
use valet::Patience;
use valet_sim::fault::{Canned, Fault};
use valet_sim::router::Outcome;
use valet_sim::slack::{Message, MessageRef};

use crate::bot::{Bot, impatient, patient};

/// Stories that are told at the same time: some have short deadlines, and machines are small.
const AT_ONCE: usize = 4;

/// Every way in which a call can fail, the words of an error inside a success apart.
fn faults() -> Vec<(&'static str, Fault)> {
    vec![
        ("500", Fault::status(500)),
        ("503", Fault::status(503)),
        ("429", Fault::status(429)),
        ("429, 1 s", Fault::too_many(1)),
        ("429, 60 s", Fault::too_many(60)),
        ("cut", Fault::Cut),
        ("act, cut", Fault::ActThenCut),
        ("half", Fault::HalfAnswer),
        ("stall", Fault::Stall),
        ("act, stall", Fault::ActThenStall),
        ("nonsense", Fault::nonsense()),
    ]
}

/// The same with an error of the vault's, or of Slack's, inside a 200.
fn faults_and(inside: &serde_json::Value) -> Vec<(&'static str, Fault)> {
    let mut all = faults();
    all.push(("error inside", Fault::json(200, inside)));
    all
}

/// The same, as Slack words it.
fn faults_of_slack() -> Vec<(&'static str, Fault)> {
    let limited = json!({"ok": false, "error": "ratelimited"}).to_string();
    let worded = |fault: Fault| {
        let Fault::Answer(canned) = &fault else {
            return fault;
        };
        if canned.status != 429 {
            return fault;
        }
        Fault::Answer(Canned {
            content_type: "application/json".to_owned(),
            body: limited.clone(),
            ..canned.clone()
        })
    };
    faults_and(&json!({"ok": false, "error": "internal_error"}))
        .into_iter()
        .map(|(name, fault)| (name, worded(fault)))
        .collect()
}

/// Whether the request has its effect before it fails.
fn acts(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::ActThenAnswer(_) | Fault::ActThenCut | Fault::ActThenStall | Fault::HalfAnswer
    )
}

/// Whether it takes a deadline, or a wait, to get over it.
fn takes_time(fault: &Fault) -> bool {
    match fault {
        Fault::Stall | Fault::ActThenStall => true,
        Fault::Answer(canned) => canned.retry_after == Some(1),
        Fault::ActThenAnswer(_)
        | Fault::ActThenCut
        | Fault::ActThenRefuse
        | Fault::Cut
        | Fault::HalfAnswer => false,
    }
}

fn is_silence(fault: &Fault) -> bool {
    matches!(fault, Fault::Stall | Fault::ActThenStall)
}

/// How long to wait for a service that falls silent, or does not.
fn patience_with(is_silent: bool) -> Patience {
    if is_silent { impatient() } else { patient() }
}

fn patience_over(fault: &Fault) -> Patience {
    patience_with(is_silence(fault))
}

/// What each story ends with, a line for each, so that one look shows which went wrong.
/// Each has a world of its own.
async fn told<R>(
    rows: impl IntoIterator<Item = (&'static str, R)>,
    story: impl AsyncFn(R) -> String,
) -> String {
    let stories = rows
        .into_iter()
        .map(async |(name, row)| line(name, story(row)).await);
    let lines: Vec<String> = futures_util::stream::iter(stories)
        .buffered(AT_ONCE)
        .collect()
        .await;
    lines.join("\n")
}

/// The same of faults, of which the quick ones happen one after the other in one world.
async fn told_in(
    begin: impl AsyncFn(&Patience) -> Bot,
    rows: Vec<(&'static str, Fault)>,
    story: impl AsyncFn(&Bot, Fault) -> String,
) -> String {
    let order: Vec<&str> = rows.iter().map(|(name, _)| *name).collect();
    let (slow, quick): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(_, fault)| takes_time(fault));
    let groups = slow.into_iter().map(|row| vec![row]).chain([quick]);
    let stories = groups.map(async |group| {
        let is_silent = group.iter().any(|(_, fault)| is_silence(fault));
        let bot = begin(&patience_with(is_silent)).await;
        let mut lines = Vec::new();
        for (name, fault) in group {
            lines.push((name, line(name, story(&bot, fault)).await));
        }
        // A story that went wrong is told of, and not what it left behind.
        if !lines.iter().any(|(_, line)| line.contains(WENT_WRONG)) {
            bot.finish().await;
        }
        lines
    });
    let told = futures_util::future::join_all(stories).await.concat();
    let line = |name: &&str| told.iter().find(|(of, _)| of == name);
    let lines: Vec<&str> = order
        .iter()
        .filter_map(|name| Some(line(name)?.1.as_str()))
        .collect();
    lines.join("\n")
}

pub const WENT_WRONG: &str = "WENT WRONG";

async fn line(name: &str, story: impl Future<Output = String>) -> String {
    let told = AssertUnwindSafe(story).catch_unwind().await;
    let told = told.unwrap_or_else(|panic| format!("{WENT_WRONG}: {}", words_of(&*panic)));
    format!("{name}: {told}")
}

/// What came of it when it happened once, and when it went on.
fn once_and_always(once: String, always: &str) -> String {
    if once == always {
        return once;
    }
    format!("{once} | {always}")
}

pub fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_default()
}

/// How the thread looks in the end: the bot's messages.
fn thread(bot: &Bot, question: &MessageRef) -> String {
    let words: Vec<String> = bot
        .slack
        .thread(question)
        .iter()
        .skip(1)
        .map(Message::visible_text)
        .collect();
    words.join(" + ")
}

/// Ada, whose mailbox is connected.
async fn ada_is_connected() -> Bot {
    ada_is_connected_in(&patient()).await
}

async fn ada_is_connected_in(patience: &Patience) -> Bot {
    let bot = Bot::start_in(patience).await;
    bot.connects("ada", "gmail").await;
    bot
}

/// The model will read Ada's labels, and say what it was given.
fn plan(bot: &Bot) {
    bot.router
        .when("labels")
        .calls("gmail_list_labels", &json!({}))
        .then_says(|results| said_of(&results[0]));
}

fn said_of(result: &Outcome) -> String {
    match result.data().get("error") {
        Some(error) => format!("The tool says: {error}"),
        None => "Your labels.".to_owned(),
    }
}

async fn asks(bot: &Bot) -> (MessageRef, String) {
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Which labels do I have?").await;
    let answer = bot.answer(&question).await;
    (question, answer)
}

/// The trouble is over: without a restart, the next question is answered.
async fn is_well_again(bot: &Bot) {
    for faults in [bot.slack.faults(), bot.vault.faults(), bot.router.faults()] {
        assert_eq!(faults.unused(), Vec::<String>::new());
        faults.clear();
    }
    bot.router.forget_planned();
    plan(bot);
    let (_, answer) = asks(bot).await;
    assert_eq!(answer, "Your labels.");
    bot.slack.read_all();
}

/// The same, and that was all.
async fn ends_well(bot: Bot) {
    is_well_again(&bot).await;
    bot.finish().await;
}
