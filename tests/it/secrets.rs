//! What no log may hold, nor the audit, the figures and the traces.

use serde_json::json;
use valet_sim::browser::Browser;
use valet_sim::collector::Collector;

use crate::bot::{Bot, Process};

#[tokio::test]
async fn nothing_of_a_whole_story_that_is_secret_is_in_the_log_the_metrics_or_the_traces() {
    let collector = Collector::start().await;
    let bot = Bot::world(|settings| {
        settings.set("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url());
        settings.set("OTEL_EXPORTER_OTLP_HEADERS", "api-key=canary-header");
    })
    .await;
    let valet = Process::serve(&bot.settings).await;
    let ada = bot.slack.person("ada");
    let question = ada
        .mentions_in("general", "canary-question about pricing")
        .await;
    let link = ada.next_dm().await.link();
    bot.router
        .will_call("gmail_fetch_mails", &json!({"query": "canary-argument"}));
    bot.router.will_say("canary-answer");
    let browser = bot.browser_of("ada").await;
    browser.connects(&link).await;
    ada.next_dm().await;
    bot.slack
        .next(|one| one.visible_text() == "canary-answer")
        .await;
    bot.slack.read_all();
    let stale = browser.get(&link).await;
    assert_eq!(stale.status, 400);
    assert_eq!(question.delivered.as_ref().unwrap().status, Some(200));
    let ops = bot.settings.value("VALET_OPS_LISTEN");
    let metrics = reqwest::get(format!("http://{ops}/metrics"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        metrics.contains("valet_events_accepted_total 1"),
        "{metrics}"
    );

    let audits = [["audit", "--json"], ["audit", "--verify"]];
    let mut audited = String::new();
    for arguments in audits {
        let (code, said) = Process::command(&bot.settings, &arguments).await;
        assert_eq!(code, Some(0), "{said}");
        audited.push_str(&said);
    }
    assert!(audited.contains("gmail_fetch_mails"), "{audited}");

    let (_, log) = valet.ended_after_stop().await;
    let spans = collector.spans(1).await;
    assert!(
        spans
            .iter()
            .any(|span| span.name.contains("gmail_fetch_mails")),
        "the story is in the traces: {spans:?}"
    );

    assert!(log.contains("run ended"), "the story is in the log:\n{log}");
    for secret in secrets_of(&bot, &link, &browser) {
        assert!(!log.contains(&secret), "the log holds {secret}");
        assert!(!metrics.contains(&secret), "the metrics hold {secret}");
        assert!(!collector.holds(&secret), "the traces hold {secret}");
        assert!(!audited.contains(&secret), "the audit holds {secret}");
    }
    bot.finish().await;
}

/// Everything that was secret in this story, however short its life.
fn secrets_of(bot: &Bot, link: &str, browser: &Browser) -> Vec<String> {
    let settings = [
        "SLACK_SIGNING_SECRET",
        "SLACK_BOT_TOKEN",
        "SLACK_CLIENT_SECRET",
        "SCALEKIT_CLIENT_SECRET",
        "FASTROUTER_API_KEY",
    ]
    .map(|name| bot.settings.value(name).to_owned());
    let said = [
        "canary-question",
        "canary-argument",
        "canary-answer",
        "canary-header",
        "ada@example.com",
        "Ada",
    ]
    .map(str::to_owned);
    let ticket = link.rsplit('/').next().unwrap().to_owned();
    let in_addresses = browser.history().into_iter().flat_map(|step| {
        let url = url::Url::parse(&step.url).unwrap();
        let secret = [
            "state",
            "code",
            "nonce",
            "auth_request_id",
            "code_challenge",
        ];
        url.query_pairs()
            .filter(|(name, _)| secret.contains(&&**name))
            .map(|(_, value)| value.into_owned())
            .collect::<Vec<_>>()
    });
    bot.vault
        .secrets()
        .into_iter()
        .chain(settings)
        .chain(said)
        .chain([ticket])
        .chain(in_addresses)
        .chain(browser.cookies().into_iter().map(|cookie| cookie.value))
        .filter(|secret| secret.len() >= 3)
        .collect()
}
