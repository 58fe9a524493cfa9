use serde_json::json;

use super::app::App;
use crate::slack::{Author, RetryPolicy, Signing, Slack};

#[tokio::test]
async fn a_mention_is_delivered_signed_in_a_full_envelope() {
    let app = App::start().await;
    let said = app
        .slack
        .person("ada")
        .mentions_in("general", "what is <new> at https://x.example/?a=1&b=2 now")
        .await;

    assert_eq!(said.delivered.unwrap().status, Some(200));
    let got = app.last();
    assert_eq!(got.path, "/slack/events");
    assert!(!got.headers.contains_key("x-slack-retry-num"));
    let envelope = got.json();
    assert_eq!(envelope["type"], "event_callback");
    assert_eq!(envelope["team_id"], "T0ACME");
    assert_eq!(envelope["event_id"], json!(said.event_id));
    assert_eq!(envelope["authorizations"][0]["user_id"], "U0VALET");
    assert_eq!(envelope["is_ext_shared_channel"], false);
    let event = &envelope["event"];
    assert_eq!(event["type"], "app_mention");
    assert_eq!(event["user"], "U0ADA");
    assert_eq!(event["ts"], json!(said.ts));
    assert_eq!(
        event["text"],
        "<@U0VALET> what is &lt;new&gt; at <https://x.example/?a=1&amp;b=2> now"
    );
    assert_eq!(
        event["blocks"][0]["elements"][0]["elements"][0]["type"],
        "user"
    );
    app.slack.finish();
}

#[tokio::test]
async fn a_twin_has_another_event_id_and_the_same_channel_and_ts() {
    let app = App::start().await;
    app.slack.set_twins(true);
    app.slack
        .person("ben")
        .mentions_in("general", "hello")
        .await;

    let mut events: Vec<_> = app.got().iter().map(super::app::Got::json).collect();
    events.sort_by_key(|one| one["event"]["type"].to_string());
    let [mention, message] = &events[..] else {
        panic!("{events:#?}")
    };
    assert_eq!(mention["event"]["type"], "app_mention");
    assert_eq!(message["event"]["type"], "message");
    assert_eq!(message["event"]["channel_type"], "channel");
    assert_ne!(mention["event_id"], message["event_id"]);
    assert_eq!(mention["event"]["ts"], message["event"]["ts"]);
}

#[tokio::test]
async fn direct_words_strangers_and_other_bots_look_like_themselves() {
    let app = App::start().await;
    app.slack.person("ada").direct("hello").await;
    let direct = app.last().json();
    assert_eq!(direct["event"]["type"], "message");
    assert_eq!(direct["event"]["channel_type"], "im");
    assert_eq!(direct["event"]["channel"], "D0ADA");
    assert!(direct["event"].get("thread_ts").is_none());

    app.slack
        .person("olivia")
        .mentions_in("partners", "hi")
        .await;
    let stranger = app.last().json();
    assert_eq!(stranger["is_ext_shared_channel"], true);
    assert_eq!(stranger["team_id"], "T0ACME");
    assert_eq!(stranger["event"]["user_team"], "T0GLOBEX");

    app.slack.person("rota").mentions_in("general", "hi").await;
    let bot = app.last().json();
    assert_eq!(bot["event"]["bot_id"], "B0ROTA");
    assert!(bot["event"].get("user").is_none());
}

#[tokio::test]
async fn an_event_that_is_not_taken_is_repeated_three_times() {
    let app = App::start().await;
    for _ in 0..2 {
        app.answers(500, "");
    }
    let said = app.slack.person("ada").direct("hello").await;
    assert!(said.delivered.unwrap().accepted());
    let tries: Vec<_> = app
        .got()
        .iter()
        .map(|one| {
            let header = |name| Some(one.headers.get(name)?.to_str().unwrap().to_owned());
            (header("x-slack-retry-num"), header("x-slack-retry-reason"))
        })
        .collect();
    let error = || Some("http_error".to_owned());
    assert_eq!(
        tries,
        [
            (None, None),
            (Some("1".to_owned()), error()),
            (Some("2".to_owned()), error()),
        ]
    );
    assert_eq!(app.slack.deliveries().len(), 3);
    app.slack.expect_failed_deliveries();
    app.slack.finish();
}

#[tokio::test]
async fn an_app_that_is_away_gets_its_event_later_by_hand() {
    let app = App::start().await;
    app.slack.set_retries(RetryPolicy::Never);
    app.server.down().await;
    let said = app.slack.person("ada").direct("hello").await;
    let failed = said.delivered.unwrap();
    assert_eq!(failed.status, None);
    assert_eq!(failed.failure, Some("connection_failed"));
    app.server.up();
    assert!(app.slack.redeliver(&said.event_id).await.accepted());
    assert_eq!(app.last().json()["event_id"], json!(said.event_id));
    assert_eq!(app.last().headers["x-slack-retry-num"], "1");
}

#[tokio::test]
async fn requests_can_be_signed_wrongly_in_every_way() {
    let app = App::start().await;
    for (signing, status) in [
        (Signing::Good, 200),
        (Signing::Old(200), 200),
        (Signing::Old(400), 401),
        (Signing::Future(400), 401),
        (Signing::Wrong, 401),
        (Signing::Missing, 401),
        (Signing::Stampless, 401),
        (Signing::Garbled, 401),
    ] {
        let answered = app.slack.deliver_event_raw("{}", signing, &[]).await;
        assert_eq!(answered.status, Some(status), "{signing:?}");
    }
    app.slack.set_time_offset(400);
    let answered = app.slack.deliver_event_raw("{}", Signing::Good, &[]).await;
    assert_eq!(answered.status, Some(401), "the clocks disagree");
}

#[tokio::test]
async fn a_command_is_a_form_whose_response_url_works_five_times() {
    let app = App::start().await;
    app.answers(200, "One moment.");
    let ada = app.slack.person("ada");
    let answer = ada.command("/connect", "gmail", "general").await;
    assert_eq!(answer.body, "One moment.");
    let got = app.last();
    assert_eq!(got.path, "/slack/commands");
    for (name, value) in [
        ("team_id", "T0ACME"),
        ("user_id", "U0ADA"),
        ("command", "/connect"),
        ("text", "gmail"),
        ("channel_id", "C0GENERAL"),
        ("is_enterprise_install", "false"),
    ] {
        assert_eq!(got.field(name), value);
    }
    for (nth, status) in [(1, 200), (2, 200), (3, 200), (4, 200), (5, 200), (6, 404)] {
        let response = app
            .http
            .post(&answer.response_url)
            .json(&json!({ "text": format!("word {nth}") }))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), status, "{nth}");
    }
    for nth in 1..=5 {
        let word = ada.next_ephemeral().await;
        assert_eq!(word.visible_text(), format!("word {nth}"));
    }
    let late = ada.command("/connect", "", "dm").await;
    app.slack.set_time_offset(1801);
    let response = app
        .http
        .post(&late.response_url)
        .json(&json!({ "text": "late" }));
    assert_eq!(response.send().await.unwrap().status(), 404);
    app.slack.finish();
}

#[tokio::test]
async fn a_pressed_button_is_an_interaction_and_leads_to_its_address() {
    let app = App::start().await;
    let ada = app.slack.person("ada");
    app.call(
        "chat.postMessage",
        json!({
            "channel": "U0ADA",
            "text": "Connect gmail",
            "unfurl_links": false,
            "unfurl_media": false,
            "blocks": [
                { "type": "section", "text": { "type": "mrkdwn", "text": "Connect *gmail*" } },
                { "type": "actions", "block_id": "b", "elements": [{
                    "type": "button", "action_id": "open",
                    "text": { "type": "plain_text", "text": "Continue" },
                    "url": "https://valet.example/connect/abc", "value": "7",
                }]},
            ],
        }),
    )
    .await;
    let card = ada.next_dm().await;
    assert_eq!(card.visible_text(), "Connect *gmail*\n[Continue]");
    assert_eq!(card.link(), "https://valet.example/connect/abc");

    let clicked = ada.clicks(&card, "open").await;
    assert_eq!(
        clicked.url.as_deref(),
        Some("https://valet.example/connect/abc")
    );
    let payload: serde_json::Value = serde_json::from_str(&app.last().field("payload")).unwrap();
    assert_eq!(app.last().path, "/slack/interactions");
    assert_eq!(payload["type"], "block_actions");
    assert_eq!(payload["user"]["id"], "U0ADA");
    assert_eq!(payload["container"]["message_ts"], json!(card.ts));
    assert_eq!(payload["message"]["bot_id"], "B0VALET");
    assert_eq!(payload["actions"][0]["action_id"], "open");
    assert_eq!(payload["actions"][0]["value"], "7");

    let body = json!({ "replace_original": true, "text": "Done." });
    let to = payload["response_url"].as_str().unwrap();
    app.http.post(to).json(&body).send().await.unwrap();
    assert_eq!(ada.next_dm().await.visible_text(), "Done.");
    app.slack.finish();
}

#[tokio::test]
async fn people_edit_delete_open_and_stop() {
    let app = App::start().await;
    let ada = app.slack.person("ada");
    let said = ada.direct("helo").await;
    ada.edits(&said, "hello").await.unwrap();
    let changed = app.last().json();
    assert_eq!(changed["event"]["subtype"], "message_changed");
    assert_eq!(changed["event"]["message"]["text"], "hello");
    assert_eq!(changed["event"]["previous_message"]["text"], "helo");
    ada.deletes(&said).await.unwrap();
    assert_eq!(app.last().json()["event"]["deleted_ts"], json!(said.ts));
    ada.opens_home().await;
    assert_eq!(app.last().json()["event"]["tab"], "home");
    ada.stops(&said).await;
    assert_eq!(app.last().json()["event"]["type"], "agent_session_stopped");
    let [revoked, uninstalled] = app.slack.uninstalls().await;
    assert!(revoked.accepted() && uninstalled.accepted());
    let refused = app.call("auth.test", json!({})).await;
    assert_eq!(refused["error"], "invalid_auth");
}

#[tokio::test]
async fn the_app_hears_itself_where_it_listens() {
    let app = App::start().await;
    app.slack.set_echoes(true);
    app.posts("U0ADA", None, "hello").await;
    let heard = async {
        while app.got().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), heard)
        .await
        .unwrap();
    let event = app.last().json()["event"].clone();
    assert_eq!(event["bot_id"], "B0VALET");
    assert_eq!(event["user"], "U0VALET");
    let word = app.slack.person("ada").next_dm().await;
    assert_eq!(word.author, Author::TheBot);
    app.slack.finish();
}

#[tokio::test]
async fn odd_shapes_go_through_the_raw_doors() {
    let app = App::start().await;
    let ada = app.slack.person("ada");
    let said = ada.mentions_in("general", "hello").await;
    let mut envelope = app.slack.envelope(app.slack.event_of(&said, "app_mention"));
    envelope["authorizations"][0]["team_id"] = json!(null);
    let answered = app
        .slack
        .deliver_event_raw(envelope.to_string(), Signing::Good, &[])
        .await;
    assert_eq!(answered.status, Some(200));
    assert!(app.last().json()["authorizations"][0]["team_id"].is_null());
    app.slack.deliver_twin(&said).await;
    let twin = app.last().json();
    assert_ne!(twin["event_id"], json!(said.event_id));
    assert_eq!(twin["event"]["ts"], json!(said.ts));

    let mut fields = app.slack.command_fields(&ada, "general", ("/connect", ""));
    fields.retain(|(name, _)| name != "text");
    fields.push(("ssl_check".to_owned(), "1".to_owned()));
    app.slack
        .deliver_command_raw(Slack::form(&fields), Signing::Good, &[])
        .await;
    assert_eq!(app.last().field("ssl_check"), "1");
    app.slack
        .deliver_interaction_raw(
            Slack::payload_form(&json!({ "type": "odd" })),
            Signing::Good,
            &[],
        )
        .await;
    assert_eq!(app.last().field("payload"), "{\"type\":\"odd\"}");
}
