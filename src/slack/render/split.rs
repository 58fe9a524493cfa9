//! Splitting a long Markdown text: at paragraphs, else at lines, else between characters.
//! A code block that is cut is closed and opened again.

use super::length::{beginning, units};

/// One part: a piece of the text, and what it needs to stand alone.
pub(super) struct Part<'a> {
    opening: String,
    piece: &'a str,
    closing: String,
}

impl Part<'_> {
    pub(super) fn whole(&self) -> String {
        format!("{}{}{}", self.opening, self.piece, self.closing)
    }
}

/// Longest line that is repeated to open a code block again.
const LONGEST_OPENING: usize = 80;

/// Parts of at most so many UTF-16 units, whose pieces are the whole text.
pub(super) fn parts(text: &str, most: usize) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    let mut open: Option<Fence> = None;
    while !rest.is_empty() {
        let opening = open.as_ref().map(Fence::opening).unwrap_or_default();
        let room = most.saturating_sub(units(&opening));
        // Looks at no more than the room: a long text has many parts.
        let piece = if beginning(rest, room).len() == rest.len() {
            rest
        } else {
            // Whatever fence the piece ends in, its closing must fit as well.
            let fits = beginning(rest, room.saturating_sub(LONGEST_OPENING));
            cut(fits, rest)
        };
        rest = rest.get(piece.len()..).unwrap_or_default();
        open = fence_after(open, piece);
        let closing = match &open {
            Some(fence) if !rest.is_empty() => fence.closing(piece),
            Some(_) | None => String::new(),
        };
        parts.push(Part {
            opening,
            piece,
            closing,
        });
    }
    parts
}

/// The best beginning of what fits. Places that would leave most of the room empty are
/// passed over.
fn cut<'a>(fits: &'a str, rest: &'a str) -> &'a str {
    let least = fits.len() / 4;
    let end = fits
        .rfind("\n\n")
        .map(|at| at + 2)
        .filter(|end| *end > least)
        .or_else(|| fits.rfind('\n').map(|at| at + 1).filter(|end| *end > least))
        .or_else(|| fits.rfind(' ').map(|at| at + 1).filter(|end| *end > least))
        .unwrap_or(fits.len());
    match fits.get(..end) {
        Some(piece) if !piece.is_empty() => piece,
        // Not one character fits: better too long than never done.
        Some(_) | None => {
            let first = rest.chars().next().map_or(0, char::len_utf8);
            rest.get(..first).unwrap_or(rest)
        }
    }
}

/// An open code block.
#[derive(Clone)]
struct Fence {
    indent: String,
    /// Three or more backticks or tildes.
    marker: String,
    info: String,
}

impl Fence {
    /// The fence a line opens.
    fn opened_by(line: &str) -> Option<Self> {
        let (indent, marker, info) = taken_apart(line)?;
        if marker.starts_with('`') && info.contains('`') {
            return None;
        }
        Some(Self {
            indent: indent.to_owned(),
            marker: marker.to_owned(),
            info: info.trim().to_owned(),
        })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        taken_apart(line).is_some_and(|(_, marker, info)| {
            marker.starts_with(self.marker.as_str()) && info.trim().is_empty()
        })
    }

    fn opening(&self) -> String {
        let whole = format!("{}{}{}\n", self.indent, self.marker, self.info);
        if units(&whole) <= LONGEST_OPENING {
            whole
        } else {
            "```\n".to_owned()
        }
    }

    fn closing(&self, piece: &str) -> String {
        let line_break = if piece.ends_with('\n') { "" } else { "\n" };
        let opening = self.opening();
        let marker = match taken_apart(&opening) {
            Some((_, marker, _)) => marker,
            None => "```",
        };
        format!("{line_break}{}{marker}", self.shown_indent(&opening))
    }

    fn shown_indent<'a>(&'a self, opening: &str) -> &'a str {
        if opening.starts_with(&self.indent) {
            &self.indent
        } else {
            ""
        }
    }
}

/// Indentation, marker and the rest of a line that could be a fence.
fn taken_apart(line: &str) -> Option<(&str, &str, &str)> {
    let trimmed = line.trim_start_matches([' ', '\t']);
    let (indent, _) = line.split_at(line.len() - trimmed.len());
    let character = trimmed.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let info = trimmed.trim_start_matches(character);
    let (marker, _) = trimmed.split_at(trimmed.len() - info.len());
    (marker.len() >= 3).then_some((indent, marker, info))
}

/// The code block that is open behind the piece.
fn fence_after(before: Option<Fence>, piece: &str) -> Option<Fence> {
    piece.lines().fold(before, |open, line| match open {
        Some(fence) if fence.is_closed_by(line) => None,
        Some(fence) => Some(fence),
        None => Fence::opened_by(line),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str, most: usize) -> Vec<String> {
        parts(text, most).iter().map(Part::whole).collect()
    }

    /// As in an answer: the room for a closing fence is kept free.
    const MOST: usize = LONGEST_OPENING + 20;

    #[test]
    fn a_short_text_is_one_part() {
        assert_eq!(whole("a\n\nb", MOST), ["a\n\nb"]);
        assert_eq!(whole("", MOST), [""; 0]);
        assert_eq!(whole("```\nnever closed", MOST), ["```\nnever closed"]);
    }

    #[test]
    fn the_best_place_is_chosen() {
        let tail = "y".repeat(90);
        for (head, first) in [
            ("one two\n\nthree\nfour ", "one two\n\n"),
            ("one two\nthree four ", "one two\n"),
            ("one two three four f", "one two three four "),
            ("onetwothreefourfivesix", "onetwothreefourfives"),
        ] {
            let text = format!("{head}{tail}");
            assert_eq!(whole(&text, MOST)[0], first, "{head}");
        }
    }

    #[test]
    fn a_code_block_is_closed_and_opened_again() {
        let code = "let a = 1;\n".repeat(12);
        let parts = whole(&format!("```rust\n{code}```\nend"), MOST);
        assert!(parts.len() > 2);
        for part in &parts {
            assert_eq!(part.matches("```").count() % 2, 0, "{part}");
            assert!(units(part) <= MOST, "{part}");
        }
        assert!(parts[0].starts_with("```rust\n") && parts[0].ends_with("\n```"));
        assert!(parts[1].starts_with("```rust\nlet a"));
        assert!(parts.last().unwrap().ends_with("end"));
    }

    #[test]
    fn what_only_looks_like_a_fence() {
        assert!(Fence::opened_by("``").is_none());
        assert!(Fence::opened_by("```inline``` code").is_none());
        assert!(Fence::opened_by("text ```").is_none());
        let fence = Fence::opened_by("  ~~~~ text").unwrap();
        assert!(!fence.is_closed_by("~~~"));
        assert!(!fence.is_closed_by("````"));
        assert!(!fence.is_closed_by("~~~~ text"));
        assert!(fence.is_closed_by("~~~~~ "));
    }

    proptest::proptest! {
        #[test]
        fn the_pieces_are_the_whole_text(
            text in "([a-zé\u{1f600} ]{0,30}|\n|\n\n|```[a-z]{0,3}\n|~~~~\n|&lt;){0,60}",
            most in 100_usize..300,
        ) {
            let parts = parts(&text, most);
            let pieces: String = parts.iter().map(|part| part.piece).collect();
            proptest::prop_assert_eq!(&pieces, &text);
            for part in &parts {
                proptest::prop_assert!(units(&part.whole()) <= most);
            }
        }
    }
}
