//! Marks within a line, in Markdown and in Slack's mrkdwn: emphasis, code, links, and
//! Slack's tokens in angle brackets, which are live in both.

use std::collections::BTreeMap;

use super::html::{escape, link, push};

/// Names by Slack user id.
pub(super) type Names = BTreeMap<String, String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Markdown,
    Mrkdwn,
}

impl Dialect {
    /// Longer marks first.
    fn marks(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Markdown => &[
                ("**", "strong"),
                ("__", "strong"),
                ("~~", "del"),
                ("*", "em"),
                ("_", "em"),
            ],
            Self::Mrkdwn => &[("*", "strong"), ("_", "em"), ("~", "del")],
        }
    }
}

/// One line as HTML.
pub(super) fn html(text: &str, dialect: Dialect, names: &Names) -> String {
    let mut made = String::new();
    let mut rest = text;
    let mut before = ' ';
    while let Some(letter) = rest.chars().next() {
        let piece = code(rest)
            .or_else(|| escaped(rest, dialect))
            .or_else(|| token(rest, names))
            .or_else(|| masked(rest, dialect, names))
            .or_else(|| address(rest, before))
            .or_else(|| emphasis(rest, before, dialect, names));
        let length = if let Some((html, length)) = piece {
            made.push_str(&html);
            length
        } else {
            push(&mut made, letter);
            letter.len_utf8()
        };
        let (taken, left) = rest.split_at(length);
        before = taken.chars().next_back().unwrap_or(' ');
        rest = left;
    }
    made
}

/// HTML, and how many bytes of the text it stands for.
type Piece = Option<(String, usize)>;

fn code(rest: &str) -> Piece {
    let mark = rest.chars().take_while(|letter| *letter == '`').count();
    let inner = rest.get(mark..).filter(|_| mark > 0)?;
    let end = inner.find(&"`".repeat(mark)).filter(|end| *end > 0)?;
    let html = format!("<code>{}</code>", escape(&entities(inner.get(..end)?)));
    Some((html, mark + end + mark))
}

/// Slack's three entities, and Markdown's backslash.
fn escaped(rest: &str, dialect: Dialect) -> Piece {
    for (entity, html) in [("&lt;", "&lt;"), ("&gt;", "&gt;"), ("&amp;", "&amp;")] {
        if rest.starts_with(entity) {
            return Some((html.to_owned(), entity.len()));
        }
    }
    let letter = rest.strip_prefix('\\')?.chars().next()?;
    (dialect == Dialect::Markdown && letter.is_ascii_punctuation())
        .then(|| (escape(&letter.to_string()), 2))
}

/// The text that Slack's three entities stand for.
pub(super) fn entities(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// `<@U…>`, `<#C…|name>`, `<!here>`, `<https://…|words>`.
fn token(rest: &str, names: &Names) -> Piece {
    let inner = rest.strip_prefix('<')?;
    let inner = inner.get(..inner.find('>')?)?;
    let (target, label) = inner.split_once('|').unwrap_or((inner, ""));
    let words = |other: &str| escape(&entities(if label.is_empty() { other } else { label }));
    let html = match target.chars().next()? {
        '@' => {
            let id = target.get(1..)?;
            let name = words(names.get(id).map_or(id, String::as_str));
            format!("<span class=\"mention\">@{name}</span>")
        }
        '#' => format!(
            "<span class=\"mention\">#{}</span>",
            words(target.get(1..)?)
        ),
        '!' => format!(
            "<span class=\"mention\">@{}</span>",
            words(target.get(1..)?)
        ),
        _ if target.contains("://") || target.starts_with("mailto:") => {
            let url = entities(target);
            link(&url, &words(&url), "")
        }
        _ => return None,
    };
    Some((html, inner.len() + 2))
}

/// `[words](https://…)`.
fn masked(rest: &str, dialect: Dialect, names: &Names) -> Piece {
    let inner = rest
        .strip_prefix('[')
        .filter(|_| dialect == Dialect::Markdown)?;
    let end = inner.find("](")?;
    let words = inner.get(..end)?;
    let target = inner.get(end + 2..)?;
    let close = target
        .find([')', ' ', '\n'])
        .filter(|at| target[*at..].starts_with(')'))?;
    let url = target.get(..close)?;
    let words = html(words, dialect, names);
    Some((link(url, &words, ""), 1 + end + 2 + close + 1))
}

/// An address that stands bare.
fn address(rest: &str, before: char) -> Piece {
    if before.is_alphanumeric() || !(rest.starts_with("https://") || rest.starts_with("http://")) {
        return None;
    }
    let end = rest.find(|letter: char| letter.is_whitespace() || "<>\"')|*`".contains(letter));
    let url = rest.get(..end.unwrap_or(rest.len()))?;
    let url = url.trim_end_matches(['.', ',', '!', '?', ';', ':']);
    (url.len() > "https://".len())
        .then(|| (link(&entities(url), &escape(&entities(url)), ""), url.len()))
}

/// A mark that opens at the beginning of a word, and closes at the end of one.
fn emphasis(rest: &str, before: char, dialect: Dialect, names: &Names) -> Piece {
    let (mark, tag) = dialect
        .marks()
        .iter()
        .find(|(mark, _)| rest.starts_with(mark))?;
    if before.is_alphanumeric() {
        return None;
    }
    let inner = rest.get(mark.len()..)?;
    let starts_badly = |letter: char| letter.is_whitespace() || mark.contains(letter);
    if inner.chars().next().is_none_or(starts_badly) {
        return None;
    }
    let (end, _) = inner.match_indices(mark).find(|(at, _)| {
        let (within, beyond) = inner.split_at(*at);
        let beyond = &beyond[mark.len()..];
        within
            .chars()
            .next_back()
            .is_some_and(|letter| !letter.is_whitespace() && letter != '\\')
            && beyond
                .chars()
                .next()
                .is_none_or(|letter| !letter.is_alphanumeric() && !mark.contains(letter))
    })?;
    let words = html(inner.get(..end)?, dialect, names);
    Some((
        format!("<{tag}>{words}</{tag}>"),
        mark.len() + end + mark.len(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_html_and_nothing_else_does() {
        let md = Dialect::Markdown;
        let slack = Dialect::Mrkdwn;
        let open = |url: &str, words: &str| {
            format!("<a href=\"{url}\" target=\"_blank\" rel=\"noopener noreferrer\">{words}</a>")
        };
        let table = [
            (
                md,
                "a **bold *and slanted* word** here",
                "a <strong>bold <em>and slanted</em> word</strong> here".to_owned(),
            ),
            (
                slack,
                "*bold* _slanted_ ~gone~",
                "<strong>bold</strong> <em>slanted</em> <del>gone</del>".to_owned(),
            ),
            (
                md,
                "snake_case_word 2*3*4 ** no",
                "snake_case_word 2*3*4 ** no".to_owned(),
            ),
            (
                md,
                "`a < b & **c**`",
                "<code>a &lt; b &amp; **c**</code>".to_owned(),
            ),
            (md, "\\*plain\\* \\<b>", "*plain* &lt;b&gt;".to_owned()),
            (
                md,
                "<script>alert(1)</script>",
                "&lt;script&gt;alert(1)&lt;/script&gt;".to_owned(),
            ),
            (
                md,
                "&lt;!channel&gt; &amp; so",
                "&lt;!channel&gt; &amp; so".to_owned(),
            ),
            (
                md,
                "[here](https://example.com/?a=1&b=2)",
                open("https://example.com/?a=1&amp;b=2", "here"),
            ),
            (md, "[here](javascript:alert(1))", "here)".to_owned()),
            (
                slack,
                "<https://example.com|here>",
                open("https://example.com", "here"),
            ),
            (slack, "<javascript://x|here>", "here".to_owned()),
            (
                md,
                "see https://example.com/a.",
                format!(
                    "see {}.",
                    open("https://example.com/a", "https://example.com/a")
                ),
            ),
            (
                slack,
                "hi <@U0ADA>, <@U0X|x>",
                "hi <span class=\"mention\">@Ada</span>, <span class=\"mention\">@x</span>"
                    .to_owned(),
            ),
            (
                md,
                "[\"><b>](https://x.example/\"onclick=)",
                open("https://x.example/&quot;onclick=", "&quot;&gt;&lt;b&gt;"),
            ),
        ];
        let names = Names::from([("U0ADA".to_owned(), "Ada".to_owned())]);
        for (dialect, text, expected) in table {
            assert_eq!(html(text, dialect, &names), expected, "{text}");
        }
    }
}
