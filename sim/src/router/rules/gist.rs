//! What a mail says, in two sentences: how it begins, and what it asks.

use super::markdown::short;

/// Longest gist, in characters.
const LONGEST: usize = 220;

/// Words of a sentence that wants something.
const ASKING: [&str; 9] = [
    "please",
    "tell me",
    "send me",
    "i need",
    "you need",
    "needs your",
    "reply",
    "bring ",
    " by ",
];

pub(super) fn gist(body: &str) -> String {
    let sentences = sentences(body);
    let mut told: Vec<&str> = sentences.iter().take(1).map(String::as_str).collect();
    let asking = sentences.iter().skip(1).find(|sentence| asks(sentence));
    told.extend(asking.or_else(|| sentences.get(1)).map(String::as_str));
    short(&told.join(" "), LONGEST)
}

fn asks(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    lower.ends_with('?') || ASKING.iter().any(|word| lower.contains(word))
}

/// Without greeting, signature and what was quoted. A line of a list is a sentence.
fn sentences(body: &str) -> Vec<String> {
    let lines = body.lines().map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with('>')).collect();
    let text = lines.join("\n");
    let paragraphs = text.split("\n\n").map(str::trim);
    let mut found = Vec::new();
    for paragraph in paragraphs.filter(|paragraph| !paragraph.is_empty()) {
        if is_greeting(paragraph) || (!found.is_empty() && is_signature(paragraph)) {
            continue;
        }
        for line in logical_lines(paragraph) {
            found.extend(split(&line));
        }
    }
    if let Some(first) = found.first_mut() {
        *first = without_greeting(first);
    }
    found
}

/// `Hi Ada,`
fn is_greeting(paragraph: &str) -> bool {
    paragraph.ends_with(',') && paragraph.split_whitespace().count() <= 4
}

/// A few words that are no sentence.
fn is_signature(paragraph: &str) -> bool {
    !paragraph.ends_with(['.', '?', '!']) && paragraph.split_whitespace().count() <= 10
}

/// A paragraph on one line, but for its lists.
fn logical_lines(paragraph: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in paragraph.lines() {
        match (line.strip_prefix("- "), lines.last_mut()) {
            (Some(item), _) => lines.push(item.to_owned()),
            (None, Some(last)) => *last = format!("{last} {line}"),
            (None, None) => lines.push(line.to_owned()),
        }
    }
    lines
}

fn split(line: &str) -> Vec<String> {
    let mut sentences = vec![String::new()];
    for word in line.split_whitespace() {
        if let Some(last) = sentences.last_mut() {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
        if word.ends_with(['.', '?', '!']) {
            sentences.push(String::new());
        }
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

/// `Ada, the page is ready.` becomes `The page is ready.`
fn without_greeting(sentence: &str) -> String {
    let rest = sentence.split_once(", ").filter(|(greeting, rest)| {
        let mut words = greeting.split_whitespace();
        words.clone().count() <= 2
            && words.all(|word| word.starts_with(char::is_uppercase))
            && rest.split_whitespace().count() > 2
    });
    let said = rest.map_or(sentence, |(_, rest)| rest);
    let mut letters = said.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gist_is_the_beginning_and_what_is_asked() {
        let table = [
            (
                "Hi Ada,\n\nI close the agenda tonight. It is long.\nPlease send me one topic.\n\nGrace",
                "I close the agenda tonight. Please send me one topic.",
            ),
            (
                "Ada, the page is ready. It is blue.",
                "The page is ready. It is blue.",
            ),
            ("Hello Ada, can you come?", "Can you come?"),
            ("From today, all is well.", "From today, all is well."),
            ("> Did you see it?\nYes.\n\nBen Castillo\nSales", "Yes."),
            (
                "Fine.\n- Ben: the list by Friday.\n- Ben: a summary.",
                "Fine. Ben: the list by Friday.",
            ),
            ("Ada,\n\nthe page is ready.", "The page is ready."),
            ("Approved", "Approved"),
            ("", ""),
        ];
        for (body, expected) in table {
            assert_eq!(gist(body), expected, "{body}");
        }
    }
}
