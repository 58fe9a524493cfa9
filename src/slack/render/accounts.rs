//! The list of a person's accounts: in a message, and in App Home.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::blocks::{self, Button};
use super::connecting::{bold, can_be_said, connect_button, disconnect_button, reconnect_button};
use super::{LONGEST_TEXT, Message, Verb, length};
use crate::account::{Seen, Standing};
use crate::slack::mrkdwn::escape;

/// Accounts with buttons: each takes two blocks, of which a message has 50 at most, and
/// something may follow.
const MOST_WITH_BUTTONS: usize = 20;

/// Less than Slack takes in a message.
const MOST_BLOCKS: usize = 49;

/// When and where somebody reads of times.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) now: Timestamp,
    pub(crate) zone: &'a TimeZone,
}

pub(crate) fn accounts(seen: &[Seen], reader: Reader<'_>) -> Message {
    if seen.is_empty() {
        return Message::of_words(&can_be_said(Verb::Connect, &[]));
    }
    let heading = "Your accounts:".to_owned();
    let lines: Vec<String> = seen.iter().map(|one| line(one, reader)).collect();
    let words = lines.iter().map(|line| format!("• {line}"));
    let words: Vec<String> = std::iter::once(heading.clone()).chain(words).collect();
    let mut blocks = vec![blocks::section(&heading)];
    for (one, line) in seen.iter().zip(&lines).take(MOST_WITH_BUTTONS) {
        blocks.push(blocks::section(line));
        let buttons = buttons(one);
        if !buttons.is_empty() {
            blocks.push(blocks::actions(&buttons));
        }
    }
    let others = lines.get(MOST_WITH_BUTTONS..).unwrap_or_default();
    let room = MOST_BLOCKS.saturating_sub(blocks.len());
    blocks.extend(blocks::sections(others).into_iter().take(room));
    Message {
        text: length::escaped_within(&words.join("\n"), LONGEST_TEXT),
        blocks,
    }
}

/// What can be done about an account as it stands.
fn buttons(one: &Seen) -> Vec<Button<'_>> {
    let connection = &one.connection;
    let reconnect = || Button {
        label: "Reconnect".to_owned(),
        ..reconnect_button(connection)
    };
    let connect = || Button {
        label: "Connect".to_owned(),
        ..connect_button(connection)
    };
    match one.standing {
        Standing::Connected | Standing::NeedsReconnecting | Standing::SwitchedOff => {
            vec![reconnect(), disconnect_button(connection)]
        }
        Standing::NotConnected => vec![connect()],
        Standing::NotSetUp => Vec::new(),
        // What was begun may hold a consent already, which can be taken back too.
        Standing::Unfinished => vec![connect(), disconnect_button(connection)],
    }
}

fn line(one: &Seen, reader: Reader<'_>) -> String {
    let whose = one.whose.as_deref().map(escape);
    let known_as = |words: &str| match &whose {
        Some(whose) => format!("{words} ({whose})"),
        None => words.to_owned(),
    };
    let standing = match (one.standing, &whose) {
        (Standing::Connected, Some(whose)) => format!("connected as {whose}"),
        (Standing::Connected, None) => "connected".to_owned(),
        (Standing::NeedsReconnecting, _) => known_as("has to be connected again"),
        (Standing::NotConnected, _) => "not connected".to_owned(),
        (Standing::NotSetUp, _) => "not set up yet: please tell whoever runs me".to_owned(),
        (Standing::SwitchedOff, _) => known_as("switched off, has to be connected again"),
        (Standing::Unfinished, _) => "begun, but not finished".to_owned(),
    };
    let used = match one.last_used_at {
        Some(at) => format!(", last used {}", day(at, reader)),
        None => String::new(),
    };
    format!("{}: {standing}{used}", bold(&one.connection))
}

/// The day of the reader's on which it was. The vault's clock may be ahead of ours.
fn day(at: Timestamp, reader: Reader<'_>) -> String {
    let date = |at: Timestamp| at.to_zoned(reader.zone.clone()).date();
    let (day, today) = (date(at), date(reader.now));
    if day >= today {
        "today".to_owned()
    } else if today.yesterday().is_ok_and(|yesterday| yesterday == day) {
        "yesterday".to_owned()
    } else {
        format!("on {}", day.strftime("%-d %B %Y"))
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::ids::ConnectionName;

    fn seen(name: &str, standing: Standing, whose: Option<&str>, used: Option<&str>) -> Seen {
        Seen {
            connection: ConnectionName::parse(name).unwrap(),
            standing,
            whose: whose.map(str::to_owned),
            last_used_at: used.map(|at| at.parse().unwrap()),
        }
    }

    fn listed(seen: &[Seen]) -> Message {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let now = "2026-11-23T23:30:00Z".parse().unwrap();
        accounts(seen, Reader { now, zone: &zone })
    }

    fn labels(message: &Message) -> String {
        let shown = message.blocks.iter().map(|block| {
            let buttons = block["elements"].as_array().into_iter().flatten();
            let labels: Vec<&str> = buttons
                .filter_map(|button| button["text"]["text"].as_str())
                .collect();
            let text = block["text"]["text"].as_str();
            text.map_or_else(|| format!("    {}", labels.join(" | ")), str::to_owned)
        });
        shown.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_accounts_are_listed_with_what_can_be_done() {
        use Standing::{
            Connected, NeedsReconnecting, NotConnected, NotSetUp, SwitchedOff, Unfinished,
        };
        let message = listed(&[
            seen(
                "gmail",
                Connected,
                Some("ada@example.com"),
                Some("2026-11-24T00:10:00Z"),
            ),
            seen("github", Connected, None, Some("2026-11-23T22:59:00Z")),
            seen(
                "googlecalendar",
                Connected,
                Some("<!channel>"),
                Some("2026-11-01T12:00:00Z"),
            ),
            seen("linear", NeedsReconnecting, Some("ada"), None),
            seen("jira", SwitchedOff, None, None),
            seen("notion", Unfinished, None, None),
            seen("slack", NotConnected, None, None),
            seen("fax", NotSetUp, None, None),
        ]);
        assert_snapshot!(message.text, @"
        Your accounts:
        • *gmail*: connected as ada@example.com, last used today
        • *github*: connected, last used yesterday
        • *googlecalendar*: connected as &lt;!channel&gt;, last used on 1 November 2026
        • *linear*: has to be connected again (ada)
        • *jira*: switched off, has to be connected again
        • *notion*: begun, but not finished
        • *slack*: not connected
        • *fax*: not set up yet: please tell whoever runs me
        ");
        assert_snapshot!(labels(&message), @"
        Your accounts:
        *gmail*: connected as ada@example.com, last used today
            Reconnect | Disconnect
        *github*: connected, last used yesterday
            Reconnect | Disconnect
        *googlecalendar*: connected as &lt;!channel&gt;, last used on 1 November 2026
            Reconnect | Disconnect
        *linear*: has to be connected again (ada)
            Reconnect | Disconnect
        *jira*: switched off, has to be connected again
            Reconnect | Disconnect
        *notion*: begun, but not finished
            Connect | Disconnect
        *slack*: not connected
            Connect
        *fax*: not set up yet: please tell whoever runs me
        ");
        assert_snapshot!(listed(&[]).text, @"No connection is set up yet: ask whoever runs me.");
    }

    #[test]
    fn a_long_list_stays_within_the_limits() {
        let all: Vec<_> = (0..400)
            .map(|n| {
                let name = format!("connection-{n}-{}", "x".repeat(80));
                seen(&name, Standing::Connected, None, None)
            })
            .collect();
        let message = listed(&all);
        assert!(message.blocks.len() < 50, "{}", message.blocks.len());
        assert!(message.text.encode_utf16().count() <= 3_000);
    }
}
