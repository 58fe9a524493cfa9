//! Entries as an operator reads them.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::json;

use crate::audit::{Entry, Stage, What};
use crate::store::Copied;

/// How they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// JSON, for machines.
    Lines,
    /// For people.
    Words,
}

/// Writes entries.
pub(super) struct Reader {
    form: Form,
    since: Option<Timestamp>,
}

impl Reader {
    pub(super) fn new(form: Form, since: Option<Timestamp>) -> Self {
        Self { form, since }
    }

    pub(super) fn take(&self, copied: &Copied, out: &mut impl Write) -> io::Result<()> {
        let Copied::Entry { number, record } = copied else {
            return Ok(());
        };
        let Ok(entry) = serde_json::from_slice::<Entry>(record) else {
            let word = format!("entry {number} cannot be read: see valet audit --verify");
            return match self.form {
                Form::Lines => writeln!(out, "{}", json!({"number": number, "unreadable": word})),
                Form::Words => writeln!(out, "{word}"),
            };
        };
        if self.since.is_some_and(|since| entry.at < since) {
            return Ok(());
        }
        match self.form {
            // The very bytes that the next entry has the hash of.
            Form::Lines => {
                out.write_all(record)?;
                out.write_all(b"\n")
            }
            Form::Words => writeln!(out, "{}", in_words(&entry)),
        }
    }
}

/// One line of a table.
fn in_words(entry: &Entry) -> String {
    let what = match (entry.what, entry.stage) {
        (What::Restore, _) => "restore".to_owned(),
        (what, stage) => format!("{} {}", name(what), stage_name(stage)),
    };
    let connection = entry.connection.as_ref().map(ToString::to_string);
    let cause = match (&entry.run, &entry.attempt, entry.backup) {
        (Some(run), _, _) => format!("run {run}"),
        (None, Some(attempt), _) => format!("attempt {attempt}"),
        (None, None, Some(backup)) => format!("from the backup of {backup}"),
        (None, None, None) => String::new(),
    };
    let line = format!(
        "{:<20}  {:<24} {:>6}  {what:<20}  {:<16}  {:<32}  {cause}",
        entry.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        entry.person,
        entry.number,
        connection.unwrap_or_default(),
        entry.tool.as_deref().unwrap_or_default(),
    );
    // Somebody may have written into the store what a terminal obeys.
    let plain = |one: char| if one.is_control() { '?' } else { one };
    line.trim_end().chars().map(plain).collect()
}

fn name(what: What) -> &'static str {
    match what {
        What::Connect => "connect",
        What::Disconnect => "disconnect",
        What::Read => "read",
        What::Restore => "restore",
        What::Undo => "undo",
        What::Write => "write",
    }
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Begun => "begun",
        Stage::Done => "done",
        Stage::NotDone => "not done",
        Stage::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::audit::{Act, Cause, Link, Seed};
    use crate::ids::{ConnectionName, RunId};
    use crate::random::Digest;

    fn entries() -> Vec<Vec<u8>> {
        let (ada, seed) = ("T0ACME/U0ADA", Seed::from_bits(7));
        let at: Timestamp = "2026-11-23T14:05:00Z".parse().unwrap();
        let gmail = ConnectionName::parse("gmail").unwrap();
        let call = ("gmail_send_message", Digest::of("x"));
        let act = Act::by_tool(What::Write, &gmail, Cause::Run(RunId::first_at(at)), call);
        let begun = Entry::begun((ada, &seed), &seed.beginning(ada), &act, at);
        let line = serde_json::to_vec(&begun).unwrap();
        let mut ended = Entry::ended(&begun, &Link::of(1, &line), Stage::NotDone, at);
        ended.tool = Some("\u{1b}[2J".to_owned());
        let other = serde_json::to_vec(&ended).unwrap();
        let restored = Entry::restored(ada, &Link::of(2, &other), at, at);
        let restored = serde_json::to_vec(&restored).unwrap();
        vec![line, other, restored, b"x".to_vec()]
    }

    fn copied() -> impl Iterator<Item = Copied> {
        let entries = entries().into_iter().zip(1..);
        entries.map(|(record, number)| Copied::Entry { number, record })
    }

    #[test]
    fn people_read_a_table() {
        let mut out = Vec::new();
        let reader = Reader::new(Form::Words, None);
        copied().for_each(|one| reader.take(&one, &mut out).unwrap());
        assert_snapshot!(String::from_utf8(out).unwrap(), @"
        2026-11-23T14:05:00Z  T0ACME/U0ADA                  1  write begun           gmail             gmail_send_message                run 01a208b9-6ee0-0000-0000-000000000000
        2026-11-23T14:05:00Z  T0ACME/U0ADA                  2  write not done        gmail             ?[2J                              run 01a208b9-6ee0-0000-0000-000000000000
        2026-11-23T14:05:00Z  T0ACME/U0ADA                  3  restore                                                                   from the backup of 2026-11-23T14:05:00Z
        entry 4 cannot be read: see valet audit --verify
        ");
    }

    #[test]
    fn machines_read_each_line_as_it_is_kept() {
        let mut out = Vec::new();
        let reader = Reader::new(Form::Lines, None);
        copied().for_each(|one| reader.take(&one, &mut out).unwrap());
        let lines: Vec<_> = out.split(|byte| *byte == b'\n').collect();
        assert_eq!(lines[..3], entries()[..3]);
        assert!(lines[3].starts_with(b"{\"number\":4,\"unreadable\""));
    }
}
