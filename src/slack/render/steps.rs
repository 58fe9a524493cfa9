//! What is being done, in words, while it takes its time.

use serde_json::{Map, Value};

use super::Message;
use super::length::escaped_within;
use crate::ids::ConnectionName;
use crate::slack::mrkdwn::escape;

/// Of the calls of one turn, so many are told of.
const STEPS_SHOWN: usize = 3;

/// Units of what somebody searches for.
const LONGEST_QUERY: usize = 120;

/// Units of all the texts of a card.
const LONGEST_TITLE: usize = 256;

/// Words in the names of tools that look for something.
const SEARCHES: &[&str] = &["find", "query", "search"];

/// Arguments that say what is looked for.
const QUERIES: &[&str] = &["query", "q", "search", "search_query", "keywords"];

/// A call that reads, as far as a person is told of it while it is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Looking<'a> {
    pub(crate) connection: &'a ConnectionName,
    pub(crate) tool: &'a str,
    /// Nothing where it is not told what is looked for.
    pub(crate) arguments: Option<&'a Map<String, Value>>,
}

/// What is told of the reads of one turn: nothing, if there are none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    /// Stands where the sign of life stood, and is replaced by the answer like it.
    pub(crate) words: Message,
    /// The same for cards, whose texts are plain.
    pub(crate) titles: Vec<String>,
}

pub(crate) fn looking<'a>(calls: impl IntoIterator<Item = Looking<'a>>) -> Option<Told> {
    let mut lines: Vec<String> = Vec::new();
    let mut titles = Vec::new();
    for call in calls {
        let line = line(&call);
        if lines.len() < STEPS_SHOWN && !lines.contains(&line) {
            lines.push(line);
            titles.push(title(&call));
        }
    }
    (!lines.is_empty()).then(|| Told {
        words: Message::of_words(&lines.join("\n")),
        titles,
    })
}

fn line(call: &Looking<'_>) -> String {
    let connection = escape(call.connection.as_str());
    match looked_for(call) {
        LookedFor::Query(query) => {
            let query = escaped_within(&escape(&query), LONGEST_QUERY);
            format!("Searching *{connection}* for “{query}”…")
        }
        LookedFor::Something => format!("Searching *{connection}*…"),
        LookedFor::Nothing => format!("Looking in *{connection}*…"),
    }
}

/// Nothing in it is markup, whatever Slack makes of the texts of a card.
fn title(call: &Looking<'_>) -> String {
    let connection = call.connection;
    let title = match looked_for(call) {
        LookedFor::Query(query) => {
            let query = one_line(&query.replace(['<', '>', '&'], " "));
            let query = escaped_within(&query, LONGEST_QUERY);
            format!("Searching {connection} for “{query}”")
        }
        LookedFor::Something => format!("Searching {connection}"),
        LookedFor::Nothing => format!("Looking in {connection}"),
    };
    escaped_within(&title, LONGEST_TITLE)
}

enum LookedFor {
    Nothing,
    Query(String),
    Something,
}

fn looked_for(call: &Looking<'_>) -> LookedFor {
    let query = QUERIES
        .iter()
        .find_map(|name| call.arguments?.get(*name)?.as_str())
        .map(one_line)
        .filter(|query| !query.is_empty());
    let searches = call.tool.split('_').any(|word| SEARCHES.contains(&word));
    match query {
        Some(query) => LookedFor::Query(query),
        None if searches => LookedFor::Something,
        None => LookedFor::Nothing,
    }
}

/// Without what would end the line, or be markup: a model wrote it.
fn one_line(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|c| match c {
            '*' | '_' | '~' | '`' | '|' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_done_is_said_in_words() {
        let gmail = ConnectionName::parse("gmail").unwrap();
        let said = |calls: &[(&str, Value)]| {
            let calls = calls.iter().map(|(tool, arguments)| Looking {
                connection: &gmail,
                tool,
                arguments: arguments.as_object(),
            });
            looking(calls).map(|told| told.words.text)
        };
        for (calls, expected) in [
            (vec![], None),
            (
                vec![("gmail_fetch_mails", json!({"query": "pricing"}))],
                Some("Searching *gmail* for “pricing”…"),
            ),
            (
                vec![("gmail_search_people", json!({"query": " "}))],
                Some("Searching *gmail*…"),
            ),
            (
                vec![("gmail_get_profile", json!({"q": {"raw": 1}}))],
                Some("Looking in *gmail*…"),
            ),
            (
                vec![
                    ("gmail_get_message", json!({"id": "1"})),
                    ("gmail_get_message", json!({"id": "2"})),
                    ("gmail_fetch_mails", json!({"q": "a*\n<!here> `b`"})),
                ],
                Some("Looking in *gmail*…\nSearching *gmail* for “a &lt;!here&gt; b”…"),
            ),
        ] {
            assert_eq!(said(&calls).as_deref(), expected, "{calls:?}");
        }
        let elsewhere = Looking {
            connection: &gmail,
            tool: "gmail_fetch_mails",
            arguments: None,
        };
        let told = looking([elsewhere]).unwrap();
        assert_eq!(told.words.text, "Looking in *gmail*…");
        assert_eq!(told.titles, ["Looking in gmail"]);
        let long = json!({"query": "ü".repeat(500)});
        let many = vec![("gmail_fetch_mails", long); 9];
        assert!(said(&many).unwrap().chars().count() < 160);
        let wild = json!({"query": "<!here> & *b*"});
        let wild = Looking {
            connection: &gmail,
            tool: "gmail_fetch_mails",
            arguments: wild.as_object(),
        };
        let titles = looking([wild]).unwrap().titles;
        assert_eq!(titles, ["Searching gmail for “!here b”"]);
    }
}
