//! A result that was too long to be told at once, cut into pages.

use super::result::LONGEST_PAGE;
use super::text::cut;

/// Longest text that is kept, in characters; some forty pages, more than a run can read.
const LONGEST_KEPT: usize = 1_000_000;

/// The data of one call as JSON text, and where its pages begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pages {
    origin: String,
    text: String,
    /// One at least; ascending.
    begin: Vec<usize>,
    is_cut: bool,
}

impl Pages {
    pub(super) fn of(origin: &str, mut text: String) -> Self {
        let kept = cut(&text, LONGEST_KEPT).len();
        let is_cut = kept < text.len();
        text.truncate(kept);
        text.shrink_to_fit();
        let mut begin = vec![0];
        let mut at = 0;
        while let Some(rest) = text.get(at..) {
            let page = start_within(rest, LONGEST_PAGE).len();
            at += page;
            if page == 0 || at >= text.len() {
                break;
            }
            begin.push(at);
        }
        Self {
            origin: origin.to_owned(),
            text,
            begin,
            is_cut,
        }
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    pub(super) fn count(&self) -> usize {
        self.begin.len()
    }

    /// Whether there was more than is kept.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The first is 1.
    pub(super) fn page(&self, number: usize) -> Option<&str> {
        let begin = *self.begin.get(number.checked_sub(1)?)?;
        let end = self.begin.get(number).copied();
        self.text.get(begin..end.unwrap_or(self.text.len()))
    }

    /// What it takes to keep it.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len() + self.begin.len() * size_of::<usize>()
    }
}

/// As much of a JSON text as fits into `room` characters once it is quoted again. JSON
/// text holds no control characters, so only these two grow.
fn start_within(text: &str, room: usize) -> &str {
    let mut size = 0;
    for (position, character) in text.char_indices() {
        size += if matches!(character, '"' | '\\') {
            2
        } else {
            1
        };
        if size > room {
            return text.get(..position).unwrap_or_default();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_is_far_too_long_is_kept_by_its_beginning() {
        let pages = Pages::of("t", "é".repeat(2 * LONGEST_KEPT));
        assert!(pages.is_cut());
        assert_eq!(pages.text.chars().count(), LONGEST_KEPT);
        assert_eq!(pages.page(0), None);
        assert_eq!(pages.page(pages.count() + 1), None);
        assert_eq!(Pages::of("t", String::new()).page(1), Some(""));
    }

    proptest! {
        #[test]
        fn all_pages_together_are_the_whole(text in "[\"\\\\é🦀a]{0,300}", times in 0_usize..400) {
            let text = text.repeat(times);
            let pages = Pages::of("t", text.clone());
            let mut whole = String::new();
            for number in 1..=pages.count() {
                let page = pages.page(number).unwrap();
                prop_assert!(json!(page).to_string().chars().count() <= LONGEST_PAGE + 2);
                whole.push_str(page);
            }
            prop_assert!(whole == text);
        }
    }
}
