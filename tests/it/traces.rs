//! Traces of runs, at a collector that reads them by OpenTelemetry's own types.

use serde_json::json;
use valet_sim::collector::{Collector, Span};
use valet_sim::fault::Fault;

use crate::bot::Bot;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Ada asks, and a tool is run for it.
async fn ada_asks(bot: &Bot) {
    bot.connects("ada", "gmail").await;
    let query = json!({"query": "canary-argument"});
    bot.router.will_call("gmail_fetch_mails", &query);
    bot.router.will_say("canary-answer");
    let question = bot.slack.person("ada").direct("canary-question").await;
    assert_eq!(bot.answer(&question).await, "canary-answer");
}

/// The whole, and its parts.
fn sorted(spans: Vec<Span>) -> (Span, Vec<Span>) {
    let (mut whole, parts): (Vec<Span>, Vec<Span>) =
        spans.into_iter().partition(|span| span.parent.is_empty());
    assert_eq!(whole.len(), 1, "{whole:?}");
    (whole.remove(0), parts)
}

#[tokio::test]
async fn a_run_is_told_with_its_turns_and_calls_and_nothing_that_was_said() {
    let collector = Collector::start().await;
    let bot = Bot::start_with(|settings| {
        settings.set(ENDPOINT, &collector.url());
        settings.set("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20canary");
        settings.set("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=story");
    })
    .await;
    ada_asks(&bot).await;

    let (whole, parts) = sorted(collector.spans(4).await);
    assert_eq!(whole.name, "invoke_agent valet");
    let model = "openai/gpt-4o-mini";
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    let chat = format!("chat {model}");
    assert_eq!(names, [&chat, "execute_tool gmail_fetch_mails", &chat]);
    for part in &parts {
        assert_eq!(part.trace, whole.trace, "{part:?}");
        assert_eq!(part.parent, whole.id, "{part:?}");
        assert!(part.took <= whole.took, "{part:?} in {whole:?}");
    }
    for span in parts.iter().chain([&whole]) {
        assert!(!span.is_error, "{span:?}");
        assert_eq!(span.authorization.as_deref(), Some("Basic canary"));
        assert_eq!(span.resource["service.name"], "valet");
        assert_eq!(span.resource["deployment.environment"], "story");
    }
    let tokens = |span: &Span| -> u64 {
        let tokens = ["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"];
        tokens
            .iter()
            .filter_map(|name| span.attributes.get(*name))
            .map(|count| count.parse::<u64>().unwrap())
            .sum()
    };
    assert!(tokens(&whole) > 0);
    assert_eq!(tokens(&whole), parts.iter().map(tokens).sum::<u64>());
    assert_eq!(whole.attributes["valet.outcome"], "Answered");
    assert_eq!(parts[0].attributes["gen_ai.response.model"], model);
    assert_eq!(parts[1].attributes["valet.effect"], "Read");
    for said in ["canary", "Ada", "U0ADA", "ada@example.com"] {
        assert!(!collector.holds(said), "{said}");
    }
    for identifier in bot.vault.identifiers() {
        assert!(!collector.holds(&identifier));
    }
    bot.finish().await;
}

#[tokio::test]
async fn a_run_that_fails_says_so_in_its_trace_and_by_which_error() {
    let collector = Collector::start().await;
    let bot = Bot::start_with(|settings| settings.set(ENDPOINT, &collector.url())).await;
    bot.connects("ada", "gmail").await;
    let faults = bot.router.faults();
    faults.always("/chat/completions", Fault::status(401));
    let question = bot.slack.person("ada").direct("Anything new?").await;
    let told = bot.answer(&question).await;
    assert!(told.contains("key"), "{told}");
    faults.clear();

    let (whole, parts) = sorted(collector.spans(2).await);
    assert!(whole.is_error && parts[0].is_error);
    assert_eq!(whole.attributes["error.type"], "RouterAccount");
    assert_eq!(parts[0].attributes["error.type"], "Unauthorized");
    bot.finish().await;
}

#[tokio::test]
async fn a_collector_that_fails_keeps_nobody_waiting_and_what_is_lost_is_counted() {
    let collector = Collector::start().await;
    let bot = Bot::start_with(|settings| settings.set(ENDPOINT, &collector.url())).await;
    collector.faults().always("/v1/traces", Fault::status(400));
    ada_asks(&bot).await;
    while bot.figure("valet_trace_spans_lost_total").await < 4 {
        tokio::task::yield_now().await;
    }
    collector.faults().clear();
    collector.faults().always("/v1/traces", Fault::Stall);
    bot.router.will_say("Still here.");
    let question = bot.slack.person("ada").direct("Are you there?").await;
    assert_eq!(bot.answer(&question).await, "Still here.");
    // It does not hold up the end for long either.
    collector.faults().clear();
    bot.finish().await;
}

#[tokio::test]
async fn without_a_collector_or_with_the_switch_off_there_are_no_traces() {
    let collector = Collector::start().await;
    let bot = Bot::start_with(|settings| {
        settings.set(ENDPOINT, &collector.url());
        settings.set("OTEL_SDK_DISABLED", "true");
    })
    .await;
    ada_asks(&bot).await;
    bot.finish().await;
    assert_eq!(collector.spans(0).await, []);
}
