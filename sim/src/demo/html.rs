//! Text that stays text.

/// Escaped for HTML, attributes included.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        push(&mut safe, letter);
    }
    safe
}

pub(super) fn push(safe: &mut String, letter: char) {
    match letter {
        '&' => safe.push_str("&amp;"),
        '<' => safe.push_str("&lt;"),
        '>' => safe.push_str("&gt;"),
        '"' => safe.push_str("&quot;"),
        '\'' => safe.push_str("&#39;"),
        letter => safe.push(letter),
    }
}

/// A link that opens in a tab of its own; only its words, when it leads nowhere lawful.
pub(super) fn link(url: &str, words: &str, class: &str) -> String {
    let lawful = ["https://", "http://", "mailto:"];
    if !lawful.iter().any(|scheme| url.starts_with(scheme)) {
        return words.to_owned();
    }
    let url = escape(url);
    let class = if class.is_empty() {
        String::new()
    } else {
        format!(" class=\"{class}\"")
    };
    format!("<a{class} href=\"{url}\" target=\"_blank\" rel=\"noopener noreferrer\">{words}</a>")
}
