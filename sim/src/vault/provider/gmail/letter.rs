//! Letters, and the plain files they are read from.
//!
//! A letter in a file begins with `== 2d3h [LABELS] #thread`: how long ago it came, its
//! labels, and the thread it belongs to, if several do. Headers follow, an empty line,
//! the body. `{+5d}` in a body is the day five days from now, or the Monday after.

use jiff::{SignedDuration, Timestamp};

use crate::vault::provider::working_day;

/// One message.
#[derive(Debug, Clone, Default)]
pub(super) struct Letter {
    pub(super) id: String,
    pub(super) thread_id: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) cc: String,
    pub(super) subject: String,
    pub(super) body: String,
    pub(super) date: Timestamp,
    pub(super) labels: Vec<String>,
}

/// A letter as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailView {
    pub id: String,
    pub from: String,
    pub to: String,
    pub subject: String,
    pub body: String,
    pub date: Timestamp,
    /// `INBOX`, `SENT`, `UNREAD`…
    pub labels: Vec<String>,
}

impl Letter {
    pub(super) fn view(&self) -> MailView {
        MailView {
            id: self.id.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            subject: self.subject.clone(),
            body: self.body.clone(),
            date: self.date,
            labels: self.labels.clone(),
        }
    }

    pub(super) fn has(&self, label: &str) -> bool {
        self.labels
            .iter()
            .any(|has| has.eq_ignore_ascii_case(label))
    }
}

/// A mail that left a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMail {
    /// The mailbox it left.
    pub from: String,
    pub to: String,
    pub cc: String,
    pub bcc: String,
    pub subject: String,
    pub body: String,
    pub thread_id: String,
}

impl SentMail {
    pub(in crate::vault::provider) fn goes_to(&self, address: &str) -> bool {
        let all = [&self.to, &self.cc, &self.bcc];
        all.iter()
            .any(|field| field.to_lowercase().contains(address))
    }
}

/// The letters of a file, oldest first. Ids begin with this number.
pub(super) fn read(file: &str, owner: u32, now: Timestamp) -> Vec<Letter> {
    let parts = file
        .split("\n== ")
        .map(|part| part.trim_start_matches("== "));
    let parts = parts.filter(|part| !part.trim().is_empty());
    let mut read: Vec<(Letter, Option<&str>)> = parts.map(|part| letter(part, now)).collect();
    read.sort_by_key(|(letter, _)| letter.date);
    let mut letters: Vec<Letter> = Vec::new();
    let mut threads: Vec<(&str, String)> = Vec::new();
    for (at, (mut letter, thread)) in read.into_iter().enumerate() {
        letter.id = format!("19a{owner:x}{at:012x}");
        letter.thread_id.clone_from(&letter.id);
        if let Some(thread) = thread {
            match threads.iter().find(|(name, _)| *name == thread) {
                Some((_, id)) => letter.thread_id.clone_from(id),
                None => threads.push((thread, letter.id.clone())),
            }
        }
        letters.push(letter);
    }
    letters
}

fn letter(part: &str, now: Timestamp) -> (Letter, Option<&str>) {
    let (head, body) = part.split_once("\n\n").expect("a letter has a body");
    let mut lines = head.lines();
    let first = lines.next().expect("a letter says when it came");
    let ago = first.split_whitespace().next().expect("an age");
    let labels = first
        .split_once('[')
        .and_then(|(_, rest)| rest.split_once(']'));
    let mut letter = Letter {
        date: now - age(ago),
        body: fill(body.trim(), now),
        labels: labels.map_or_else(Vec::new, |(labels, _)| {
            labels.split_whitespace().map(str::to_owned).collect()
        }),
        ..Letter::default()
    };
    if !["SENT", "SPAM", "TRASH"]
        .iter()
        .any(|label| letter.has(label))
    {
        letter.labels.push("INBOX".to_owned());
    }
    for line in lines {
        match line.split_once(": ") {
            Some(("From", from)) => from.clone_into(&mut letter.from),
            Some(("To", to)) => to.clone_into(&mut letter.to),
            Some(("Cc", cc)) => cc.clone_into(&mut letter.cc),
            Some(("Subject", subject)) => subject.clone_into(&mut letter.subject),
            _ => unreachable!("a header of a letter: {line}"),
        }
    }
    (
        letter,
        first.split_once('#').map(|(_, thread)| thread.trim()),
    )
}

/// `2d3h10m`
fn age(text: &str) -> SignedDuration {
    let (mut total, mut number) = (SignedDuration::ZERO, 0);
    for letter in text.chars() {
        match letter {
            'd' => total += SignedDuration::from_hours(24 * std::mem::take(&mut number)),
            'h' => total += SignedDuration::from_hours(std::mem::take(&mut number)),
            'm' => total += SignedDuration::from_mins(std::mem::take(&mut number)),
            digit => number = number * 10 + i64::from(digit.to_digit(10).expect("an age")),
        }
    }
    total
}

/// The body with its dates filled in.
fn fill(body: &str, now: Timestamp) -> String {
    let mut filled = String::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("{+") {
        let (days, after) = after.split_once("d}").expect("a date of days");
        filled.push_str(before);
        filled.push_str(&day(now, days.parse().expect("a number of days")));
        rest = after;
    }
    filled + rest
}

/// `Monday 30 November`
fn day(now: Timestamp, days: i64) -> String {
    working_day(now, days).strftime("%A %-d %B").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_letters_is_read() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let file = "== 1d2h [UNREAD] #t\nFrom: a@example.com\nTo: b@example.com\nSubject: Re: x\n\n\
                    By {+1d}, please.\n\n== 3d #t\nFrom: b@example.com\nTo: a@example.com\nSubject: x\n\nHello.\n";
        let letters = read(file, 1, now);
        assert_eq!(letters[0].subject, "x");
        assert_eq!(letters[1].thread_id, letters[0].id);
        assert_eq!(letters[1].body, "By Monday 23 November, please.");
        assert_eq!(letters[1].date.to_string(), "2026-11-19T10:00:00Z");
        assert!(letters[1].has("unread") && letters[0].has("INBOX"));
        assert_eq!(letters[1].id.len(), 16);
    }
}
