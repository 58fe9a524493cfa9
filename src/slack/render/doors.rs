//! What a model writes, on its way to Slack: see `crate::doors`.

use pulldown_cmark::{Event, LinkType, Parser, Tag, TagEnd};
use url::Url;

use super::answer;
use crate::doors::text;

/// Slack's own limit on the Markdown of a message, in UTF-16 units.
const LONGEST_MARKDOWN: usize = 12_000;

/// Ours on the words below it.
const LONGEST_TEXT: usize = 3_000;

/// No message is longer than Slack takes, mentions or pings anybody, or holds a link that says
/// that it leads elsewhere. What is looked for is looked for in another way than the rules do it.
pub(crate) fn markdown(bytes: &[u8]) {
    for message in answer(&text(bytes)) {
        assert!(units(&message.text) <= LONGEST_TEXT);
        assert!(!message.text.contains(['<', '>']));
        // At most one word of ours below it.
        assert!(matches!(message.blocks.len(), 1 | 2));
        let text = |at: &str| {
            message
                .blocks
                .first()
                .and_then(|block| block.get(at)?.as_str())
        };
        assert_eq!(text("type"), Some("markdown"));
        let markdown = text("text").unwrap_or_default();
        assert!(!markdown.is_empty() && units(markdown) <= LONGEST_MARKDOWN);
        assert!(!markdown.contains(['<', '>']));
        links(markdown);
    }
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn links(markdown: &str) {
    let mut inside: Option<(String, String)> = None;
    for event in Parser::new(markdown) {
        if let Event::Start(Tag::Link {
            link_type,
            dest_url,
            ..
        }) = &event
        {
            assert!(*link_type == LinkType::Inline, "{link_type:?}: {markdown}");
            inside = Some((dest_url.to_string(), String::new()));
        }
        assert!(
            !matches!(event, Event::Start(Tag::Image { .. })),
            "{markdown}"
        );
        if let (Event::Text(words) | Event::Code(words), Some((_, label))) = (&event, &mut inside) {
            label.push_str(words);
        }
        if let (Event::End(TagEnd::Link), Some((target, label))) = (
            &event,
            inside.take_if(|_| matches!(event, Event::End(TagEnd::Link))),
        ) {
            leads_where_it_says(&target, label.trim());
        }
    }
}

fn leads_where_it_says(target: &str, label: &str) {
    let scheme = target.split(':').next().unwrap_or_default();
    let schemes = ["http", "https", "mailto"];
    assert!(
        schemes.iter().any(|one| one.eq_ignore_ascii_case(scheme)),
        "{target}"
    );
    assert!(!label.is_empty(), "{target}");
    let said = Url::parse(label)
        .ok()
        .filter(|said| said.scheme().starts_with("http"));
    let host = said
        .as_ref()
        .and_then(Url::host_str)
        .filter(|host| host.is_ascii());
    if let Some((host, Ok(led))) = host.map(|host| (host, Url::parse(target))) {
        let bare = |host: &str| host.trim_start_matches("www.").trim_matches('.').to_owned();
        let led = led.host_str().map(bare);
        assert_eq!(led, Some(bare(host)), "“{label}” leads to {target}");
    }
}
