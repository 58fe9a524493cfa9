//! People's calendars, and Google Calendar's tools on them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::args::Args;
use super::{Outcome, ToolError, not_simulated, working_day};

/// One person's calendar.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    owner: String,
    events: Vec<Event>,
    numbered: usize,
}

#[derive(Debug)]
struct Event {
    id: String,
    summary: String,
    place: String,
    start: Timestamp,
    end: Timestamp,
    attendees: Vec<String>,
}

/// Days from now, hour, minutes, what, where, with whom.
type Entry = (
    i64,
    i8,
    i64,
    &'static str,
    &'static str,
    &'static [&'static str],
);

const OF_ADA: [Entry; 6] = [
    (
        0,
        9,
        15,
        "Stand-up",
        "Small room",
        &["grace@example.com", "noor@example.com"],
    ),
    (
        1,
        15,
        30,
        "One-to-one with Grace",
        "Grace's desk",
        &["grace@example.com"],
    ),
    (
        2,
        14,
        60,
        "Walk through the experiment",
        "",
        &["noor@example.com"],
    ),
    (3, 10, 120, "Focus: migration plan", "", &[]),
    (
        5,
        12,
        60,
        "Lunch with the new people",
        "The long table",
        &["ben@example.com"],
    ),
    (
        10,
        13,
        90,
        "Review of the quarter",
        "Large room",
        &["grace@example.com", "ben@example.com"],
    ),
];
const OF_BEN: [Entry; 3] = [
    (
        0,
        11,
        45,
        "Northern region call",
        "",
        &["linus@example.com"],
    ),
    (1, 14, 60, "Demo", "Large room", &["ada@example.com"]),
    (
        4,
        8,
        240,
        "Harbour visit",
        "Pier 3",
        &["harbour@example.com"],
    ),
];

impl Calendar {
    /// This person's calendar around now.
    pub(super) fn of(address: &str, now: Timestamp) -> Self {
        let entries: &[Entry] = match address {
            "ada@example.com" => &OF_ADA,
            "ben@example.com" => &OF_BEN,
            _ => &[],
        };
        let mut calendar = Self {
            owner: address.to_owned(),
            ..Self::default()
        };
        for (days, hour, minutes, summary, place, attendees) in entries {
            let start = hour_of(now, *days, *hour);
            let attendees = attendees.iter().map(|address| (*address).to_owned());
            calendar.add(Event {
                id: String::new(),
                summary: (*summary).to_owned(),
                place: (*place).to_owned(),
                start,
                end: start + SignedDuration::from_mins(*minutes),
                attendees: attendees.collect(),
            });
        }
        calendar
    }

    pub(super) fn run(&mut self, verb: &str, args: &Args) -> Outcome {
        match verb {
            "list_events" | "search_events" => self.list(args),
            "get_event_by_id" => self.get(args),
            "list_calendars" => Ok(json!({"calendars": [{
                "id": self.owner,
                "summary": self.owner,
                "primary": true,
                "accessRole": "owner",
                "timeZone": "UTC",
            }]})),
            "create_event" => self.create(args),
            "delete_event" => self.delete(args),
            _ => Err(not_simulated()),
        }
    }

    fn add(&mut self, event: Event) -> &Event {
        self.numbered += 1;
        let id = format!("evt{:08}", self.numbered);
        let at = self.events.len();
        self.events.push(Event { id, ..event });
        &self.events[at]
    }

    fn list(&self, args: &Args) -> Outcome {
        let (from, until) = (time(args.text("time_min"))?, time(args.text("time_max"))?);
        let words = args.text("query").to_lowercase();
        let mut found: Vec<&Event> = self
            .events
            .iter()
            .filter(|event| from.is_none_or(|from| event.end > from))
            .filter(|event| until.is_none_or(|until| event.start < until))
            .filter(|event| event.summary.to_lowercase().contains(&words))
            .collect();
        found.sort_by_key(|event| event.start);
        let start = args.offset("page_token")?.min(found.len());
        let end = (start + args.count("max_results", 250).max(1)).min(found.len());
        let next = if end < found.len() {
            end.to_string()
        } else {
            String::new()
        };
        let events: Vec<Value> = found[start..end]
            .iter()
            .map(|event| event.shown())
            .collect();
        Ok(json!({"events": events, "next_page_token": next}))
    }

    fn get(&self, args: &Args) -> Outcome {
        let id = args.text("event_id");
        let event = self.events.iter().find(|event| event.id == id);
        Ok(event.ok_or_else(|| ToolError::not_found("event"))?.shown())
    }

    fn create(&mut self, args: &Args) -> Outcome {
        let start = time(args.text("start_datetime"))?;
        let start = start.ok_or_else(|| ToolError::new(400, "start_datetime: not a time"))?;
        let hours = args.count("event_duration_hour", 0);
        let minutes = args.count("event_duration_minutes", if hours == 0 { 30 } else { 0 });
        let lasts = i64::try_from(hours * 60 + minutes).unwrap_or(30);
        let attendees = args.list("attendees_emails").into_iter().map(str::to_owned);
        let event = self.add(Event {
            id: String::new(),
            summary: args.text("summary").to_owned(),
            place: args.text("location").to_owned(),
            start,
            end: start + SignedDuration::from_mins(lasts),
            attendees: attendees.collect(),
        });
        Ok(event.shown())
    }

    fn delete(&mut self, args: &Args) -> Outcome {
        let id = args.text("event_id");
        let at = self.events.iter().position(|event| event.id == id);
        self.events
            .remove(at.ok_or_else(|| ToolError::not_found("event"))?);
        Ok(json!("The event was deleted."))
    }
}

impl Event {
    fn shown(&self) -> Value {
        let attendee = |address: &String| json!({"email": address, "responseStatus": "accepted"});
        json!({
            "id": self.id,
            "status": "confirmed",
            "summary": self.summary,
            "location": self.place,
            "start": {"dateTime": self.start.to_string(), "timeZone": "UTC"},
            "end": {"dateTime": self.end.to_string(), "timeZone": "UTC"},
            "attendees": self.attendees.iter().map(attendee).collect::<Vec<_>>(),
        })
    }
}

/// A time with its zone, or without one in UTC.
fn time(text: &str) -> Result<Option<Timestamp>, ToolError> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = text.parse().or_else(|_| format!("{text}Z").parse());
    read.map(Some)
        .map_err(|_| ToolError::new(400, format!("{text}: not a time")))
}

/// That hour so many days from now.
fn hour_of(now: Timestamp, days: i64, hour: i8) -> Timestamp {
    let start = working_day(now, days).at(hour, 0, 0, 0);
    let start = start.to_zoned(TimeZone::UTC);
    start.map_or(now, |start| start.timestamp())
}
