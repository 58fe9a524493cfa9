//! Addresses that stand in a text without being marked as links: Slack makes links of them
//! by itself.

use std::ops::Range;

use pulldown_cmark::{Event, Parser};

use crate::agent::Provenance;
use crate::slack::mrkdwn::is_invisible;

/// Extensions of files that are no top-level domains, so that `plan.pdf` is no host.
const EXTENSIONS: &[&str] = &[
    "bmp", "cpp", "css", "csv", "doc", "docx", "eml", "exe", "gif", "html", "ics", "ini", "java",
    "jpeg", "jpg", "js", "json", "jsx", "log", "pdf", "php", "png", "ppt", "pptx", "sql", "svg",
    "toml", "ts", "tsx", "txt", "webp", "xls", "xlsx", "xml", "yaml", "yml",
];

/// Signs at the end of a word that may belong to the sentence.
const MOST_SIGNS: usize = 6;

/// The words of a text that may be read as addresses and are not known to be any, by their
/// places.
pub(super) fn unknown(text: &str, known: &Provenance) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for word in text.split_whitespace() {
        let plain = as_read(word);
        if is_address(&plain) && !is_known(&plain, known) {
            found.push(place(text, word));
        }
    }
    found
}

/// The last word, if no space follows it and it may be read as an address. What stands
/// beside it would become a part of it, code too.
pub(super) fn unended(text: &str) -> Option<Range<usize>> {
    let word = text.rsplit(char::is_whitespace).next()?;
    is_address(&as_read(word)).then(|| place(text, word))
}

fn place(text: &str, word: &str) -> Range<usize> {
    let at = word.as_ptr() as usize - text.as_ptr() as usize;
    at..at + word.len()
}

/// This word as code, which nobody can click; the signs around it stay outside.
pub(super) fn as_code(word: &str) -> String {
    let is_around = |c: char| !c.is_alphanumeric() && !matches!(c, '/' | '&' | '=' | '%');
    let solid: String = word
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .chars()
        .filter(|c| !matches!(c, '`' | '\\') && !is_invisible(*c))
        .collect();
    let inside = solid.trim_matches(is_around);
    let Some((before, after)) = solid.split_once(inside) else {
        return solid;
    };
    format!("{before}`{inside}`{after}")
}

/// This part so that nothing in it is an address any more; as long as before.
pub(super) fn taken_apart(word: &str) -> String {
    word.chars()
        .map(|c| match c {
            ':' | '.' | '@' | '/' | '&' | '\\' | '。' | '．' | '｡' => ' ',
            c => c,
        })
        .collect()
}

/// As Slack may read it: without escapes, entities, emphasis and what nobody sees.
fn as_read(word: &str) -> String {
    let decoded = if word.contains(['&', '\\']) {
        Parser::new(word)
            .filter_map(|event| {
                let (Event::Text(words) | Event::Code(words)) = event else {
                    return None;
                };
                Some(words.to_string())
            })
            .collect()
    } else {
        word.to_owned()
    };
    decoded.chars().filter(|c| !is_invisible(*c)).collect()
}

/// Whether somebody could take something in this word for an address.
fn is_address(word: &str) -> bool {
    let word: String = word
        .chars()
        .filter(|c| !matches!(c, '*' | '~' | '\\' | '`'))
        .map(|c| match c {
            '。' | '．' | '｡' => '.',
            '＠' => '@',
            c => c,
        })
        .flat_map(char::to_lowercase)
        .collect();
    ["://", "www.", "mailto:"]
        .iter()
        .any(|begin| word.contains(begin))
        || word
            .split(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_' | '@' | '+'))
            .any(|part| is_host(part.trim_matches(|c: char| !c.is_alphanumeric())))
}

/// Whether this is a host, a mailbox, or the four numbers of a machine. In lower case.
pub(super) fn is_host(word: &str) -> bool {
    let host = word.rsplit('@').next().unwrap_or_default();
    let Some((name, top)) = host.rsplit_once('.') else {
        return false;
    };
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    if host.split('.').count() == 4 && host.split('.').all(is_number) {
        return true;
    }
    let is_top = top.starts_with("xn--") || top.chars().all(char::is_alphabetic);
    !name.is_empty()
        && top.chars().count() >= 2
        && is_top
        && !(host == word && EXTENSIONS.contains(&top))
}

/// Whether all that Slack could make of this word is known.
fn is_known(word: &str, known: &Provenance) -> bool {
    let lower = word.to_ascii_lowercase();
    let begins = ["https://", "http://", "mailto:", "www."]
        .iter()
        .filter_map(|begin| lower.find(begin))
        .min();
    let begins = begins.or_else(|| word.find(char::is_alphanumeric));
    let Some((before, address)) = begins.and_then(|at| word.split_at_checked(at)) else {
        return false;
    };
    if is_address(before) || before.ends_with(char::is_alphanumeric) {
        return false;
    }
    let mut rest = address;
    for _ in 0..=MOST_SIGNS {
        if known.holds(rest) {
            return true;
        }
        let Some(shorter) = rest.strip_suffix(|c: char| !c.is_alphanumeric()) else {
            return false;
        };
        rest = shorter;
    }
    false
}
