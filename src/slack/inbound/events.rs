//! The Events API: which messages are words to Valet.

use serde_json::Value;

use super::{
    ClaimKeys, EventRequest, Ignored, NotUnderstood, commands, home, needed, removal, stopped,
};
use crate::event::{Actor, Automated, Event, Said, Surface};
use crate::ids::{ChannelId, EnterpriseId, MessageTs, TeamId, Thread, UserId};
use crate::slack::Genuine;
use crate::slack::json::{at, flag, id, parse, present, text};

/// Slack's own account, which speaks for the workspace and not for a person.
const SLACKBOT: &str = "USLACKBOT";

/// Reads a delivery of the Events API.
pub(crate) fn read_event(signed: &Genuine) -> EventRequest {
    let Some(envelope) = parse(signed.body()).filter(Value::is_object) else {
        // Slack's test of the certificate comes as a form, to whichever address it likes.
        return if commands::is_ssl_check(signed.body()) {
            EventRequest::SslCheck
        } else {
            EventRequest::NotUnderstood(NotUnderstood::NotJson)
        };
    };
    match text(&envelope, &["type"]) {
        Some("app_rate_limited") => EventRequest::RateLimited,
        Some("event_callback") => callback(&envelope),
        Some("url_verification") => match text(&envelope, &["challenge"]) {
            Some(challenge) => EventRequest::Challenge(challenge.to_owned()),
            None => EventRequest::NotUnderstood(NotUnderstood::Field { field: "challenge" }),
        },
        Some(_) | None => EventRequest::NotUnderstood(NotUnderstood::OuterType),
    }
}

fn callback(envelope: &Value) -> EventRequest {
    let Some(event) = at(envelope, &["event"]) else {
        return EventRequest::NotUnderstood(NotUnderstood::Field { field: "event" });
    };
    if let Some(request) = home::opened(envelope, event) {
        return request;
    }
    if let Some(request) = removal::read(envelope, event) {
        return request;
    }
    if let Some(request) = stopped::read(envelope, event) {
        return request;
    }
    if is_by_a_bot(event) && text(event, &["type"]) == Some("app_mention") {
        return match automated(envelope, event) {
            Ok((automated, ts)) => EventRequest::Happened {
                keys: ClaimKeys::of_message(
                    &automated.thread.team,
                    &automated.thread.channel,
                    &ts,
                    text(envelope, &["event_id"]),
                ),
                event: Event::Automated(automated),
            },
            Err(reason) => EventRequest::NotUnderstood(reason),
        };
    }
    if let Some(reason) = starts_nothing(event) {
        return EventRequest::Ignored(reason);
    }
    match said(envelope, event) {
        Ok(said) => {
            let keys = ClaimKeys::of_message(
                &said.thread.team,
                &said.thread.channel,
                &said.ts,
                text(envelope, &["event_id"]),
            );
            EventRequest::Happened {
                event: Event::Said(said),
                keys,
            }
        }
        Err(reason) => EventRequest::NotUnderstood(reason),
    }
}

/// Why this event is no word of a person to us; `None` if it is one.
fn starts_nothing(event: &Value) -> Option<Ignored> {
    let kind = text(event, &["type"]);
    if !matches!(kind, Some("app_mention" | "message")) {
        return Some(Ignored::OtherEvent);
    }
    if is_by_a_bot(event) {
        return Some(Ignored::Bot);
    }
    if flag(event, &["hidden"]) {
        return Some(Ignored::Hidden);
    }
    if present(event, &["subtype"])
        && !matches!(
            text(event, &["subtype"]),
            Some("file_share" | "thread_broadcast")
        )
    {
        return Some(Ignored::OtherMessage);
    }
    match text(event, &["user"]) {
        None => return Some(Ignored::NoPerson),
        Some(SLACKBOT) => return Some(Ignored::Bot),
        Some(_) => {}
    }
    // Its twin, the mention, is what gets answered.
    (kind == Some("message") && !is_direct(event)).then_some(Ignored::NotToUs)
}

/// Also a step of a workflow, which comes as one.
fn is_by_a_bot(event: &Value) -> bool {
    present(event, &["bot_id"])
        || present(event, &["bot_profile"])
        || text(event, &["subtype"]) == Some("bot_message")
}

/// A mention by a bot, and the time stamp of its message.
fn automated(envelope: &Value, event: &Value) -> Result<(Automated, MessageTs), NotUnderstood> {
    let ts = needed(id(event, &[&["ts"]], MessageTs::parse), "ts")?;
    let automated = Automated {
        enterprise: enterprise(envelope),
        thread: thread(envelope, event, &ts)?,
        // Read as carefully as an id of Slack's: it becomes a key.
        bot: id(event, &[&["bot_id"], &["bot_profile", "id"]], UserId::parse).map(String::from),
        user: id(
            event,
            &[&["user"], &["bot_profile", "user_id"]],
            UserId::parse,
        ),
    };
    Ok((automated, ts))
}

fn is_direct(event: &Value) -> bool {
    match text(event, &["channel_type"]) {
        Some(kind) => kind == "im",
        None => text(event, &["channel"]).is_some_and(|channel| channel.starts_with('D')),
    }
}

fn said(envelope: &Value, event: &Value) -> Result<Said, NotUnderstood> {
    let actor = actor(envelope, event)?;
    let ts = needed(id(event, &[&["ts"]], MessageTs::parse), "ts")?;
    let thread = thread(envelope, event, &ts)?;
    let surface = if flag(envelope, &["is_ext_shared_channel"]) {
        Surface::SharedChannel
    } else if is_direct(event) {
        Surface::Direct
    } else {
        Surface::Channel
    };
    Ok(Said {
        actor,
        thread,
        ts,
        surface,
        text: text(event, &["text"]).unwrap_or_default().to_owned(),
    })
}

/// The thread a message stands in, or heads.
fn thread(envelope: &Value, event: &Value, ts: &MessageTs) -> Result<Thread, NotUnderstood> {
    Ok(Thread {
        team: team(envelope)?,
        channel: needed(id(event, &[&["channel"]], ChannelId::parse), "channel")?,
        ts: id(event, &[&["thread_ts"]], MessageTs::parse).unwrap_or_else(|| ts.clone()),
    })
}

/// An org-wide installation has `null` where a workspace's has its team, so each id has
/// several places to be found in.
pub(super) fn team(envelope: &Value) -> Result<TeamId, NotUnderstood> {
    let team = id(
        envelope,
        &[
            &["team_id"],
            &["authorizations", "0", "team_id"],
            &["context_team_id"],
            &["event", "team"],
            // Of all its workspaces, if Slack names none.
            &["enterprise_id"],
            &["authorizations", "0", "enterprise_id"],
        ],
        TeamId::parse,
    );
    needed(team, "team_id")
}

fn enterprise(envelope: &Value) -> Option<EnterpriseId> {
    id(
        envelope,
        &[
            &["enterprise_id"],
            &["authorizations", "0", "enterprise_id"],
            &["context_enterprise_id"],
        ],
        EnterpriseId::parse,
    )
}

pub(super) fn actor(envelope: &Value, event: &Value) -> Result<Actor, NotUnderstood> {
    let home_team = id(
        event,
        &[&["user_team"], &["source_team"], &["team"]],
        TeamId::parse,
    );
    Ok(Actor {
        user: needed(id(event, &[&["user"]], UserId::parse), "user")?,
        team: team(envelope)?,
        enterprise: enterprise(envelope),
        home_team,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::slack::verify::tests::signed;

    fn read(body: &Value) -> EventRequest {
        read_event(&signed(serde_json::to_vec(body).unwrap()))
    }

    fn mention() -> Value {
        json!({
            "token": "deprecated",
            "team_id": "T1",
            "context_team_id": "T1",
            "context_enterprise_id": null,
            "api_app_id": "A1",
            "type": "event_callback",
            "event_id": "Ev1",
            "event_time": 1_531_420_618,
            "is_ext_shared_channel": false,
            "authorizations": [{
                "enterprise_id": null, "team_id": "T1", "user_id": "UBOT",
                "is_bot": true, "is_enterprise_install": false
            }],
            "event": {
                "type": "app_mention",
                "user": "UADA",
                "text": "<@UBOT> what is new?",
                "ts": "1531420618.000200",
                "channel": "C1",
                "team": "T1"
            }
        })
    }

    fn direct() -> Value {
        let mut body = mention();
        body["event"]["type"] = json!("message");
        body["event"]["channel"] = json!("D1");
        body["event"]["channel_type"] = json!("im");
        body["event"]["text"] = json!("what is new?");
        body
    }

    /// The body with one place changed; a path such as `event.user`.
    fn with(mut body: Value, path: &str, value: Value) -> Value {
        let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
        let place =
            parents
                .split('.')
                .filter(|step| !step.is_empty())
                .fold(&mut body, |value, step| match step.parse::<usize>() {
                    Ok(index) => &mut value[index],
                    Err(_) => &mut value[step],
                });
        match last.parse::<usize>() {
            Ok(index) => place[index] = value,
            Err(_) => place[last] = value,
        }
        body
    }

    fn words(request: EventRequest) -> Said {
        let EventRequest::Happened {
            event: Event::Said(said),
            ..
        } = request
        else {
            panic!("nothing was said: {request:?}");
        };
        said
    }

    fn keys(request: EventRequest) -> Vec<String> {
        let EventRequest::Happened { keys, .. } = request else {
            panic!("nothing happened: {request:?}");
        };
        keys.iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_mention_is_read_whole() {
        let said = words(read(&mention()));
        assert_eq!(said.actor.user.as_str(), "UADA");
        assert_eq!(said.actor.team.as_str(), "T1");
        assert_eq!(said.actor.enterprise, None);
        assert_eq!(said.actor.home_team.unwrap().as_str(), "T1");
        assert_eq!(said.thread.to_string(), "T1/C1/1531420618.000200");
        assert_eq!(said.ts.as_str(), "1531420618.000200");
        assert_eq!(said.surface, Surface::Channel);
        assert_eq!(said.text, "<@UBOT> what is new?");
    }

    #[test]
    fn a_reply_belongs_to_its_thread() {
        let body = with(mention(), "event.thread_ts", json!("1531420000.000100"));
        let said = words(read(&body));
        assert_eq!(said.thread.ts.as_str(), "1531420000.000100");
        assert_eq!(said.ts.as_str(), "1531420618.000200");
    }

    #[test]
    fn twins_share_a_key_and_so_do_deliveries() {
        let twin = with(direct(), "event_id", json!("Ev2"));
        assert_eq!(
            keys(read(&direct())),
            ["message:T1:D1:1531420618.000200", "event:Ev1"]
        );
        assert_eq!(
            keys(read(&twin)),
            ["message:T1:D1:1531420618.000200", "event:Ev2"]
        );
        let nameless = with(direct(), "event_id", Value::Null);
        assert_eq!(keys(read(&nameless)), ["message:T1:D1:1531420618.000200"]);
    }

    #[test]
    fn where_it_was_said() {
        let old = with(direct(), "event.channel_type", Value::Null);
        let shared = with(mention(), "is_ext_shared_channel", json!(true));
        assert_eq!(words(read(&direct())).surface, Surface::Direct);
        assert_eq!(words(read(&old)).surface, Surface::Direct);
        assert_eq!(words(read(&shared)).surface, Surface::SharedChannel);
    }

    #[test]
    fn a_visitor_is_at_home_elsewhere() {
        for field in ["event.user_team", "event.source_team", "event.team"] {
            let body = with(mention(), field, json!("T9"));
            let said = words(read(&body));
            assert_eq!(said.actor.team.as_str(), "T1", "{field}");
            assert_eq!(said.actor.home_team.unwrap().as_str(), "T9", "{field}");
        }
    }

    #[test]
    fn an_org_wide_installation_is_understood() {
        let body = with(mention(), "enterprise_id", json!("E1"));
        let body = with(body, "authorizations.0.team_id", Value::Null);
        let body = with(body, "authorizations.0.enterprise_id", json!("E1"));
        let said = words(read(&body));
        assert_eq!(said.actor.enterprise.unwrap().as_str(), "E1");

        let body = with(mention(), "team_id", Value::Null);
        assert_eq!(words(read(&body)).actor.team.as_str(), "T1");
        let body = with(body, "authorizations.0.team_id", Value::Null);
        assert_eq!(words(read(&body)).actor.team.as_str(), "T1");
        let body = with(body, "authorizations", Value::Null);
        let body = with(body, "context_team_id", Value::Null);
        assert_eq!(words(read(&body)).actor.team.as_str(), "T1");
    }

    #[test]
    fn no_odd_field_loses_the_text() {
        for (path, odd) in [
            (
                "event.metadata",
                json!({"event_type": "x", "event_payload": {"n": 7, "o": {}}}),
            ),
            ("event.metadata", json!("x")),
            ("event.files", json!([{"id": "F1", "url_private": ""}])),
            ("event.files", json!({"0": null})),
            (
                "event.attachments",
                json!([{"fields": [{"title": "t", "value": 7}]}]),
            ),
            ("event.attachments", json!(7)),
            ("event.blocks", json!([{"type": "never_seen"}, null, 7])),
            ("event.edited", json!(true)),
            ("event.thread_ts", json!(7.5)),
            ("event.team", json!({"id": "T1"})),
            ("event.app_context", json!([])),
            ("event.assistant_thread", json!({"action_token": 1})),
            ("event.subtype", json!("file_share")),
            ("event.subtype", json!("thread_broadcast")),
            ("event.subtype", Value::Null),
            ("event.bot_id", Value::Null),
            ("event.bot_id", json!("")),
            ("event.hidden", json!(false)),
            ("event.user_team", Value::Null),
            ("event_id", json!(7)),
            ("event_time", json!("soon")),
            ("api_app_id", Value::Null),
            ("authorizations", json!([])),
            ("authorizations", json!([null])),
            (
                "authorizations.0",
                json!({"team_id": null, "enterprise_id": "E1", "user_id": "U"}),
            ),
            ("enterprise_id", json!(["E1"])),
            ("is_ext_shared_channel", json!("no")),
            ("event_context", json!({})),
        ] {
            let said = words(read(&with(mention(), path, odd.clone())));
            assert_eq!(said.text, "<@UBOT> what is new?", "{path}: {odd}");
            assert_eq!(said.thread.channel.as_str(), "C1", "{path}: {odd}");
            let said = words(read(&with(direct(), path, odd.clone())));
            assert_eq!(said.text, "what is new?", "{path}: {odd}");
        }
    }

    #[test]
    fn a_broken_character_does_not_lose_the_text() {
        let body = serde_json::to_string(&direct()).unwrap();
        let half = body.replace("what is new?", r"what is new? \ud83d");
        assert_eq!(
            words(read_event(&signed(half))).text,
            "what is new? \u{fffd}"
        );
        let mut bytes = body.into_bytes();
        let at = bytes.windows(4).position(|four| four == b"new?").unwrap();
        bytes[at] = 0xff;
        assert_eq!(
            words(read_event(&signed(bytes))).text,
            "what is \u{fffd}ew?"
        );
    }

    #[test]
    fn a_mention_by_a_bot_is_heard_and_its_other_words_are_not() {
        for (path, value, name) in [
            ("event.bot_id", json!("B1"), Some("B1")),
            ("event.bot_id", json!(7), Some("UADA")),
            ("event.bot_id", json!("B1\nB2"), Some("UADA")),
            ("event.bot_profile", json!({"id": "B1"}), Some("B1")),
            ("event.subtype", json!("bot_message"), Some("UADA")),
        ] {
            let request = read(&with(mention(), path, value.clone()));
            let EventRequest::Happened {
                event: Event::Automated(by),
                ..
            } = request
            else {
                panic!("not by a bot: {request:?}");
            };
            assert_eq!(by.name(), name, "{path}: {value}");
            let direct = read(&with(direct(), path, value.clone()));
            assert_eq!(
                direct,
                EventRequest::Ignored(Ignored::Bot),
                "{path}: {value}"
            );
        }
    }

    #[test]
    fn what_is_no_word_of_a_person_to_us_starts_nothing() {
        for (path, value, expected) in [
            ("event.type", json!("app_home_opened"), Ignored::OtherEvent),
            (
                "event.type",
                json!("tokens_revoked"),
                Ignored::TokensOfPeople,
            ),
            ("event.type", Value::Null, Ignored::OtherEvent),
            ("event", json!("odd"), Ignored::OtherEvent),
            ("event.user", json!("USLACKBOT"), Ignored::Bot),
            ("event.user", Value::Null, Ignored::NoPerson),
            ("event.user", json!({"id": "U1"}), Ignored::NoPerson),
            ("event.hidden", json!(true), Ignored::Hidden),
            (
                "event.subtype",
                json!("message_changed"),
                Ignored::OtherMessage,
            ),
            (
                "event.subtype",
                json!("message_deleted"),
                Ignored::OtherMessage,
            ),
            (
                "event.subtype",
                json!("channel_join"),
                Ignored::OtherMessage,
            ),
            ("event.subtype", json!({}), Ignored::OtherMessage),
        ] {
            for body in [mention(), direct()] {
                let request = read(&with(body, path, value.clone()));
                assert_eq!(request, EventRequest::Ignored(expected), "{path}: {value}");
            }
        }
    }

    #[test]
    fn a_message_in_a_channel_is_left_to_its_mention() {
        for kind in ["channel", "group", "mpim"] {
            let body = with(direct(), "event.channel", json!("C1"));
            let body = with(body, "event.channel_type", json!(kind));
            assert_eq!(read(&body), EventRequest::Ignored(Ignored::NotToUs));
        }
        let body = with(direct(), "event.channel", json!("C1"));
        let body = with(body, "event.channel_type", Value::Null);
        assert_eq!(read(&body), EventRequest::Ignored(Ignored::NotToUs));
    }

    #[test]
    fn what_cannot_be_answered_is_not_understood() {
        let field = |field| NotUnderstood::Field { field };
        for (path, value, expected) in [
            ("event.channel", Value::Null, field("channel")),
            ("event.channel", json!("C 1"), field("channel")),
            ("event.ts", json!(7), field("ts")),
            ("event.user", json!("<@U1>"), field("user")),
            ("type", json!("team_renamed"), NotUnderstood::OuterType),
            ("type", Value::Null, NotUnderstood::OuterType),
        ] {
            let request = read(&with(mention(), path, value.clone()));
            assert_eq!(
                request,
                EventRequest::NotUnderstood(expected),
                "{path}: {value}"
            );
        }
        let mut eventless = mention();
        eventless.as_object_mut().unwrap().remove("event");
        assert_eq!(
            read(&eventless),
            EventRequest::NotUnderstood(field("event"))
        );
    }

    #[test]
    fn whatever_else_comes_has_its_answer() {
        let not_json = EventRequest::NotUnderstood(NotUnderstood::NotJson);
        for (body, expected) in [
            (&b""[..], not_json.clone()),
            (b"<html>", not_json.clone()),
            (b"\xff\xfe", not_json.clone()),
            (b"[]", not_json.clone()),
            (b"7", not_json.clone()),
            (b"null", not_json),
            (b"ssl_check=1&token=x", EventRequest::SslCheck),
            (
                br#"{"type":"url_verification","challenge":"abc","token":7}"#,
                EventRequest::Challenge("abc".to_owned()),
            ),
            (
                br#"{"type":"url_verification"}"#,
                EventRequest::NotUnderstood(NotUnderstood::Field { field: "challenge" }),
            ),
            (
                br#"{"type":"app_rate_limited","minute_rate_limited":1}"#,
                EventRequest::RateLimited,
            ),
        ] {
            let request = read_event(&signed(body));
            assert_eq!(request, expected, "{}", String::from_utf8_lossy(body));
        }
    }
}
