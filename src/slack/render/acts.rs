//! What a person reads of what was done in their name.

use jiff::tz::TimeZone;

use super::{LONGEST_TEXT, Message, blocks, length};
use crate::audit::{Entry, Stage, What};
use crate::ledger::in_words;
use crate::slack::mrkdwn::escape;

/// Lines that are shown, at most: two sections of the hundred blocks of a view.
pub(crate) const ACTS_SHOWN: usize = 20;

/// *What I did as you*, newest first. Entries come newest first, and of an act the one that
/// says what came of it stands for both. `None` when nothing was done.
pub(crate) fn acts(entries: &[Entry], zone: &TimeZone) -> Option<Message> {
    let mut lines = vec!["*What I did as you*".to_owned()];
    let ended = |entry: &Entry| entries.iter().any(|one| one.of == Some(entry.number));
    let told = entries.iter().filter(|entry| !ended(entry));
    lines.extend(told.take(ACTS_SHOWN).map(|entry| line(entry, zone)));
    (lines.len() > 1).then(|| Message {
        text: length::escaped_within(&lines.join("\n"), LONGEST_TEXT),
        blocks: blocks::sections(&lines),
    })
}

fn line(entry: &Entry, zone: &TimeZone) -> String {
    let at = escape(&in_words(entry.at, zone));
    format!("• {at}: {}", what(entry, zone))
}

fn what(entry: &Entry, zone: &TimeZone) -> String {
    let account = entry.connection.as_ref().map(ToString::to_string);
    let account = format!("*{}*", escape(&account.unwrap_or_default()));
    let tool = entry.tool.as_deref().unwrap_or_default().replace('`', "");
    let tool = format!("`{}`", escape(&tool));
    let uncertain = "I do not know whether it was done";
    match (entry.what, entry.stage) {
        (What::Connect, Stage::Done) => format!("connected {account}"),
        (What::Connect, Stage::NotDone) => format!("tried to connect {account}, in vain"),
        (What::Connect, Stage::Begun | Stage::Unknown) => {
            format!("tried to connect {account}; {uncertain}")
        }
        (What::Disconnect, Stage::Done) => format!("disconnected {account}"),
        (What::Disconnect, Stage::NotDone) => {
            format!("found nothing to disconnect at {account}")
        }
        (What::Disconnect, Stage::Begun | Stage::Unknown) => {
            format!("tried to disconnect {account}; {uncertain}")
        }
        (What::Read, _) => format!("read in {account} with {tool}"),
        (What::Restore, _) => {
            let backup = entry.backup.unwrap_or(entry.at);
            let backup = escape(&in_words(backup, zone));
            format!("was put back to how I was on {backup}; what I did since then is not here")
        }
        (What::Undo, Stage::Done | Stage::NotDone) => {
            format!("took back a consent to {account} that came from another browser than yours")
        }
        (What::Undo, Stage::Begun | Stage::Unknown) => format!(
            "tried to take back a consent to {account} that came from another browser than yours; {uncertain}"
        ),
        (What::Write, Stage::Done) => format!("wrote in {account} with {tool}"),
        (What::Write, Stage::NotDone) => {
            format!("tried to write in {account} with {tool}; it was not done")
        }
        (What::Write, Stage::Begun | Stage::Unknown) => {
            format!("tried to write in {account} with {tool}; {uncertain}")
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use jiff::Timestamp;

    use super::*;
    use crate::audit::{Act, Cause, Link, Seed};
    use crate::ids::{ConnectionName, RunId};
    use crate::random::Digest;

    fn at() -> Timestamp {
        "2026-11-23T13:05:00Z".parse().unwrap()
    }

    fn begun(number: u64, what: What) -> Entry {
        let gmail = ConnectionName::parse("gmail").unwrap();
        let cause = Cause::Run(RunId::first_at(at()));
        let act = if matches!(what, What::Read | What::Write) {
            Act::by_tool(what, &gmail, cause, ("gmail_<tool>`", Digest::of("x")))
        } else {
            Act::on_account(what, &gmail, cause)
        };
        let behind = Link::of(number - 1, b"");
        Entry::begun(("T0ACME/U0ADA", &Seed::from_bits(7)), &behind, &act, at())
    }

    fn texts(entries: &[Entry]) -> String {
        let words = acts(entries, &TimeZone::fixed(jiff::tz::offset(1))).unwrap();
        let texts = words
            .blocks
            .iter()
            .map(|block| block["text"]["text"].as_str());
        texts
            .map(|text| text.unwrap())
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn every_act_has_its_words() {
        let mut entries = Vec::new();
        let mut number = 0;
        for what in [What::Connect, What::Disconnect, What::Undo, What::Write] {
            for stage in [Stage::Done, Stage::NotDone, Stage::Unknown] {
                number += 2;
                let begun = begun(number - 1, what);
                let behind = Link::of(number - 1, b"");
                entries.push(Entry::ended(&begun, &behind, stage, at()));
                entries.push(begun);
            }
        }
        entries.push(begun(number + 1, What::Read));
        let behind = Link::of(number + 1, b"");
        entries.push(Entry::restored("T0ACME/U0ADA", &behind, at(), at()));
        entries.push(begun(number + 3, What::Write));
        assert_snapshot!(texts(&entries), @"
        *What I did as you*
        • 23 November 2026 at 14:05 +01: connected *gmail*
        • 23 November 2026 at 14:05 +01: tried to connect *gmail*, in vain
        • 23 November 2026 at 14:05 +01: tried to connect *gmail*; I do not know whether it was done
        • 23 November 2026 at 14:05 +01: disconnected *gmail*
        • 23 November 2026 at 14:05 +01: found nothing to disconnect at *gmail*
        • 23 November 2026 at 14:05 +01: tried to disconnect *gmail*; I do not know whether it was done
        • 23 November 2026 at 14:05 +01: took back a consent to *gmail* that came from another browser than yours
        • 23 November 2026 at 14:05 +01: took back a consent to *gmail* that came from another browser than yours
        • 23 November 2026 at 14:05 +01: tried to take back a consent to *gmail* that came from another browser than yours; I do not know whether it was done
        • 23 November 2026 at 14:05 +01: wrote in *gmail* with `gmail_&lt;tool&gt;`
        • 23 November 2026 at 14:05 +01: tried to write in *gmail* with `gmail_&lt;tool&gt;`; it was not done
        • 23 November 2026 at 14:05 +01: tried to write in *gmail* with `gmail_&lt;tool&gt;`; I do not know whether it was done
        • 23 November 2026 at 14:05 +01: read in *gmail* with `gmail_&lt;tool&gt;`
        • 23 November 2026 at 14:05 +01: was put back to how I was on 23 November 2026 at 14:05 +01; what I did since then is not here
        • 23 November 2026 at 14:05 +01: tried to write in *gmail* with `gmail_&lt;tool&gt;`; I do not know whether it was done
        ");
        assert_eq!(acts(&[], &TimeZone::UTC), None);
    }

    #[test]
    fn no_more_are_shown_than_a_view_holds() {
        let entries: Vec<_> = (1..=200).map(|number| begun(number, What::Read)).collect();
        assert_eq!(texts(&entries).lines().count(), 1 + ACTS_SHOWN);
        assert!(acts(&entries, &TimeZone::UTC).unwrap().blocks.len() <= 2);
    }
}
