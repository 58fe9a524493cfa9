//! Markdown as Slack's own block shows it: headings, lists, tasks, tables, quotes, code.

use super::html::escape;
use super::inline::{Dialect, Names, entities, html};

/// A whole text as HTML.
pub(super) fn page(text: &str, names: &Names) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut made = String::new();
    let mut rest = lines.as_slice();
    while let Some(first) = rest.first() {
        if first.trim().is_empty() {
            rest = &rest[1..];
            continue;
        }
        let kinds = [fence, heading, rule, table, list, quote];
        let (html, taken) = kinds
            .iter()
            .find_map(|kind| kind(rest, names))
            .unwrap_or_else(|| paragraph(rest, names));
        made.push_str(&html);
        rest = &rest[taken..];
    }
    made
}

/// HTML, and how many lines it stands for.
type Piece = Option<(String, usize)>;

fn inline(text: &str, names: &Names) -> String {
    html(text, Dialect::Markdown, names)
}

fn fence(lines: &[&str], _: &Names) -> Piece {
    lines[0].trim_start().strip_prefix("```")?;
    let inner = lines[1..]
        .iter()
        .take_while(|line| !line.trim_start().starts_with("```"));
    let inner: Vec<&str> = inner.copied().collect();
    let code = escape(&entities(&inner.join("\n")));
    let taken = (inner.len() + 2).min(lines.len());
    Some((format!("<pre><code>{code}</code></pre>"), taken))
}

fn heading(lines: &[&str], names: &Names) -> Piece {
    let words = lines[0].trim_start_matches('#');
    let level = lines[0].len() - words.len();
    let words = words
        .strip_prefix(' ')
        .filter(|_| (1..=6).contains(&level))?;
    // Slack has one size; the page's own headings stand above.
    Some((format!("<h4>{}</h4>", inline(words.trim(), names)), 1))
}

fn rule(lines: &[&str], _: &Names) -> Piece {
    let line: String = lines[0].split_whitespace().collect();
    let same = |mark: char| line.len() >= 3 && line.chars().all(|letter| letter == mark);
    (same('-') || same('*') || same('_')).then(|| ("<hr>".to_owned(), 1))
}

fn quote(lines: &[&str], names: &Names) -> Piece {
    let inner = lines.iter().map_while(|line| {
        let line = line
            .strip_prefix('>')
            .or_else(|| line.strip_prefix("&gt;"))?;
        Some(line.strip_prefix(' ').unwrap_or(line))
    });
    let inner: Vec<&str> = inner.collect();
    let html = format!(
        "<blockquote>{}</blockquote>",
        page(&inner.join("\n"), names)
    );
    (!inner.is_empty()).then_some((html, inner.len()))
}

fn table(lines: &[&str], names: &Names) -> Piece {
    let head = cells(lines[0])?;
    let rule = cells(lines.get(1)?)?;
    let dashes =
        |cell: &String| !cell.is_empty() && cell.chars().all(|letter| "-: ".contains(letter));
    if !rule.iter().all(dashes) {
        return None;
    }
    let row = |cells: &[String], tag: &str| {
        let cells = cells
            .iter()
            .map(|cell| format!("<{tag}>{}</{tag}>", inline(cell, names)));
        format!("<tr>{}</tr>", cells.collect::<Vec<_>>().concat())
    };
    let rows: Vec<Vec<String>> = lines[2..].iter().map_while(|line| cells(line)).collect();
    let body: Vec<String> = rows.iter().map(|cells| row(cells, "td")).collect();
    let html = format!(
        "<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table><thead>{}</thead><tbody>{}</tbody></table></div>",
        row(&head, "th"),
        body.concat()
    );
    Some((html, rows.len() + 2))
}

/// The cells of a row; an escaped bar does not part them.
fn cells(line: &str) -> Option<Vec<String>> {
    let line = line.trim().strip_prefix('|')?;
    let line = line.strip_suffix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let cell = cells.last_mut()?;
        match letter {
            '|' => cells.push(String::new()),
            '\\' => {
                cell.push(letter);
                cell.extend(letters.next());
            }
            letter => cell.push(letter),
        }
    }
    Some(cells.iter().map(|cell| cell.trim().to_owned()).collect())
}

/// A list's item: how far it is indented, whether it is numbered, its words.
fn item(line: &str) -> Option<(usize, bool, &str)> {
    let bare = line.trim_start();
    let indent = line.len() - bare.len();
    let bullet = ["- ", "* ", "+ ", "• "]
        .iter()
        .find_map(|mark| bare.strip_prefix(mark));
    if let Some(words) = bullet {
        return Some((indent, false, words));
    }
    let (number, words) = bare.split_once(". ")?;
    let digits =
        !number.is_empty() && number.len() < 10 && number.bytes().all(|b| b.is_ascii_digit());
    digits.then_some((indent, true, words))
}

fn list(lines: &[&str], names: &Names) -> Piece {
    let (indent, numbered, _) = item(lines[0])?;
    let mut items = String::new();
    let mut at = 0;
    while let Some((depth, number, words)) = lines.get(at).copied().and_then(item) {
        if depth < indent || (depth == indent && number != numbered) {
            break;
        }
        at += 1;
        items.push_str("<li>");
        items.push_str(&task(words, names));
        let next = lines.get(at).copied().and_then(item);
        if next.is_some_and(|(depth, ..)| depth > indent)
            && let Some((inner, taken)) = list(&lines[at..], names)
        {
            items.push_str(&inner);
            at += taken;
        }
        items.push_str("</li>");
    }
    let tag = if numbered { "ol" } else { "ul" };
    Some((format!("<{tag}>{items}</{tag}>"), at))
}

fn task(words: &str, names: &Names) -> String {
    for (mark, state, said) in [
        ("[ ] ", "☐", "open: "),
        ("[x] ", "☑", "done: "),
        ("[X] ", "☑", "done: "),
    ] {
        if let Some(words) = words.strip_prefix(mark) {
            return format!(
                "<span class=\"task\" aria-hidden=\"true\">{state}</span> <span class=\"heard\">{said}</span>{}",
                inline(words, names)
            );
        }
    }
    inline(words, names)
}

fn paragraph(lines: &[&str], names: &Names) -> (String, usize) {
    // Lists and quotes are told by their first line: to try them would be to do all twice.
    let other = |at: usize| {
        let rest = &lines[at..];
        let first = rest[0].trim();
        first.is_empty()
            || first.starts_with('>')
            || first.starts_with("&gt;")
            || item(rest[0]).is_some()
            || [fence, heading, rule, table]
                .iter()
                .any(|kind| kind(rest, names).is_some())
    };
    let taken = (1..lines.len())
        .find(|at| other(*at))
        .unwrap_or(lines.len());
    let words: Vec<String> = lines[..taken]
        .iter()
        .map(|line| inline(line.trim(), names))
        .collect();
    (format!("<p>{}</p>", words.join("<br>")), taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_html() {
        let table = [
            (
                "# Big **news**\ntext",
                "<h4>Big <strong>news</strong></h4><p>text</p>",
            ),
            ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
            (
                "text\n- a\n  - b\n- c",
                "<p>text</p><ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>",
            ),
            ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
            (
                "- [x] a",
                "<ul><li><span class=\"task\" aria-hidden=\"true\">☑</span> <span class=\"heard\">done: </span>a</li></ul>",
            ),
            (
                "```rust\na < b\n\n- c\n```\nend",
                "<pre><code>a &lt; b\n\n- c</code></pre><p>end</p>",
            ),
            ("```\nnever closed", "<pre><code>never closed</code></pre>"),
            (
                "> a\n> b\nc",
                "<blockquote><p>a<br>b</p></blockquote><p>c</p>",
            ),
            ("a\n---\nb", "<p>a</p><hr><p>b</p>"),
            ("| not a table |", "<p>| not a table |</p>"),
            ("#channel", "<p>#channel</p>"),
        ];
        for (text, expected) in table {
            assert_eq!(page(text, &Names::new()), expected, "{text}");
        }
    }

    #[test]
    fn tables_become_tables() {
        let html = page(
            "| A | B |\n| --- | :-: |\n| 1 \\| 2 | **3** |\nend",
            &Names::new(),
        );
        assert!(html.contains("<th>A</th><th>B</th>"), "{html}");
        assert!(
            html.contains("<td>1 | 2</td><td><strong>3</strong></td>"),
            "{html}"
        );
        assert!(html.ends_with("<p>end</p>"), "{html}");
    }
}
