//! Figures, and whether they are within their budgets.

use std::fmt;
use std::time::Duration;

/// One table of the page.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    /// How it was measured, and what it does not show.
    pub(crate) method: String,
    pub(crate) head: &'static [&'static str],
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) verdicts: Vec<Verdict>,
}

/// A figure beside its budget.
pub(crate) struct Verdict {
    what: &'static str,
    unit: &'static str,
    budget: f64,
    figure: f64,
    sense: Sense,
    /// What makes it miss the budget, if it does: found by profiling, in a sentence.
    why: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sense {
    AtLeast,
    AtMost,
}

impl Verdict {
    pub(crate) fn at_least(
        what: &'static str,
        budget: f64,
        figure: f64,
        unit: &'static str,
    ) -> Self {
        Self {
            what,
            unit,
            budget,
            figure,
            sense: Sense::AtLeast,
            why: "",
        }
    }

    pub(crate) fn at_most(
        what: &'static str,
        budget: f64,
        figure: f64,
        unit: &'static str,
    ) -> Self {
        Self {
            what,
            unit,
            budget,
            figure,
            sense: Sense::AtMost,
            why: "",
        }
    }

    /// Says why, in case it is missed.
    pub(crate) fn because(self, why: &'static str) -> Self {
        Self { why, ..self }
    }

    fn is_met(&self) -> bool {
        match self.sense {
            Sense::AtLeast => self.figure >= self.budget,
            Sense::AtMost => self.figure <= self.budget,
        }
    }

    /// As a row: what, budget, figure, and by how much it is missed, and why.
    pub(crate) fn row(&self) -> String {
        let word = match self.sense {
            Sense::AtLeast => "at least",
            Sense::AtMost => "at most",
        };
        let verdict = if self.is_met() {
            "met".to_owned()
        } else if self.budget > 0.0 {
            let times = self.figure / self.budget;
            format!("**missed**: {times:.2} times the budget. {}", self.why)
        } else {
            format!("**missed**. {}", self.why)
        };
        let Self {
            what,
            unit,
            budget,
            figure,
            ..
        } = self;
        format!(
            "| {what} | {word} {budget} {unit} | {} {unit} | {verdict} |",
            short(*figure)
        )
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## {}\n\n{}\n", self.title, self.method)?;
        writeln!(f, "| {} |", self.head.join(" | "))?;
        writeln!(f, "|{}", " --- |".repeat(self.head.len()))?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        if !self.verdicts.is_empty() {
            writeln!(f, "\n| budget | | figure | |\n| --- | --- | --- | --- |")?;
        }
        self.verdicts
            .iter()
            .try_for_each(|verdict| writeln!(f, "{}", verdict.row()))
    }
}

/// Times in order, to be asked for their percentiles.
#[derive(Default, Clone)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// In milliseconds; 0 where there are none.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let place = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0.get(place).copied().map_or(0.0, millis)
    }

    pub(crate) fn over(&self, limit: Duration) -> usize {
        self.0.iter().filter(|time| **time > limit).count()
    }

    /// p50, p99 and the largest, as cells.
    pub(crate) fn cells(&self) -> [String; 3] {
        [50, 99, 100].map(|percent| short(self.percentile(percent)))
    }
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A count as a number one can divide.
pub(crate) fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// Three figures that count.
pub(crate) fn short(figure: f64) -> String {
    match figure {
        figure if figure >= 100.0 => format!("{figure:.0}"),
        figure if figure >= 10.0 => format!("{figure:.1}"),
        figure => format!("{figure:.2}"),
    }
}
