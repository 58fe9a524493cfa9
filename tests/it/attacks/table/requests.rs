//! Requests at Slack's doors: forged, unsigned, old, from the future, changed, replayed.

use reqwest::Method;
use serde_json::{Value, json};
use valet_sim::slack::{Signing, Slack};

use super::answer::Answer;
use super::row::{By, Row, row};
use super::scene::Scene;

const VERIFY: &str = "src/slack/verify.rs";
const INBOX: &str = "src/store/inbox.rs";
const KEYS: &str = "src/slack/inbound/keys.rs";

const EVENTS: &str = "/slack/events";
const COMMANDS: &str = "/slack/commands";
const INTERACTIONS: &str = "/slack/interactions";

type Headers = Vec<(String, String)>;

pub fn rows() -> Vec<Row> {
    let mut rows = signed_otherwise();
    rows.extend(bent_headers());
    rows.extend(changed());
    rows.extend(replayed());
    rows
}

/// Words of Ada's that would send her a link, as Slack would deliver them.
async fn mention(scene: &Scene) -> Value {
    let ada = scene.bot.slack.person("ada");
    let words = ada.writes_in("general", "connect gmail").await;
    let event = scene.bot.slack.event_of(&words, "app_mention");
    scene.bot.slack.envelope(event)
}

fn command(scene: &Scene, text: &str) -> Vec<(String, String)> {
    let ada = scene.bot.slack.person("ada");
    let words = ("/connect", text);
    scene.bot.slack.command_fields(&ada, "general", words)
}

async fn press(scene: &Scene, action: &str, value: &str) -> Value {
    let ada = scene.bot.slack.person("ada");
    // What connecting said is read, so that the next word is the help.
    scene.bot.slack.read_all();
    ada.direct("help").await;
    let shown = ada.next_dm().await;
    let action = json!({
        "type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": "1.2",
    });
    scene.bot.slack.interaction(&ada, &shown, action)
}

fn signed_otherwise() -> Vec<Row> {
    let mut rows: Vec<Row> = [
        ("not signed", "neither header", Signing::Missing),
        (
            "signed by somebody else",
            "the right form, by another secret",
            Signing::Wrong,
        ),
        (
            "signed without a time",
            "the right signature, no time stamp",
            Signing::Stampless,
        ),
        (
            "a time that is no number",
            "`yesterday` for a time stamp, and signed so",
            Signing::Garbled,
        ),
        (
            "a request of 301 seconds ago",
            "well signed then",
            Signing::Old(301),
        ),
        (
            "a request of yesterday",
            "well signed then",
            Signing::Old(86_400),
        ),
        (
            "a request from the future",
            "well signed for a time in 301 seconds",
            Signing::Future(301),
        ),
    ]
    .into_iter()
    .map(|(attack, tried, signing)| {
        row(
            (attack, By::Stranger),
            tried,
            VERIFY,
            async move |scene: &Scene| {
                let body = mention(scene).await.to_string();
                scene
                    .strikes(scene.bot.slack.deliver_event_raw(body, signing, &[]))
                    .await
            },
        )
    })
    .collect();
    rows.push(row(
        ("a command, not signed", By::Stranger),
        "`/connect gmail` in Ada's name, with the verification token of old",
        VERIFY,
        async |scene: &Scene| {
            let body = Slack::form(&command(scene, "gmail"));
            scene
                .strikes(
                    scene
                        .bot
                        .slack
                        .deliver_command_raw(body, Signing::Missing, &[]),
                )
                .await
        },
    ));
    rows.push(row(
        ("a button, not signed", By::Stranger),
        "*Disconnect* pressed in Ada's name, signed by another secret",
        VERIFY,
        async |scene: &Scene| {
            scene.connected("ada", "gmail").await;
            let body = Slack::payload_form(&press(scene, "disconnect", "gmail").await);
            scene
                .strikes(
                    scene
                        .bot
                        .slack
                        .deliver_interaction_raw(body, Signing::Wrong, &[]),
                )
                .await
        },
    ));
    rows.push(row(
        ("an address to be verified, not signed", By::Stranger),
        "`url_verification`, which would be answered with the challenge",
        VERIFY,
        async |scene: &Scene| {
            let body = r#"{"type":"url_verification","token":"x","challenge":"said-back"}"#;
            scene
                .strikes(
                    scene
                        .bot
                        .slack
                        .deliver_event_raw(body, Signing::Missing, &[]),
                )
                .await
        },
    ));
    rows
}

/// Ada's words under headers that are bent: first the stamp, then the signature.
fn bent(attack: &'static str, tried: &'static str, bend: fn(&mut Headers)) -> Row {
    row(
        (attack, By::Stranger),
        tried,
        VERIFY,
        async move |scene: &Scene| {
            let body = mention(scene).await.to_string();
            let mut headers = scene.bot.slack.signed(body.as_bytes(), Signing::Good);
            bend(&mut headers);
            scene.strikes(posted(scene, EVENTS, &headers, body)).await
        },
    )
}

fn bent_headers() -> Vec<Row> {
    vec![
        bent(
            "two signatures",
            "a wrong one behind the right one",
            |headers| {
                headers.push((
                    "x-slack-signature".to_owned(),
                    format!("v0={}", "0".repeat(64)),
                ));
            },
        ),
        bent(
            "two times",
            "another time stamp behind the one that is signed",
            |headers| {
                headers.push(("x-slack-request-timestamp".to_owned(), "1".to_owned()));
            },
        ),
        bent(
            "another version of signatures",
            "`v1=` before the right digits",
            |headers| {
                headers[1].1 = headers[1].1.replace("v0=", "v1=");
            },
        ),
        bent(
            "the beginning of a signature",
            "the first 32 of its 64 digits",
            |headers| {
                headers[1].1.truncate(35);
            },
        ),
        bent(
            "an empty signature",
            "`X-Slack-Signature` without a value",
            |headers| headers[1].1.clear(),
        ),
        bent(
            "a fresh time on an old signature",
            "the time stamp a second later than it was signed",
            |headers| {
                let later: i64 = headers[0].1.parse::<i64>().unwrap() + 1;
                headers[0].1 = later.to_string();
            },
        ),
    ]
}

async fn posted(
    scene: &Scene,
    path: &str,
    headers: &Headers,
    body: impl Into<reqwest::Body>,
) -> Answer {
    let mut request = scene.request(Method::POST, &scene.at(path), None);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    Answer::of(request.body(body).send().await.unwrap()).await
}

/// A body that is another than the one that was signed.
fn changed() -> Vec<Row> {
    vec![
        row(
            ("an event changed after it was signed", By::Stranger),
            "Ben's user id in the place of Ada's, under the signature of the original",
            VERIFY,
            async |scene: &Scene| {
                let body = mention(scene).await.to_string();
                let headers = scene.bot.slack.signed(body.as_bytes(), Signing::Good);
                let other = body.replace("U0ADA", "U0BEN");
                assert_ne!(body, other);
                scene.strikes(posted(scene, EVENTS, &headers, other)).await
            },
        ),
        row(
            ("a command changed after it was signed", By::Stranger),
            "Ada's `user_id` for Mallory's",
            VERIFY,
            async |scene: &Scene| {
                let body = String::from_utf8(Slack::form(&command(scene, "gmail"))).unwrap();
                let headers = scene.bot.slack.signed(body.as_bytes(), Signing::Good);
                let other = body.replace("U0ADA", "U0MALLORY");
                scene
                    .strikes(posted(scene, COMMANDS, &headers, other))
                    .await
            },
        ),
        row(
            ("a button changed after it was signed", By::Stranger),
            "*Disconnect* for another connection than the one that was pressed",
            VERIFY,
            async |scene: &Scene| {
                scene.connected("ada", "gmail").await;
                let payload = press(scene, "disconnect", "github").await;
                let body = Slack::payload_form(&payload);
                let headers = scene.bot.slack.signed(&body, Signing::Good);
                let other = String::from_utf8(body).unwrap().replace("github", "gmail");
                scene
                    .strikes(posted(scene, INTERACTIONS, &headers, other))
                    .await
            },
        ),
        row(
            ("a signed request at another door", By::Stranger),
            "a command, well signed, at `/slack/events` and `/slack/interactions`",
            "src/slack/inbound/mod.rs",
            async |scene: &Scene| {
                let body = Slack::form(&command(scene, "gmail"));
                let headers = scene.bot.slack.signed(&body, Signing::Good);
                scene
                    .strikes(async {
                        Answer::all([
                            posted(scene, EVENTS, &headers, body.clone()).await,
                            posted(scene, INTERACTIONS, &headers, body.clone()).await,
                        ])
                    })
                    .await
            },
        ),
    ]
}

/// Recorded, and sent again within five minutes.
fn replayed() -> Vec<Row> {
    vec![
        row(
            ("a recorded event, sent again", By::Stranger),
            "the same bytes and headers three times more, within five minutes",
            INBOX,
            async |scene: &Scene| {
                let body = mention(scene).await.to_string();
                let headers = scene.bot.slack.signed(body.as_bytes(), Signing::Good);
                posted(scene, EVENTS, &headers, body.clone()).await;
                scene.bot.slack.person("ada").next_dm().await;
                settled(scene).await;
                scene
                    .strikes(thrice(scene, EVENTS, &headers, body.as_bytes()))
                    .await
            },
        ),
        row(
            ("a recorded command, sent again", By::Stranger),
            "the same bytes and headers three times more, within five minutes",
            INBOX,
            async |scene: &Scene| {
                let body = Slack::form(&command(scene, "gmail"));
                let headers = scene.bot.slack.signed(&body, Signing::Good);
                posted(scene, COMMANDS, &headers, body.clone()).await;
                scene.bot.slack.person("ada").next_ephemeral().await;
                settled(scene).await;
                scene
                    .strikes(thrice(scene, COMMANDS, &headers, &body))
                    .await
            },
        ),
        row(
            ("a recorded press, sent again", By::Stranger),
            "*Disconnect* three times more within five minutes; meanwhile Ada has connected again",
            INBOX,
            async |scene: &Scene| {
                scene.connected("ada", "gmail").await;
                let body = Slack::payload_form(&press(scene, "disconnect", "gmail").await);
                let headers = scene.bot.slack.signed(&body, Signing::Good);
                posted(scene, INTERACTIONS, &headers, body.clone()).await;
                settled(scene).await;
                scene.connected("ada", "gmail").await;
                scene
                    .strikes(thrice(scene, INTERACTIONS, &headers, &body))
                    .await
            },
        ),
        row(
            ("an event under another `event_id`", By::Stranger),
            "the same message of Ada's, well signed, under an `event_id` of its own and as `message`",
            KEYS,
            async |scene: &Scene| {
                let ada = scene.bot.slack.person("ada");
                let words = ada.mentions_in("general", "connect gmail").await;
                ada.next_dm().await;
                settled(scene).await;
                scene.strikes(scene.bot.slack.deliver_twin(&words)).await
            },
        ),
    ]
}

async fn thrice(scene: &Scene, path: &str, headers: &Headers, body: &[u8]) -> Answer {
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(posted(scene, path, headers, body.to_vec()).await);
    }
    Answer::all(answers)
}

/// What was asked before is done to its end.
async fn settled(scene: &Scene) {
    while scene.bot.figure("valet_events_open").await > 0 {
        tokio::task::yield_now().await;
    }
}
