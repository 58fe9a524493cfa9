//! The model: what a question asks for stands in its words, and each has a mark by which
//! its answer and its writes are known everywhere.

use serde_json::json;
use valet_sim::router::{Asked, Turn};

/// The tool that changes something.
pub const WRITE: &str = "gmail_send_message";
/// The tool that changes something, and waits for its person's word.
pub const ASKED: &str = "gmail_create_label";
const PROFILE: &str = "gmail_get_profile";
const LABELS: &str = "gmail_list_labels";

/// All tools there are: a list of many would be read anew at each start, for each person.
pub const TOOLS: [&str; 4] = [WRITE, ASKED, PROFILE, LABELS];

/// The operator lets all but one of them run without asking.
pub const POLICY: &str = "\
[tools]
\"gmail_get_profile\" = \"read\"
\"gmail_list_labels\" = \"read\"
\"gmail_send_message\" = \"read\"
";

/// Paragraphs of a long answer, which Slack takes in parts only.
pub const PARAGRAPHS: usize = 60;

/// What somebody says to Valet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// The words `connect gmail`.
    Connect,
    /// For a label, which Valet makes only when they say yes.
    Label,
    /// The word `connections`.
    List,
    /// For a long answer.
    Long,
    /// For one thing from the account.
    Read,
    /// For two things at once, then one more.
    Reads,
    /// For nothing from the account.
    Say,
    /// The word `stop`.
    Stop,
    /// For one mail to be sent.
    Write,
    /// For two, in one turn, after a look.
    Writes,
}

impl Asks {
    /// As somebody writes it.
    pub fn words(self, mark: &str) -> String {
        let asks = match self {
            Self::Connect => return "connect gmail".to_owned(),
            Self::List => return "connections".to_owned(),
            Self::Stop => return "stop".to_owned(),
            Self::Label => "make a label",
            Self::Long => "tell at length",
            Self::Read => "look at the profile",
            Self::Reads => "look at everything",
            Self::Say => "say something",
            Self::Write => "send one mail",
            Self::Writes => "send two mails",
        };
        format!("{mark}: please {asks} for me")
    }

    /// Whether its answer carries its mark.
    pub fn is_question(self) -> bool {
        !matches!(self, Self::Connect | Self::List | Self::Stop)
    }
}

/// The mark of this question.
pub fn mark(number: usize) -> String {
    format!("q{number:07}")
}

/// All marks in a text.
pub fn marks(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('q').filter_map(|(at, _)| {
        let mark = text.get(at..at + 8)?;
        mark[1..]
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then_some(mark)
    })
}

/// How this paragraph of a long answer begins.
pub fn paragraph(mark: &str, number: usize) -> String {
    format!("Part {number:02} of {mark}:")
}

/// The next turn: all there is to know stands in the request.
pub fn turn(asked: &Asked) -> Turn {
    let all = all_asked(asked);
    let Some(&(words, mark)) = all.first() else {
        return Turn::says("I do not know what you mean.");
    };
    let done = asked.outcomes().len();
    let says = |what: &str| Turn::says(answers(what, &all));
    let mail = |subject: &str| json!({"to": "grace@example.com", "subject": subject, "body": "As you asked."});
    if words.contains("at length") {
        return says("Said");
    }
    match done {
        0 if words.contains("a label") => Turn::calls(ASKED, &json!({"name": format!("{mark}-1")})),
        0 if words.contains("the profile") => Turn::calls(PROFILE, &json!({})),
        0 if words.contains("everything") => {
            Turn::calls(PROFILE, &json!({})).and_calls(LABELS, &json!({}))
        }
        2 if words.contains("everything") => Turn::calls(LABELS, &json!({})),
        0 if words.contains("one mail") => Turn::calls(WRITE, &mail(&format!("{mark}-1"))),
        0 if words.contains("two mails") => Turn::calls(PROFILE, &json!({})),
        1 if words.contains("two mails") => Turn::calls(WRITE, &mail(&format!("{mark}-1")))
            .and_calls(WRITE, &mail(&format!("{mark}-2"))),
        0 => says("Said"),
        _ if words.contains("mail") => says("Asked for, as told above"),
        _ => says("Looked up"),
    }
}

/// The question and what its person has added, each with its mark. What was said earlier in
/// the thread is quoted, and asks for nothing.
fn all_asked(asked: &Asked) -> Vec<(&str, &str)> {
    let said = asked.messages().iter().filter(|one| one["role"] == "user");
    let said = said.filter_map(|one| one["content"].as_str());
    let said = said.filter(|words| !words.starts_with("Said earlier"));
    said.filter_map(|words| Some((words, marks(words).next()?)))
        .collect()
}

/// What was added is answered with the question.
fn answers(what: &str, all: &[(&str, &str)]) -> String {
    let each = all.iter().map(|(words, mark)| {
        if words.contains("at length") {
            at_length(mark)
        } else {
            format!("{what}, {mark}.")
        }
    });
    each.collect::<Vec<_>>().join("\n\n")
}

fn at_length(mark: &str) -> String {
    // The router sends a word at a time: many would be slow, and no kill would spare them.
    let filling = "and-so-on-".repeat(42);
    let paragraphs: Vec<String> = (1..=PARAGRAPHS)
        .map(|number| format!("{} {filling}", paragraph(mark, number)))
        .collect();
    paragraphs.join("\n\n")
}
