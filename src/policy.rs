//! The operator's policy: who may ask, who reads the answer, what may be done with which
//! tools, how much may be used, and how long what is kept. Strict: a key that is not known is a mistake, since a misspelt rule would
//! protect nothing. Pure.

mod answers;
mod budgets;
mod limits;
mod people;
mod retention;
mod router;

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use toml::Spanned;

use crate::agent::{Effect, Prompt, classify};
pub(crate) use answers::{MadeWith, PrivateFirst};
pub(crate) use budgets::{Amount, Budgets, Spender};
pub(crate) use limits::Limits;
pub(crate) use people::{People, Welcome};
pub(crate) use retention::Retention;
pub(crate) use router::Body;

/// What may be done with a tool. The order is that of strictness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// Run it without asking. A tool that is not known to read is written down as a write
    /// all the same.
    Read,
    /// Ask the person first.
    Ask,
    /// Never; the model does not even see it.
    Deny,
}

/// Rules for tools by their names, and terms. Without a file there are no rules, and the
/// terms are the usual ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policy {
    /// The rule that wins stands first.
    rules: Vec<Rule>,
    limits: Limits,
    prompt: Prompt,
    /// Where another one is, as the operator wrote it.
    prompt_file: Option<String>,
    people: People,
    private_first: PrivateFirst,
    budgets: Budgets,
    retention: Retention,
    router_body: Body,
}

#[derive(Debug, Clone)]
struct Rule {
    pattern: String,
    verdict: Verdict,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    prompt: Option<String>,
    #[serde(default)]
    tools: BTreeMap<Spanned<String>, Verdict>,
    #[serde(default)]
    limits: limits::Table,
    #[serde(default)]
    people: people::Table,
    #[serde(default)]
    answers: answers::Table,
    #[serde(default)]
    budgets: budgets::Table,
    #[serde(default)]
    retention: retention::Table,
    #[serde(default)]
    router: router::Table,
}

/// What is wrong with the file, where, and the fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    line: usize,
    fix: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.fix)
    }
}

impl Policy {
    pub(crate) fn parse(text: &str) -> Result<Self, Mistake> {
        let at = |offset: usize, fix: String| Mistake {
            line: 1 + text.bytes().take(offset).filter(|b| *b == b'\n').count(),
            fix,
        };
        let file: File = toml::from_str(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            at(offset, error.message().replace('\n', " "))
        })?;
        let mut rules = Vec::new();
        for (pattern, verdict) in file.tools {
            let offset = pattern.span().start;
            let pattern = pattern.into_inner();
            if !is_pattern(&pattern) {
                let fix = "a tool's name or pattern has letters, digits, _, - and * alone";
                return Err(at(offset, fix.to_owned()));
            }
            rules.push(Rule { pattern, verdict });
        }
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.rank()));
        let retention = file
            .retention
            .read()
            .map_err(|mistaken| at(mistaken.start, retention::FIX.to_owned()))?;
        let limits = file
            .limits
            .read()
            .map_err(|mistaken| at(mistaken.start, limits::FIX.to_owned()))?;
        let people = file
            .people
            .read()
            .map_err(|(span, fix)| at(span.start, fix.to_owned()))?;
        let budgets = file
            .budgets
            .read()
            .map_err(|mistaken| at(mistaken.start, budgets::FIX.to_owned()))?;
        let router_body = file
            .router
            .read()
            .map_err(|mistaken| at(mistaken.start, router::FIX.to_owned()))?;
        Ok(Self {
            rules,
            limits,
            prompt: Prompt::default(),
            prompt_file: file.prompt,
            people,
            private_first: file.answers.private_first,
            budgets,
            retention,
            router_body,
        })
    }

    /// How much the router is shown at once.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// What the model is told of its work.
    pub(crate) fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// The file that holds another prompt, from the folder of the policy on. Whoever reads
    /// the policy reads it too.
    pub(crate) fn prompt_file(&self) -> Option<&str> {
        self.prompt_file.as_deref()
    }

    pub(crate) fn with_prompt(self, prompt: Prompt) -> Self {
        Self { prompt, ..self }
    }

    /// Who may ask.
    pub(crate) fn people(&self) -> &People {
        &self.people
    }

    /// Who reads an answer first.
    pub(crate) fn private_first(&self) -> PrivateFirst {
        self.private_first
    }

    /// How much may be used.
    pub(crate) fn budgets(&self) -> Budgets {
        self.budgets
    }

    /// What goes into each request to the router.
    pub(crate) fn router_body(&self) -> &Body {
        &self.router_body
    }

    /// How long what is kept.
    pub(crate) fn retention(&self) -> Retention {
        self.retention
    }

    /// The patterns that let tools run without asking which, by their names, do more than
    /// read. That is the operator's word, and worth a second look.
    pub(crate) fn vouched_for(&self) -> impl Iterator<Item = &str> {
        let reads = self.rules.iter().filter(|rule| {
            // At the end of a name that reads, a star stands for what is read.
            let name = match rule.pattern.strip_suffix('*') {
                Some(beginning) => format!("{beginning}_some"),
                None => rule.pattern.clone(),
            };
            let is_for_reads = classify(&name) == Effect::Read && !name.contains('*');
            rule.verdict == Verdict::Read && !is_for_reads
        });
        reads.map(|rule| rule.pattern.as_str())
    }

    /// What may be done with this tool: the longest pattern that fits decides; where none
    /// does, a tool runs without asking if it is known to only read.
    pub(crate) fn verdict(&self, tool: &str, effect: Effect) -> Verdict {
        let rule = self.rules.iter().find(|rule| fits(&rule.pattern, tool));
        match rule {
            Some(rule) => rule.verdict,
            None => match effect {
                Effect::Read => Verdict::Read,
                Effect::Write => Verdict::Ask,
            },
        }
    }
}

impl Rule {
    /// Longer goes first; of two of one length the one with fewer stars, then the
    /// stricter.
    fn rank(&self) -> (usize, usize, Verdict) {
        let stars = self.pattern.matches('*').count();
        (self.pattern.len(), self.pattern.len() - stars, self.verdict)
    }
}

fn is_pattern(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'*'))
}

/// Whether a name fits a pattern in which `*` stands for any characters, or none.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut name) = name.strip_prefix(head) else {
        return false;
    };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in middle.split('*') {
        let Some((_, after)) = name.split_once(piece) else {
            return false;
        };
        name = after;
    }
    name.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name, wanted) in [
            ("gmail_send", "gmail_send", true),
            ("gmail_send", "gmail_send_message", false),
            ("gmail_*", "gmail_send", true),
            ("gmail_*", "gmail_", true),
            ("gmail_*", "github_send", false),
            ("*_delete", "repo_delete", true),
            ("*_delete", "repo_delete_all", false),
            ("*", "anything", true),
            ("*", "", true),
            ("**", "anything", true),
            ("a*b*c", "abc", true),
            ("a*b*c", "a1b2b3c", true),
            ("a*b*c", "a1c", false),
            ("a*b*c", "ab", false),
            ("aa*aa", "aaa", false),
            ("*view*", "slack_open_view", true),
            ("a*é", "a", false),
        ] {
            assert_eq!(fits(pattern, name), wanted, "{pattern} {name}");
        }
    }

    #[test]
    fn the_longest_pattern_decides_and_the_classifier_decides_the_rest() {
        let policy = Policy::parse(
            r#"
            [tools]
            "*" = "ask"
            "gmail_*" = "read"
            "gmail_delete_*" = "deny"
            gmail_delete_draft = "ask"
            "slack_*x" = "deny"
            "slack_x*" = "read"
            "slack_ab" = "read"
            "slack_a*" = "deny"
            "#,
        )
        .unwrap();
        for (tool, verdict) in [
            ("github_repo_get", Verdict::Ask),
            ("gmail_fetch_mails", Verdict::Read),
            ("gmail_delete_thread", Verdict::Deny),
            ("gmail_delete_draft", Verdict::Ask),
            ("slack_xx", Verdict::Deny),
            ("slack_ab", Verdict::Read),
            ("slack_ac", Verdict::Deny),
        ] {
            assert_eq!(policy.verdict(tool, Effect::Read), verdict, "{tool}");
        }
        let none = Policy::parse("").unwrap();
        assert_eq!(none.verdict("x", Effect::Read), Verdict::Read);
        assert_eq!(none.verdict("x", Effect::Write), Verdict::Ask);
    }

    #[test]
    fn what_runs_unasked_and_does_more_than_read_is_named() {
        let policy = Policy::parse(
            r#"
            [tools]
            "*" = "ask"
            "gmail_*" = "read"
            "gmail_get_*" = "read"
            "*_list" = "read"
            gmail_fetch_mails = "read"
            gmail_send_message = "read"
            exa_search = "read"
            github_repo_delete = "deny"
            "#,
        )
        .unwrap();
        let named: Vec<&str> = policy.vouched_for().collect();
        assert_eq!(
            named,
            ["gmail_send_message", "exa_search", "gmail_*", "*_list"]
        );
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        for (text, wanted) in [
            (
                "[tools]\na = \"allow\"\n",
                "line 2: unknown variant `allow`, expected one of `read`, `ask`, `deny`",
            ),
            (
                "\n[tool]\n",
                "line 2: unknown field `tool`, expected one of `prompt`, `tools`, `limits`, `people`, `answers`, `budgets`, `retention`, `router`",
            ),
            (
                "[retention]\nthread = \"3 days\"\n",
                "line 2: unknown field `thread`, expected one of `audit`, `finished_runs`, `threads`",
            ),
            (
                "[retention]\n\nthreads = \"3\"\n",
                "line 3: a term is a number of days from 1 to 3650, such as \"30 days\"",
            ),
            (
                "[retention]\nthreads = 3\n",
                "line 2: invalid type: integer `3`, expected a string",
            ),
            (
                "[tools]\n\n\"gmail send\" = \"ask\"\n",
                "line 3: a tool's name or pattern has letters, digits, _, - and * alone",
            ),
            (
                "[tools]\na = \"ask\"\na = \"deny\"\n",
                "line 3: duplicate key",
            ),
        ] {
            assert_eq!(Policy::parse(text).unwrap_err().to_string(), wanted);
        }
    }
}
