//! What people read of writes that were made: said by Valet itself, not by the model.

use jiff::tz::TimeZone;

use super::{LONGEST_TEXT, Message, blocks, length};
use crate::ledger::{Intent, Ledger, in_words};
use crate::slack::mrkdwn::escape;

/// What was done and what may have been, for somebody whose question ended without an
/// answer.
pub(crate) fn writes_of(ledger: &Ledger, zone: &TimeZone) -> Option<Message> {
    let done = ledger.done();
    let done = (!done.is_empty()).then(|| list("Done before that:", &done, zone));
    match (done, writes_unknown(ledger, zone)) {
        (Some(done), Some(unknown)) => Some(done.followed_by(unknown)),
        (done, unknown) => done.or(unknown),
    }
}

/// What may have been done. It stands below every answer too.
pub(crate) fn writes_unknown(ledger: &Ledger, zone: &TimeZone) -> Option<Message> {
    let unknown = ledger.unknown();
    (!unknown.is_empty()).then(|| {
        list(
            "I do not know whether this was done. I will not try it again by myself, so please check:",
            &unknown,
            zone,
        )
    })
}

fn list(heading: &str, writes: &[&Intent], zone: &TimeZone) -> Message {
    let mut lines = vec![heading.to_owned()];
    lines.extend(
        writes
            .iter()
            .map(|write| format!("• {}", line(write, zone))),
    );
    Message {
        text: length::escaped_within(&lines.join("\n"), LONGEST_TEXT),
        blocks: blocks::sections(&lines),
    }
}

/// Tool, target and time.
fn line(write: &Intent, zone: &TimeZone) -> String {
    let tool = escape(&write.tool.replace('`', ""));
    let target = write.target.as_deref().map(escape).unwrap_or_default();
    let between = if target.is_empty() { "" } else { " " };
    let at = in_words(write.at, zone);
    format!("`{tool}`{between}{target}, {}", escape(&at))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::ledger::Fate;
    use crate::random::Digest;

    fn intent(tool: &str, target: Option<&str>) -> Intent {
        Intent {
            call_id: "c".to_owned(),
            tool: tool.to_owned(),
            target: target.map(str::to_owned),
            at: "2026-11-23T13:05:00Z".parse().unwrap(),
            fingerprint: Digest::of(tool),
            entry: None,
            approval: None,
        }
    }

    #[test]
    fn writes_are_named_with_target_and_time() {
        let ledger = Ledger::default()
            .begun(intent("gmail_send_message", Some("to ben@example.com")))
            .ended(Fate::Done)
            .begun(intent("gmail_create_label", Some("“<!channel>”")))
            .ended(Fate::NotDone)
            .begun(intent("issue_create`", Some("acme/<site>")))
            .ended(Fate::Unknown)
            .begun(intent("repo_delete", None));
        let words = writes_of(&ledger, &TimeZone::UTC).unwrap();
        assert_snapshot!(words.text, @"
        Done before that:
        • `gmail_send_message` to ben@example.com, 23 November 2026 at 13:05 UTC
        I do not know whether this was done. I will not try it again by myself, so please check:
        • `issue_create` acme/&lt;site&gt;, 23 November 2026 at 13:05 UTC
        • `repo_delete`, 23 November 2026 at 13:05 UTC
        ");
        assert_eq!(words.blocks.len(), 2);
        assert_eq!(writes_of(&Ledger::default(), &TimeZone::UTC), None);
    }
}
