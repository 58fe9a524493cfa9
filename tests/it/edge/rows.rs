//! Everything odd that can come through Slack's three doors.

use reqwest::Method;
use serde_json::{Value, json};
use valet_sim::slack::{Signing, Slack};

use super::paper::Paper;
use super::table::{COMMANDS, EVENTS, INTERACTIONS, Row, Scene, Then, hold, post};
use crate::bot::Bot;

#[tokio::test]
async fn no_odd_field_loses_a_question() {
    let mut rows = vec![
        mention("nothing odd", |_| {}),
        mention("metadata that is no text", |all| {
            all["event"]["metadata"] =
                json!({"event_type": "x", "event_payload": {"n": 7, "o": {"p": [null]}}});
        }),
        mention("a file with an empty address", |all| {
            all["event"]["files"] = json!([{"id": "F1", "url_private": "", "size": "big"}]);
        }),
        mention("an attachment with a number for a value", |all| {
            all["event"]["attachments"] = json!([{"fields": [{"title": "t", "value": 7}]}]);
        }),
        mention("blocks nobody has seen yet", |all| {
            all["event"]["blocks"] = json!([{"type": "never_seen"}, null, 7]);
        }),
        mention("an org-wide installation", |all| {
            all["authorizations"] = json!([{
                "enterprise_id": "E0GROUP", "team_id": null, "user_id": "U0VALET",
                "is_bot": true, "is_enterprise_install": true,
            }]);
            all["enterprise_id"] = json!("E0GROUP");
        }),
        mention("no team but the one of the authorization", |all| {
            all["team_id"] = Value::Null;
            all["context_team_id"] = Value::Null;
        }),
        mention("no event id, no time, no app", |all| {
            for name in ["event_id", "event_time", "api_app_id"] {
                all.as_object_mut().unwrap().shift_remove(name);
            }
        }),
    ];
    rows.push(
        post(
            EVENTS,
            "a byte that is no text, in the midst of it",
            |scene| {
                let mut all = scene.mention();
                all["event"]["username"] = json!("ada??");
                let mut body = all.to_string().into_bytes();
                let at = body.windows(5).position(|five| five == b"ada??").unwrap();
                body[at + 3] = 0xff;
                body
            },
        )
        .and_then(Then::Answered),
    );
    run(rows).await;
}

#[tokio::test]
async fn what_is_not_understood_gets_its_200_and_one_log_line() {
    run(vec![
        mention("an unknown outer type", |all| {
            all["type"] = json!("event_parade");
        })
        .and_then(Then::Nothing)
        .logged(),
        mention("an unknown inner event", |all| {
            all["event"]["type"] = json!("pin_dropped");
        })
        .and_then(Then::Nothing)
        .logged(),
        mention("an event that is a number", |all| all["event"] = json!(7))
            .and_then(Then::Nothing)
            .logged(),
        mention("no channel to answer in", |all| {
            all["event"]["channel"] = Value::Null;
        })
        .and_then(Then::Nothing)
        .logged(),
        post(EVENTS, "events are held back", |_| {
            br#"{"type":"app_rate_limited","team_id":"T0ACME","minute_rate_limited":1}"#.to_vec()
        }),
        post(EVENTS, "not text at all", |_| b"\xff\xfe\x00".to_vec()),
        post(EVENTS, "not JSON", |_| b"<html>Bad gateway</html>".to_vec()),
        post(EVENTS, "half of the JSON", |scene| {
            let mut body = scene.mention().to_string().into_bytes();
            body.truncate(body.len() / 2);
            body
        }),
        post(EVENTS, "nothing", |_| Vec::new()),
        post(EVENTS, "JSON of a thousand levels", |_| {
            "[".repeat(100_000).into_bytes()
        }),
        post(EVENTS, "a list", |_| b"[]".to_vec()),
        post(COMMANDS, "a command without a person", |_| {
            b"command=%2Fconnect".to_vec()
        }),
        post(COMMANDS, "a command that is JSON", |scene| {
            scene.mention().to_string().into_bytes()
        }),
        post(INTERACTIONS, "an interaction that is no form", |_| {
            b"\xff".to_vec()
        }),
        post(INTERACTIONS, "a payload that is not JSON", |_| {
            b"payload=%7B".to_vec()
        }),
    ])
    .await;
}

#[tokio::test]
async fn only_what_slack_signed_just_now_is_read() {
    let with = |what, signing| mention(what, |_| {}).signed(signing);
    let mut rows = vec![
        with("signed exactly 300 s ago", Signing::Old(300)),
        with("signed exactly 300 s from now", Signing::Future(300)),
    ];
    let refused = [
        with("signed 301 s ago", Signing::Old(301)),
        with("signed 301 s from now", Signing::Future(301)),
        with("signed by somebody else", Signing::Wrong),
        with("not signed", Signing::Missing),
        with("signed without a stamp", Signing::Stampless),
        with("a stamp that is no number", Signing::Garbled),
        bent("stamped without a signature", |headers| {
            headers.retain(|(name, _)| name != "x-slack-signature");
        }),
        bent("the signature twice", |headers| {
            headers.push(headers[1].clone());
        }),
        bent("the stamp twice", |headers| {
            headers.push(headers[0].clone());
        }),
        bent("a signature without its version", |headers| {
            headers[1].1 = headers[1].1.replace("v0=", "");
        }),
        bent("a signature of another version", |headers| {
            headers[1].1 = headers[1].1.replace("v0=", "v1=");
        }),
        bent("half a signature", |headers| headers[1].1.truncate(34)),
        bent("a signature that is no number", |headers| {
            headers[1].1 = format!("v0={}", "g".repeat(64));
        }),
        bent("an empty signature", |headers| headers[1].1.clear()),
        bent("a stamp with a sign", |headers| headers[0].1.insert(0, '+')),
        mention("changed after it was signed", |_| {}).with_headers(|slack, body| {
            let other = [body, b" "].concat();
            slack.signed(&other, Signing::Good)
        }),
        post(EVENTS, "url_verification, not signed", |_| {
            CHALLENGE.to_vec()
        })
        .signed(Signing::Missing),
        post(COMMANDS, "ssl_check, not signed", |_| SSL_CHECK.to_vec()).signed(Signing::Missing),
        post(EVENTS, "ssl_check on events, not signed", |_| {
            SSL_CHECK.to_vec()
        })
        .signed(Signing::Wrong),
        post(
            INTERACTIONS,
            "ssl_check on interactions, not signed",
            |_| SSL_CHECK.to_vec(),
        )
        .signed(Signing::Stampless),
        command("a command, not signed", "/connect").signed(Signing::Wrong),
        press("a press, not signed", |_| {}).signed(Signing::Wrong),
    ];
    rows.extend(
        refused
            .into_iter()
            .map(|row| row.gets(401, "").and_then(Then::Nothing).logged()),
    );
    run(rows).await;
}

#[tokio::test]
async fn slack_may_try_the_doors_out() {
    run(vec![
        post(EVENTS, "url_verification", |_| CHALLENGE.to_vec())
            .gets(200, "a-challenge")
            .quietly(),
        post(EVENTS, "a challenge that is no text", |_| {
            br#"{"type":"url_verification","challenge":7}"#.to_vec()
        }),
        post(COMMANDS, "ssl_check", |_| SSL_CHECK.to_vec()).quietly(),
        post(EVENTS, "ssl_check on events", |_| SSL_CHECK.to_vec()).quietly(),
        post(INTERACTIONS, "ssl_check on interactions", |_| {
            SSL_CHECK.to_vec()
        })
        .quietly(),
        mention("a GET", |_| {})
            .by(Method::GET)
            .gets(405, "")
            .and_then(Then::Nothing),
        mention("a PUT", |_| {})
            .by(Method::PUT)
            .gets(405, "")
            .and_then(Then::Nothing),
        elsewhere("/slack"),
        elsewhere("/slack/events/"),
        elsewhere("/slack/Events"),
        elsewhere("//slack/events"),
        elsewhere("/"),
    ])
    .await;
}

#[tokio::test]
async fn commands_and_presses_of_every_shape() {
    run(vec![
        command("a command", "/connections").and_then(Then::Told),
        command("an unknown command", "/conect").and_then(Then::Told),
        command("a command without a slash", "connections").and_then(Then::Told),
        press("a press", |_| {}).and_then(Then::Told),
        press("a press in no team", |payload| {
            payload["team"] = Value::Null;
        })
        .and_then(Then::Told),
        press("a press in a container of the future", |payload| {
            payload["container"] = json!({"type": "hologram"});
            payload["channel"] = Value::Null;
        })
        .and_then(Then::Told),
        press("a press without a name", |payload| {
            payload["actions"][0]
                .as_object_mut()
                .unwrap()
                .shift_remove("action_id");
        }),
        press("a press of nothing", |payload| {
            payload["actions"] = json!([]);
        }),
        press("a press by nobody", |payload| payload["user"] = Value::Null),
        press("a modal sent off, in no team", |payload| {
            payload["type"] = json!("view_submission");
            payload["team"] = Value::Null;
            payload["view"] = json!({"id": "V1", "state": {"values": {}}});
        }),
        press("an interaction without a type", |payload| {
            payload["type"] = Value::Null;
        }),
    ])
    .await;
}

const CHALLENGE: &[u8] = br#"{"type":"url_verification","token":"x","challenge":"a-challenge"}"#;
const SSL_CHECK: &[u8] = b"ssl_check=1&token=x";

/// Holds these rows against a Valet whose clock stands still.
async fn run(rows: Vec<Row>) {
    // Before Valet begins, whose threads write where their beginner does.
    let paper = Paper::begin();
    let bot = Bot::start().await;
    bot.clock.stand_still();
    bot.connects("ada", "gmail").await;
    hold(&bot, &paper, &rows).await;
    bot.finish().await;
}

/// Ada's question, its delivery bent.
fn mention(what: &'static str, bend: impl Fn(&mut Value) + Send + Sync + 'static) -> Row {
    post(EVENTS, what, move |scene| {
        let mut envelope = scene.mention();
        bend(&mut envelope);
        envelope.to_string().into_bytes()
    })
    .and_then(Then::Answered)
}

/// Ada's question under headers that are bent: first the stamp, then the signature.
fn bent(
    what: &'static str,
    bend: impl Fn(&mut Vec<(String, String)>) + Send + Sync + 'static,
) -> Row {
    mention(what, |_| {}).with_headers(move |slack, body| {
        let mut headers = slack.signed(body, Signing::Good);
        bend(&mut headers);
        headers
    })
}

fn elsewhere(path: &'static str) -> Row {
    post(path, path, |scene| scene.mention().to_string().into_bytes())
        .gets(404, "")
        .quietly()
}

fn command(what: &'static str, name: &'static str) -> Row {
    post(COMMANDS, what, move |scene| {
        let fields = scene.slack.command_fields(scene.ada, "general", (name, ""));
        Slack::form(&fields)
    })
}

/// A press by Ada of *Disconnect* for a connection that is none, its payload bent.
fn press(what: &'static str, bend: impl Fn(&mut Value) + Send + Sync + 'static) -> Row {
    post(INTERACTIONS, what, move |scene: &Scene<'_>| {
        let messages = scene.slack.messages(&scene.ada.direct_channel());
        let action = json!({
            "type": "button", "action_id": "disconnect", "block_id": "b", "value": "fax",
        });
        let mut payload = scene.slack.interaction(scene.ada, &messages[0], action);
        bend(&mut payload);
        Slack::payload_form(&payload)
    })
}
