//! What stands in one message of a connection: read as tolerantly as a request, and by the
//! same readers.

use std::fmt;

use serde_json::{Value, json};
use url::form_urlencoded;

use crate::slack::inbound::{
    EventRequest, NotUnderstood, read_command, read_event, read_interaction,
};
use crate::slack::json::{at, parse, text};
use crate::slack::verify::Genuine;

/// Longer than any id that Slack gives to an envelope.
const LONGEST_ID: usize = 128;

/// One message of Slack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    /// Something that happened, to be acknowledged once it is on disk.
    Envelope(Box<Envelope>),
    /// The connection stands. Slack counts those of the app, this one among them.
    Hello { connections: Option<u64> },
    /// Slack is about to close this connection.
    Leaving(Leaving),
}

/// Why Slack is about to close a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Leaving {
    /// Its server makes room for another: the usual end, after some hours.
    #[error("Slack asks for a new connection")]
    Asked,
    #[error("Socket Mode is switched off in the settings of the Slack app")]
    Disabled,
    /// Other programs have opened some with the same token.
    #[error("the app has too many connections")]
    TooMany,
}

/// Something that happened, and the name under which it is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) id: EnvelopeId,
    /// What it would have been posted to, for the log.
    pub(crate) door: &'static str,
    pub(crate) request: EventRequest,
}

/// Slack's name for one envelope, also when it is brought again.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct EnvelopeId(String);

impl EnvelopeId {
    fn parse(id: &str) -> Option<Self> {
        let lawful =
            (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
        lawful.then(|| Self(id.to_owned()))
    }

    /// What Slack is sent: that this need not be brought again, and what is to be shown to
    /// whoever sent a form.
    pub(in crate::slack) fn acknowledgement(&self, shown: Option<Value>) -> String {
        let told = match shown {
            Some(shown) => json!({ "envelope_id": self.0, "payload": shown }),
            None => json!({ "envelope_id": self.0 }),
        };
        told.to_string()
    }
}

impl fmt::Debug for EnvelopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnvelopeId")
    }
}

/// Why a message says nothing to us; the connection is none the worse for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAFrame {
    #[error("it is binary")]
    Binary,
    #[error("it is not JSON")]
    NotJson,
    #[error("its type is unknown, and there is nothing to acknowledge")]
    OuterType,
    #[error("it has no envelope_id by which it could be acknowledged")]
    NoEnvelopeId,
}

impl Frame {
    /// Reads one message.
    pub(crate) fn read(message: &str) -> Result<Self, NotAFrame> {
        let frame = parse(message.as_bytes())
            .filter(Value::is_object)
            .ok_or(NotAFrame::NotJson)?;
        match text(&frame, &["type"]) {
            Some("hello") => Ok(Self::Hello {
                connections: at(&frame, &["num_connections"]).and_then(Value::as_u64),
            }),
            Some("disconnect") => Ok(Self::Leaving(leaving(text(&frame, &["reason"])))),
            kind => envelope(&frame, kind).map(|envelope| Self::Envelope(Box::new(envelope))),
        }
    }
}

/// Whatever else the reason is, another connection is in order.
fn leaving(reason: Option<&str>) -> Leaving {
    match reason {
        Some("link_disabled") => Leaving::Disabled,
        Some("too_many_websockets") => Leaving::TooMany,
        Some(_) | None => Leaving::Asked,
    }
}

/// What is of a kind that we do not know is acknowledged too: brought again it would be
/// understood no better.
fn envelope(frame: &Value, kind: Option<&str>) -> Result<Envelope, NotAFrame> {
    let (door, read): (_, fn(&Value) -> EventRequest) = match kind {
        Some("events_api") => ("events", |payload| {
            read_event(&genuine(payload.to_string().into_bytes()))
        }),
        Some("interactive") => ("interactions", |payload| {
            read_interaction(&genuine(form([("payload", payload.to_string())])))
        }),
        Some("slash_commands") => ("commands", |payload| {
            read_command(&genuine(fields(payload)))
        }),
        Some(_) | None => ("socket", |_| {
            EventRequest::NotUnderstood(NotUnderstood::OuterType)
        }),
    };
    let id = text(frame, &["envelope_id"]).and_then(EnvelopeId::parse);
    let id = id.ok_or(match door {
        "socket" => NotAFrame::OuterType,
        _ => NotAFrame::NoEnvelopeId,
    })?;
    let payload = at(frame, &["payload"]).filter(|payload| payload.is_object());
    let request = payload.map_or(
        EventRequest::NotUnderstood(NotUnderstood::Field { field: "payload" }),
        read,
    );
    Ok(Envelope { id, door, request })
}

fn genuine(body: Vec<u8>) -> Genuine {
    Genuine::over_socket(body)
}

/// The fields of a command, as its form would have them.
fn fields(payload: &Value) -> Vec<u8> {
    let fields = payload.as_object().into_iter().flatten();
    form(fields.filter_map(|(name, value)| match value {
        Value::Bool(_) | Value::Number(_) => Some((name.as_str(), value.to_string())),
        Value::String(text) => Some((name.as_str(), text.clone())),
        Value::Array(_) | Value::Null | Value::Object(_) => None,
    }))
}

fn form<'a>(fields: impl IntoIterator<Item = (&'a str, String)>) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::Event;

    fn read(frame: &Value) -> Result<Frame, NotAFrame> {
        Frame::read(&frame.to_string())
    }

    fn request(kind: &str, payload: &Value) -> EventRequest {
        let frame = json!({ "envelope_id": "e-1", "type": kind, "payload": payload });
        match read(&frame) {
            Ok(Frame::Envelope(envelope)) => envelope.request,
            other => panic!("no envelope: {other:?}"),
        }
    }

    #[test]
    fn what_slack_says_of_the_connection_is_read() {
        for (frame, expected) in [
            (
                json!({"type": "hello", "num_connections": 2, "connection_info": {"app_id": "A1"}}),
                Frame::Hello {
                    connections: Some(2),
                },
            ),
            (json!({"type": "hello"}), Frame::Hello { connections: None }),
            (
                json!({"type": "disconnect", "reason": "warning"}),
                Frame::Leaving(Leaving::Asked),
            ),
            (
                json!({"type": "disconnect", "reason": "refresh_requested"}),
                Frame::Leaving(Leaving::Asked),
            ),
            (
                json!({"type": "disconnect"}),
                Frame::Leaving(Leaving::Asked),
            ),
            (
                json!({"type": "disconnect", "reason": "link_disabled"}),
                Frame::Leaving(Leaving::Disabled),
            ),
            (
                json!({"type": "disconnect", "reason": "too_many_websockets"}),
                Frame::Leaving(Leaving::TooMany),
            ),
        ] {
            assert_eq!(read(&frame), Ok(expected), "{frame}");
        }
    }

    #[test]
    fn what_cannot_be_acknowledged_is_no_frame() {
        let long = "x".repeat(LONGEST_ID + 1);
        for (frame, expected) in [
            ("", NotAFrame::NotJson),
            ("hello", NotAFrame::NotJson),
            ("[]", NotAFrame::NotJson),
            ("{}", NotAFrame::OuterType),
            (r#"{"type":"new"}"#, NotAFrame::OuterType),
            (r#"{"type":"events_api"}"#, NotAFrame::NoEnvelopeId),
            (
                r#"{"type":"events_api","envelope_id":""}"#,
                NotAFrame::NoEnvelopeId,
            ),
            (
                r#"{"type":"events_api","envelope_id":"a b"}"#,
                NotAFrame::NoEnvelopeId,
            ),
            (
                r#"{"type":"events_api","envelope_id":7}"#,
                NotAFrame::NoEnvelopeId,
            ),
            (
                &format!(r#"{{"type":"events_api","envelope_id":"{long}"}}"#),
                NotAFrame::NoEnvelopeId,
            ),
        ] {
            assert_eq!(Frame::read(frame), Err(expected), "{frame}");
        }
    }

    #[test]
    fn what_is_not_understood_is_acknowledged_all_the_same() {
        for frame in [
            json!({"envelope_id": "e-1", "type": "something_new", "payload": {}}),
            json!({"envelope_id": "e-1"}),
            json!({"envelope_id": "e-1", "type": "events_api"}),
            json!({"envelope_id": "e-1", "type": "events_api", "payload": "x"}),
            json!({"envelope_id": "e-1", "type": "interactive", "payload": {}}),
            json!({"envelope_id": "e-1", "type": "slash_commands", "payload": {"text": ["x"]}}),
        ] {
            let Ok(Frame::Envelope(envelope)) = read(&frame) else {
                panic!("{frame}");
            };
            let request = envelope.request;
            assert!(
                matches!(request, EventRequest::NotUnderstood(_)),
                "{frame}: {request:?}"
            );
            assert_eq!(
                envelope.id.acknowledgement(None),
                r#"{"envelope_id":"e-1"}"#
            );
        }
    }

    #[test]
    fn a_command_is_read_as_its_form_would_be() {
        let payload = json!({
            "team_id": "T1", "channel_id": "C1", "user_id": "UADA", "command": "/connect",
            "text": "gmail & more", "is_enterprise_install": false, "trigger_id": "1.2.abc",
        });
        let EventRequest::Happened {
            event: Event::Commanded(commanded),
            keys,
        } = request("slash_commands", &payload)
        else {
            panic!("no command");
        };
        assert_eq!(commanded.text, "gmail & more");
        assert_eq!(keys.iter().collect::<Vec<_>>(), ["trigger:1.2.abc"]);
    }

    #[test]
    fn a_message_has_the_same_keys_by_either_way() {
        let payload = json!({
            "type": "event_callback", "team_id": "T1", "event_id": "Ev1",
            "event": {
                "type": "app_mention", "user": "UADA", "channel": "C1", "ts": "1.000001",
                "text": "<@U0VALET> hello",
            },
        });
        let by_http = read_event(&genuine(payload.to_string().into_bytes()));
        assert_eq!(request("events_api", &payload), by_http);
        assert!(matches!(by_http, EventRequest::Happened { .. }));
    }

    #[test]
    fn what_is_shown_beside_a_form_goes_with_the_acknowledgement() {
        let id = EnvelopeId::parse("e-1").unwrap();
        let shown = json!({"response_action": "errors"});
        assert_eq!(
            id.acknowledgement(Some(shown)),
            r#"{"envelope_id":"e-1","payload":{"response_action":"errors"}}"#
        );
        assert_eq!(format!("{id:?}"), "EnvelopeId");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,200}") {
            let _ = Frame::read(&text);
        }
    }
}
