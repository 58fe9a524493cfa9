//! The providers behind the vault: mailboxes, trackers and calendars of made-up people.

mod args;
mod calendar;
mod github;
mod gmail;
mod linear;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Map, Value};

pub use gmail::{MailView, SentMail};
pub use linear::IssueView;

use args::Args;
use calendar::Calendar;
use gmail::Mailbox;

/// The people who have accounts at the providers.
const PEOPLE: [(&str, &str); 3] = [
    ("ada@example.com", "Ada Stern"),
    ("ben@example.com", "Ben Castillo"),
    ("mallory@example.com", "Mallory Reyes"),
];

/// What a provider says instead of a result.
#[derive(Debug)]
pub(super) struct ToolError {
    pub(super) status: u16,
    pub(super) message: String,
}

impl ToolError {
    fn new(status: u16, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status, message }
    }

    fn not_found(what: &str) -> Self {
        Self::new(404, format!("{what}: not found"))
    }
}

/// A tool's result, in the provider's own shape.
type Outcome = Result<Value, ToolError>;

/// Everything the providers hold.
#[derive(Debug)]
pub(super) struct Providers {
    mailboxes: BTreeMap<String, Mailbox>,
    calendars: BTreeMap<String, Calendar>,
    code: github::Hub,
    tracker: linear::Tracker,
    sent: Vec<SentMail>,
}

impl Providers {
    /// Filled so that everything happened shortly before now.
    pub(super) fn new(now: Timestamp) -> Self {
        let addresses = PEOPLE.iter().map(|(address, _)| *address);
        let owned = |address: &str| address.to_owned();
        Self {
            mailboxes: addresses
                .clone()
                .map(|address| (owned(address), Mailbox::of(address, now)))
                .collect(),
            calendars: addresses
                .map(|address| (owned(address), Calendar::of(address, now)))
                .collect(),
            code: github::Hub::new(now),
            tracker: linear::Tracker::new(now),
            sent: Vec::new(),
        }
    }

    /// Everybody who has accounts.
    pub(super) fn people(&self) -> Vec<&str> {
        self.mailboxes.keys().map(String::as_str).collect()
    }

    pub(super) fn sent(&self) -> &[SentMail] {
        &self.sent
    }

    /// This person's mails, newest first.
    pub(super) fn mails(&self, person: &str) -> Vec<MailView> {
        let mailbox = self.mailboxes.get(person);
        mailbox.map(Mailbox::views).unwrap_or_default()
    }

    /// The issues of the tracker, newest first.
    pub(super) fn issues(&self) -> Vec<IssueView> {
        self.tracker.views()
    }

    /// Runs a tool in this person's account.
    pub(super) fn run(
        &mut self,
        tool: &str,
        person: &str,
        params: &Map<String, Value>,
        now: Timestamp,
    ) -> Outcome {
        let args = Args::new(params);
        let (provider, verb) = tool.split_once('_').unwrap_or((tool, ""));
        match provider {
            "gmail" => self.gmail(verb, person, &args, now),
            "github" => self.code.run(verb, person, &args, now),
            "linear" => self.tracker.run(verb, person, &args, now),
            "googlecalendar" => self.calendar(person, now).run(verb, &args),
            _ => Err(not_simulated()),
        }
    }

    fn gmail(&mut self, verb: &str, person: &str, args: &Args, now: Timestamp) -> Outcome {
        let mailbox = self.mailbox(person, now);
        let (result, sent) = mailbox.run(verb, args, now)?;
        for mail in sent {
            // Known people get their mail.
            for (address, theirs) in &mut self.mailboxes {
                if mail.goes_to(address) {
                    theirs.receive(&mail, now);
                }
            }
            self.sent.push(mail);
        }
        Ok(result)
    }

    /// Somebody unknown has an empty mailbox.
    fn mailbox(&mut self, person: &str, now: Timestamp) -> &mut Mailbox {
        let entry = self.mailboxes.entry(person.to_owned());
        entry.or_insert_with(|| Mailbox::of(person, now))
    }

    fn calendar(&mut self, person: &str, now: Timestamp) -> &mut Calendar {
        let entry = self.calendars.entry(person.to_owned());
        entry.or_insert_with(|| Calendar::of(person, now))
    }
}

/// A name for a person; the address's first part where there is none.
fn name_of(address: &str) -> &str {
    let mut known = PEOPLE.iter().filter(|(theirs, _)| *theirs == address);
    match known.next() {
        Some((_, name)) => name,
        None => login_of(address),
    }
}

/// `ada` of `ada@example.com`
fn login_of(address: &str) -> &str {
    address.split_once('@').map_or(address, |(login, _)| login)
}

/// The day so many days from now; never a Saturday or a Sunday.
fn working_day(now: Timestamp, days: i64) -> Date {
    let day = now
        .to_zoned(TimeZone::UTC)
        .date()
        .saturating_add(days.days());
    let weekend = i64::from(day.weekday().to_monday_one_offset()) - 5;
    if weekend > 0 {
        day.saturating_add((3 - weekend).days())
    } else {
        day
    }
}

fn not_simulated() -> ToolError {
    ToolError::new(500, "not simulated")
}
