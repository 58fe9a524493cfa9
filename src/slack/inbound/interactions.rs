//! Buttons pressed: a form whose one field is JSON.

use serde_json::Value;

use super::{ClaimKeys, EventRequest, Ignored, NotUnderstood, SentForm, Trigger, commands, needed};
use crate::event::{Actor, Event, Pressed, ViewHash};
use crate::ids::{ChannelId, EnterpriseId, MessageTs, TeamId, UserId};
use crate::slack::Genuine;
use crate::slack::json::{at, id, parse, text};
use crate::slack::render;

/// Reads an interaction.
pub(crate) fn read_interaction(signed: &Genuine) -> EventRequest {
    let fields = commands::form(signed.body());
    let Some(payload) = fields.get("payload") else {
        return if commands::is_ssl_check(signed.body()) {
            EventRequest::SslCheck
        } else {
            EventRequest::NotUnderstood(NotUnderstood::Field { field: "payload" })
        };
    };
    let Some(payload) = parse(payload.as_bytes()).filter(Value::is_object) else {
        return EventRequest::NotUnderstood(NotUnderstood::NotJson);
    };
    match text(&payload, &["type"]) {
        Some("block_actions") => pressed_request(&payload, signed.body()),
        Some("view_submission") => submitted_request(payload, signed.body()),
        Some(_) => EventRequest::Ignored(Ignored::OtherInteraction),
        None => EventRequest::NotUnderstood(NotUnderstood::OuterType),
    }
}

fn pressed_request(payload: &Value, body: &[u8]) -> EventRequest {
    // Slack sends one action at a time; one without a name is none of our buttons.
    let Some(action) = at(payload, &["actions"])
        .and_then(Value::as_array)
        .and_then(|actions| actions.iter().find(|a| text(a, &["action_id"]).is_some()))
    else {
        return EventRequest::Ignored(Ignored::OtherInteraction);
    };
    match pressed(payload, action) {
        Ok(pressed) if pressed.action == render::EDIT => match text(payload, &["trigger_id"]) {
            Some(trigger) => EventRequest::WantsForm {
                pressed,
                trigger: Trigger(trigger.to_owned()),
            },
            None => EventRequest::NotUnderstood(NotUnderstood::Field {
                field: "trigger_id",
            }),
        },
        Ok(pressed) => EventRequest::Happened {
            keys: keys(payload, action, &pressed, body),
            event: Event::Pressed(pressed),
        },
        Err(reason) => EventRequest::NotUnderstood(reason),
    }
}

/// Forms that are none of ours start nothing.
fn submitted_request(mut payload: Value, body: &[u8]) -> EventRequest {
    if text(&payload, &["view", "callback_id"]) != Some(render::CHANGE) {
        return EventRequest::Ignored(Ignored::OtherInteraction);
    }
    let actor = match actor(&payload) {
        Ok(actor) => actor,
        Err(reason) => return EventRequest::NotUnderstood(reason),
    };
    let keys = match (
        text(&payload, &["view", "id"]),
        text(&payload, &["view", "hash"]),
    ) {
        // The same form again, without having been opened anew.
        (Some(view), Some(hash)) => ClaimKeys::of_form(view, hash),
        _ => ClaimKeys::of_body(body),
    };
    let private = text(&payload, &["view", "private_metadata"]);
    let approval = private.unwrap_or_default().to_owned();
    let values = payload.pointer_mut("/view/state/values");
    EventRequest::Sent {
        form: SentForm {
            actor,
            approval,
            values: values.map(Value::take).unwrap_or_default(),
        },
        keys,
    }
}

fn keys(payload: &Value, action: &Value, pressed: &Pressed, body: &[u8]) -> ClaimKeys {
    if let Some(trigger) = text(payload, &["trigger_id"]) {
        return ClaimKeys::of_trigger(trigger);
    }
    match text(action, &["action_ts"]) {
        Some(ts) => ClaimKeys::of_press(ts, pressed.message.as_ref(), &pressed.actor.user),
        None => ClaimKeys::of_body(body),
    }
}

fn pressed(payload: &Value, action: &Value) -> Result<Pressed, NotUnderstood> {
    Ok(Pressed {
        actor: actor(payload)?,
        action: needed(text(action, &["action_id"]), "action_id")?.to_owned(),
        value: text(action, &["value"]).unwrap_or_default().to_owned(),
        channel: id(
            payload,
            &[&["channel", "id"], &["container", "channel_id"]],
            ChannelId::parse,
        ),
        message: id(
            payload,
            &[&["message", "ts"], &["container", "message_ts"]],
            MessageTs::parse,
        ),
        thread: id(
            payload,
            &[&["container", "thread_ts"], &["message", "thread_ts"]],
            MessageTs::parse,
        ),
        response_url: text(payload, &["response_url"]).map(str::to_owned),
        home: view_hash(payload),
    })
}

/// Of App Home; other views have none of our buttons.
fn view_hash(payload: &Value) -> Option<ViewHash> {
    let is_home = text(payload, &["view", "type"]) == Some("home");
    let hash = text(payload, &["view", "hash"]).filter(|_| is_home);
    hash.and_then(ViewHash::parse)
}

/// An org-wide installation has `team: null`; the person's own team stands in.
fn actor(payload: &Value) -> Result<Actor, NotUnderstood> {
    let home_team = id(payload, &[&["user", "team_id"]], TeamId::parse);
    let team = id(
        payload,
        &[
            &["team", "id"],
            &["user", "team_id"],
            &["view", "app_installed_team_id"],
            &["message", "team"],
        ],
        TeamId::parse,
    );
    Ok(Actor {
        user: needed(id(payload, &[&["user", "id"]], UserId::parse), "user.id")?,
        team: needed(team, "team.id")?,
        enterprise: id(
            payload,
            &[&["enterprise", "id"], &["team", "enterprise_id"]],
            EnterpriseId::parse,
        ),
        home_team,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use url::form_urlencoded;

    use super::*;
    use crate::slack::verify::tests::signed;

    fn press() -> Value {
        json!({
            "type": "block_actions",
            "team": {"id": "T1", "domain": "acme"},
            "enterprise": null,
            "user": {"id": "UADA", "username": "ada", "team_id": "T1"},
            "api_app_id": "A1",
            "container": {"type": "message", "message_ts": "1.1", "channel_id": "D1"},
            "trigger_id": "1.2.abc",
            "channel": {"id": "D1", "name": "directmessage"},
            "message": {"ts": "1.1", "text": "gmail is connected"},
            "response_url": "https://hooks.slack.com/actions/T1/1/x",
            "actions": [{
                "type": "button", "action_id": "reconnect", "block_id": "b",
                "value": "gmail", "action_ts": "1531420618.000200"
            }]
        })
    }

    fn read(payload: &Value) -> EventRequest {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("payload", &payload.to_string())
            .finish();
        read_interaction(&signed(body))
    }

    fn with(pointer: &str, value: Value) -> Value {
        let mut payload = press();
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        payload.pointer_mut(parent).unwrap()[last] = value;
        payload
    }

    fn happened(request: EventRequest) -> (Pressed, Vec<String>) {
        let EventRequest::Happened {
            event: Event::Pressed(pressed),
            keys,
        } = request
        else {
            panic!("nothing was pressed: {request:?}");
        };
        (pressed, keys.iter().map(str::to_owned).collect())
    }

    #[test]
    fn a_press_is_read_whole() {
        let (pressed, keys) = happened(read(&press()));
        assert_eq!(pressed.actor.user.as_str(), "UADA");
        assert_eq!(pressed.actor.team.as_str(), "T1");
        assert_eq!(pressed.actor.enterprise, None);
        assert_eq!(pressed.action, "reconnect");
        assert_eq!(pressed.value, "gmail");
        assert_eq!(pressed.channel.unwrap().as_str(), "D1");
        assert_eq!(pressed.message.unwrap().as_str(), "1.1");
        assert_eq!(keys, ["trigger:1.2.abc"]);
    }

    #[test]
    fn odd_fields_do_not_lose_the_press() {
        for (pointer, odd) in [
            ("/team", Value::Null),
            ("/team", json!("T1")),
            ("/user/team_id", Value::Null),
            ("/enterprise", json!({"id": "E1", "name": "org"})),
            ("/container", json!({"type": "never_seen"})),
            ("/container", Value::Null),
            ("/channel", Value::Null),
            ("/message", json!({"metadata": {"event_payload": {"n": 7}}})),
            ("/response_url", Value::Null),
            ("/trigger_id", json!(7)),
            ("/actions/0/value", json!(7)),
            ("/actions/0/type", json!("never_seen")),
            ("/state", json!({"values": 7})),
        ] {
            let (pressed, _) = happened(read(&with(pointer, odd.clone())));
            assert_eq!(pressed.action, "reconnect", "{pointer}: {odd}");
            assert_eq!(pressed.actor.team.as_str(), "T1", "{pointer}: {odd}");
        }
    }

    #[test]
    fn ids_are_looked_for_in_several_places() {
        let (pressed, _) = happened(read(&with("/channel", Value::Null)));
        assert_eq!(pressed.channel.unwrap().as_str(), "D1");
        let (pressed, _) = happened(read(&with("/message", Value::Null)));
        assert_eq!(pressed.message.unwrap().as_str(), "1.1");
        let (pressed, _) = happened(read(&with("/enterprise", json!({"id": "E1"}))));
        assert_eq!(pressed.actor.enterprise.unwrap().as_str(), "E1");
    }

    #[test]
    fn a_press_without_a_trigger_is_known_by_its_time() {
        let (_, keys) = happened(read(&with("/trigger_id", Value::Null)));
        assert_eq!(keys, ["press:1531420618.000200:1.1:UADA"]);
    }

    #[test]
    fn what_starts_nothing() {
        for (pointer, value, expected) in [
            (
                "/type",
                json!("view_submission"),
                EventRequest::Ignored(Ignored::OtherInteraction),
            ),
            (
                "/actions/0/action_id",
                Value::Null,
                EventRequest::Ignored(Ignored::OtherInteraction),
            ),
            (
                "/actions",
                json!([]),
                EventRequest::Ignored(Ignored::OtherInteraction),
            ),
            (
                "/type",
                Value::Null,
                EventRequest::NotUnderstood(NotUnderstood::OuterType),
            ),
            (
                "/user",
                json!("UADA"),
                EventRequest::NotUnderstood(NotUnderstood::Field { field: "user.id" }),
            ),
        ] {
            assert_eq!(
                read(&with(pointer, value.clone())),
                expected,
                "{pointer}: {value}"
            );
        }
    }

    #[test]
    fn what_is_no_interaction() {
        for (body, expected) in [
            ("ssl_check=1", EventRequest::SslCheck),
            (
                "a=b",
                EventRequest::NotUnderstood(NotUnderstood::Field { field: "payload" }),
            ),
            (
                "payload=%ff",
                EventRequest::NotUnderstood(NotUnderstood::NotJson),
            ),
            (
                "payload=[]",
                EventRequest::NotUnderstood(NotUnderstood::NotJson),
            ),
        ] {
            assert_eq!(read_interaction(&signed(body)), expected, "{body}");
        }
    }
}
