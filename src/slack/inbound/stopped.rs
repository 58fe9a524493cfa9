//! Slack's own Stop, which it shows beside a thread that is worked on.

use serde_json::Value;

use super::events::{actor, team};
use super::{ClaimKeys, EventRequest, NotUnderstood, needed};
use crate::event::{Event, SessionStopped};
use crate::ids::{ChannelId, MessageTs, Thread};
use crate::slack::json::{id, text};

/// The request, if somebody pressed it. Slack has ended its streams by then.
pub(super) fn read(envelope: &Value, event: &Value) -> Option<EventRequest> {
    if text(event, &["type"]) != Some("agent_session_stopped") {
        return None;
    }
    Some(match stopped(envelope, event) {
        Ok(stopped) => EventRequest::Happened {
            keys: ClaimKeys::of_event(text(envelope, &["event_id"]), envelope),
            event: Event::SessionStopped(stopped),
        },
        Err(reason) => EventRequest::NotUnderstood(reason),
    })
}

fn stopped(envelope: &Value, event: &Value) -> Result<SessionStopped, NotUnderstood> {
    Ok(SessionStopped {
        actor: actor(envelope, event)?,
        thread: Thread {
            team: team(envelope)?,
            channel: needed(id(event, &[&["channel"]], ChannelId::parse), "channel")?,
            ts: needed(id(event, &[&["thread_ts"]], MessageTs::parse), "thread_ts")?,
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::read_event;
    use super::*;
    use crate::slack::verify::tests::signed;

    fn press() -> Value {
        json!({
            "team_id": "T1",
            "type": "event_callback",
            "event_id": "Ev1",
            "event": {
                "type": "agent_session_stopped",
                "user": "UADA",
                "channel": "C1",
                "thread_ts": "1531420618.000200",
                "streaming_message_ts": [],
                "event_ts": "1531420620.000100",
            },
        })
    }

    fn read_whole(body: &Value) -> EventRequest {
        read_event(&signed(serde_json::to_vec(body).unwrap()))
    }

    #[test]
    fn a_press_of_slacks_own_stop_is_read_whole() {
        let EventRequest::Happened {
            event: Event::SessionStopped(stopped),
            keys,
        } = read_whole(&press())
        else {
            panic!("nobody pressed it");
        };
        assert_eq!(stopped.actor.user.as_str(), "UADA");
        assert_eq!(stopped.thread.to_string(), "T1/C1/1531420618.000200");
        assert_eq!(keys.iter().collect::<Vec<_>>(), ["event:Ev1"]);
    }

    #[test]
    fn without_a_person_or_a_thread_nothing_is_stopped() {
        for field in ["user", "channel", "thread_ts"] {
            let mut body = press();
            body["event"][field] = Value::Null;
            assert_eq!(
                read_whole(&body),
                EventRequest::NotUnderstood(NotUnderstood::Field { field }),
            );
        }
    }
}
