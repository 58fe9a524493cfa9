//! Where an address in an answer comes from. What a model invents can carry whatever it has
//! read: `https://evil.example/?` and a password. So an address counts only if it stands, as
//! it is, in what the person said or in what a tool gave back in this run.

use std::collections::HashSet;
use std::sync::OnceLock;

use serde_json::Value;
use url::Url;

use super::transcript::{Line, Transcript};

/// Addresses that are remembered of one run. Those beyond are shown, and cannot be clicked.
const MOST: usize = 20_000;

/// Longest address that is remembered, in bytes; what browsers take.
const LONGEST: usize = 2_048;

/// Signs at the end of an address that may belong to the sentence around it.
const MOST_SIGNS: usize = 6;

/// The addresses that this run has from its person or from a tool. They are gathered when
/// the first one is asked about: most answers hold none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Provenance<'a> {
    question: &'a str,
    lines: &'a [Line],
    known: OnceLock<Known>,
}

#[derive(Debug, Clone, Default)]
struct Known(HashSet<String>);

impl<'a> Provenance<'a> {
    pub(crate) fn of(question: &'a str, lines: &'a [Line]) -> Self {
        Self {
            question,
            lines,
            known: OnceLock::new(),
        }
    }

    /// The same, as it is now, for as long as it is needed.
    pub(crate) fn gathered(self) -> Provenance<'static> {
        Provenance {
            known: OnceLock::from(Known::of(self.question, self.lines)),
            ..Provenance::default()
        }
    }

    /// Whether this leads where an address leads that is known, with nothing added to it.
    pub(crate) fn holds(&self, address: &str) -> bool {
        let gather = || Known::of(self.question, self.lines);
        let known = self.known.get_or_init(gather);
        keys(address).iter().any(|key| known.0.contains(key))
    }
}

impl Known {
    /// What a tool only gives back of what the model had sent there is the model's own.
    fn of(question: &str, lines: &[Line]) -> Self {
        let mut found = Self::default();
        found.learn(question, "");
        let mut sent = String::new();
        for line in lines {
            match line {
                Line::Assistant(message) => {
                    for call in Transcript::calls_in(message) {
                        sent.push('\n');
                        sent.push_str(&texts(&call.arguments).to_lowercase());
                    }
                }
                Line::Steered(words) => found.learn(words, ""),
                Line::ToolResult { content, .. } => found.learn(&texts(content), &sent),
            }
        }
        found
    }

    fn learn(&mut self, text: &str, sent: &str) {
        for address in addresses(text) {
            if self.0.len() >= MOST {
                return;
            }
            if address.len() <= LONGEST && !is_echo(address, sent) {
                self.0.extend(keys(address));
            }
        }
    }
}

/// Whether the model sent this itself. To whom it writes is no secret of the person's.
fn is_echo(address: &str, sent: &str) -> bool {
    let address = address.to_lowercase();
    let (_, bare) = address.split_once("://").unwrap_or(("", &address));
    let is_mailbox = bare.contains('@') && !bare.contains(['/', '?']);
    !sent.is_empty() && !is_mailbox && sent.contains(bare)
}

/// All texts in a piece of JSON, one in each line; what is no JSON is one itself.
fn texts(content: &str) -> String {
    let Ok(json) = serde_json::from_str::<Value>(content) else {
        return content.to_owned();
    };
    let mut all = String::with_capacity(content.len());
    gather(&json, &mut all);
    all
}

fn gather(json: &Value, all: &mut String) {
    match json {
        Value::Array(items) => items.iter().for_each(|item| gather(item, all)),
        Value::Object(fields) => fields.values().for_each(|value| gather(value, all)),
        Value::String(text) => {
            all.push_str(text);
            all.push('\n');
        }
        Value::Bool(_) | Value::Null | Value::Number(_) => {}
    }
}

/// All that can be read as an address, with and without the signs around it.
fn addresses(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '|' | '\\'))
        .filter(|word| word.contains('.') || word.contains("://"))
        .flat_map(|word| beginnings(word).into_iter().flat_map(without_signs))
}

/// A word from each place at which an address may begin in it.
fn beginnings(word: &str) -> Vec<&str> {
    let schemes = ["https://", "http://", "mailto:"];
    let mut found: Vec<&str> = schemes
        .iter()
        .flat_map(|scheme| word.match_indices(scheme))
        .filter_map(|(at, _)| word.get(at..))
        .collect();
    if found.is_empty() {
        found.push(word.trim_start_matches(|c: char| !c.is_alphanumeric()));
    }
    found
}

/// The word, without the signs at its end one by one, and up to where a bracket, a quotation
/// mark or a comma may have ended it.
fn without_signs(word: &str) -> Vec<&str> {
    let mut found = vec![word];
    let mut rest = word;
    for _ in 0..MOST_SIGNS {
        let Some(shorter) = rest.strip_suffix(|c: char| !c.is_alphanumeric()) else {
            break;
        };
        rest = shorter;
        found.push(rest);
    }
    for end in [')', ']', '}', '\'', ',', ';'] {
        if let Some((before, _)) = word.split_once(end) {
            found.push(before);
        }
    }
    found
}

/// An address in the form in which all its writings are one. One without a scheme stands
/// for both that a browser may put before it.
fn keys(address: &str) -> Vec<String> {
    let address = address.trim().replace("&amp;", "&");
    let lower = address.to_lowercase();
    let has_scheme = lower.contains("://") || lower.starts_with("mailto:");
    let whole = if has_scheme {
        vec![address]
    } else if address.contains('@') && !address.contains('/') {
        vec![format!("mailto:{address}")]
    } else {
        vec![format!("https://{address}"), format!("http://{address}")]
    };
    whole.iter().filter_map(|address| key(address)).collect()
}

fn key(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    match url.scheme() {
        "http" | "https" => {
            // A name for nobody but this machine is no address in a text.
            let host = url.host_str()?;
            host.contains('.').then(|| in_one_writing(url.as_str()))
        }
        "mailto" => Some(in_one_writing(&url.as_str().to_lowercase())),
        _ => None,
    }
}

/// Signs that Markdown would not leave alone are written as they are in a link of ours.
fn in_one_writing(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for c in url.chars() {
        match c {
            '(' => out.push_str("%28"),
            ')' => out.push_str("%29"),
            '[' => out.push_str("%5B"),
            ']' => out.push_str("%5D"),
            '|' => out.push_str("%7C"),
            '\\' => out.push_str("%5C"),
            '`' => out.push_str("%60"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn result(data: &Value) -> Line {
        Line::ToolResult {
            call_id: "a".to_owned(),
            content: json!({"untrusted_data_from": "x", "data": data}).to_string(),
        }
    }

    fn call(arguments: &Value) -> Line {
        let call =
            json!({"id": "a", "function": {"name": "t", "arguments": arguments.to_string()}});
        let message = json!({"role": "assistant", "tool_calls": [call]});
        Line::Assistant(message.as_object().unwrap().clone())
    }

    #[test]
    fn an_address_is_known_as_it_stood_there_and_with_nothing_added() {
        let mail = "See https://a.example/plan?x=1&amp;y=2, (www.b.example/p) or <https://c.example/d_(e)>.\n\
                    <a href='https://d.example/t'>here</a> [x](https://e.example/m) write to Ada@f.example!";
        let known = Provenance::of(
            "what is on https://q.example/now?",
            &[result(
                &json!({"messages": [{"snippet": mail}, {"url": "https://g.example"}]}),
            )],
        )
        .gathered();
        for (address, wanted) in [
            ("https://a.example/plan?x=1&y=2", true),
            ("HTTPS://A.example/plan?x=1&y=2", true),
            ("https://a.example:443/plan?x=1&y=2", true),
            ("https://a.example/plan?x=1&y=2&z=3", false),
            ("https://a.example/plan?x=1&y=2#z", false),
            ("https://a.example/plan?x=1", false),
            ("https://a.example/Plan?x=1&y=2", false),
            ("https://a.example", false),
            ("http://a.example/plan?x=1&y=2", false),
            ("https://user@a.example/plan?x=1&y=2", false),
            ("https://a.example.evil.example/plan?x=1&y=2", false),
            ("https://x.a.example/plan?x=1&y=2", false),
            ("www.b.example/p", true),
            ("http://www.b.example/p", true),
            ("b.example/p", false),
            ("https://c.example/d_(e)", true),
            ("https://c.example/d_%28e%29", true),
            ("https://d.example/t", true),
            ("https://e.example/m", true),
            ("ada@f.example", true),
            ("mailto:ada@f.example", true),
            ("mailto:ada@f.example?body=x", false),
            ("https://g.example/", true),
            ("g.example", true),
            ("https://q.example/now", true),
            ("https://evil.example", false),
            ("javascript:alert(1)", false),
            ("", false),
        ] {
            assert_eq!(known.holds(address), wanted, "{address}");
        }
    }

    #[test]
    fn what_a_tool_only_gives_back_is_the_models_own() {
        let secret = "https://evil.example/?d=1234";
        for (sent, given) in [
            (json!({"query": secret}), json!({"query": secret})),
            (
                json!({"query": ["x", {"y": secret}]}),
                json!(format!("Not found: {secret}.")),
            ),
            (
                json!({"query": "evil.example/?d=1234"}),
                json!({"url": secret}),
            ),
            (
                json!({"query": secret.to_uppercase()}),
                json!({"url": secret}),
            ),
        ] {
            let known = Provenance::of("q", &[call(&sent), result(&given)]).gathered();
            assert!(!known.holds(secret), "{sent}");
        }
        let page = json!({"url": "https://a.example/p"});
        let known = Provenance::of("q", &[result(&page), call(&page), result(&page)]).gathered();
        assert!(known.holds("https://a.example/p"));
        let whom = json!({"from": "grace@a.example"});
        assert!(Provenance::of("q", &[call(&whom), result(&whom)]).holds("grace@a.example"));
    }

    #[test]
    fn there_is_an_end_to_what_is_remembered() {
        let long = format!("https://a.example/{}", "x".repeat(LONGEST));
        let many: Vec<String> = (0..2 * MOST)
            .map(|n| format!("https://a.example/{n}"))
            .collect();
        let known = Provenance::of(&long, &[result(&json!(many))]).gathered();
        assert!(known.known.get().unwrap().0.len() <= MOST + 1);
        assert!(!known.holds(&long) && known.holds("https://a.example/7"));
    }
}
