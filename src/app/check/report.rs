//! What was found, and how it is told: to people, and as lines of JSON. Nothing secret is in a
//! finding, no identifier and no link.

use std::fmt::Write as _;

use serde::Serialize;

/// How good what was found is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    /// It works, or may work, and should be looked at.
    Warning,
    /// It does not work.
    Error,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    check: String,
    verdict: Verdict,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Finding {
    pub(super) fn ok(check: &str, found: &str) -> Self {
        Self {
            check: check.to_owned(),
            verdict: Verdict::Ok,
            found: found.to_owned(),
            fix: None,
        }
    }

    pub(super) fn warning(check: &str, found: &str, fix: &str) -> Self {
        Self {
            verdict: Verdict::Warning,
            fix: Some(fix.to_owned()),
            ..Self::ok(check, found)
        }
    }

    pub(super) fn error(check: &str, found: &str, fix: &str) -> Self {
        Self {
            verdict: Verdict::Error,
            ..Self::warning(check, found, fix)
        }
    }
}

/// What came of a check, for the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There are errors.
    Errors,
    /// The settings cannot be used, so that nothing else was looked at.
    Unusable,
    /// There is no error.
    Well,
}

/// All that a check has found.
#[derive(Debug, Clone)]
pub struct Checked {
    findings: Vec<Finding>,
    outcome: Outcome,
}

impl Checked {
    pub(super) fn of(findings: Vec<Finding>) -> Self {
        let worst = findings.iter().map(|finding| finding.verdict).max();
        let outcome = match worst {
            Some(Verdict::Error) => Outcome::Errors,
            Some(Verdict::Ok | Verdict::Warning) | None => Outcome::Well,
        };
        Self { findings, outcome }
    }

    pub(super) fn unusable(findings: Vec<Finding>) -> Self {
        Self {
            findings,
            outcome: Outcome::Unusable,
        }
    }

    /// For the exit code.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// A line for each finding, the fix below it, and a last line with the count.
    pub fn for_people(&self) -> String {
        let mut told = String::new();
        for finding in &self.findings {
            let Finding {
                check,
                verdict,
                found,
                fix,
            } = finding;
            // Writing to a text does not fail.
            let _ = writeln!(told, "{:<7}  {check}: {found}", verdict.word());
            if let Some(fix) = fix {
                let _ = writeln!(told, "         fix: {fix}");
            }
        }
        let count = |wanted| {
            let all = self.findings.iter();
            all.filter(|finding| finding.verdict == wanted).count()
        };
        let (errors, warnings) = (count(Verdict::Error), count(Verdict::Warning));
        let _ = writeln!(told, "Errors: {errors}. Warnings: {warnings}.");
        told
    }

    /// A line of JSON for each finding: `check`, `verdict`, `found`, and `fix` unless all is well.
    pub fn as_json(&self) -> String {
        let lines = self.findings.iter().filter_map(|finding| {
            // Four texts are always JSON.
            serde_json::to_string(finding).ok()
        });
        lines.fold(String::new(), |told, line| told + &line + "\n")
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn all() -> Vec<Finding> {
        vec![
            Finding::ok("settings", "all can be read"),
            Finding::warning("signing secret", "it looks odd", "copy it again"),
            Finding::error("vault", "it is \"away\"", "wait"),
        ]
    }

    #[test]
    fn the_worst_finding_decides() {
        for (count, outcome) in [
            (0, Outcome::Well),
            (1, Outcome::Well),
            (2, Outcome::Well),
            (3, Outcome::Errors),
        ] {
            let findings = all().into_iter().take(count).collect();
            assert_eq!(Checked::of(findings).outcome(), outcome);
        }
        assert_eq!(Checked::unusable(all()).outcome(), Outcome::Unusable);
    }

    #[test]
    fn each_reader_gets_lines_of_their_own() {
        let checked = Checked::of(all());
        assert_snapshot!(checked.for_people(), @r#"
        ok       settings: all can be read
        warning  signing secret: it looks odd
                 fix: copy it again
        error    vault: it is "away"
                 fix: wait
        Errors: 1. Warnings: 1.
        "#);
        assert_snapshot!(checked.as_json(), @r#"
        {"check":"settings","verdict":"ok","found":"all can be read"}
        {"check":"signing secret","verdict":"warning","found":"it looks odd","fix":"copy it again"}
        {"check":"vault","verdict":"error","found":"it is \"away\"","fix":"wait"}
        "#);
    }
}
