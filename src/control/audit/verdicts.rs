//! Whether chains are what was written, as an operator reads it.

use std::io::{self, Write};

use serde_json::json;

use super::show::Form;
use crate::audit::{Broken, Verifier, Whole};
use crate::store::Copied;

/// Verifies chains, and writes what is found.
pub(super) struct Verdicts {
    form: Form,
    at: Option<(String, Verifier)>,
    broken: usize,
}

impl Verdicts {
    pub(super) fn new(form: Form) -> Self {
        Self {
            form,
            at: None,
            broken: 0,
        }
    }

    pub(super) fn take(&mut self, copied: Copied, out: &mut impl Write) -> io::Result<()> {
        match copied {
            Copied::Chain(chain) => {
                self.say(out)?;
                let verifier = Verifier::of(&chain);
                self.at = Some((chain.person, verifier));
            }
            Copied::Entry { number, record } => {
                if let Some((_, verifier)) = &mut self.at {
                    verifier.take(number, &record);
                }
            }
        }
        Ok(())
    }

    /// How many chains are broken.
    pub(super) fn end(mut self, out: &mut impl Write) -> io::Result<usize> {
        self.say(out)?;
        Ok(self.broken)
    }

    fn say(&mut self, out: &mut impl Write) -> io::Result<()> {
        let Some((person, verifier)) = self.at.take() else {
            return Ok(());
        };
        let verdict = verifier.end();
        self.broken += usize::from(verdict.is_err());
        let line = match (self.form, verdict) {
            (Form::Lines, verdict) => as_json(&person, verdict),
            (Form::Words, Ok(whole)) => format!("{person}: whole; {}", of_whole(&whole)),
            (Form::Words, Err(findings)) => {
                format!("{person}: BROKEN; {}", sentences(&findings).join("; "))
            }
        };
        writeln!(out, "{line}")
    }
}

fn of_whole(whole: &Whole) -> String {
    let forgotten = match whole.forgotten {
        0 => String::new(),
        forgotten => format!(", the first {forgotten} forgotten for their age"),
    };
    let Whole { entries, last, .. } = whole;
    format!(
        "{entries} entries{forgotten}; the last is {}, {}",
        last.number, last.hash
    )
}

fn as_json(person: &str, verdict: Result<Whole, Vec<Broken>>) -> String {
    match verdict {
        Ok(whole) => json!({
            "person": person, "whole": true, "entries": whole.entries,
            "forgotten": whole.forgotten, "last": whole.last.number,
            "hash": whole.last.hash.to_string(),
        }),
        Err(findings) => json!({
            "person": person, "whole": false, "broken": sentences(&findings),
        }),
    }
    .to_string()
}

fn sentences(findings: &[Broken]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::audit::Chain;

    #[test]
    fn verdicts_are_for_people_and_machines() {
        let mut out = Vec::new();
        for form in [Form::Words, Form::Lines] {
            let mut verdicts = Verdicts::new(form);
            for person in ["T0ACME/U0ADA", "T0ACME/U0BEN"] {
                let chain = Chain {
                    person: person.to_owned(),
                    beginning: None,
                    head: None,
                };
                verdicts.take(Copied::Chain(chain), &mut out).unwrap();
            }
            let record = b"x".to_vec();
            let entry = Copied::Entry { number: 2, record };
            verdicts.take(entry, &mut out).unwrap();
            assert_eq!(verdicts.end(&mut out).unwrap(), 2);
        }
        assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
        T0ACME/U0ADA: BROKEN; where the chain begins is not written down any more
        T0ACME/U0BEN: BROKEN; where the chain begins is not written down any more; entry 1 is missing; entry 2 cannot be read; entry 2 stands behind the end that was written down
        {"person":"T0ACME/U0ADA","whole":false,"broken":["where the chain begins is not written down any more"]}
        {"person":"T0ACME/U0BEN","whole":false,"broken":["where the chain begins is not written down any more","entry 1 is missing","entry 2 cannot be read","entry 2 stands behind the end that was written down"]}
        "#);
    }
}
