//! How long what people said, and what came of it, is kept.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use toml::Spanned;

/// What is wrong with a term that cannot be read.
pub(super) const FIX: &str = "a term is a number of days from 1 to 3650, such as \"30 days\"";

/// Ten years.
const LONGEST_DAYS: u16 = 3650;

/// How long what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retention {
    /// What was done in whose name.
    audit: SignedDuration,
    /// That there was a run, and how it ended; to whole days.
    finished_runs: SignedDuration,
    /// What was asked and answered in a thread, which a next question there may refer to.
    threads: SignedDuration,
}

impl Retention {
    /// What was done before this is to be forgotten.
    pub(crate) fn audit_since(self, now: Timestamp) -> Timestamp {
        now.saturating_sub(self.audit).unwrap_or(now)
    }

    /// What was asked before this is to be forgotten.
    pub(crate) fn threads_since(self, now: Timestamp) -> Timestamp {
        now.saturating_sub(self.threads).unwrap_or(now)
    }

    /// What ended before the day of this is to be forgotten.
    pub(crate) fn finished_runs_since(self, now: Timestamp) -> Timestamp {
        now.saturating_sub(self.finished_runs).unwrap_or(now)
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            // A year, and some weeks to look back on it.
            audit: days(400),
            finished_runs: days(30),
            // Texts of people, of which a conversation seldom needs more than a few days.
            threads: days(7),
        }
    }
}

/// As the operator writes it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    audit: Option<Spanned<String>>,
    finished_runs: Option<Spanned<String>>,
    threads: Option<Spanned<String>>,
}

impl Table {
    /// The terms, or where in the file the mistake is.
    pub(super) fn read(&self) -> Result<Retention, Range<usize>> {
        let usual = Retention::default();
        Ok(Retention {
            audit: term(self.audit.as_ref(), usual.audit)?,
            finished_runs: term(self.finished_runs.as_ref(), usual.finished_runs)?,
            threads: term(self.threads.as_ref(), usual.threads)?,
        })
    }
}

fn term(
    written: Option<&Spanned<String>>,
    usual: SignedDuration,
) -> Result<SignedDuration, Range<usize>> {
    match written {
        Some(term) => read(term.get_ref()).ok_or_else(|| term.span()),
        None => Ok(usual),
    }
}

fn read(text: &str) -> Option<SignedDuration> {
    let (number, unit) = text.split_once(' ')?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u16 = number.parse().ok()?;
    let is_term =
        is_number && matches!(unit, "day" | "days") && (1..=LONGEST_DAYS).contains(&number);
    is_term.then(|| days(number))
}

fn days(number: u16) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(number))
}

#[cfg(test)]
mod tests {
    use super::super::Policy;
    use super::*;

    #[test]
    fn a_term_is_a_number_of_days() {
        for (text, wanted) in [
            ("1 day", Some(1)),
            ("30 days", Some(30)),
            ("3650 days", Some(3650)),
            ("3651 days", None),
            ("0 days", None),
            ("+3 days", None),
            ("-1 days", None),
            ("3 weeks", None),
            ("3days", None),
            ("3  days", None),
            ("three days", None),
            ("", None),
        ] {
            assert_eq!(read(text), wanted.map(days), "{text}");
        }
    }

    #[test]
    fn what_the_file_does_not_name_stays_as_usual() {
        let policy = Policy::parse("[retention]\nthreads = \"2 days\"\n").unwrap();
        let kept = policy.retention();
        assert_eq!((kept.threads, kept.finished_runs), (days(2), days(30)));
        assert_eq!(Policy::default().retention(), Retention::default());
    }
}
