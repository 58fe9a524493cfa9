//! Which model answers, what it is sent beside the usual, what it took, and how much it may.

mod budgets;
mod usage;

use jiff::Timestamp;
use serde_json::{Value, json};
use valet_sim::fault::Fault;
use valet_sim::router::{Form, Turn};

use crate::bot::{Bot, impatient};

const PATH: &str = "/chat/completions";

/// Noon in UTC, so that no story crosses a midnight that it does not mean to.
const NOON: &str = "2030-06-15T12:00:00Z";

/// Ada is connected, under this policy.
async fn under(policy: &str) -> Bot {
    let bot = Bot::world(|settings| settings.policy(policy)).await;
    let noon: Timestamp = NOON.parse().unwrap();
    let ahead = noon.duration_since(Timestamp::now());
    bot.clock.advance(ahead.try_into().unwrap());
    let bot = bot.begin().await;
    bot.connects("ada", "gmail").await;
    bot
}

/// Somebody asks by direct message, and reads this.
async fn asks(bot: &Bot, who: &str) -> String {
    let question = bot.slack.person(who).direct("What is new?").await;
    bot.answer(&question).await
}

fn models_asked(bot: &Bot) -> Vec<Value> {
    let requests = bot.router.requests();
    let models = requests.into_iter().map(|request| request["model"].clone());
    models.collect()
}

#[tokio::test]
async fn a_model_that_fails_is_passed_over_for_a_while_and_the_one_that_answered_is_recorded() {
    let bot = Bot::start_with_both(
        |settings| {
            settings.set("FASTROUTER_FALLBACK_MODELS", "made/second");
        },
        |patience| *patience = impatient(),
    )
    .await;
    bot.connects("ada", "gmail").await;
    bot.router.faults().once(PATH, Fault::Stall);
    for _ in 0..3 {
        bot.router.will_say("Nothing.");
        assert_eq!(asks(&bot, "ada").await, "Nothing.");
    }
    assert_eq!(models_asked(&bot), ["made/second"; 3]);
    assert_eq!(
        bot.finished_question().await["models"],
        json!(["made/second"])
    );
    // Where all have failed, the first is asked again.
    bot.router.faults().times(2, PATH, Fault::status(404));
    asks(&bot, "ada").await;
    bot.router.will_say("Nothing.");
    assert_eq!(asks(&bot, "ada").await, "Nothing.");
    assert_eq!(models_asked(&bot)[3..], ["openai/gpt-4o-mini"]);
    bot.finish().await;
}

#[tokio::test]
async fn a_router_that_chooses_another_model_itself_is_taken_at_its_word() {
    let bot = under("").await;
    bot.router
        .expect(Turn::says("Nothing.").in_form(Form::OtherModel));
    assert_eq!(asks(&bot, "ada").await, "Nothing.");
    assert_eq!(
        bot.finished_question().await["models"],
        json!(["another/model"])
    );
    bot.finish().await;
}

#[tokio::test]
async fn a_routers_own_fields_go_into_each_request_if_the_operator_says_so() {
    let bot = under(
        r#"
        [router.body]
        models = ["made/second", "made/third"]
        request_tags = ["valet"]
        stream_options = { include_usage = true }
        provider = { require_parameters = true }
        "#,
    )
    .await;
    let fields = json!({
        "models": ["made/second", "made/third"],
        "request_tags": ["valet"],
        "stream_options": {"include_usage": true},
        "provider": {"require_parameters": true},
    });
    for field in ["models", "request_tags", "provider"] {
        bot.router.takes(field);
    }
    bot.router.will_call("gmail_list_labels", &json!({}));
    bot.router.will_say("Nothing.");
    assert_eq!(asks(&bot, "ada").await, "Nothing.");
    for request in bot.router.requests() {
        for (name, value) in fields.as_object().unwrap() {
            assert_eq!(&request[name], value);
        }
        assert_eq!(request["model"], "openai/gpt-4o-mini");
        assert_eq!(request["stream"], true);
    }
    assert_eq!(bot.router.requests().len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn what_a_model_thought_goes_back_to_it_as_it_came_turn_after_turn() {
    let mut bot = under("").await;
    bot.router.answer_in(Form::Reasoning);
    let note = |number: usize| json!({"number": number, "odd": [1, null, "zwei"]});
    for number in 0..3 {
        let turn = Turn::calls("gmail_list_labels", &json!({}));
        bot.router.expect(turn.with_field("vendor", note(number)));
    }
    bot.router.will_say("Nothing.");
    assert_eq!(asks(&bot, "ada").await, "Nothing.");
    let last = bot.router.last_request().unwrap();
    let messages = last["messages"].as_array().unwrap();
    let turns = messages.iter().filter(|one| one["role"] == "assistant");
    for (number, turn) in turns.enumerate() {
        assert_eq!(turn["vendor"], note(number));
        assert_eq!(turn["reasoning"], "First I look, then I speak.");
        let thoughts = turn["reasoning_details"].as_array().unwrap();
        assert_eq!(thoughts.last().unwrap()["data"], "b3BhcXVl", "{turn}");
        let call = &turn["tool_calls"][0];
        assert_eq!(
            call["extra_content"]["google"]["thought_signature"], "ts0",
            "{call}"
        );
    }
    // The world compares each message that comes back with what it had sent.
    bot.restart().await;
    bot.finish().await;
}

#[tokio::test]
async fn what_one_model_thought_is_not_for_another_that_takes_over() {
    let bot = Bot::start_with(|settings| {
        settings.set("FASTROUTER_FALLBACK_MODELS", "made/second");
    })
    .await;
    bot.connects("ada", "gmail").await;
    bot.router.answer_in(Form::Reasoning);
    for _ in 0..3 {
        bot.router.will_call("gmail_list_labels", &json!({}));
    }
    bot.router.will_say("Nothing.");
    // Behind its first turn the first one is gone for a while.
    bot.router.faults().after(1, PATH, Fault::status(404));
    assert_eq!(asks(&bot, "ada").await, "Nothing.");
    assert_eq!(
        models_asked(&bot),
        [
            "openai/gpt-4o-mini",
            "made/second",
            "made/second",
            "made/second"
        ]
    );
    let last = bot.router.last_request().unwrap();
    let turns = last["messages"].as_array().unwrap().iter();
    let turns: Vec<&Value> = turns.filter(|one| one["role"] == "assistant").collect();
    let thoughts: Vec<bool> = turns
        .iter()
        .map(|turn| turn["reasoning_details"].is_array() && turn["reasoning"].is_string())
        .collect();
    assert_eq!(thoughts, [false, true, true]);
    assert_eq!(
        turns[0]["vendor_note"], turns[1]["vendor_note"],
        "the rest is as it came"
    );
    bot.finish().await;
}
