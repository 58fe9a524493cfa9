//! `valet people` and `valet runs`: what an operator sees of who asks and what comes of it.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::bot::{Bot, Process};

impl Bot {
    /// A command of the operator's, and its lines.
    async fn listed(&self, arguments: &[&str]) -> Vec<Value> {
        let (code, said) = Process::command(&self.settings, arguments).await;
        assert_eq!(code, Some(0), "{said}");
        let lines = said.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("a line of JSON"))
            .collect()
    }

    /// What cannot be known beforehand left out.
    async fn runs_in_short(&self, arguments: &[&str]) -> String {
        let runs = self.listed(&[&["runs"], arguments].concat()).await;
        let runs: Vec<String> = runs.iter().map(in_short).collect();
        runs.join("\n")
    }
}

fn in_short(run: &Value) -> String {
    let text = |name: &str| run[name].as_str().unwrap_or("-").to_owned();
    format!(
        "{} {} {} {} {} turns",
        text("person"),
        text("kind"),
        text("outcome"),
        text("waits_for"),
        run["turns"],
    )
}

#[tokio::test]
async fn the_same_runs_and_people_are_listed_beside_a_service_and_without_one() {
    let bot = Bot::world(|_| {}).await;
    let valet = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    bot.router
        .will_call("gmail_fetch_mails", &json!({"query": "canary-argument"}));
    bot.router.will_say("canary-answer");
    let ada = bot.slack.person("ada");
    let question = ada.direct("canary-question").await;
    assert_eq!(bot.answer(&question).await, "canary-answer");
    // Ben's waits for an account, and Ada's next one for her word.
    let ben = bot.slack.person("ben");
    let waits = ben.mentions_in("general", "canary-wish: any mails?").await;
    ben.next_dm().await;
    bot.slack.next_reply(&waits).await;
    bot.slack.read_all();
    while bot.listed(&["runs", "--open"]).await[0]["waits_for"] != "account" {}
    let serving = bot.runs_in_short(&[]).await;
    assert_snapshot!(serving, @"
    T0ACME/U0ADA command settled - 0 turns
    T0ACME/U0ADA question answered - 1 turns
    T0ACME/U0BEN question open account 0 turns
    ");
    let people = bot.listed(&["people"]).await;
    assert_eq!(people.len(), 2);
    assert_eq!(people[0]["open"], 0);
    assert_eq!(people[1]["open"], 1);
    assert!(
        people[0]["tokens_today"].as_u64().unwrap() > 0,
        "{people:?}"
    );
    assert!(people[0]["last_act"].is_string(), "{people:?}");
    let of_ben = people[1]["person"].as_str().unwrap().to_owned();
    assert_eq!(
        bot.runs_in_short(&["--person", &of_ben]).await,
        bot.runs_in_short(&["--open"]).await
    );

    valet.ended_after_stop().await;
    assert_eq!(bot.runs_in_short(&[]).await, serving);
    assert_eq!(bot.listed(&["people"]).await, people);
    let all = format!("{:?}{:?}", bot.listed(&["runs"]).await, people);
    for said in ["canary", "ada@example.com"] {
        assert!(!all.contains(said), "{said}: {all}");
    }
    for identifier in bot.vault.identifiers() {
        assert!(!all.contains(&identifier), "{all}");
    }
    let later = bot.runs_in_short(&["--since", "2200-01-01"]).await;
    assert_eq!(later, bot.runs_in_short(&["--open"]).await);
    bot.finish().await;
}

#[tokio::test]
async fn where_there_is_no_store_the_operator_is_told_so() {
    let bot = Bot::world(|_| {}).await;
    for command in ["people", "runs"] {
        let (code, said) = Process::command(&bot.settings, &[command]).await;
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("there is no store in"), "{said}");
    }
    bot.finish().await;
}
