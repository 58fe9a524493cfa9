//! Slack's text: what is live in it, and what a person reads.

use super::workspace::Names;

/// A piece of Slack's text.
enum Piece<'a> {
    Plain(&'a str),
    /// What stands between `<` and `>`.
    Live(&'a str),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let inside = &rest[open + 1..];
        match inside.find(['<', '>', '\n']) {
            Some(close) if inside[close..].starts_with('>') && close > 0 => {
                pieces.push(Piece::Plain(&rest[..open]));
                pieces.push(Piece::Live(&inside[..close]));
                rest = &inside[close + 1..];
            }
            _ => {
                pieces.push(Piece::Plain(&rest[..=open]));
                rest = inside;
            }
        }
    }
    pieces.push(Piece::Plain(rest));
    pieces
}

/// All that Slack would turn into a mention, a call or a link: `!channel`, `@U0ADA`,
/// `https://example.com|label`.
pub(crate) fn live(text: &str) -> Vec<&str> {
    pieces(text)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Live(token) => Some(token),
            Piece::Plain(_) => None,
        })
        .collect()
}

/// What a person reads.
pub(crate) fn read(text: &str, names: &Names) -> String {
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Plain(plain) => decode(plain),
            Piece::Live(token) => decode(&show(token, names)),
        })
        .collect()
}

fn show(token: &str, names: &Names) -> String {
    let (target, label) = match token.split_once('|') {
        Some((target, label)) => (target, Some(label)),
        None => (token, None),
    };
    match (target.get(..1), label) {
        (Some("@"), _) => format!("@{}", names.of(&target[1..])),
        (Some("#"), _) => format!("#{}", label.unwrap_or_else(|| names.of(&target[1..]))),
        (Some("!"), Some(label)) => label.to_owned(),
        (Some("!"), None) => format!("@{}", &target[1..]),
        (_, Some(label)) => format!("{label} ({target})"),
        (_, None) => target.to_owned(),
    }
}

/// The three entities Slack knows.
pub(crate) fn decode(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// What Slack makes of typed words: entities, and addresses as links.
pub(crate) fn typed(text: &str) -> String {
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let mut out = String::with_capacity(escaped.len());
    for word in escaped.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        if bare.starts_with("https://") || bare.starts_with("http://") {
            out.push('<');
            out.push_str(bare);
            out.push('>');
            out.push_str(&word[bare.len()..]);
        } else {
            out.push_str(word);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_names_labels_and_decoded_entities() {
        let names = Names::new(&super::super::workspace::people(), &[]);
        for (text, read_as) in [
            ("plain", "plain"),
            ("<@U0ADA> hi", "@Ada hi"),
            ("<@U9NOBODY>", "@U9NOBODY"),
            ("&lt;@U0ADA&gt; &amp;amp;", "<@U0ADA> &amp;"),
            ("<!here> now", "@here now"),
            ("<!date^1^{date}|today>", "today"),
            ("<https://a.example|good>", "good (https://a.example)"),
            // Slack takes any text between the two for a link.
            ("a < b > c", "a  b  c"),
            ("1 < 2", "1 < 2"),
            ("<>", "<>"),
        ] {
            assert_eq!(read(text, &names), read_as, "{text}");
        }
    }

    #[test]
    fn typed_words_are_escaped_and_addresses_become_links() {
        assert_eq!(
            typed("a <b> & https://x.example/?a=1&b=2 c"),
            "a &lt;b&gt; &amp; <https://x.example/?a=1&amp;b=2> c"
        );
    }
}
