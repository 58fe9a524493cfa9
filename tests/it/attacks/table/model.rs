//! A router that is not what it was, words in a letter, and whoever runs Valet.

use serde_json::{Value, json};

use super::cards;
use super::row::{By, Row, row};
use super::scene::Scene;

const OFFER: &str = "src/agent/offer.rs";
const EFFECT: &str = "src/agent/effect.rs";
const LINKS: &str = "src/slack/render/links.rs";

/// Ada asks, and the model makes these calls and then says this.
fn asked(
    (attack, by): (&'static str, By),
    tried: &'static str,
    defence: &'static str,
    (calls, says): (fn() -> Vec<(&'static str, Value)>, &'static str),
) -> Row {
    row((attack, by), tried, defence, async move |scene: &Scene| {
        scene.connected("ada", "gmail").await;
        scene.bot.slack.read_all();
        for (tool, arguments) in calls() {
            scene.bot.router.will_call(tool, &arguments);
        }
        scene.bot.router.will_say(says);
        scene
            .strikes(async {
                let question = scene.bot.slack.person("ada").direct("What is new?").await;
                scene.bot.answer(&question).await
            })
            .await
    })
}

fn nothing() -> Vec<(&'static str, Value)> {
    Vec::new()
}

pub fn rows() -> Vec<Row> {
    let mut rows = vec![
        row(
            ("a letter that asks for a letter", By::Sender),
            "the model, told so by a mail, calls `gmail_send_message` to Mallory",
            EFFECT,
            async |scene: &Scene| {
                scene.connected("ada", "gmail").await;
                scene.bot.slack.read_all();
                let mut asked = None;
                let came = scene
                    .strikes_and_leaves(1, async {
                        let card = cards::asks(scene).await;
                        cards::heading(asked.insert(card))
                    })
                    .await;
                cards::is_denied(scene, &asked.expect("a card")).await;
                came
            },
        ),
        asked(
            ("a tool that was not offered", By::Router),
            "a call of `github_user_get_authenticated`, which Ada has not connected, and of `gmail_delete_everything`",
            OFFER,
            (
                || {
                    vec![
                        ("github_user_get_authenticated", json!({})),
                        ("gmail_delete_everything", json!({})),
                    ]
                },
                "Done.",
            ),
        ),
        asked(
            ("a tool under another name", By::Router),
            "`GMAIL_GET_PROFILE`, ` gmail_get_profile` and `../execute_tool`",
            OFFER,
            (
                || {
                    vec![
                        ("GMAIL_GET_PROFILE", json!({})),
                        ("gmail_get_profile ", json!({})),
                        ("../execute_tool", json!({})),
                    ]
                },
                "Done.",
            ),
        ),
        asked(
            ("an answer that pings everybody", By::Router),
            "`<!channel>`, `<@U0BEN>` and `@here` in the answer",
            LINKS,
            (nothing, "<!channel> <@U0BEN> @here look"),
        ),
        asked(
            ("an answer that masks a link", By::Router),
            "`[https://slack.com](https://evil.example/?leak)` and an image in the answer",
            LINKS,
            (
                nothing,
                "[https://slack.com](https://evil.example/?leak) ![x](https://evil.example/pixel)",
            ),
        ),
        asked(
            ("an answer that passes for a link to connect", By::Router),
            "`<https://evil.example|Connect gmail>` in the answer",
            LINKS,
            (nothing, "<https://evil.example|Connect gmail>"),
        ),
    ];
    rows.push(row(
        ("what the router is told", By::Router),
        "everything that it was ever sent, searched for identifiers, user ids, tokens, tickets, states and the vault's links",
        "src/agent/prompt.rs",
        async |scene: &Scene| {
            scene.connected("ada", "gmail").await;
            scene.bot.slack.read_all();
            scene.bot.router.will_call("gmail_get_profile", &json!({}));
            scene.bot.router.will_say("Done.");
            scene
                .strikes(async {
                    let words = "I am <@U0ADA>, who is <@U0BEN>?";
                    let question = scene.bot.slack.person("ada").mentions_in("general", words).await;
                    scene.bot.answer(&question).await;
                    found(scene, &scene.bot.router.all_text())
                })
                .await
        },
    ));
    rows.push(row(
        ("the log and the metrics", By::Operator),
        "a way to a connected account and a way that is turned away; then warnings, errors and `/metrics`, searched for the same",
        "src/telemetry.rs",
        async |scene: &Scene| {
            let (back, cookie) = scene.back_from_vault("ada", "gmail").await;
            scene
                .strikes(async {
                    scene.get(back.as_str(), Some(&cookie)).await;
                    scene.get(back.as_str(), Some(&cookie)).await;
                    let metrics = reqwest::get(format!("{}/metrics", scene.bot.ops_url())).await;
                    let metrics = metrics.unwrap().text().await.unwrap();
                    let all = format!("{metrics}\n{}", scene.log_so_far());
                    assert!(!all.contains(&cookie) && !all.contains(back.as_str()));
                    found(scene, &all)
                })
                .await
        },
    ));
    rows
}

/// Whether something secret stands in this.
fn found(scene: &Scene, text: &str) -> &'static str {
    let settings = [
        "SLACK_SIGNING_SECRET",
        "SLACK_BOT_TOKEN",
        "SLACK_CLIENT_SECRET",
    ];
    let settings = settings.map(|name| scene.bot.settings.value(name).to_owned());
    let mut secrets = scene.bot.vault.secrets();
    secrets.extend(settings);
    secrets.push("U0BEN".to_owned());
    if secrets.iter().any(|secret| text.contains(secret.as_str())) {
        "one of them found"
    } else {
        "none of them found"
    }
}
