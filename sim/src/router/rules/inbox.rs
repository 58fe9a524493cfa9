//! "Find all emails from the last week that mention 'pricing'", "what is in my inbox".

use serde_json::json;

use super::mail::{Mail, mails};
use super::markdown::{count, table};
use super::phrase::Words;
use super::reach;
use crate::router::asked::Asked;
use crate::router::turn::Turn;

pub(super) const FETCH: &str = "gmail_fetch_mails";
pub(super) const MAIL: [&str; 5] = ["mail", "email", "e-mail", "inbox", "gmail"];

pub(super) fn turn(asked: &Asked, words: &Words) -> Option<Turn> {
    if !words.any(&MAIL) {
        return None;
    }
    let wanted = query(words);
    let Some(outcome) = reach::outcomes(asked, FETCH).pop() else {
        let most = words
            .number()
            .unwrap_or(if wanted.is_empty() { 10 } else { 25 });
        let mut arguments = json!({"max_results": most});
        if !wanted.is_empty() {
            arguments["query"] = json!(wanted);
        }
        return Some(reach::call(asked, FETCH, &[arguments]));
    };
    Some(reach::sorry(&outcome).unwrap_or_else(|| tell(&mails(&outcome), words)))
}

/// Gmail's search for what is wanted; empty for everything.
fn query(words: &Words) -> String {
    let about = ["mention", "about", "contain", "regarding", "with the word"];
    let mut terms = Vec::new();
    if let Some(text) = words.quoted().or_else(|| {
        words
            .any(&about)
            .then(|| words.subject(&["mentioning ", "mention ", "about ", "regarding "]))
            .flatten()
    }) {
        terms.push(if text.contains(' ') {
            format!("\"{text}\"")
        } else {
            text
        });
    }
    if let Some(address) = words.address() {
        terms.push(format!("from:{address}"));
    }
    terms.extend(words.time_range().map(str::to_owned));
    terms.join(" ")
}

fn tell(mails: &[Mail], words: &Words) -> Turn {
    let about = words
        .quoted()
        .map(|text| format!(" mentioning “{text}”"))
        .unwrap_or_default();
    if mails.is_empty() {
        return Turn::says(format!("I found no mails{about} in your mailbox."));
    }
    let rows: Vec<Vec<String>> = mails
        .iter()
        .map(|mail| {
            let words = format!("**{}**: {}", mail.subject(), mail.gist());
            vec![mail.date(), mail.sender(), words]
        })
        .collect();
    Turn::says(format!(
        "I found **{}**{about}:\n\n{}",
        count(mails.len(), "mail"),
        table(&["Date", "From", "What it says"], &rows),
    ))
}
