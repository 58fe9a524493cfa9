//! Slack counts lengths as JavaScript does, in UTF-16 units.

/// Units of a text.
pub(super) fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The longest beginning of an escaped text within so many units. No character and none
/// of the entities `&amp;`, `&lt;`, `&gt;` is cut in two.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    let mut used = 0;
    let end = text
        .char_indices()
        .find(|(_, c)| {
            used += c.len_utf16();
            used > most
        })
        .map_or(text.len(), |(at, _)| at);
    let (head, tail) = text.split_at(end);
    match head.rfind('&') {
        Some(at) if cuts_an_entity(&head[at..], tail) => &head[..at],
        Some(_) | None => head,
    }
}

/// The text, or its beginning and `…`.
pub(super) fn escaped_within(text: &str, most: usize) -> String {
    if units(text) <= most {
        return text.to_owned();
    }
    format!("{}…", beginning(text, most.saturating_sub(1)).trim_end())
}

fn cuts_an_entity(begun: &str, tail: &str) -> bool {
    ["&amp;", "&lt;", "&gt;"].iter().any(|entity| {
        entity
            .strip_prefix(begun)
            .is_some_and(|missing| !missing.is_empty() && tail.starts_with(missing))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_cut_in_two() {
        for (text, most, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "abc"),
            ("", 0, ""),
            ("a\u{1f600}b", 2, "a"),
            ("a\u{1f600}b", 3, "a\u{1f600}"),
            ("a&lt;b", 2, "a"),
            ("a&lt;b", 4, "a"),
            ("a&lt;b", 5, "a&lt;"),
            ("a&amp;b", 5, "a"),
            ("a&b", 2, "a&"),
            ("a&lb", 3, "a&l"),
        ] {
            assert_eq!(beginning(text, most), expected, "{text} {most}");
        }
        assert_eq!(escaped_within("abcd", 3), "ab…");
        assert_eq!(escaped_within("abc", 3), "abc");
    }
}
