//! App Home opened, one of the things that the Events API tells.

use serde_json::Value;

use super::events::actor;
use super::{ClaimKeys, EventRequest};
use crate::event::{Event, Opened, ViewHash};
use crate::slack::json::text;

/// `None` if it is something else, such as the tab with the messages.
pub(super) fn opened(envelope: &Value, event: &Value) -> Option<EventRequest> {
    let is_home =
        text(event, &["type"]) == Some("app_home_opened") && text(event, &["tab"]) == Some("home");
    is_home.then(|| match actor(envelope, event) {
        Ok(actor) => EventRequest::Happened {
            keys: ClaimKeys::of_event(text(envelope, &["event_id"]), envelope),
            event: Event::Opened(Opened {
                actor,
                shown: text(event, &["view", "hash"]).and_then(ViewHash::parse),
            }),
        },
        Err(reason) => EventRequest::NotUnderstood(reason),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::slack::inbound::{Ignored, NotUnderstood, read_event};
    use crate::slack::verify::tests::signed;

    fn envelope() -> Value {
        json!({
            "team_id": "T1",
            "type": "event_callback",
            "event_id": "Ev1",
            "event": {
                "type": "app_home_opened",
                "user": "UADA",
                "channel": "D1",
                "tab": "home",
                "event_ts": "1531420618.000200",
                "view": {"id": "V1", "type": "home", "hash": "1.abc"}
            }
        })
    }

    fn read(envelope: &Value) -> EventRequest {
        read_event(&signed(envelope.to_string()))
    }

    #[test]
    fn an_opened_home_is_read_with_what_stands_there() {
        let EventRequest::Happened {
            event: Event::Opened(opened),
            keys,
        } = read(&envelope())
        else {
            panic!("not opened");
        };
        assert_eq!(opened.actor.user.as_str(), "UADA");
        assert_eq!(opened.shown, ViewHash::parse("1.abc"));
        let keys: Vec<_> = keys.iter().collect();
        assert_eq!(keys, ["event:Ev1"]);
    }

    #[test]
    fn a_home_that_was_never_shown_has_nothing_there() {
        for view in [
            json!(null),
            json!({"hash": 7}),
            json!({"hash": "x".repeat(256)}),
        ] {
            let mut envelope = envelope();
            envelope["event"]["view"] = view;
            let EventRequest::Happened {
                event: Event::Opened(opened),
                ..
            } = read(&envelope)
            else {
                panic!("not opened");
            };
            assert_eq!(opened.shown, None);
        }
    }

    #[test]
    fn the_other_tab_starts_nothing_and_nobody_is_nobody() {
        let mut other = envelope();
        other["event"]["tab"] = json!("messages");
        assert_eq!(read(&other), EventRequest::Ignored(Ignored::OtherEvent));
        let mut nobody = envelope();
        nobody["event"]["user"] = json!(null);
        let field = NotUnderstood::Field { field: "user" };
        assert_eq!(read(&nobody), EventRequest::NotUnderstood(field));
    }
}
