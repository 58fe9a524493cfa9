//! The router fails, answers in every form there is, or not at all.

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::router::{Form, Turn};

use super::{
    acts, ada_is_connected, ada_is_connected_in, asks, ends_well, faults, is_well_again,
    once_and_always, patience_over, patience_with, plan, said_of, told, told_in,
};
use crate::bot::Bot;

const PATH: &str = "/chat/completions";

/// More than a router is asked for one reply.
const MANY: usize = 9;

/// The ways to fail that only a router has.
fn refusals() -> Vec<(&'static str, Fault)> {
    let error = |status: u16| json!({"error": {"code": status, "message": "words of the router"}});
    [
        ("400", 400),
        ("401", 401),
        ("402", 402),
        ("403", 403),
        ("404", 404),
        ("408", 408),
        ("446", 446),
        ("502", 502),
    ]
    .into_iter()
    .map(|(name, status)| (name, Fault::json(status, &error(status))))
    .chain([
        ("502 inside", Fault::json(200, &error(502))),
        ("402 inside", Fault::json(200, &error(402))),
        ("no choices", Fault::json(200, &json!({"choices": []}))),
    ])
    .collect()
}

/// The turns that are planned, behind those that get lost on the way.
fn plan_behind(bot: &Bot, lost: usize) {
    for _ in 0..lost {
        bot.router.will_say("Lost on the way.");
    }
    bot.router.will_call("gmail_list_labels", &json!({}));
    bot.router
        .will_do(|asked| Turn::says(said_of(&asked.outcomes()[0])));
}

/// What the person reads when the router fails them once, and when it goes on failing.
async fn of_fault(bot: &Bot, fault: Fault) -> String {
    let lost = usize::from(acts(&fault));
    bot.router.faults().once(PATH, fault.clone());
    let once = asked_behind(bot, lost).await;
    bot.router.faults().always(PATH, fault);
    let always = asked_behind(bot, lost * MANY).await;
    bot.router.faults().clear();
    is_well_again(bot).await;
    once_and_always(once, &always)
}

async fn asked_behind(bot: &Bot, lost: usize) -> String {
    let before = bot.vault.executions().len();
    plan_behind(bot, lost);
    let (question, answer) = asks(bot).await;
    let thread = bot.slack.thread(&question);
    assert_eq!(thread.len(), 2, "one message, replaced");
    let read = bot.vault.executions().len() - before;
    assert_eq!(read, usize::from(answer == "Your labels."), "{answer}");
    bot.router.forget_planned();
    answer
}

#[tokio::test]
async fn the_first_turn_fails() {
    let table = told_in(ada_is_connected_in, faults(), of_fault).await;
    assert_snapshot!(table, @"
    500: Your labels. | The language model cannot be reached: please ask again in a few minutes.
    503: Your labels. | The language model cannot be reached: please ask again in a few minutes.
    429: Your labels. | The language model is asked too much at the moment: please ask again in a minute.
    429, 1 s: Your labels. | The language model is asked too much at the moment: please ask again in a minute.
    429, 60 s: The language model is asked too much at the moment: please ask again in a minute.
    cut: Your labels. | The language model cannot be reached: please ask again in a few minutes.
    act, cut: Your labels. | The language model cannot be reached: please ask again in a few minutes.
    half: Your labels. | The language model cannot be reached: please ask again in a few minutes.
    stall: Your labels. | The language model cannot be reached: please ask again in a few minutes.
    act, stall: Your labels. | The language model cannot be reached: please ask again in a few minutes.
    nonsense: Your labels. | The answer broke off before it was finished: please ask again.
    ");
}

#[tokio::test]
async fn the_router_refuses() {
    let table = told_in(ada_is_connected_in, refusals(), of_fault).await;
    assert_snapshot!(table, @"
    400: The language model is not available to me: please tell whoever runs me that its key, credit or model name needs a look.
    401: The language model is not available to me: please tell whoever runs me that its key, credit or model name needs a look.
    402: The language model is not available to me: please tell whoever runs me that its key, credit or model name needs a look.
    403: The language model refused this request: please ask in other words, or tell whoever runs me if that does not help.
    404: The language model is not available to me: please tell whoever runs me that its key, credit or model name needs a look.
    408: Your labels. | The language model cannot be reached: please ask again in a few minutes.
    446: The language model refused this request: please ask in other words, or tell whoever runs me if that does not help.
    502: Your labels. | The language model cannot be reached: please ask again in a few minutes.
    502 inside: Your labels. | The language model cannot be reached: please ask again in a few minutes.
    402 inside: The language model is not available to me: please tell whoever runs me that its key, credit or model name needs a look.
    no choices: Your labels. | The answer broke off before it was finished: please ask again.
    ");
}

#[tokio::test]
async fn a_turn_after_a_tool_fails_and_the_tool_is_not_run_again() {
    let rows: Vec<_> = faults()
        .into_iter()
        .filter(|(_, fault)| !acts(fault))
        .collect();
    let table = told_in(ada_is_connected_in, rows, async |bot, fault| {
        let before = bot.vault.executions().len();
        plan(bot);
        bot.router.faults().after(1, PATH, fault);
        let (_, answer) = asks(bot).await;
        assert_eq!(bot.vault.executions().len(), before + 1);
        is_well_again(bot).await;
        answer
    })
    .await;
    assert_snapshot!(table, @"
    500: Your labels.
    503: Your labels.
    429: Your labels.
    429, 1 s: Your labels.
    429, 60 s: The language model is asked too much at the moment: please ask again in a minute.
    cut: Your labels.
    stall: Your labels.
    nonsense: Your labels.
    ");
}

#[tokio::test]
async fn a_router_that_is_down_is_told_of() {
    let bot = ada_is_connected().await;
    bot.router.down().await;
    let (_, answer) = asks(&bot).await;
    bot.router.up();
    assert_snapshot!(answer, @"The language model cannot be reached: please ask again in a few minutes.");
    ends_well(bot).await;
}

#[tokio::test]
async fn the_answer_is_the_same_in_every_form_that_is_whole() {
    let bot = ada_is_connected().await;
    for form in Form::whole() {
        bot.router.answer_in(form);
        plan(&bot);
        let (_, answer) = asks(&bot).await;
        assert_eq!(answer, "Your labels.", "{form:?}");
    }
    ends_well(bot).await;
}

#[tokio::test]
async fn an_answer_that_is_not_whole_is_asked_for_again_and_not_acted_on() {
    let rows = [
        ("cut midway", Form::CutMidway),
        ("dies midway", Form::DiesMidway),
        ("error body", Form::ErrorBody),
        ("error event", Form::ErrorEvent),
        ("error finish", Form::ErrorFinish),
        ("silence", Form::Silence),
    ];
    assert!(
        Form::broken()
            .iter()
            .all(|form| rows.iter().any(|(_, row)| row == form))
    );
    let table = told(rows, async |form| {
        let bot = ada_is_connected_in(&patience_with(form == Form::Silence)).await;
        let before = bot.vault.executions().len();
        let broken = Turn::calls("gmail_list_labels", &json!({})).in_form(form);
        bot.router.expect(broken);
        bot.router.expect(Turn::says("Your labels.").in_form(form));
        let (_, once) = asks(&bot).await;
        let read = bot.vault.executions().len() - before;
        assert!(read <= 1, "{read}");
        bot.router.forget_planned();

        let before = bot.vault.executions().len();
        bot.router.answer_in(form);
        for _ in 0..MANY {
            bot.router.will_call("gmail_list_labels", &json!({}));
        }
        let (_, always) = asks(&bot).await;
        assert_eq!(
            bot.vault.executions().len(),
            before,
            "acted on a half answer"
        );
        bot.router.answer_in(Form::default());
        ends_well(bot).await;
        format!("{once} | {always}")
    })
    .await;
    assert_snapshot!(table, @"
    cut midway: Your labels. | The answer broke off before it was finished: please ask again.
    dies midway: Your labels. | The answer broke off before it was finished: please ask again.
    error body: Your labels. | The language model cannot be reached: please ask again in a few minutes.
    error event: Your labels. | The language model cannot be reached: please ask again in a few minutes.
    error finish: Your labels. | The language model cannot be reached: please ask again in a few minutes.
    silence: Your labels. | The language model cannot be reached: please ask again in a few minutes.
    ");
}

#[tokio::test]
async fn the_next_model_answers_where_the_first_does_not() {
    let rows = [
        ("503", Fault::status(503), 3),
        ("429", Fault::status(429), 3),
        ("cut", Fault::Cut, 3),
        ("404", Fault::status(404), 1),
        ("408", Fault::status(408), 1),
        ("429, 60 s", Fault::too_many(60), 1),
        ("nonsense", Fault::nonsense(), 1),
        ("stall", Fault::Stall, 1),
        ("400", Fault::status(400), 1),
        ("402", Fault::status(402), 1),
        ("403", Fault::status(403), 1),
    ];
    let rows = rows.map(|(name, fault, times)| (name, (fault, times)));
    let table = told(rows, async |(fault, times)| {
        let bot = Bot::start_with_both(
            |settings| {
                settings.set("FASTROUTER_FALLBACK_MODELS", "made/second,made/third");
            },
            |patience| *patience = patience_over(&fault),
        )
        .await;
        bot.connects("ada", "gmail").await;
        bot.router.faults().times(times, PATH, fault);
        plan(&bot);
        let (_, answer) = asks(&bot).await;
        let models: Vec<String> = bot
            .router
            .requests()
            .iter()
            .map(|request| request["model"].as_str().unwrap().to_owned())
            .collect();
        ends_well(bot).await;
        format!("{answer} By {}.", models.join(", then "))
    })
    .await;
    assert_snapshot!(table, @"
    503: Your labels. By made/second, then made/second.
    429: Your labels. By made/second, then made/second.
    cut: Your labels. By made/second, then made/second.
    404: Your labels. By made/second, then made/second.
    408: Your labels. By made/second, then made/second.
    429, 60 s: Your labels. By made/second, then made/second.
    nonsense: Your labels. By openai/gpt-4o-mini, then openai/gpt-4o-mini.
    stall: Your labels. By made/second, then made/second.
    400: Your labels. By made/second, then openai/gpt-4o-mini.
    402: Your labels. By made/second, then openai/gpt-4o-mini.
    403: Your labels. By made/second, then openai/gpt-4o-mini.
    ");
}

#[tokio::test]
async fn a_guardrail_is_not_walked_around_by_another_model() {
    let rows = [("446", 446)];
    let table = told(rows, async |status| {
        let bot = Bot::start_with(|settings| {
            settings.set("FASTROUTER_FALLBACK_MODELS", "made/second");
        })
        .await;
        bot.connects("ada", "gmail").await;
        bot.router.faults().once(PATH, Fault::status(status));
        let (_, answer) = asks(&bot).await;
        assert_eq!(bot.router.requests().len(), 0, "nobody else was asked");
        ends_well(bot).await;
        answer
    })
    .await;
    assert_snapshot!(table, @"
    446: The language model refused this request: please ask in other words, or tell whoever runs me if that does not help.
    ");
}
