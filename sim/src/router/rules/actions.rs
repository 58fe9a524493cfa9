//! "Search for the thread with subject 'Q3 planning' and extract action items".

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::found;
use super::inbox::FETCH;
use super::mail::{Mail, mails};
use super::markdown::{count, plain};
use super::phrase::Words;
use super::reach;
use crate::router::asked::{Asked, Outcome};
use crate::router::turn::Turn;

const THREAD: &str = "gmail_get_thread_by_id";
/// Threads read for one question.
const MOST_THREADS: usize = 3;

pub(super) fn turn(asked: &Asked, words: &Words) -> Option<Turn> {
    if !words.any(&[
        "action item",
        "action point",
        "to-do",
        "todo",
        "thread with subject",
    ]) {
        return None;
    }
    let after = [
        "with subject ",
        "with the subject ",
        "subject ",
        "thread about ",
        "thread ",
    ];
    let subject = words.subject(&after)?;
    let read = reach::outcomes(asked, THREAD);
    if !read.is_empty() {
        return Some(tell(&read, &subject));
    }
    let Some(outcome) = reach::outcomes(asked, FETCH).pop() else {
        let query = format!("subject:\"{subject}\"");
        return Some(reach::call(
            asked,
            FETCH,
            &[json!({"query": query, "max_results": 10})],
        ));
    };
    if let Some(failed) = reach::sorry(&outcome) {
        return Some(failed);
    }
    let mut threads: Vec<Value> = Vec::new();
    for mail in mails(&outcome) {
        let arguments = mail
            .thread()
            .map(|id| json!({"thread_id": id, "format": "full"}));
        threads.extend(arguments.filter(|arguments| !threads.contains(arguments)));
    }
    threads.truncate(MOST_THREADS);
    Some(if threads.is_empty() {
        Turn::says(format!(
            "I found no thread with the subject “{}”.",
            plain(&subject)
        ))
    } else if asked.offers(THREAD) {
        reach::call(asked, THREAD, &threads)
    } else {
        tell(&[outcome], &subject)
    })
}

fn tell(read: &[Outcome], subject: &str) -> Turn {
    if let Some(failed) = read
        .iter()
        .find(|outcome| found::failure(outcome).is_some())
        .and_then(reach::sorry)
    {
        return failed;
    }
    let mut mails: Vec<Mail> = read.iter().flat_map(mails).collect();
    mails.sort_by_key(Mail::moment);
    let mut seen = BTreeSet::new();
    let mut list = Vec::new();
    for mail in &mails {
        for item in items(&mail.body()) {
            if seen.insert(item.text.to_lowercase()) {
                list.push(line(&item, mail));
            }
        }
    }
    let (subject, read) = (plain(subject), count(mails.len(), "mail"));
    Turn::says(if list.is_empty() {
        format!("I read the thread **{subject}** ({read}), and found no action items in it.")
    } else {
        format!(
            "Action items from the thread **{subject}** ({read}):\n\n{}",
            list.join("\n")
        )
    })
}

fn line(item: &Item, mail: &Mail) -> String {
    let mark = if item.done { 'x' } else { ' ' };
    let owner = item.owner.as_ref();
    let owner = owner.map_or_else(String::new, |owner| format!("**{}**: ", plain(owner)));
    let (text, sender) = (plain(&item.text), mail.sender());
    // Who gave it to themselves need not be named twice.
    let from = match &item.owner {
        Some(owner) if sender.starts_with(owner.as_str()) => String::new(),
        Some(_) | None => format!("{sender}, "),
    };
    format!("- [{mark}] {owner}{text} ({from}{})", mail.date())
}

#[derive(Debug, PartialEq)]
struct Item {
    /// Who it was given to, where that is said.
    owner: Option<String>,
    text: String,
    done: bool,
}

fn items(body: &str) -> Vec<Item> {
    // Quoted lines were said, and found, in an earlier mail.
    let lines = body
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('>'));
    lines.flat_map(in_line).collect()
}

fn in_line(line: &str) -> Vec<Item> {
    let bare = line.trim_start_matches(['-', '*', '•', ' ']);
    let marks = [
        ("[ ]", false),
        ("[x]", true),
        ("[X]", true),
        ("☐", false),
        ("☑", true),
    ];
    let marked = marks
        .iter()
        .find_map(|(mark, done)| Some((bare.strip_prefix(mark)?, *done)));
    let named = || {
        let (name, text) = bare.split_once(':')?;
        let names = ["action", "actions", "action item", "todo", "to do", "to-do"];
        names
            .contains(&name.trim().to_lowercase().as_str())
            .then_some((text, false))
    };
    if let Some((text, done)) = marked.or_else(named) {
        let text = text.trim().to_owned();
        return Vec::from_iter((!text.is_empty()).then_some(Item {
            owner: None,
            text,
            done,
        }));
    }
    if let Some((owner, text)) = listed(line) {
        return vec![Item {
            owner: Some(owner.to_owned()),
            text: text.trim_end_matches(['.', '!', ';']).to_owned(),
            done: false,
        }];
    }
    let sentences = bare.split_inclusive(['.', '!', ';']).map(str::trim);
    sentences
        .filter(|sentence| promises(sentence))
        .map(|sentence| Item {
            owner: None,
            text: sentence.trim_end_matches(['.', '!', ';']).to_owned(),
            done: false,
        })
        .collect()
}

/// `- OWNER: …`.
fn listed(line: &str) -> Option<(&str, &str)> {
    let item = line.strip_prefix(['-', '*', '•'])?.trim_start();
    let (owner, text) = item.split_once(": ")?;
    let name = owner.split_whitespace().count() <= 2 && owner.starts_with(char::is_uppercase);
    (name && !text.trim().is_empty()).then(|| (owner, text.trim()))
}

/// `OWNER will … by DATE`.
fn promises(sentence: &str) -> bool {
    let Some((owner, rest)) = sentence.split_once(" will ") else {
        return false;
    };
    owner.split_whitespace().count() <= 3
        && owner.starts_with(char::is_uppercase)
        && rest.contains(" by ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_told_from_talk() {
        let table: [(&str, &[(&str, bool)]); 10] = [
            ("Action: send the numbers", &[("send the numbers", false)]),
            ("- [ ] Ben books the room", &[("Ben books the room", false)]),
            ("* [x] Ask Grace", &[("Ask Grace", true)]),
            ("TODO: tidy", &[("tidy", false)]),
            (
                "- Ben: the list, by Friday.",
                &[("the list, by Friday", false)],
            ),
            (
                "Fine. Ada will write the draft by Friday. Ben will be late.",
                &[("Ada will write the draft by Friday", false)],
            ),
            ("> Action: send the numbers", &[]),
            ("We will see.", &[]),
            ("Action:", &[]),
            ("The action was good: fine", &[]),
        ];
        for (body, expected) in table {
            let found = items(body);
            let found: Vec<_> = found
                .iter()
                .map(|item| (item.text.as_str(), item.done))
                .collect();
            assert_eq!(found, expected, "{body}");
        }
    }
}
