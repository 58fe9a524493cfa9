//! Slack's mrkdwn: escaping what goes out, reading what comes in, and turning mentions
//! into names, since no Slack id may reach the router.

use std::collections::HashMap;

use crate::ids::UserId;

/// Longest name shown or sent on, in characters; Slack allows 80.
const LONGEST_NAME: usize = 80;

/// Rounds of putting names for mentions; a text that still has one was made to have it.
const ROUNDS: usize = 4;

/// Exactly the three characters that Slack wants escaped: with them nothing in the text
/// can mention, ping or mask a link.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The text as the person saw it. Mentions of people stay `<@U…>`: see [`with_names`].
pub(crate) fn plain(mrkdwn: &str) -> String {
    replace_tokens(mrkdwn, unescape, |token, out| match token.chars().next() {
        Some('@') => {
            out.push('<');
            out.push_str(token);
            out.push('>');
        }
        Some('#') => {
            out.push('#');
            out.push_str(&label(token).map_or_else(|| "channel".to_owned(), unescape));
        }
        Some('!') => out.push_str(&special(token)),
        Some(_) | None => out.push_str(&link(token)),
    })
}

/// The people a text mentions, each once, in order.
pub(crate) fn mentioned(text: &str) -> Vec<UserId> {
    let mut people: Vec<UserId> = Vec::new();
    replace_tokens(text, str::to_owned, |token, _| {
        if let Some((user, _)) = mention(token)
            && !people.contains(&user)
        {
            people.push(user);
        }
    });
    people
}

/// The text with each mention replaced by a name; `someone` where there is none.
pub(crate) fn with_names(text: &str, names: &HashMap<UserId, String>) -> String {
    let mut out = named_once(text, names);
    // What surrounded a mention may have become one.
    for _ in 0..ROUNDS {
        if mentioned(&out).is_empty() {
            return out;
        }
        out = named_once(&out, names);
    }
    out.replace('<', "")
}

fn named_once(text: &str, names: &HashMap<UserId, String>) -> String {
    replace_tokens(text, str::to_owned, |token, out| {
        if let Some((user, label)) = mention(token) {
            let name = names.get(&user).map(String::as_str).or(label);
            out.push('@');
            out.push_str(&one_line(&name.unwrap_or_default().replace(['<', '>'], "")));
        } else {
            out.push('<');
            out.push_str(token);
            out.push('>');
        }
    })
}

/// A name that cannot forge a line of its own, wherever it is printed.
pub(crate) fn one_line(name: &str) -> String {
    let visible: String = name
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !is_invisible(*c))
        .collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    let line: String = words.join(" ").chars().take(LONGEST_NAME).collect();
    if line.is_empty() {
        "someone".to_owned()
    } else {
        line
    }
}

/// Characters that print nothing and change what stands around them.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Walks the `<…>` of a text. Slack escapes every other `<`, so an open one is a token.
fn replace_tokens(
    text: &str,
    between: impl Fn(&str) -> String,
    mut replace: impl FnMut(&str, &mut String),
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, opened)) = rest.split_once('<') {
        out.push_str(&between(before));
        // A second `<` before the `>` means that the first one opened nothing.
        match opened.find(['<', '>']) {
            Some(end) if opened[end..].starts_with('>') => {
                replace(&opened[..end], &mut out);
                rest = &opened[end + 1..];
            }
            Some(_) | None => {
                out.push('<');
                rest = opened;
            }
        }
    }
    out.push_str(&between(rest));
    out
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

fn label(token: &str) -> Option<&str> {
    token
        .split_once('|')
        .map(|(_, label)| label)
        .filter(|label| !label.is_empty())
}

fn mention(token: &str) -> Option<(UserId, Option<&str>)> {
    let token = token.strip_prefix('@')?;
    let id = token.split_once('|').map_or(token, |(id, _)| id);
    Some((UserId::parse(id).ok()?, label(token)))
}

/// `<!here>`, `<!subteam^S1|@makers>`, `<!date^…|tomorrow>`.
fn special(token: &str) -> String {
    if let Some(label) = label(token) {
        return unescape(label);
    }
    match token {
        "!channel" | "!everyone" | "!here" => token.replace('!', "@"),
        _ if token.starts_with("!subteam^") => "@group".to_owned(),
        _ => String::new(),
    }
}

/// What the person typed, and the address where it says something else.
fn link(token: &str) -> String {
    let (target, label) = match token.split_once('|') {
        Some((target, label)) => (unescape(target), unescape(label)),
        None => (unescape(token), String::new()),
    };
    let typed = ["https://", "http://", "mailto:", "tel:"]
        .iter()
        .find_map(|scheme| target.strip_prefix(scheme))
        .unwrap_or(&target);
    if label.is_empty() {
        target
    } else if label == target || label.trim_end_matches('/') == typed.trim_end_matches('/') {
        label
    } else {
        format!("{label} ({target})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_slack_wrapped_is_unwrapped() {
        for (mrkdwn, expected) in [
            ("a &lt;b&gt; &amp; c", "a <b> & c"),
            ("&amp;lt;", "&lt;"),
            (
                "see <https://a.example/x?a=1&amp;b=2>",
                "see https://a.example/x?a=1&b=2",
            ),
            ("see <http://a.example|a.example>", "see a.example"),
            (
                "see <https://a.example/x|the plan>",
                "see the plan (https://a.example/x)",
            ),
            (
                "from <mailto:ada@a.example|ada@a.example>",
                "from ada@a.example",
            ),
            (
                "in <#C1|general> and <#C2> and <#C3|>",
                "in #general and #channel and #channel",
            ),
            (
                "<!here> <!subteam^S1|@makers> <!subteam^S1>",
                "@here @makers @group",
            ),
            ("by <!date^1531420618^{date}|tomorrow>", "by tomorrow"),
            ("<@U1> and <@W2|ben>", "<@U1> and <@W2|ben>"),
            ("a < b", "a < b"),
            ("a < <@U1>", "a < <@U1>"),
            ("<>", ""),
        ] {
            assert_eq!(plain(mrkdwn), expected, "{mrkdwn}");
        }
    }

    #[test]
    fn unescaping_undoes_escaping() {
        proptest::proptest!(|(text in ".*")| {
            proptest::prop_assert_eq!(plain(&escape(&text)), text);
        });
    }

    #[test]
    fn people_become_names() {
        let ids = |text| {
            mentioned(text)
                .into_iter()
                .map(String::from)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            ids("<@U1> <@W2|ben> <@U1> <https://x|@U3> <@U 4>"),
            ["U1", "W2"]
        );

        let names = HashMap::from([(UserId::parse("U1").unwrap(), "Ada\n# Rules".to_owned())]);
        assert_eq!(
            with_names("ask <@U1>, <@W2|ben> and <@U3> < 4 <b>", &names),
            "ask @Ada # Rules, @ben and @someone < 4 <b>"
        );
    }

    #[test]
    fn mentions_within_mentions_come_to_an_end() {
        // Somebody who calls themselves like their id makes the next mention of each.
        let names = HashMap::from([(UserId::parse("U1").unwrap(), "U1".to_owned())]);
        let text = format!("{}@U1{}", "<".repeat(10), ">".repeat(10));
        assert_eq!(with_names(&text, &names), "@U1>>>>>");
        assert_eq!(with_names("<<@U1>>", &names), "@U1");
    }

    #[test]
    fn a_name_is_one_line() {
        for (name, expected) in [
            ("Ada", "Ada"),
            (" Ada\r\n\tL. ", "Ada L."),
            ("A\u{202e}da\u{2028}x", "Ada x"),
            ("", "someone"),
            ("\u{200b}\n", "someone"),
        ] {
            assert_eq!(one_line(name), expected, "{name:?}");
        }
        assert_eq!(one_line(&"é".repeat(200)).chars().count(), 80);
    }

    proptest::proptest! {
        #[test]
        fn no_id_is_left(text in "(<@?U1\\|?a?>?|<|>|&lt;|@U1| )*") {
            let text = with_names(&plain(&text), &HashMap::new());
            let ids: Vec<_> = mentioned(&text).into_iter().map(String::from).collect();
            proptest::prop_assert!(!ids.contains(&"U1".to_owned()), "{}", text);
        }
    }
}
