//! What a person's words ask for.

/// A person's last words, ready to be searched.
#[derive(Debug)]
pub(super) struct Words {
    text: String,
    lower: String,
}

const QUOTES: [(char, char); 7] = [
    ('"', '"'),
    ('\'', '\''),
    ('“', '”'),
    ('„', '“'),
    ('‘', '’'),
    ('«', '»'),
    ('`', '`'),
];

impl Words {
    pub(super) fn of(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            lower: text.to_lowercase(),
        }
    }

    /// Whether one of these stands in the words, as a word or the beginning of one.
    pub(super) fn any(&self, needles: &[&str]) -> bool {
        needles.iter().any(|needle| {
            self.lower.match_indices(needle).any(|(at, _)| {
                let before = self
                    .lower
                    .get(..at)
                    .and_then(|text| text.chars().next_back());
                before.is_none_or(|letter| !letter.is_alphanumeric())
            })
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// What stands in quotes, or else what follows the first of these words.
    pub(super) fn subject(&self, after: &[&str]) -> Option<String> {
        self.quoted().or_else(|| self.after(after))
    }

    /// A quote opens at the beginning of a word, and closes at the end of one.
    pub(super) fn quoted(&self) -> Option<String> {
        let mut before = ' ';
        for (at, letter) in self.text.char_indices() {
            let closing = QUOTES
                .iter()
                .find(|(open, _)| *open == letter)
                .map(|(_, close)| *close);
            if let Some(closing) = closing
                && !before.is_alphanumeric()
            {
                let rest = self.text.get(at + letter.len_utf8()..)?;
                let end = rest.char_indices().find(|(end, letter)| {
                    let next = rest
                        .get(end + letter.len_utf8()..)
                        .and_then(|r| r.chars().next());
                    *letter == closing && next.is_none_or(|next| !next.is_alphanumeric())
                });
                if let Some((end, _)) = end.filter(|(end, _)| *end > 0) {
                    return rest.get(..end).map(|text| text.trim().to_owned());
                }
            }
            before = letter;
        }
        None
    }

    fn after(&self, needles: &[&str]) -> Option<String> {
        let needle = needles.iter().find(|needle| self.lower.contains(*needle))?;
        let at = self.lower.find(needle)? + needle.len();
        // Lowering can change lengths; then nothing is found rather than something wrong.
        let rest = self.text.get(at..)?.trim();
        let rest = rest.trim_end_matches(['.', '?', '!', ' ']);
        (!rest.is_empty()).then(|| rest.to_owned())
    }

    /// The first number of things between 1 and 50; numbers of days are none.
    pub(super) fn number(&self) -> Option<u64> {
        let mut words = self.lower.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let times = ["day", "week", "month", "year", "hour"];
            let counts_time = words
                .peek()
                .is_some_and(|next| times.iter().any(|time| next.starts_with(time)));
            let number = word
                .trim_matches(|letter: char| letter.is_ascii_punctuation())
                .parse();
            if let Some(number) = number.ok().filter(|number| (1..=50).contains(number))
                && !counts_time
            {
                return Some(number);
            }
        }
        None
    }

    /// Whether the words begin with one of these.
    pub(super) fn begin_with(&self, greetings: &[&str]) -> bool {
        let words: Vec<&str> = self
            .lower
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .take(2)
            .collect();
        let first = words.first().copied().unwrap_or_default();
        greetings.contains(&first) || greetings.contains(&words.join(" ").as_str())
    }

    /// The first e-mail address.
    pub(super) fn address(&self) -> Option<String> {
        address_in(&self.text)
    }

    /// Gmail's words for the time that is meant.
    pub(super) fn time_range(&self) -> Option<&'static str> {
        let ranges = [
            ("newer_than:1d", ["today", "last day", "past day"]),
            (
                "newer_than:2d",
                ["yesterday", "last two days", "last 2 days"],
            ),
            ("newer_than:7d", ["week", "last seven days", "last 7 days"]),
            (
                "newer_than:31d",
                ["month", "last thirty days", "last 30 days"],
            ),
            (
                "newer_than:365d",
                ["year", "last twelve months", "last 12 months"],
            ),
        ];
        ranges
            .into_iter()
            .find(|(_, words)| self.any(words))
            .map(|(range, _)| range)
    }
}

/// The first e-mail address in this text.
pub(super) fn address_in(text: &str) -> Option<String> {
    let inside = |letter: char| letter.is_ascii_alphanumeric() || "@._+-".contains(letter);
    text.split(|letter: char| !inside(letter))
        // Slack writes addresses as `<mailto:ada@example.com|ada@example.com>`.
        .map(|word| word.trim_matches(['.', '-']))
        .find(|word| {
            word.split_once('@').is_some_and(|(who, host)| {
                !who.is_empty() && host.contains('.') && !host.contains('@')
            })
        })
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_are_found() {
        let table = [
            ("mails that mention 'pricing'", Some("pricing")),
            ("subject “Q3 planning” and more", Some("Q3 planning")),
            ("it's Ben's \"big one\", isn't it", Some("big one")),
            ("Grace's 'Ada's list' please", Some("Ada's list")),
            ("don't", None),
            ("an empty ''", None),
        ];
        for (text, quoted) in table {
            assert_eq!(Words::of(text).quoted().as_deref(), quoted, "{text}");
        }
    }

    #[test]
    fn numbers_ranges_and_addresses_are_found() {
        let words = Words::of(
            "Summarize the last 5 emails of this week from <mailto:a.b@example.com|a.b@example.com>.",
        );
        assert_eq!(words.number(), Some(5));
        assert_eq!(Words::of("Q3 mails of the last 7 days").number(), None);
        assert_eq!(words.time_range(), Some("newer_than:7d"));
        assert_eq!(words.address().as_deref(), Some("a.b@example.com"));
        assert!(words.any(&["email"]));
        assert!(!words.any(&["ail"]));
    }

    #[test]
    fn a_subject_may_stand_without_quotes() {
        let words = Words::of("search the issue about slow search?");
        assert_eq!(words.subject(&["about "]).as_deref(), Some("slow search"));
    }
}
