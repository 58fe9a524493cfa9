//! The model's Markdown as Slack messages: it can neither mention, nor ping, nor mask a
//! link, and a long one is split without loss.

use super::length::{beginning, escaped_within, units};
use super::{LONGEST_TEXT, Message, blocks, links, split};
use crate::slack::mrkdwn::escape;

/// Units of one part. Slack takes 12,000 in all Markdown blocks of a message together.
const LONGEST_PART: usize = 11_000;

/// Units of an answer that are shown: some twenty messages. Models stop long before; only one
/// that goes in circles, or a router that is broken, does not.
const LONGEST_ANSWER: usize = 200_000;

const TOO_LONG: &str = "The answer goes on, but it is too long to be shown whole: please ask for a smaller part of it.";

/// The answer in as many messages as it needs; none if there is nothing to read in it.
pub(crate) fn answer(markdown: &str) -> Vec<Message> {
    let whole = cleaned(markdown);
    let shown = beginning(&whole, LONGEST_ANSWER);
    let mut messages = parts(shown);
    if shown.len() < whole.len() {
        let note = Message::of_words(TOO_LONG);
        let last = messages.pop();
        messages.push(match last {
            Some(last) => last.followed_by(note),
            None => note,
        });
    }
    messages
}

fn parts(markdown: &str) -> Vec<Message> {
    let tame = links::tame(markdown);
    split::parts(&tame, LONGEST_PART)
        .iter()
        .map(|part| tamed_again(&part.whole()))
        .filter(|part| !part.trim().is_empty())
        .map(|part| Message {
            text: in_plain_words(&part),
            blocks: vec![blocks::markdown(&part)],
        })
        .collect()
}

/// Without characters that are neither text nor line breaks: Slack refuses some of them.
fn cleaned(markdown: &str) -> String {
    markdown
        .replace("\r\n", "\n")
        .trim()
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

/// A cut can turn what was code into a link, so each part is looked at by itself.
fn tamed_again(part: &str) -> String {
    let tame = links::tame(part);
    if units(&tame) <= LONGEST_PART {
        tame
    } else {
        links::without_links(part)
    }
}

/// For where blocks are not shown. There, `&` counts too.
fn in_plain_words(part: &str) -> String {
    let words = part.replace("&lt;", "<").replace("&gt;", ">");
    escaped_within(&escape(&words), LONGEST_TEXT)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;

    fn markdown_of(message: &Message) -> &str {
        assert_eq!(message.blocks.len(), 1);
        assert_eq!(message.blocks[0]["type"], "markdown");
        message.blocks[0]["text"].as_str().unwrap()
    }

    fn one(markdown: &str) -> String {
        let messages = answer(markdown);
        assert_eq!(messages.len(), 1, "{markdown}");
        markdown_of(&messages[0]).to_owned()
    }

    #[test]
    fn ordinary_markdown_stays_as_it_is() {
        let markdown = "# Mail\n\n1. **Ben** wrote about [the plan](https://a.example/plan)\n2. `x & y`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```rust\nlet a = 1;\n```";
        assert_eq!(one(markdown), markdown);
    }

    #[test]
    fn nobody_is_mentioned_or_pinged() {
        let markdown = one(
            "<!channel> <@U1> <!subteam^S1> <#C1> <https://evil.example|https://good.example> a > b & c",
        );
        assert_snapshot!(markdown, @"&lt;!channel&gt; &lt;@U1&gt; &lt;!subteam^S1&gt; &lt;#C1&gt; &lt;https://evil.example|https://good.example&gt; a &gt; b & c");
        let message = &answer("<!here> & more")[0];
        assert_snapshot!(message.text, @"&lt;!here&gt; &amp; more");
    }

    #[test]
    fn nothing_to_read_is_no_message() {
        for markdown in ["", "  \n\n ", "\u{0}\u{7}"] {
            assert_eq!(answer(markdown), [], "{markdown:?}");
        }
    }

    #[test]
    fn a_long_answer_comes_in_parts() {
        let paragraph = format!("{}\n\n", "word ".repeat(100));
        let messages = answer(&paragraph.repeat(60));
        assert_eq!(messages.len(), 3);
        for message in &messages {
            assert!(units(markdown_of(message)) <= LONGEST_PART);
            assert!(units(&message.text) <= LONGEST_TEXT);
        }
        let words: usize = messages
            .iter()
            .map(|message| markdown_of(message).split_whitespace().count())
            .sum();
        assert_eq!(words, 6_000);
    }

    #[test]
    fn an_answer_without_end_is_cut_with_a_word() {
        let messages = answer(&"word ".repeat(1_000_000));
        assert_eq!(messages.len(), 19);
        let (last, others) = messages.split_last().unwrap();
        assert!(others.iter().all(|part| part.blocks.len() == 1));
        assert_eq!(last.blocks.len(), 2);
        assert_eq!(last.blocks[1]["text"]["text"], TOO_LONG);
        let within = answer(&"word ".repeat(LONGEST_ANSWER / 5));
        assert!(within.iter().all(|part| part.blocks.len() == 1));
    }

    #[test]
    fn a_cut_does_not_bring_a_masked_link_to_life() {
        let filler = "x".repeat(LONGEST_PART - 20);
        let messages = answer(&format!("`{filler}[bank.example](https://evil.example)`"));
        assert!(messages.len() > 1);
        for message in &messages {
            assert!(!markdown_of(message).contains("[bank.example](https://evil"));
        }
    }

    /// Words, a fence, or one long line.
    fn line() -> impl Strategy<Value = String> {
        prop_oneof![
            "([a-z<>&é\u{1f600}]{1,9} ){0,30}",
            Just("```".to_owned()),
            (0..4_000_usize).prop_map(|length| "x".repeat(length)),
        ]
    }

    proptest! {
        #[test]
        fn no_words_are_lost_and_no_limit_is_broken(
            lines in prop::collection::vec(line(), 0..40)
        ) {
            let markdown = lines.join("\n");
            let messages = answer(&markdown);
            let mut all = String::new();
            for message in &messages {
                let part = markdown_of(message);
                prop_assert!(units(part) <= LONGEST_PART);
                prop_assert!(units(&message.text) <= LONGEST_TEXT);
                prop_assert!(!part.contains(['<', '>']));
                prop_assert!(!message.text.contains(['<', '>']));
                all.push_str(part);
            }
            // Fences may have been closed and opened again at a cut.
            let solid = |text: &str| text.replace(|c: char| c.is_whitespace() || c == '`', "");
            let all = all.replace("&lt;", "<").replace("&gt;", ">");
            prop_assert_eq!(solid(&all), solid(&markdown));
        }
    }
}
