//! Slack's markup for people, groups and channels carries ids, which the router must
//! not see.

/// The text with every such mark replaced by the name it carries, or by a word.
pub(super) fn without_ids(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, mark)) = rest.split_once('<') {
        plain.push_str(before);
        // Up to the next bracket of either kind, so that no text is searched twice.
        let end = mark.find(['<', '>']).unwrap_or(mark.len());
        let (inside, after) = mark.split_at(end);
        if let (Some(name), Some(after)) = (name_of(inside), after.strip_prefix('>')) {
            plain.push_str(&name);
            rest = after;
        } else {
            plain.push('<');
            rest = mark;
        }
    }
    plain.push_str(rest);
    plain
}

/// What to say instead of the mark `@U…`, `#C…` or `!subteam^S…`, which may end in
/// `|name`; `None` for links and everything else.
fn name_of(mark: &str) -> Option<String> {
    let (target, name) = match mark.split_once('|') {
        Some((target, name)) => (target, name.trim_start_matches(['@', '#'])),
        None => (mark, ""),
    };
    let (sign, unknown) = if target.starts_with('@') {
        ("@", "someone")
    } else if target.starts_with('#') {
        ("#", "a-channel")
    } else if target.starts_with("!subteam^") {
        ("@", "a-group")
    } else {
        return None;
    };
    Some(format!(
        "{sign}{}",
        if name.is_empty() { unknown } else { name }
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_replaced_and_the_rest_is_left_alone() {
        let cases = [
            ("ask <@U0BEN> please", "ask @someone please"),
            ("ask <@U0BEN|ben> please", "ask @ben please"),
            ("<@W1><@U2|>", "@someone@someone"),
            ("in <#C123|general> or <#C124>", "in #general or #a-channel"),
            ("<!subteam^S1|@sales> <!subteam^S2>", "@sales @a-group"),
            (
                "<https://example.com|site> <!here>",
                "<https://example.com|site> <!here>",
            ),
            ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
            ("<<@U1>>", "<@someone>"),
            ("a < b <@U0BEN>", "a < b @someone"),
            ("<@U0BEN", "<@U0BEN"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(without_ids(text), expected, "{text:?}");
        }
    }
}
