//! An answer that is shown while the model still writes it. Whatever a reader sees in
//! between is rendered like a whole answer, so that it is as safe as one; what may still
//! turn into something else is held back.

use serde_json::Value;

use super::answer::{LONGEST_PART, answer};
use super::length::{beginning, units};
use super::split::{Fence, LONGEST_OPENING};
use super::{Message, blocks};
use crate::agent::Provenance;

/// The first message of an answer, as far as it is shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Growing {
    shown: String,
}

/// What can be shown now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) markdown: String,
    /// The message holds no more.
    pub(crate) is_last: bool,
}

/// What is missing of a message of which the beginning is shown.
#[derive(Debug, PartialEq)]
pub(crate) struct Rest<'a> {
    pub(crate) markdown: &'a str,
    /// What stands below the answer.
    pub(crate) blocks: &'a [Value],
}

impl Growing {
    /// What can be added to what is shown, of all that is written so far; nothing while it
    /// is undecided, or does not go on where it ends. A last piece may be empty: then all
    /// is shown that ever can be. These addresses can be clicked.
    pub(crate) fn more(&self, written: &str, known: &Provenance) -> Option<Piece> {
        let parts = answer(decided(written), known);
        let first = blocks::markdown_of(parts.first()?)?;
        // Where there is more than one message holds, this one is as it will be.
        let is_last = parts.len() > 1;
        let sure = if is_last {
            first
        } else {
            before_any_cut(first)
        };
        let more = sure.strip_prefix(self.shown.as_str());
        let more = more.filter(|more| !more.trim().is_empty());
        (is_last || more.is_some()).then(|| Piece {
            markdown: more.unwrap_or_default().to_owned(),
            is_last,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// This piece is shown too.
    pub(crate) fn grow(&mut self, piece: &Piece) {
        self.shown.push_str(&piece.markdown);
    }

    /// What is missing of the message, unless what is shown is not its beginning.
    pub(crate) fn rest<'a>(&self, whole: &'a Message) -> Option<Rest<'a>> {
        let markdown = blocks::markdown_of(whole)?;
        Some(Rest {
            markdown: markdown.strip_prefix(self.shown.as_str())?,
            blocks: whole.blocks.get(1..)?,
        })
    }
}

/// An answer that grows past one message is cut at a paragraph, if it has any. So as it
/// nears that length, only whole paragraphs are shown.
fn before_any_cut(first: &str) -> &str {
    if units(first) <= LONGEST_PART / 2 {
        return first;
    }
    let fits = beginning(first, LONGEST_PART - LONGEST_OPENING);
    let end = fits.rfind("\n\n").map_or(0, |at| at + 2);
    let half = beginning(first, LONGEST_PART / 2);
    let half = half.rfind(char::is_whitespace).unwrap_or_default();
    first.get(..end.max(half)).unwrap_or_default()
}

/// The beginning that is read as it is now, whatever comes behind it: whole lines of code,
/// and of other text whole words with no link, code span or address half written.
fn decided(written: &str) -> &str {
    let mut open: Option<Fence> = None;
    let mut end = 0;
    let mut at = 0;
    for line in written.split_inclusive('\n') {
        if !line.ends_with('\n') {
            break;
        }
        at += line.len();
        if let Some(fence) = &open {
            end = at;
            if fence.is_closed_by(line) {
                open = None;
            }
        } else {
            open = Fence::opened_by(line);
            if open.is_some() || line.trim().is_empty() {
                end = at;
            }
        }
    }
    let (done, paragraph) = written.split_at(end);
    let sure = if open.is_some() { 0 } else { sure(paragraph) };
    written.get(..done.len() + sure).unwrap_or(done)
}

/// How much of a paragraph is decided.
fn sure(paragraph: &str) -> usize {
    let mut sure = 0;
    let mut rest = paragraph;
    while let Some(c) = rest.chars().next() {
        let whole = match c {
            '`' => code(rest),
            '[' => link(rest),
            '<' => angle(rest),
            '\\' => escaped(rest),
            c => Some(c.len_utf8()),
        };
        let Some(behind) = whole.and_then(|length| rest.get(length..)) else {
            break;
        };
        rest = behind;
        if c.is_whitespace() {
            sure = paragraph.len() - rest.len();
        }
    }
    sure
}

/// The length of a character that is taken literally.
fn escaped(text: &str) -> Option<usize> {
    text.chars().nth(1).map(|c| 1 + c.len_utf8())
}

/// The length of a code span. A run of backticks at the very end may still grow.
fn code(text: &str) -> Option<usize> {
    let run = |text: &str| text.len() - text.trim_start_matches('`').len();
    let length = run(text);
    let mut at = length;
    loop {
        at += text.get(at..)?.find('`')?;
        let closing = run(text.get(at..)?);
        at += closing;
        if closing == length {
            return (at < text.len()).then_some(at);
        }
    }
}

/// The length of a link, or of words in brackets. What defines a link is not decided before
/// its paragraph ends.
fn link(text: &str) -> Option<usize> {
    let label = bracketed(text, '[', ']')?;
    let behind = text.get(label..)?;
    match behind.chars().next()? {
        '(' => Some(label + bracketed(behind, '(', ')')?),
        '[' => Some(label + bracketed(behind, '[', ']')?),
        ':' => None,
        _ => Some(label),
    }
}

/// The length from one bracket to the one that closes it.
fn bracketed(text: &str, opening: char, closing: char) -> Option<usize> {
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let whole = match c {
            '`' => code(rest)?,
            '\\' => escaped(rest)?,
            c => c.len_utf8(),
        };
        rest = rest.get(whole..)?;
        if c == opening {
            depth += 1;
        } else if c == closing {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(text.len() - rest.len());
            }
        }
    }
    None
}

/// The length of an address in angles, or of an angle that is only one.
fn angle(text: &str) -> Option<usize> {
    let at = text
        .char_indices()
        .skip(1)
        .find(|(_, c)| *c == '>' || *c == '<' || c.is_whitespace())?;
    Some(if at.1 == '>' { at.0 + 1 } else { 1 })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::links;
    use super::*;

    #[test]
    fn what_is_not_decided_is_held_back() {
        for (written, expected) in [
            ("", ""),
            ("Hel", ""),
            ("Hello wor", "Hello "),
            ("Hello world\n", "Hello world\n"),
            ("see https://a.exam", "see "),
            ("see [the pl", "see "),
            ("see [the plan](https://a.ex", "see "),
            ("see [the plan](https://a.example)", "see "),
            (
                "see [the plan](https://a.example) now",
                "see [the plan](https://a.example) ",
            ),
            ("see ![a cat](https://a.exa", "see "),
            ("see [[a]](https://a.exam", "see "),
            ("[a]: https://a.example \n", ""),
            (
                "[a]: https://a.example \n\nb",
                "[a]: https://a.example \n\n",
            ),
            ("- [ ] to do", "- [ ] to "),
            ("run `rm -r", "run "),
            ("run `ls -l` no", "run `ls -l` "),
            ("run ``a ` b", "run "),
            ("ask <ada@a.exam", "ask "),
            ("a < b an", "a < b "),
            ("```rust\nlet a", "```rust\n"),
            ("```\n[a](https://b\n", "```\n[a](https://b\n"),
            ("```\na\n``", "```\na\n"),
            ("```\na\n```\nsee [b", "```\na\n```\nsee "),
            ("one [\n\ntwo three", "one [\n\ntwo "),
            ("a \\", "a "),
        ] {
            assert_eq!(decided(written), expected, "{written:?}");
        }
    }

    /// A run that knows some of the addresses below.
    fn known() -> Provenance<'static> {
        Provenance::of(
            "https://a.example https://b.example/b https://bank.example",
            &[],
        )
    }

    fn answer(markdown: &str) -> Vec<Message> {
        super::answer(markdown, &known())
    }

    /// Writes the text so many characters at a time, and shows what can be shown.
    fn shown_while_written(text: &str, steps: &[usize]) -> Growing {
        let (mut growing, known) = (Growing::default(), known());
        let letters: Vec<char> = text.chars().collect();
        let (mut at, mut steps) = (0, steps.iter().cycle());
        while at < letters.len() {
            at = (at + steps.next().unwrap()).min(letters.len());
            let written: String = letters[..at].iter().collect();
            if let Some(piece) = growing.more(&written, &known) {
                growing.grow(&piece);
                // What stands there is always as safe as an answer.
                assert_eq!(links::tame(&growing.shown, &known), growing.shown);
            }
        }
        growing
    }

    /// Whether the pieces, and what is missing, are the first message of the whole.
    fn goes_on(growing: &Growing, text: &str) -> bool {
        let whole = answer(text);
        let Some(first) = whole.first() else {
            return growing.shown.is_empty();
        };
        let joined = growing
            .rest(first)
            .map(|rest| format!("{}{}", growing.shown, rest.markdown));
        joined.as_deref() == blocks::markdown_of(first)
    }

    #[test]
    fn a_reference_that_comes_late_changes_what_was_shown() {
        let text =
            "see [bank.example] now\n\nmore words\n\n[bank.example]: https://evil.example\n\nend";
        let growing = shown_while_written(text, &[1]);
        assert!(growing.shown.starts_with("see [bank.example] now"));
        assert!(!goes_on(&growing, text), "it has to be replaced");
    }

    #[test]
    fn what_is_written_anew_does_not_go_on() {
        let mut growing = shown_while_written("One answer that begins ", &[1]);
        assert_eq!(
            growing.more("Another one, from the beginning ", &known()),
            None
        );
        assert!(growing.rest(&answer("Another one")[0]).is_none());
        growing = Growing::default();
        assert!(growing.more("Another one ", &known()).is_some());
    }

    #[test]
    fn a_message_that_is_full_is_not_looked_at_again() {
        let text = "A paragraph of some words, with `code` in it.\n\n".repeat(900);
        let first = answer(&text).remove(0);
        let first = blocks::markdown_of(&first).unwrap();
        let growing = shown_while_written(&text[..first.len() + 9], &[97]);
        assert_eq!(growing.shown, first, "all of it, before anybody knows");
        let full = Some(Piece {
            markdown: String::new(),
            is_last: true,
        });
        assert_eq!(growing.more(&text, &known()), full);
        let all_words = Growing {
            shown: first.trim_end().to_owned(),
        };
        assert_eq!(all_words.more(&text, &known()), full, "blanks are no piece");
        let anew = shown_while_written("Something else that was written before ", &[9]);
        assert_eq!(anew.more(&text, &known()), full);
    }

    #[test]
    fn a_very_long_answer_is_shown_as_far_as_one_message_goes() {
        let text = "A paragraph of some words, with `code` in it.\n\n".repeat(900);
        let growing = shown_while_written(&text, &[997]);
        assert!(goes_on(&growing, &text));
        assert!(units(&growing.shown) > LONGEST_PART / 2);
        assert!(units(&growing.shown) <= LONGEST_PART);
    }

    /// Markdown as models write it: each of these stands by itself.
    fn block() -> impl Strategy<Value = String> {
        prop_oneof![
            "([a-z]{1,9}[ ,]){1,40}",
            "(# |## |- |1\\. )[a-z]{1,9} [a-z]{1,9}",
            "- \\[ \\] [a-z]{1,9} <[a-z]{1,5}@[a-z]\\.example> & [0-9] < [0-9]",
            "([a-z]{1,9} \\[the [a-z]{1,6}\\]\\(https://[a-z]\\.example/[a-z]\\) ){1,3}",
            "([a-z]{1,6} `[a-z \\[(<]{1,9}` \\*\\*[a-z ]{1,9}\\*\\* ){1,5}",
            "!\\[[a-z]{1,5}\\]\\(https://[a-z]\\.example/i\\.png\\)",
            "\\[bank\\.example\\]\\(https://evil\\.example\\) <!channel> <@U1>",
            "```[a-z]{0,4}\n([a-z \\[\\](<>{};]{0,30}\n){0,20}```",
            "\\| a \\| b \\|\n\\|---\\|---\\|\n(\\| [a-z]{1,9} \\| [a-z]{1,9} \\|\n){1,9}",
            "[a-zé\u{1f600}]{1,30}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_pieces_are_the_whole_answer(
            blocks in prop::collection::vec(block(), 0..12),
            many in prop_oneof![9 => Just(1_usize), 1 => Just(12)],
            steps in prop::collection::vec(1_usize..90, 1..9),
        ) {
            let text = blocks.join("\n\n").repeat(many);
            let growing = shown_while_written(&text, &steps);
            prop_assert!(goes_on(&growing, &text), "{:?} of {:?}", growing.shown, answer(&text));
        }

        #[test]
        fn whatever_is_written_is_shown_tame(
            text in "(\\[|\\]|\\(|\\)|!|<|>|`|``|\\\\|\n|\n\n|a|bank\\.example|https://evil\\.example|: |&lt;|\\*| ){0,60}",
            steps in prop::collection::vec(1_usize..9, 1..9),
        ) {
            shown_while_written(&text, &steps);
        }
    }
}
