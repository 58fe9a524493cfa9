//! Slash commands: a form, one command in it.

use std::collections::HashMap;

use url::form_urlencoded;

use super::{ClaimKeys, EventRequest, NotUnderstood, needed};
use crate::event::{Actor, Commanded, Event};
use crate::ids::{ChannelId, EnterpriseId, TeamId, UserId};
use crate::slack::Genuine;

/// Reads a slash command.
pub(crate) fn read_command(signed: &Genuine) -> EventRequest {
    let fields = form(signed.body());
    if checks_ssl(&fields) {
        return EventRequest::SslCheck;
    }
    match commanded(&fields) {
        Ok(commanded) => EventRequest::Happened {
            event: Event::Commanded(commanded),
            keys: match field(&fields, "trigger_id") {
                Some(trigger) => ClaimKeys::of_trigger(trigger),
                None => ClaimKeys::of_body(signed.body()),
            },
        },
        Err(reason) => EventRequest::NotUnderstood(reason),
    }
}

/// Whether this form is Slack's test of our certificate.
pub(super) fn is_ssl_check(body: &[u8]) -> bool {
    checks_ssl(&form(body))
}

/// The fields of a form; of two with one name, the first. Bytes that are not UTF-8 become
/// replacement characters.
pub(super) fn form(body: &[u8]) -> HashMap<String, String> {
    let mut fields = HashMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        fields
            .entry(name.into_owned())
            .or_insert_with(|| value.into_owned());
    }
    fields
}

fn checks_ssl(fields: &HashMap<String, String>) -> bool {
    field(fields, "ssl_check") == Some("1") && !fields.contains_key("command")
}

fn commanded(fields: &HashMap<String, String>) -> Result<Commanded, NotUnderstood> {
    let id = |name| field(fields, name);
    let actor = Actor {
        user: needed(
            id("user_id").and_then(|user| UserId::parse(user).ok()),
            "user_id",
        )?,
        team: needed(
            id("team_id").and_then(|team| TeamId::parse(team).ok()),
            "team_id",
        )?,
        enterprise: id("enterprise_id").and_then(|id| EnterpriseId::parse(id).ok()),
        // Only members of the workspace can run its commands, so Slack names no other home.
        home_team: None,
    };
    Ok(Commanded {
        actor,
        channel: needed(
            id("channel_id").and_then(|channel| ChannelId::parse(channel).ok()),
            "channel_id",
        )?,
        command: needed(id("command"), "command")?.to_owned(),
        text: id("text").unwrap_or_default().to_owned(),
        response_url: id("response_url").map(str::to_owned),
    })
}

fn field<'a>(fields: &'a HashMap<String, String>, name: &str) -> Option<&'a str> {
    fields
        .get(name)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slack::verify::tests::signed;

    const WHOLE: &[(&str, &str)] = &[
        ("token", "deprecated"),
        ("team_id", "T1"),
        ("team_domain", "acme"),
        ("channel_id", "C1"),
        ("user_id", "UADA"),
        ("command", "/connect"),
        ("text", "gmail"),
        ("response_url", "https://hooks.slack.com/commands/T1/1/x"),
        ("trigger_id", "1.2.abc"),
        ("is_enterprise_install", "false"),
    ];

    /// The whole command with one field changed or, with `None`, left out.
    fn read(changed: &str, to: Option<&str>) -> EventRequest {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(WHOLE.iter().filter(|(name, _)| *name != changed));
        if let Some(value) = to {
            form.append_pair(changed, value);
        }
        read_command(&signed(form.finish()))
    }

    fn happened(request: EventRequest) -> (Commanded, Vec<String>) {
        let EventRequest::Happened {
            event: Event::Commanded(commanded),
            keys,
        } = request
        else {
            panic!("no command: {request:?}");
        };
        (commanded, keys.iter().map(str::to_owned).collect())
    }

    #[test]
    fn a_command_is_read_whole() {
        let (commanded, keys) = happened(read("enterprise_id", Some("E1")));
        assert_eq!(commanded.actor.user.as_str(), "UADA");
        assert_eq!(commanded.actor.team.as_str(), "T1");
        assert_eq!(commanded.actor.enterprise.unwrap().as_str(), "E1");
        assert_eq!(commanded.channel.as_str(), "C1");
        assert_eq!(commanded.command, "/connect");
        assert_eq!(commanded.text, "gmail");
        assert_eq!(
            commanded.response_url.as_deref(),
            Some("https://hooks.slack.com/commands/T1/1/x")
        );
        assert_eq!(keys, ["trigger:1.2.abc"]);
    }

    #[test]
    fn what_is_not_needed_may_be_missing() {
        for name in [
            "text",
            "response_url",
            "enterprise_id",
            "token",
            "team_domain",
        ] {
            happened(read(name, None));
            happened(read(name, Some("")));
        }
        let (commanded, _) = happened(read("text", None));
        assert_eq!(commanded.text, "");
        let (_, keys) = happened(read("trigger_id", None));
        assert!(keys[0].starts_with("body:"), "{keys:?}");
        assert_eq!(keys, happened(read("trigger_id", None)).1);
    }

    #[test]
    fn what_is_needed_is_named_when_it_is_missing() {
        for field in ["user_id", "team_id", "channel_id", "command"] {
            let expected = EventRequest::NotUnderstood(NotUnderstood::Field { field });
            assert_eq!(read(field, None), expected, "{field}");
            assert_eq!(read(field, Some("")), expected, "{field}");
        }
    }

    #[test]
    fn the_test_of_the_certificate_is_no_command() {
        assert_eq!(
            read_command(&signed("ssl_check=1&token=x")),
            EventRequest::SslCheck
        );
        happened(read("ssl_check", Some("1")));
        assert_eq!(
            read_command(&signed("ssl_check=0")),
            EventRequest::NotUnderstood(NotUnderstood::Field { field: "user_id" })
        );
    }

    #[test]
    fn of_two_fields_with_one_name_the_first_counts() {
        let form = "user_id=UADA&user_id=UBEN&team_id=T1&channel_id=C1&command=%2Fconnect";
        let (commanded, _) = happened(read_command(&signed(form)));
        assert_eq!(commanded.actor.user.as_str(), "UADA");
    }
}
