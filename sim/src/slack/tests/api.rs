use serde_json::{Value, json};

use super::app::App;
use crate::slack::{MessageRef, SlackSetup};

#[tokio::test]
async fn methods_take_get_and_post_and_json_and_forms_with_the_right_token_alone() {
    let app = App::start().await;
    let url = format!("{}/users.info", app.slack.api_url());
    let token = "xoxb-canary-bot-token";
    let json = async |request: reqwest::RequestBuilder| -> Value {
        request.send().await.unwrap().json().await.unwrap()
    };
    let by_get = json(
        app.http
            .get(format!("{url}?user=U0GRACE"))
            .bearer_auth(token),
    )
    .await;
    assert_eq!(by_get["user"]["is_restricted"], true);
    assert_eq!(by_get["user"]["profile"]["bot_id"], Value::Null);
    let form = app
        .http
        .post(&url)
        .form(&[("user", "U0BEN"), ("token", token)]);
    assert_eq!(json(form).await["user"]["tz"], "America/New_York");
    let by_json = app
        .http
        .post(&url)
        .bearer_auth(token)
        .json(&json!({ "user": "U0OLIVIA" }));
    let stranger = json(by_json).await;
    assert_eq!(stranger["user"]["is_stranger"], true);
    assert_eq!(stranger["user"]["team_id"], "T0GLOBEX");

    let nobody = json(app.http.get(&url)).await;
    assert_eq!(nobody["error"], "not_authed");
    let wrong = json(app.http.get(&url).bearer_auth("xoxb-wrong")).await;
    assert_eq!(wrong["error"], "invalid_auth");
    let unknown = app.call("users.info", json!({ "user": "U9" })).await;
    assert_eq!(unknown["error"], "user_not_found");
    app.slack.finish();
}

#[tokio::test]
async fn the_bot_learns_who_it_is() {
    let app = App::start().await;
    let me = app.call("auth.test", json!({})).await;
    assert_eq!(
        me,
        json!({
            "ok": true, "url": "https://acme.slack.com/", "team": "Acme", "user": "valet",
            "team_id": "T0ACME", "user_id": "U0VALET", "bot_id": "B0VALET",
            "is_enterprise_install": false,
        })
    );
    let org = App::start_with(SlackSetup {
        enterprise: Some("E0ACME".to_owned()),
        ..SlackSetup::default()
    })
    .await;
    assert_eq!(
        org.call("auth.test", json!({})).await["enterprise_id"],
        "E0ACME"
    );
    let revoked = app.call("auth.revoke", json!({})).await;
    assert_eq!(revoked["revoked"], true);
    assert_eq!(
        app.call("auth.test", json!({})).await["error"],
        "invalid_auth"
    );
}

/// Each of these calls is refused with this word.
async fn refuses(app: &App, cases: Vec<(&str, Value, &str)>) {
    for (method, args, error) in cases {
        let answer = app.call(method, args.clone()).await;
        assert_eq!(answer["error"], error, "{method} {args}");
    }
}

#[tokio::test]
async fn a_post_slack_refuses_is_refused() {
    let app = App::start().await;
    let post = |change: Value, error: &'static str| {
        let mut args = json!({
            "channel": "C0GENERAL", "text": "x", "unfurl_links": false, "unfurl_media": false,
        });
        for (name, value) in change.as_object().unwrap() {
            args[name] = value.clone();
        }
        ("chat.postMessage", args, error)
    };
    let odd = json!([{ "type": "odd" }]);
    let cases = vec![
        post(json!({ "channel": "C9" }), "channel_not_found"),
        post(json!({ "channel": "closed" }), "not_in_channel"),
        post(json!({ "text": null }), "no_text"),
        post(json!({ "text": "" }), "no_text"),
        post(json!({ "thread_ts": "1.2" }), "thread_not_found"),
        post(json!({ "markdown_text": "x" }), "markdown_text_conflict"),
        post(json!({ "blocks": odd }), "invalid_blocks"),
        post(json!({ "metadata": {} }), "invalid_metadata_format"),
    ];
    refuses(&app, cases).await;
    assert!(app.slack.messages("general").is_empty());
    app.slack.finish();
}

#[tokio::test]
async fn a_change_slack_refuses_is_refused() {
    let app = App::start().await;
    let said = app.slack.person("ada").mentions_in("general", "hi").await;
    let own = app.posts("C0GENERAL", None, "mine").await["ts"].clone();
    let here = "C0GENERAL";
    let update = |channel: &str, ts: &Value, length: usize| json!({ "channel": channel, "ts": ts, "text": "x".repeat(length) });
    let (theirs, nobodys) = (json!(said.ts), json!("1.2"));
    let cases = vec![
        ("chat.update", update(here, &own, 4001), "msg_too_long"),
        (
            "chat.update",
            update(here, &nobodys, 1),
            "message_not_found",
        ),
        (
            "chat.update",
            update(here, &theirs, 1),
            "cant_update_message",
        ),
        ("chat.update", update("U0ADA", &own, 1), "channel_not_found"),
        (
            "chat.delete",
            json!({ "channel": here, "ts": theirs }),
            "cant_delete_message",
        ),
        (
            "conversations.replies",
            json!({ "channel": here, "ts": nobodys }),
            "thread_not_found",
        ),
        (
            "views.open",
            json!({ "trigger_id": "1", "view": {} }),
            "invalid_trigger_id",
        ),
    ];
    refuses(&app, cases).await;
    let answer = app.call("chat.update", update(here, &own, 4000)).await;
    assert_eq!(answer["ok"], true);
    app.slack.read_all();
    app.slack.finish();
}

#[tokio::test]
async fn what_valet_must_not_do_is_noted() {
    let app = App::start().await;
    let said = app.slack.person("ada").mentions_in("general", "hi").await;
    let post = async |args: Value| {
        let mut whole = json!({
            "channel": "C0GENERAL", "text": "x", "unfurl_links": false, "unfurl_media": false,
        });
        for (name, value) in args.as_object().unwrap() {
            whole[name] = value.clone();
        }
        app.call("chat.postMessage", whole).await;
        app.slack.take_violations().join("; ")
    };
    let button = json!([{ "type": "actions", "elements": [{
        "type": "button", "action_id": "a", "url": "https://valet.example/connect/abc",
        "text": { "type": "plain_text", "text": "Go" },
    }]}]);
    for (args, noted) in [
        (json!({}), ""),
        (json!({ "text": "all <!channel>" }), "a live <!channel>"),
        (
            json!({ "blocks": [{ "type": "markdown", "text": "all <!here>" }] }),
            "a live <!here>",
        ),
        (
            json!({ "blocks": [{ "type": "markdown", "text": "all &lt;!here&gt;" }] }),
            "",
        ),
        (
            json!({ "text": "<@U0ADA>" }),
            "a live mention of U0ADA, who is not in the thread",
        ),
        (json!({ "text": "<@U0ADA>", "thread_ts": said.ts }), ""),
        (
            json!({ "text": "<@U0BEN>", "thread_ts": said.ts }),
            "a live mention of U0BEN, who is not in the thread",
        ),
        (json!({ "unfurl_links": true }), "unfurl_links is not false"),
        (json!({ "unfurl_media": null }), "unfurl_media is not false"),
        (json!({ "sparkle": 1 }), "unknown argument sparkle"),
        (
            json!({ "text": "", "blocks": [{ "type": "divider" }] }),
            "blocks without a text beside them",
        ),
        (
            json!({ "blocks": button }),
            "a link of an attempt outside of direct messages",
        ),
        (json!({ "blocks": button, "channel": "U0ADA" }), ""),
        (
            json!({ "text": "x".repeat(40_001) }),
            "the text was cut at 40,000",
        ),
    ] {
        let found = post(args.clone()).await;
        assert_eq!(found.is_empty(), noted.is_empty(), "{args}: {found}");
        assert!(found.contains(noted), "{args}: {found}");
    }
    app.slack.allow_mention("U0BEN");
    assert_eq!(post(json!({ "text": "<@U0BEN>" })).await, "");
}

#[tokio::test]
async fn threads_come_in_pages_and_without_what_one_person_sees() {
    let app = App::start().await;
    let said = app.slack.person("ada").mentions_in("general", "hi").await;
    for nth in 0..4 {
        app.posts("C0GENERAL", Some(&said.ts), &format!("word {nth}"))
            .await;
    }
    app.call(
        "chat.postEphemeral",
        json!({ "channel": "C0GENERAL", "user": "U0ADA", "text": "psst", "thread_ts": said.ts }),
    )
    .await;
    let first = app
        .call(
            "conversations.replies",
            json!({ "channel": "C0GENERAL", "ts": said.ts, "limit": 3 }),
        )
        .await;
    assert_eq!(first["messages"].as_array().unwrap().len(), 3);
    assert_eq!(first["messages"][0]["reply_count"], 5);
    assert_eq!(first["has_more"], true);
    let cursor = &first["response_metadata"]["next_cursor"];
    let second = app
        .call(
            "conversations.replies",
            json!({ "channel": "C0GENERAL", "ts": said.ts, "limit": 3, "cursor": cursor }),
        )
        .await;
    assert_eq!(second["messages"].as_array().unwrap().len(), 2);
    assert_eq!(second["has_more"], false);
    let history = app
        .call("conversations.history", json!({ "channel": "C0GENERAL" }))
        .await;
    assert_eq!(history["messages"].as_array().unwrap().len(), 1);
    let opened = app
        .call("conversations.open", json!({ "users": "U0BEN" }))
        .await;
    assert_eq!(opened["channel"]["id"], "D0BEN");
    let info = app
        .call("conversations.info", json!({ "channel": "C0PARTNERS" }))
        .await;
    assert_eq!(info["channel"]["is_ext_shared"], true);
    app.slack.read_all();
    app.slack.finish();
}

#[tokio::test]
async fn a_stream_grows_for_five_minutes_at_most() {
    let app = App::start().await;
    let said = app.slack.person("ada").mentions_in("general", "hi").await;
    let start = async |app: &App, said: &MessageRef| {
        app.call(
            "chat.startStream",
            json!({
                "channel": "C0GENERAL", "thread_ts": said.ts,
                "recipient_user_id": "U0ADA", "recipient_team_id": "T0ACME",
            }),
        )
        .await["ts"]
            .clone()
    };
    let ts = start(&app, &said).await;
    let append = async |ts: &Value, text: &str| {
        let args = json!({ "channel": "C0GENERAL", "ts": ts,
            "chunks": [{ "type": "markdown_text", "text": text }] });
        app.call("chat.appendStream", args).await
    };
    append(&ts, "one ").await;
    assert_eq!(append(&ts, "two").await["ok"], true);
    let update = json!({ "channel": "C0GENERAL", "ts": ts, "text": "x" });
    let refused = app.call("chat.update", update.clone()).await;
    assert_eq!(refused["error"], "streaming_state_conflict");
    let stopped = app
        .call(
            "chat.stopStream",
            json!({ "channel": "C0GENERAL", "ts": ts }),
        )
        .await;
    assert_eq!(stopped["ok"], true);
    let answer = app.slack.final_answer(&said, |_| false).await;
    assert_eq!(answer.visible_text(), "one two");
    assert_eq!(app.slack.session(&said).unwrap().status, "active");

    let dying = start(&app, &said).await;
    app.slack.set_time_offset(301);
    let refused = append(&dying, "late").await;
    assert_eq!(refused["error"], "message_not_in_streaming_state");
    let repaired = app
        .call(
            "chat.update",
            json!({ "channel": "C0GENERAL", "ts": dying, "text": "all" }),
        )
        .await;
    assert_eq!(repaired["ok"], true);
    // The app's own clock stood still: to it, what comes now is from the future.
    app.slack.expect_failed_deliveries();
    let ended = start(&app, &said).await;
    app.slack.person("ada").stops(&said).await;
    assert_eq!(append(&ended, "more").await["error"], "stopped_by_user");
    app.slack.set_streams(false);
    assert!(start(&app, &said).await.is_null());
    app.slack.read_all();
    app.slack.expect_unfinished_work();
    app.slack.finish();
}

#[tokio::test]
async fn homes_sessions_and_reactions_are_kept() {
    let app = App::start().await;
    let ada = app.slack.person("ada");
    let said = ada.mentions_in("general", "hi").await;
    let view = json!({ "type": "home", "blocks": [
        { "type": "header", "text": { "type": "plain_text", "text": "Accounts" } },
        { "type": "actions", "elements": [{ "type": "button", "action_id": "connect",
            "text": { "type": "plain_text", "text": "Connect" }, "value": "gmail" }] },
    ]});
    let published = app
        .call("views.publish", json!({ "user_id": "U0ADA", "view": view }))
        .await;
    assert_eq!(published["ok"], true, "{published}");
    ada.next_home().await;
    assert_eq!(ada.home_text().unwrap(), "Accounts\n[Connect]");
    ada.clicks_home("connect").await;
    let payload: Value = serde_json::from_str(&app.last().field("payload")).unwrap();
    assert_eq!(payload["container"]["type"], "view");
    assert_eq!(payload["actions"][0]["value"], "gmail");

    let status = json!({ "channel_id": "C0GENERAL", "thread_ts": said.ts, "status": "processing" });
    assert_eq!(
        app.call("agents.sessions.setStatus", status.clone()).await["ok"],
        true
    );
    assert_eq!(app.slack.session(&said).unwrap().status, "processing");
    app.slack.set_agents(false);
    let refused = app.call("agents.sessions.setStatus", status).await;
    assert_eq!(refused["error"], "not_authorized");

    let eyes = json!({ "channel": "C0GENERAL", "timestamp": said.ts, "name": "eyes" });
    assert_eq!(app.call("reactions.add", eyes.clone()).await["ok"], true);
    assert_eq!(
        app.call("reactions.add", eyes).await["error"],
        "already_reacted"
    );

    let command = ada.command("/connect", "", "general").await;
    let modal = json!({ "type": "modal", "title": { "type": "plain_text", "text": "Hi" },
        "blocks": [{ "type": "divider" }] });
    let open = json!({ "trigger_id": command.trigger_id, "view": modal });
    assert_eq!(app.call("views.open", open.clone()).await["ok"], true);
    assert_eq!(
        app.call("views.open", open).await["error"],
        "invalid_trigger_id"
    );
    app.slack.next_modal().await;
    app.slack.expect_unfinished_work();
    app.slack.finish();
}
