//! What people have used of the model today and this month, and all of them together. Days
//! and months are those of UTC.
//!
//! One record for each person, and one for everybody: a record holds the latest day and
//! month alone. What each run took stands with the run that is over.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::Error;
use super::aside::Aside;
use super::engine::Engine;
use crate::agent::Usage;
use crate::ids::Person;

const TREE: &str = "usage";

/// The key of what everybody has used; a person's holds a slash.
const EVERYBODY: &[u8] = b"everybody";

/// What was used until now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Used {
    pub(crate) today: Usage,
    pub(crate) this_month: Usage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    day: Date,
    on_day: Usage,
    in_month: Usage,
}

#[derive(Clone)]
pub(crate) struct UsageKept {
    records: sled::Tree,
    aside: Aside,
}

impl UsageKept {
    pub(super) fn open(engine: &Engine, aside: Aside) -> Result<Self, Error> {
        Ok(Self {
            records: engine.tree(TREE)?,
            aside,
        })
    }

    /// Counts what a turn took for its person and for everybody; on disk with the next
    /// commit, which the journal's next step asks for.
    pub(crate) fn add(&self, person: &Person, usage: Usage, now: Timestamp) -> Result<(), Error> {
        for key in [person.to_string().as_bytes(), EVERYBODY] {
            // One that cannot be read is set aside, and begun anew.
            self.record(key)?;
            self.records.update_and_fetch(key, |record| {
                let record = record
                    .and_then(decode)
                    .map_or_else(|| Record::begun(now), |record| record.on(day_of(now)));
                serde_json::to_vec(&record.and(usage)).ok()
            })?;
        }
        Ok(())
    }

    pub(crate) fn of(&self, person: &Person, now: Timestamp) -> Result<Used, Error> {
        self.used(person.to_string().as_bytes(), now)
    }

    pub(crate) fn of_everybody(&self, now: Timestamp) -> Result<Used, Error> {
        self.used(EVERYBODY, now)
    }

    /// Forgets who has used nothing this month or the last. Blocking: it looks at everybody.
    pub(crate) fn forget_before_last_month(&self, now: Timestamp) -> Result<(), Error> {
        let this_month = day_of(now).first_of_month();
        let since = this_month
            .yesterday()
            .map_or(this_month, Date::first_of_month);
        for entry in &self.records {
            let (key, record) = entry?;
            let kept = self.aside.spare(&self.records, &key, decode(&record))?;
            if kept.is_some_and(|kept| kept.day < since) {
                // Unless it was added to meanwhile.
                let _ = self
                    .records
                    .compare_and_swap(&key, Some(&record), None::<&[u8]>)?;
            }
        }
        Ok(())
    }

    pub(super) fn forget_all(&self) -> Result<(), Error> {
        Ok(self.records.clear()?)
    }

    fn used(&self, key: &[u8], now: Timestamp) -> Result<Used, Error> {
        let record = self.record(key)?.map(|record| record.on(day_of(now)));
        Ok(record.map_or_else(Used::default, |record| Used {
            today: record.on_day,
            this_month: record.in_month,
        }))
    }

    fn record(&self, key: &[u8]) -> Result<Option<Record>, Error> {
        match self.records.get(key)? {
            Some(record) => self.aside.spare(&self.records, key, decode(&record)),
            None => Ok(None),
        }
    }
}

impl Record {
    fn begun(now: Timestamp) -> Self {
        Self {
            day: day_of(now),
            on_day: Usage::default(),
            in_month: Usage::default(),
        }
    }

    /// The same as it stands on this day. A day before its own begins anew as well: a clock
    /// that was ahead must not keep anybody waiting for a day that is far away.
    fn on(self, day: Date) -> Self {
        if day == self.day {
            return self;
        }
        let is_same_month = day.first_of_month() == self.day.first_of_month();
        Self {
            day,
            on_day: Usage::default(),
            in_month: if is_same_month {
                self.in_month
            } else {
                Usage::default()
            },
        }
    }

    fn and(self, usage: Usage) -> Self {
        Self {
            day: self.day,
            on_day: self.on_day.and(usage),
            in_month: self.in_month.and(usage),
        }
    }
}

fn decode(record: &[u8]) -> Option<Record> {
    serde_json::from_slice(record).ok()
}

fn day_of(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

/// When a day's budget is free again.
pub(crate) fn end_of_day(now: Timestamp) -> Timestamp {
    let tomorrow = day_of(now).tomorrow().ok();
    let midnight = tomorrow.and_then(|day| day.to_zoned(TimeZone::UTC).ok());
    midnight.map_or(now, |midnight| midnight.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(tokens: u64) -> Usage {
        Usage {
            prompt_tokens: tokens,
            ..Usage::default()
        }
    }

    #[test]
    fn days_and_months_begin_anew_and_those_of_utc() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut record = Record::begun(at("2026-01-30T23:59:59Z"));
        for (time, today, this_month) in [
            ("2026-01-30T23:59:59Z", 1, 1),
            ("2026-01-31T00:00:00Z", 1, 2),
            ("2026-01-31T23:59:59Z", 2, 3),
            ("2026-02-01T00:00:00Z", 1, 1),
            // A clock set back, by a day and by a month.
            ("2026-01-31T12:00:00Z", 1, 1),
            ("2026-01-31T13:00:00Z", 2, 2),
        ] {
            record = record.on(day_of(at(time))).and(turn(1));
            let counted = (record.on_day.tokens(), record.in_month.tokens());
            assert_eq!(counted, (today, this_month), "{time}");
        }
        assert_eq!(
            end_of_day(at("2026-12-31T13:00:00Z")),
            at("2027-01-01T00:00:00Z")
        );
    }
}
