//! Which account a question is about, when none is connected yet.

use crate::ids::ConnectionName;

/// Words that point at a connection whose name begins like the first column.
const HINTS: &[(&str, &[&str])] = &[
    (
        "gmail",
        &[
            "mail",
            "mails",
            "email",
            "emails",
            "inbox",
            "newsletter",
            "newsletters",
        ],
    ),
    ("outlook", &["mail", "mails", "email", "emails", "inbox"]),
    (
        "googlecalendar",
        &[
            "calendar",
            "meeting",
            "meetings",
            "appointment",
            "event",
            "events",
        ],
    ),
    (
        "github",
        &["repo", "repos", "repository", "pull", "pr", "prs", "commit"],
    ),
    ("linear", &["issue", "issues", "ticket", "tickets", "cycle"]),
    ("jira", &["issue", "issues", "ticket", "tickets", "sprint"]),
    ("notion", &["page", "pages", "wiki", "note", "notes"]),
    ("slack", &["channel", "channels"]),
];

/// The connection that the question names, else the one its words point at, else the
/// first: with one connection configured, that is the one people mean.
pub(crate) fn wanted<'a>(
    question: &str,
    connections: &'a [ConnectionName],
) -> Option<&'a ConnectionName> {
    let question = question.to_lowercase();
    let words: Vec<&str> = question
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let named = |connection: &&ConnectionName| {
        let name = connection.as_str().to_lowercase();
        words
            .iter()
            .any(|word| **word == *name || plain(&name) == *word)
    };
    let hinted = |connection: &&ConnectionName| {
        let name = connection.as_str().to_lowercase();
        HINTS
            .iter()
            .filter(|(stem, _)| name.starts_with(stem))
            .any(|(_, hints)| words.iter().any(|word| hints.contains(word)))
    };
    connections
        .iter()
        .find(named)
        .or_else(|| connections.iter().find(hinted))
        .or_else(|| connections.first())
}

/// `github-connect` and `googledrive-vjmIFg7f` are the provider's name and more.
fn plain(name: &str) -> &str {
    name.split(['-', '_', ':', ' ']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_points_at_an_account() {
        let connections: Vec<ConnectionName> = ["gmail", "github-connect", "googlecalendar"]
            .iter()
            .map(|name| ConnectionName::parse(name).unwrap())
            .collect();
        for (question, expected) in [
            ("Summarize the last 5 emails from my manager", "gmail"),
            ("What is open on GitHub?", "github-connect"),
            ("list my pull requests", "github-connect"),
            ("When is my next meeting?", "googlecalendar"),
            ("What is new?", "gmail"),
        ] {
            let found = wanted(question, &connections).map(ConnectionName::as_str);
            assert_eq!(found, Some(expected), "{question}");
        }
        assert_eq!(wanted("anything", &[]), None);
    }
}
