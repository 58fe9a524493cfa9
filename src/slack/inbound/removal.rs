//! Slack's word that the app is installed no more: `app_uninstalled`, `tokens_revoked`.

use jiff::Timestamp;
use serde_json::Value;

use super::{ClaimKeys, EventRequest, Ignored, NotUnderstood};
use crate::event::Event;
use crate::ids::{EnterpriseId, TeamId, UserId};
use crate::slack::json::{at, flag, id, text};
use crate::workspace::{How, Removal};

/// The request, if it is such a word.
pub(super) fn read(envelope: &Value, event: &Value) -> Option<EventRequest> {
    let how = match text(event, &["type"]) {
        Some("app_uninstalled") => How::Uninstalled,
        Some("tokens_revoked") => match bots(event) {
            bots if bots.is_empty() => {
                return Some(EventRequest::Ignored(Ignored::TokensOfPeople));
            }
            bots => How::Revoked { bots },
        },
        Some(_) | None => return None,
    };
    Some(removal(envelope, how))
}

/// The bots whose tokens are dead.
fn bots(event: &Value) -> Vec<UserId> {
    let listed = at(event, &["tokens", "bot"]).and_then(Value::as_array);
    let listed = listed.into_iter().flatten().filter_map(Value::as_str);
    listed.filter_map(|user| UserId::parse(user).ok()).collect()
}

fn removal(envelope: &Value, how: How) -> EventRequest {
    let team = id(
        envelope,
        &[
            &["team_id"],
            &["authorizations", "0", "team_id"],
            &["context_team_id"],
        ],
        TeamId::parse,
    );
    let enterprise = id(
        envelope,
        &[
            &["enterprise_id"],
            &["authorizations", "0", "enterprise_id"],
            &["context_enterprise_id"],
        ],
        EnterpriseId::parse,
    );
    if team.is_none() && enterprise.is_none() {
        return EventRequest::NotUnderstood(NotUnderstood::Field { field: "team_id" });
    }
    let org_wide = flag(envelope, &["is_enterprise_install"])
        || flag(envelope, &["authorizations", "0", "is_enterprise_install"]);
    let seconds = at(envelope, &["event_time"]).and_then(Value::as_i64);
    EventRequest::Happened {
        keys: ClaimKeys::of_event(text(envelope, &["event_id"]), envelope),
        event: Event::Removed(Removal {
            team,
            enterprise,
            org_wide,
            how,
            at: seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::slack::read_event;
    use crate::slack::verify::tests::signed;

    fn said(event: &Value, bend: impl FnOnce(&mut Value)) -> EventRequest {
        let mut envelope = json!({
            "type": "event_callback", "team_id": "T1", "event_id": "Ev1",
            "event_time": 1_531_420_618, "event": event,
        });
        bend(&mut envelope);
        read_event(&signed(envelope.to_string()))
    }

    fn removal(request: EventRequest) -> (Removal, String) {
        let EventRequest::Happened {
            event: Event::Removed(removal),
            keys,
        } = request
        else {
            panic!("nothing was removed: {request:?}");
        };
        (removal, keys.iter().map(str::to_owned).collect())
    }

    #[test]
    fn both_words_are_read_whole() {
        let (removal, key) = removal(said(&json!({"type": "app_uninstalled"}), |_| ()));
        assert_eq!(removal.team.unwrap().as_str(), "T1");
        assert_eq!((removal.enterprise, removal.org_wide), (None, false));
        assert_eq!(removal.how, How::Uninstalled);
        assert_eq!(removal.at.unwrap().as_second(), 1_531_420_618);
        assert_eq!(key, "event:Ev1");

        let tokens = json!({"oauth": ["UADA"], "bot": ["UBOT", 7, "<@U1>", ""]});
        let event = json!({"type": "tokens_revoked", "tokens": tokens});
        let (removal, _) = self::removal(said(&event, |_| ()));
        let bots = vec![UserId::parse("UBOT").unwrap()];
        assert_eq!(removal.how, How::Revoked { bots });
    }

    #[test]
    fn an_enterprise_has_null_where_a_workspace_has_its_team() {
        let event = json!({"type": "app_uninstalled"});
        let (removal, key) = removal(said(&event, |envelope| {
            envelope["team_id"] = Value::Null;
            envelope["event_id"] = Value::Null;
            envelope["event_time"] = json!("soon");
            envelope["authorizations"] = json!([{
                "enterprise_id": "E1", "team_id": null, "is_enterprise_install": true
            }]);
        }));
        assert_eq!(removal.team, None);
        assert_eq!(removal.enterprise.unwrap().as_str(), "E1");
        assert!(removal.org_wide);
        assert_eq!(removal.at, None);
        assert!(key.starts_with("body:"), "{key}");
    }

    #[test]
    fn tokens_of_people_and_odd_words_end_nothing() {
        let ignored = EventRequest::Ignored(Ignored::TokensOfPeople);
        for tokens in [
            json!({"oauth": ["UADA"], "bot": []}),
            json!({"oauth": ["UBOT"]}),
            json!({"bot": "UBOT"}),
            json!({"bot": {"0": "UBOT"}}),
            json!(null),
        ] {
            let event = json!({"type": "tokens_revoked", "tokens": tokens});
            assert_eq!(said(&event, |_| ()), ignored, "{event}");
        }
        let nobodys = said(&json!({"type": "app_uninstalled"}), |envelope| {
            envelope["team_id"] = Value::Null;
        });
        let field = NotUnderstood::Field { field: "team_id" };
        assert_eq!(nobodys, EventRequest::NotUnderstood(field));
    }
}
