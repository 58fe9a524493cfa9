//! What people type: a few commands, and everything else is a question. The same words
//! work after a mention, in a direct message, and as slash commands.

use super::mrkdwn::plain;
use crate::ids::{ConnectionName, UserId};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Intent {
    /// Connect an account; on which connection, as they wrote it.
    Connect(Option<String>),
    /// See their accounts.
    Connections,
    Disconnect(Option<String>),
    /// Have forgotten what was said in this thread.
    Forget,
    /// See what they let be done without being asked.
    Grants,
    Help,
    /// They wrote nothing but the mention.
    Nothing,
    /// Their words, decoded; people are still `<@U…>`.
    Question(String),
    Stop,
    /// See what their questions have used.
    Usage,
}

impl Intent {
    /// Reads a message. `bot` is Valet's own user, whose mention is an address and no
    /// part of what was said.
    pub(crate) fn said(text: &str, bot: &UserId) -> Self {
        let text = without_address(text, bot);
        let question = plain(text).trim().to_owned();
        if question.is_empty() {
            return Self::Nothing;
        }
        let command = plain(without_closing_address(text, bot));
        Self::command_in(&command).unwrap_or(Self::Question(question))
    }

    /// Reads a slash command, which may carry the operator's prefix: with `acme` or
    /// `acme-`, `/acme-connect` is `/connect`.
    pub(crate) fn command(command: &str, prefix: Option<&str>, text: &str) -> Self {
        let argument = plain(text).trim().to_owned();
        if words(&argument) == ["help"] {
            return Self::Help;
        }
        let argument = (!argument.is_empty()).then_some(argument);
        match bare(command, prefix).as_str() {
            "connect" => Self::Connect(argument),
            "connections" => Self::Connections,
            "disconnect" => Self::Disconnect(argument),
            "stop" => Self::Stop,
            _ => Self::Help,
        }
    }

    /// A command is a verb and at most one word; a sentence is a question.
    fn command_in(text: &str) -> Option<Self> {
        let words = words(text);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let named = |name: &str| Some(original(text, name));
        match words.as_slice() {
            ["connect"] => Some(Self::Connect(None)),
            ["connect", name]
            | ["connect", "to" | "my" | "with", name]
            | ["connect", "to" | "with", "my", name] => Some(Self::Connect(named(name))),
            ["disconnect"] => Some(Self::Disconnect(None)),
            ["disconnect", name]
            | ["disconnect", "from" | "my", name]
            | ["disconnect", "from", "my", name] => Some(Self::Disconnect(named(name))),
            ["connections"]
            | ["list" | "my" | "show", "connections"]
            | ["list" | "show", "my", "connections"] => Some(Self::Connections),
            ["grants"] | ["list" | "my" | "show", "grants"] | ["list" | "show", "my", "grants"] => {
                Some(Self::Grants)
            }
            ["usage"] | ["my" | "show", "usage"] | ["show", "my", "usage"] => Some(Self::Usage),
            ["forget", "this" | "the", "conversation" | "thread"] => Some(Self::Forget),
            ["help"] => Some(Self::Help),
            ["stop"] | ["stop", "please"] | ["please", "stop"] => Some(Self::Stop),
            _ => None,
        }
    }
}

/// The connection somebody meant: by its exact name, else without regard to case, spaces
/// and dashes, so that `Google Calendar` finds `googlecalendar`.
pub(crate) fn meant<'a>(word: &str, known: &'a [ConnectionName]) -> Option<&'a ConnectionName> {
    let folded = |name: &str| {
        name.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    known.iter().find(|name| name.as_str() == word).or_else(|| {
        known
            .iter()
            .find(|name| folded(name.as_str()) == folded(word))
    })
}

/// The words of a text in small letters, without the punctuation around them. A text of
/// more words than any command has is cut short.
fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .map(bare_word)
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .take(5)
        .collect()
}

/// The word as it was written: case counts in the names of connections.
fn original(text: &str, lowered: &str) -> String {
    text.split_whitespace()
        .map(bare_word)
        .find(|word| word.to_lowercase() == lowered)
        .unwrap_or(lowered)
        .to_owned()
}

fn bare_word(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

fn bare(command: &str, prefix: Option<&str>) -> String {
    let command = command.trim().trim_start_matches('/').to_lowercase();
    let prefix = prefix.unwrap_or_default().trim().to_lowercase();
    let prefix = prefix.trim_start_matches('/').trim_end_matches('-');
    match command.strip_prefix(prefix) {
        Some(rest) if !prefix.is_empty() => rest.trim_start_matches('-').to_owned(),
        Some(_) | None => command,
    }
}

/// Cuts `<@BOT>`, `<@BOT|name>` and the comma or colon behind it off the front.
fn without_address<'a>(text: &'a str, bot: &UserId) -> &'a str {
    let mut text = text.trim();
    while let Some(rest) = after_mention(text, bot) {
        text = rest.trim_start_matches(|c: char| c.is_whitespace() || ",:;".contains(c));
    }
    text
}

fn after_mention<'a>(text: &'a str, bot: &UserId) -> Option<&'a str> {
    let (token, rest) = text.strip_prefix("<@")?.split_once('>')?;
    let id = token.split_once('|').map_or(token, |(id, _)| id);
    (id == bot.as_str()).then_some(rest)
}

/// `stop <@BOT>` is as much a command as `<@BOT> stop`.
fn without_closing_address<'a>(text: &'a str, bot: &UserId) -> &'a str {
    let trimmed = text.trim_end_matches(|c: char| c.is_whitespace() || ".!?".contains(c));
    match trimmed.rfind("<@") {
        Some(at) if after_mention(&trimmed[at..], bot) == Some("") => &trimmed[..at],
        Some(_) | None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Intent {
        Intent::said(text, &UserId::parse("UBOT").unwrap())
    }

    fn question(text: &str) -> Intent {
        Intent::Question(text.to_owned())
    }

    fn connect(name: &str) -> Intent {
        Intent::Connect(Some(name.to_owned()))
    }

    fn disconnect(name: &str) -> Intent {
        Intent::Disconnect(Some(name.to_owned()))
    }

    #[test]
    fn commands_in_words() {
        for (text, expected) in [
            ("connect gmail", connect("gmail")),
            ("<@UBOT> connect gmail", connect("gmail")),
            ("<@UBOT|valet>, Connect Gmail!", connect("Gmail")),
            ("  <@UBOT> <@UBOT>: connect   gmail. ", connect("gmail")),
            ("connect gmail <@UBOT>", connect("gmail")),
            ("connect to gmail", connect("gmail")),
            ("connect my gmail", connect("gmail")),
            ("connect to my gmail", connect("gmail")),
            ("`connect gmail`", connect("gmail")),
            ("*connect* _gmail_", connect("gmail")),
            ("connect", Intent::Connect(None)),
            ("Connect?", Intent::Connect(None)),
            ("disconnect", Intent::Disconnect(None)),
            ("Disconnect gmail", disconnect("gmail")),
            ("disconnect from gmail", disconnect("gmail")),
            ("disconnect my gmail", disconnect("gmail")),
            ("connections", Intent::Connections),
            ("Grants", Intent::Grants),
            ("show my grants", Intent::Grants),
            ("my connections", Intent::Connections),
            ("show my connections", Intent::Connections),
            ("usage", Intent::Usage),
            ("<@UBOT> show my usage!", Intent::Usage),
            ("forget this thread", Intent::Forget),
            ("<@UBOT> Forget the conversation.", Intent::Forget),
            ("help", Intent::Help),
            ("HELP!", Intent::Help),
            ("stop", Intent::Stop),
            ("Stop.", Intent::Stop),
            ("stop <@UBOT>!", Intent::Stop),
            ("<@UBOT> stop", Intent::Stop),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn sentences_are_questions() {
        for text in [
            "stop sending me that",
            "forget this",
            "forget this thread about pricing",
            "connect the dots in this mail",
            "connect me with Ben",
            "disconnect the call at five please",
            "help me write a reply",
            "what connections do I have?",
            "connections between these two mails",
            "did gmail connect",
            "please connect",
            "usage of the word valet in my mail",
            "?",
            ":wave:",
        ] {
            assert_eq!(said(text), question(text), "{text}");
        }
    }

    #[test]
    fn a_question_is_what_the_person_wrote() {
        for (text, expected) in [
            ("<@UBOT> what is new?", "what is new?"),
            ("<@UBOT|valet>: what is new?", "what is new?"),
            ("what does <@UBOT> do?", "what does <@UBOT> do?"),
            ("ask <@UBOT>", "ask <@UBOT>"),
            ("<@UBOT> mail from <@UBEN>", "mail from <@UBEN>"),
            ("<@UBEN> is what?", "<@UBEN> is what?"),
            ("a &lt; b &amp;&amp; c", "a < b && c"),
            (
                "read <https://a.example/x|this>",
                "read this (https://a.example/x)",
            ),
            ("one\ntwo", "one\ntwo"),
        ] {
            assert_eq!(said(text), question(expected), "{text}");
        }
    }

    #[test]
    fn nothing_but_the_mention_is_nothing() {
        for text in ["", "  ", "<@UBOT>", " <@UBOT|valet> , ", "<@UBOT><@UBOT>"] {
            assert_eq!(said(text), Intent::Nothing, "{text:?}");
        }
    }

    #[test]
    fn slash_commands_with_and_without_prefix() {
        for (command, prefix, text, expected) in [
            ("/connect", None, "gmail", connect("gmail")),
            (
                "/connect",
                None,
                " Google Calendar ",
                connect("Google Calendar"),
            ),
            ("/connect", None, "", Intent::Connect(None)),
            ("/Connect", None, "help", Intent::Help),
            ("/disconnect", None, "gmail", disconnect("gmail")),
            ("/connections", None, "", Intent::Connections),
            ("/connections", None, "all of them", Intent::Connections),
            ("/acme-connect", Some("acme"), "gmail", connect("gmail")),
            ("/acme-connect", Some("acme-"), "gmail", connect("gmail")),
            ("/ACME-connections", Some("/acme-"), "", Intent::Connections),
            (
                "/acme-disconnect",
                Some("acme"),
                "",
                Intent::Disconnect(None),
            ),
            ("/connect", Some("acme"), "gmail", connect("gmail")),
            ("/connect", Some(""), "gmail", connect("gmail")),
            ("/acme-connect", None, "gmail", Intent::Help),
            ("/weather", None, "", Intent::Help),
            ("", None, "", Intent::Help),
        ] {
            assert_eq!(
                Intent::command(command, prefix, text),
                expected,
                "{command} {prefix:?} {text}"
            );
        }
    }

    #[test]
    fn a_connection_is_found_however_it_is_written() {
        let known: Vec<_> = ["gmail", "googlecalendar", "GitHub"]
            .map(|name| ConnectionName::parse(name).unwrap())
            .into();
        for (word, expected) in [
            ("gmail", Some("gmail")),
            ("Gmail", Some("gmail")),
            ("Google Calendar", Some("googlecalendar")),
            ("google-calendar", Some("googlecalendar")),
            ("github", Some("GitHub")),
            ("gmai", None),
            ("", None),
        ] {
            assert_eq!(
                meant(word, &known).map(ConnectionName::as_str),
                expected,
                "{word}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_typed_makes_it_panic(text in ".*", odd in "(<@UBOT>?|<|>|\\||&lt;|connect| |é)*") {
            said(&text);
            said(&odd);
            Intent::command(&odd, Some(&text), &odd);
        }
    }
}
