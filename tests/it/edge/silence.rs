//! Who and what never starts a run.

use serde_json::{Value, json};
use valet_sim::slack::{Signing, Slack};

use crate::bot::Bot;

/// A bend of Ada's mention, or of the same words said directly.
type Bend = fn(&mut Value);

/// Nobody who could be answered said this to Valet.
const NO_WORD_TO_VALET: &[(&str, Bend)] = &[
    ("Valet's own words", |event| {
        event["user"] = json!("U0VALET");
        event["bot_id"] = json!("B0VALET");
    }),
    ("Valet's own words, without its bot id", |event| {
        event["user"] = json!("U0VALET");
    }),
    ("Slack itself", |event| event["user"] = json!("USLACKBOT")),
    ("nobody", |event| event["user"] = Value::Null),
    ("hidden", |event| event["hidden"] = json!(true)),
    ("an edit", |event| {
        event["subtype"] = json!("message_changed");
    }),
    ("a deletion", |event| {
        event["subtype"] = json!("message_deleted");
    }),
    ("a reply counted", |event| {
        event["subtype"] = json!("message_replied");
    }),
    ("somebody joins", |event| {
        event["subtype"] = json!("channel_join");
    }),
    ("somebody leaves", |event| {
        event["subtype"] = json!("channel_leave");
    }),
    ("a topic", |event| event["subtype"] = json!("channel_topic")),
    ("a reminder", |event| {
        event["subtype"] = json!("reminder_add");
    }),
    ("a subtype of the future", |event| {
        event["subtype"] = json!("telepathy");
    }),
    ("a reaction", |event| {
        event["type"] = json!("reaction_added");
    }),
    ("the home tab", |event| {
        event["type"] = json!("app_home_opened");
    }),
];

#[tokio::test]
async fn nothing_that_no_person_said_to_valet_is_heard() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let mention = ada.writes_in("general", "<@U0VALET> help").await;
    for (what, bend) in NO_WORD_TO_VALET {
        for direct in [false, true] {
            let mut event = bot.slack.event_of(&mention, "app_mention");
            event["ts"] = json!(format!("{}{}", mention.ts, u8::from(direct)));
            if direct {
                event["type"] = json!("message");
                event["channel"] = json!(ada.direct_channel());
                event["channel_type"] = json!("im");
            }
            bend(&mut event);
            let delivered = bot.slack.deliver_event(bot.slack.envelope(event)).await;
            assert_eq!(delivered.status, Some(200), "{what}");
            assert_eq!(delivered.body, "", "{what}");
        }
    }
    said_nothing(&bot);
    bot.finish().await;
}

#[tokio::test]
async fn what_people_say_to_each_other_is_not_heard() {
    let bot = Bot::start().await;
    bot.slack.set_twins(true);
    let ada = bot.slack.person("ada");
    let first = ada.writes_in("general", "help").await;
    let delivered = first.delivered.clone().unwrap();
    assert_eq!(delivered.status, Some(200), "it was delivered");
    ada.replies(&first, "help").await;
    ada.edits(&first, "connect gmail").await;
    let mut broadcast = bot.slack.event_of(&first, "message");
    broadcast["subtype"] = json!("thread_broadcast");
    bot.slack.deliver_event(bot.slack.envelope(broadcast)).await;
    ada.deletes(&first).await;
    assert_eq!(bot.figure("valet_events_accepted_total").await, 0);
    said_nothing(&bot);
    bot.finish().await;
}

#[tokio::test]
async fn valet_does_not_answer_itself() {
    let bot = Bot::start().await;
    bot.slack.set_echoes(true);
    bot.slack.set_twins(true);
    let ada = bot.slack.person("ada");
    let direct = ada.direct("help").await;
    bot.slack.next_reply(&direct).await;
    let mention = ada.mentions_in("general", "help").await;
    bot.slack.next_reply(&mention).await;
    // Both answers came back as events; whatever they caused would be unread.
    bot.finish().await;
}

#[tokio::test]
async fn who_may_not_ask_is_told_so_once_and_starts_nothing() {
    let bot = Bot::start().await;
    // Whose words, where, and what the event says of their home.
    for (who, channel, home) in [
        ("U0GRACE", "general", "T0ACME"),
        ("U0WALTER", "general", "T0ACME"),
        ("U0OLIVIA", "partners", "T0GLOBEX"),
        ("U0OLIVIA", "partners", "T0ACME"),
        ("U0OLIVIA", "general", "T0ACME"),
        ("U0ADA", "partners", "T0ACME"),
        ("U0ADA", "general", "T0GLOBEX"),
    ] {
        let ada = bot.slack.person("ada");
        let question = ada.writes_in(channel, "Read my mail").await;
        let mut event = bot.slack.event_of(&question, "app_mention");
        event["user"] = json!(who);
        event["user_team"] = json!(home);
        event["team"] = json!(home);
        let delivered = bot.slack.deliver_event(bot.slack.envelope(event)).await;
        assert_eq!(delivered.status, Some(200));
        let told = bot.slack.next_reply(&question).await.visible_text();
        assert!(!told.contains("http") && told.len() > 20, "{who}: {told}");
        assert_eq!(bot.slack.thread(&question).len(), 2, "{who}");
    }
    nobody_was_asked_about(&bot);
    bot.finish().await;
}

#[tokio::test]
async fn a_guest_gets_nowhere_by_commands_and_buttons() {
    let bot = Bot::start().await;
    let grace = bot.slack.person("grace");
    for command in ["/connect", "/connections", "/disconnect", "/nonsense"] {
        grace.command(command, "gmail", "general").await;
        let told = grace.next_ephemeral().await.visible_text();
        assert!(!told.contains("http"), "{told}");
    }
    let ada = bot.slack.person("ada");
    ada.command("/connect", "gmail", "general").await;
    let theirs = ada.next_dm().await;
    ada.next_ephemeral().await;
    for action in ["reconnect", "disconnect", "connect_link"] {
        let action = json!({"action_id": action, "value": "gmail", "type": "button"});
        let press = bot.slack.interaction(&grace, &theirs, action);
        bot.slack
            .deliver_interaction_raw(Slack::payload_form(&press), Signing::Good, &[])
            .await;
    }
    for _ in 0..3 {
        let told = grace.next_dm().await;
        assert!(!told.visible_text().contains("http"), "{told:?}");
    }
    assert_eq!(bot.vault.accounts(), []);
    bot.finish().await;
}

#[tokio::test]
async fn nothing_is_said_or_kept_for_another_workspace() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    let question = ada.writes_in("general", "connect gmail").await;
    for event in [
        bot.slack.event_of(&question, "app_mention"),
        bot.slack.event_of(&question, "message"),
    ] {
        let mut envelope = bot.slack.envelope(event);
        envelope["event"]["channel_type"] = json!("im");
        for place in [
            &["team_id"][..],
            &["context_team_id"],
            &["authorizations", "0", "team_id"],
        ] {
            *envelope
                .pointer_mut(&format!("/{}", place.join("/")))
                .unwrap() = json!("T0OTHER");
        }
        let delivered = bot.slack.deliver_event(envelope).await;
        assert_eq!(delivered.status, Some(200));
    }
    let mut fields = bot
        .slack
        .command_fields(&ada, "general", ("/connect", "gmail"));
    for (name, value) in &mut fields {
        if name == "team_id" {
            "T0OTHER".clone_into(value);
        }
    }
    let delivered = bot
        .slack
        .deliver_command_raw(Slack::form(&fields), Signing::Good, &[])
        .await;
    assert_eq!((delivered.status, delivered.body.as_str()), (Some(200), ""));
    let message = bot.slack.messages("general").remove(0);
    let action = json!({"action_id": "reconnect", "value": "gmail", "type": "button"});
    let mut press = bot.slack.interaction(&ada, &message, action);
    press["team"]["id"] = json!("T0OTHER");
    bot.slack
        .deliver_interaction_raw(Slack::payload_form(&press), Signing::Good, &[])
        .await;

    // Ada's own word is heard after all these, though it is about the same message.
    bot.slack
        .deliver_event(
            bot.slack
                .envelope(bot.slack.event_of(&question, "app_mention")),
        )
        .await;
    ada.next_dm().await;
    bot.slack.next_reply(&question).await;
    assert_eq!(bot.slack.requests("chat.postMessage").len(), 2);
    assert_eq!(bot.slack.requests("response_url").len(), 0);
    assert_eq!(
        bot.vault
            .requests("/api/v1/connected_accounts/details")
            .len(),
        1
    );
    bot.finish().await;
}

/// Slack was asked who is who, and told nothing.
fn said_nothing(bot: &Bot) {
    for request in bot.slack.all_requests() {
        assert!(
            ["auth.test", "users.info"].contains(&request.method.as_str()),
            "{request:?}"
        );
    }
    nobody_was_asked_about(bot);
}

/// Neither the vault nor the router has heard of anybody.
fn nobody_was_asked_about(bot: &Bot) {
    assert!(bot.vault.identifiers().is_empty());
    assert!(bot.vault.accounts().is_empty());
    assert!(bot.router.requests().is_empty());
}
