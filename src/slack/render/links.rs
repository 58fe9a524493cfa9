//! Links in what a model wrote: each must lead where it says, and be known from somewhere
//! else than the model. `<` and `>` become entities, which takes the life out of mentions,
//! pings and Slack's own `<url|label>`.

mod words;

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use crate::agent::Provenance;
use crate::slack::mrkdwn::is_invisible;

/// Rounds of rewriting; a text that still has something to rewrite was made to have it.
const ROUNDS: usize = 4;

/// The text with nothing in it that mentions, pings, shows an image or masks a link, and
/// with no link that is not known: such an address is shown as code.
pub(super) fn tame(markdown: &str, known: &Provenance) -> String {
    let mut text = without_angles(&replaced(markdown, &autolinks(markdown)));
    for _ in 0..ROUNDS {
        let changes = untamed(&text, known);
        if changes.is_empty() {
            return text;
        }
        text = without_angles(&replaced(&text, &changes));
    }
    without_links(&text, known)
}

/// The text with no link at all but what is known: the last resort. No longer than it was.
pub(super) fn without_links(markdown: &str, known: &Provenance) -> String {
    let flat = without_angles(markdown)
        .replace('[', "(")
        .replace(']', ")")
        .replace('`', "'");
    rewritten(&flat, known, words::taken_apart)
}

/// For where Markdown is not read, so that other things are code than in Markdown.
pub(super) fn without_markdown(text: &str, known: &Provenance) -> String {
    if words::unknown(text, known).is_empty() {
        return text.to_owned();
    }
    rewritten(&text.replace('`', ""), known, words::as_code)
}

fn rewritten(text: &str, known: &Provenance, rewrite: fn(&str) -> String) -> String {
    let change = |at: Range<usize>| {
        let to = rewrite(text.get(at.clone()).unwrap_or_default());
        Change { at, to }
    };
    let unknown = words::unknown(text, known).into_iter();
    replaced(text, &unknown.map(change).collect::<Vec<_>>())
}

/// Slack reads `&lt;` as a character and never again as markup; `&` is left alone, since
/// inside the target of a link `&amp;` would not be decoded.
fn without_angles(markdown: &str) -> String {
    markdown.replace('<', "&lt;").replace('>', "&gt;")
}

struct Change {
    at: Range<usize>,
    to: String,
}

fn replaced(text: &str, changes: &[Change]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for change in changes {
        // One within another was replaced together with it.
        if let Some(kept) = text.get(from..change.at.start) {
            out.push_str(kept);
            out.push_str(&change.to);
            from = change.at.end;
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

fn parser(markdown: &str) -> Parser<'_> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    Parser::new_ext(markdown, options)
}

/// `<https://…>` without its angles: they would not survive, and Slack needs none.
fn autolinks(markdown: &str) -> Vec<Change> {
    parser(markdown)
        .into_offset_iter()
        .filter_map(|(event, at)| {
            let Event::Start(Tag::Link {
                link_type: LinkType::Autolink | LinkType::Email,
                ..
            }) = event
            else {
                return None;
            };
            let to = markdown
                .get(at.clone())?
                .trim_matches(['<', '>'])
                .to_owned();
            Some(Change { at, to })
        })
        .collect()
}

/// Images, links that say something else than they are, links by reference, which would
/// lose their target when the text is split, and addresses that are not known.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all other Markdown is left alone, also what is yet to be invented"
)]
fn untamed(text: &str, known: &Provenance) -> Vec<Change> {
    let parser = parser(text);
    let mut changes: Vec<Change> = parser
        .reference_definitions()
        .iter()
        .map(|(label, definition)| Change {
            at: definition.span.clone(),
            to: format!("{}: {}", without_brackets(label), bare(&definition.dest)),
        })
        .collect();
    let mut links = Vec::new();
    let mut depth = 0_u32;
    let mut edges = Edges::default();
    for (event, at) in parser.into_offset_iter() {
        edges.note(&event, &at);
        match event {
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) => begin(&mut links, &mut depth, Link::new(at, link_type, &dest_url)),
            Event::Start(Tag::Image { dest_url, .. }) => {
                begin(&mut links, &mut depth, Link::image(at, &dest_url));
            }
            Event::End(TagEnd::Link | TagEnd::Image) => depth = depth.saturating_sub(1),
            Event::Text(words) | Event::Code(words) if depth > 0 => add(&mut links, &words),
            Event::SoftBreak | Event::HardBreak if depth > 0 => add(&mut links, " "),
            _ => {}
        }
    }
    changes.extend(links.iter().filter_map(|link| link.change(known)));
    changes.extend(edges.unknown_words(text, known));
    changes.sort_by_key(|change| change.at.start);
    changes
}

/// Where a text is something else than words, or ends without a space.
#[derive(Default)]
struct Edges {
    /// Code, and links, which are judged by themselves.
    apart: Vec<Range<usize>>,
    /// Cells of tables.
    cells: Vec<usize>,
}

impl Edges {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "nothing else keeps Slack from making a link"
    )]
    fn note(&mut self, event: &Event<'_>, at: &Range<usize>) {
        match event {
            Event::Code(_)
            | Event::Start(Tag::CodeBlock(_) | Tag::Link { .. } | Tag::Image { .. }) => {
                self.apart.push(at.clone());
            }
            Event::Start(Tag::TableCell) => self.cells.extend([at.start, at.end]),
            _ => {}
        }
    }

    /// The addresses among the words that are not known, as code.
    fn unknown_words(mut self, text: &str, known: &Provenance) -> Vec<Change> {
        self.apart.sort_by_key(|at| at.start);
        self.cells.sort_unstable();
        self.cells.dedup();
        let cells_before = |place: usize| self.cells.partition_point(|at| *at < place);
        let mut changes = Vec::new();
        let mut from = 0;
        for apart in self.apart.iter().chain([&(text.len()..text.len())]) {
            let cells = self
                .cells
                .get(cells_before(from)..cells_before(apart.start));
            let ends = cells.unwrap_or_default().iter().chain([&apart.start]);
            for end in ends.copied() {
                let words = text.get(from..end).unwrap_or_default();
                let mut unknown = words::unknown(words, known);
                let is_cell = self.cells.binary_search(&end).is_ok();
                if end == apart.start && end < text.len() && !is_cell {
                    unknown.extend(words::unended(words));
                }
                let unknown = unknown.into_iter();
                changes.extend(unknown.map(|at| as_code(text, at.start + from..at.end + from)));
                from = from.max(end);
            }
            from = from.max(apart.end);
        }
        changes
    }
}

/// The word at this place as code, apart from code beside it.
fn as_code(text: &str, at: Range<usize>) -> Change {
    let code = words::as_code(text.get(at.clone()).unwrap_or_default());
    let is_beside = |beside: Option<&str>, is: fn(&str) -> bool| beside.is_some_and(is);
    let before = is_beside(text.get(..at.start), |text| text.ends_with('`'));
    let after = is_beside(text.get(at.end..), |text| text.starts_with('`'));
    let space = |is_needed| if is_needed { " " } else { "" };
    Change {
        at,
        to: format!("{}{code}{}", space(before), space(after)),
    }
}

/// Only the outermost counts; an image in a link lends it its words.
fn begin(links: &mut Vec<Link>, depth: &mut u32, link: Link) {
    if *depth == 0 {
        links.push(link);
    } else if let Some(outer) = links.last_mut() {
        outer.form = Form::Other;
    }
    *depth += 1;
}

fn add(links: &mut [Link], words: &str) {
    if let Some(link) = links.last_mut() {
        link.label.push_str(words);
    }
}

#[derive(PartialEq, Eq)]
enum Form {
    /// `[label](target)`, which may stay as it is.
    Inline,
    Other,
}

struct Link {
    at: Range<usize>,
    form: Form,
    target: String,
    label: String,
}

impl Link {
    fn new(at: Range<usize>, link_type: LinkType, target: &str) -> Self {
        let form = match link_type {
            LinkType::Inline => Form::Inline,
            LinkType::Autolink
            | LinkType::Collapsed
            | LinkType::CollapsedUnknown
            | LinkType::Email
            | LinkType::Reference
            | LinkType::ReferenceUnknown
            | LinkType::Shortcut
            | LinkType::ShortcutUnknown
            | LinkType::WikiLink { .. } => Form::Other,
        };
        Self {
            at,
            form,
            target: target.to_owned(),
            label: String::new(),
        }
    }

    fn image(at: Range<usize>, target: &str) -> Self {
        Self {
            at,
            form: Form::Other,
            target: target.to_owned(),
            label: String::new(),
        }
    }

    fn change(&self, known: &Provenance) -> Option<Change> {
        let label = without_brackets(self.label.trim());
        let to = if !leads_out(&self.target) {
            format!("{label} ({})", bare(&self.target))
                .trim_start()
                .to_owned()
        } else if !known.holds(&self.target) {
            let code = format!("`{}`", bare(&self.target));
            if label.is_empty() || misleads(&self.label, &self.target) {
                code
            } else {
                format!("{label} ({code})")
            }
        } else if label.is_empty() || misleads(&self.label, &self.target) {
            bare(&self.target)
        } else if self.form == Form::Inline {
            return None;
        } else {
            format!("[{label}]({})", bare(&self.target))
        };
        Some(Change {
            at: self.at.clone(),
            to,
        })
    }
}

/// Whether a click on it goes to a web page or a mailbox, and does nothing else.
fn leads_out(target: &str) -> bool {
    let target = target.to_lowercase();
    ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| target.starts_with(scheme))
}

/// Whether the label names an address, and the link leads to another one.
fn misleads(label: &str, target: &str) -> bool {
    let target = visible(target);
    let target = comparable(&target);
    let parts = ['/', '?', '#'];
    label
        .split(|c: char| !may_stand_in_an_address(c))
        .map(visible)
        .filter(|word| has_a_scheme(word) || names_an_address(comparable(word)))
        .any(|word| {
            let word = comparable(&word);
            let rest = target.strip_prefix(word);
            // Behind its host an address can be cut anywhere.
            !rest.is_some_and(|rest| {
                rest.is_empty() || rest.starts_with(parts) || word.contains(parts)
            })
        })
}

/// Whatever stands behind another character is no part of the host that a person reads.
fn may_stand_in_an_address(c: char) -> bool {
    c.is_alphanumeric() || is_invisible(c) || "._-/:@?#=&%~+。．｡".contains(c)
}

/// An address as it is read.
fn visible(address: &str) -> String {
    address
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| match c {
            '。' | '．' | '｡' => '.',
            _ => c,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

/// What is read, without what makes two writings of one address differ.
fn comparable(visible: &str) -> &str {
    let mut rest = visible.trim_matches(|c: char| !c.is_alphanumeric() && c != '/');
    for scheme in ["https:", "http:", "mailto:"] {
        rest = rest.strip_prefix(scheme).unwrap_or(rest);
    }
    // Browsers do not count the slashes.
    let rest = rest.trim_start_matches('/');
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    rest.trim_end_matches('/')
}

/// Browsers take what stands behind `https:` for a host, whatever that is, and a backslash for
/// a slash. `:/` is enough with any scheme.
fn has_a_scheme(word: &str) -> bool {
    let begins = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    word.contains(":/")
        || ["https:", "http:"]
            .iter()
            .any(|web| begins.starts_with(web))
}

fn names_an_address(word: &str) -> bool {
    let host = word.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    host.chars().all(is_plain) && words::is_host(host)
}

/// A target as it can stand in a text or between the parentheses of a link.
fn bare(target: &str) -> String {
    target
        .chars()
        .filter(|c| !c.is_control())
        .map(|c| match c {
            '<' => "%3C".to_owned(),
            '>' => "%3E".to_owned(),
            '(' => "%28".to_owned(),
            ')' => "%29".to_owned(),
            '[' => "%5B".to_owned(),
            ']' => "%5D".to_owned(),
            '`' => "%60".to_owned(),
            '|' => "%7C".to_owned(),
            '\\' => "%5C".to_owned(),
            c if c.is_whitespace() => "%20".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

fn without_brackets(label: &str) -> String {
    label
        .replace(['[', ']', '`', '\\', '\n'], " ")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Addresses that are known, so that it is seen what becomes of them.
    const KNOWN: &str = "https://a.example https://a.example/plan https://a.example/plan/ www.a.example/plan \
        https://a.example/plan?x=1&y=2 https://a.example/files/7 ada@a.example \
        https://a.example/v1.2 https://evil.example https://evil.example/x \
        https://evil.example/plan.pdf mallory@evil.example https://a.example/cat.png \
        https://a.example/p https://a.example/x?a=1&b=2";

    /// A run that knows what stands in these words.
    fn knowing(words: &str) -> Provenance<'_> {
        Provenance::of(words, &[])
    }

    #[test]
    fn honest_links_stay() {
        for link in [
            "[the plan](https://a.example/plan?x=1&y=2)",
            "[a.example](https://a.example)",
            "[a.example](https://www.a.example/plan)",
            "[https://a.example/plan](https://a.example/plan)",
            "[A.example/plan](https://a.example/plan/)",
            "[plan.pdf](https://a.example/files/7)",
            "[Node.js, e.g. version 2.0](https://a.example)",
            "[Ada](mailto:ada@a.example)",
            "[ada@a.example](mailto:ada@a.example)",
            "[v1.2](https://a.example/v1.2)",
            "https://a.example/plan",
            "`[bank.example](https://evil.example)`",
            "```\n[bank.example](https://evil.example)\n```",
            "[ ] to do",
            "[x]",
            "See (https://a.example/plan), www.a.example/plan or **https://a.example/plan**!",
            "| a | b |\n|---|---|\n|https://a.example/plan|ada@a.example|",
            "notes.pdf, 3.14, e.g. this, a/b, x@y, 12:30, and so on...",
        ] {
            assert_eq!(tame(link, &knowing(KNOWN)), link);
        }
    }

    #[test]
    fn a_link_leads_where_it_says() {
        for (markdown, expected) in [
            (
                "[bank.example](https://evil.example)",
                "https://evil.example",
            ),
            (
                "[https://bank.example](https://evil.example/x)",
                "https://evil.example/x",
            ),
            (
                "[**bank**.example](https://evil.example)",
                "https://evil.example",
            ),
            (
                "[go to bank.example now](https://evil.example)",
                "https://evil.example",
            ),
            (
                "[bank\u{200b}.example](https://evil.example)",
                "https://evil.example",
            ),
            (
                "[bank．example](https://evil.example)",
                "https://evil.example",
            ),
            (
                "[BANK.example](https://bank.example.evil.example)",
                "`https://bank.example.evil.example`",
            ),
            (
                "[bank.example](https://bank.example@evil.example)",
                "`https://bank.example@evil.example`",
            ),
            (
                "[bank.example/plan.pdf](https://evil.example/plan.pdf)",
                "https://evil.example/plan.pdf",
            ),
            (
                "[boss@bank.example](mailto:mallory@evil.example)",
                "mailto:mallory@evil.example",
            ),
            (
                "[`bank.example`](https://evil.example)",
                "https://evil.example",
            ),
            (
                "[bank.example][1]\n\n[1]: https://evil.example",
                "https://evil.example\n\n1: https://evil.example",
            ),
            (
                "[bank.example]\n\n[bank.example]: https://evil.example",
                "https://evil.example\n\n`bank.example`: https://evil.example",
            ),
            ("[](https://evil.example)", "https://evil.example"),
            (
                "<b>[bank.example](https://evil.example)</b>",
                "&lt;`b&gt;https://evil.example&lt;/b`&gt;",
            ),
        ] {
            assert_eq!(tame(markdown, &knowing(KNOWN)), expected, "{markdown}");
        }
    }

    #[test]
    fn an_address_in_a_label_is_seen_however_it_is_written() {
        for label in [
            "https://bank.example;x",
            "https\u{200b}://bank.example$x",
            "https:/bank.example",
            "https:PP//bank.example",
            "http://intranet",
            "HTTP:intranet",
            "https:\\\\intranet",
            "bank.example;x",
            "bank.\u{fe0f}example",
        ] {
            let link = format!("[{label}](https://evil.example)");
            let known = knowing("https://evil.example");
            assert_eq!(tame(&link, &known), "https://evil.example", "{label}");
        }
    }

    #[test]
    fn other_forms_become_plain_links() {
        for (markdown, expected) in [
            (
                "![a cat](https://a.example/cat.png)",
                "[a cat](https://a.example/cat.png)",
            ),
            (
                "![](https://a.example/cat.png)",
                "https://a.example/cat.png",
            ),
            (
                "[![a cat](https://evil.example/i.png)](https://a.example)",
                "[a cat](https://a.example)",
            ),
            (
                "see [the plan][1].\n\n[1]: https://a.example/p",
                "see [the plan](https://a.example/p).\n\n1: https://a.example/p",
            ),
            (
                "<https://a.example/x?a=1&b=2>",
                "https://a.example/x?a=1&b=2",
            ),
            ("<ada@a.example>", "ada@a.example"),
            (
                "[run](javascript:alert%281%29)",
                "run (javascript:alert%281%29)",
            ),
            ("[open](slack://user?id=U1)", "open (`slack://user?id=U1`)"),
            ("[top](#top)", "top (#top)"),
            (
                "[x](<https://a.example/b c>)",
                "[`x](&lt;https://a.example/b` c&gt;)",
            ),
        ] {
            assert_eq!(tame(markdown, &knowing(KNOWN)), expected, "{markdown}");
        }
    }

    #[test]
    fn an_address_that_is_not_known_is_code() {
        let known = knowing("https://a.example/plan ada@a.example");
        for (markdown, expected) in [
            (
                "https://evil.example/?d=1234",
                "`https://evil.example/?d=1234`",
            ),
            ("HTTPS://EVIL.example", "`HTTPS://EVIL.example`"),
            (
                "see (https://evil.example).",
                "see (`https://evil.example`).",
            ),
            ("**evil.example**", "**`evil.example`**"),
            ("evil**.**example", "`evil**.**example`"),
            ("evil\\.example", "`evil.example`"),
            ("www.evil.example/1234", "`www.evil.example/1234`"),
            ("1234.evil.example", "`1234.evil.example`"),
            ("evil.xn--p1ai", "`evil.xn--p1ai`"),
            ("пример.рф/1234", "`пример.рф/1234`"),
            ("evil。example", "`evil。example`"),
            ("10.0.0.1/1234", "`10.0.0.1/1234`"),
            ("mallory@evil.example", "`mallory@evil.example`"),
            (
                "mailto:ada@a.example?body=1234",
                "`mailto:ada@a.example?body=1234`",
            ),
            ("ftp://a.example/plan", "`ftp://a.example/plan`"),
            (
                "[the plan](https://evil.example/1)",
                "the plan (`https://evil.example/1`)",
            ),
            (
                "[the plan](https://a.example/plan?d=1)",
                "the plan (`https://a.example/plan?d=1`)",
            ),
            (
                "![x](https://evil.example/1.png)",
                "x (`https://evil.example/1.png`)",
            ),
            (
                "![](https://evil.example/1.png)",
                "`https://evil.example/1.png`",
            ),
            (
                "[x][1]\n\n[1]: https://evil.example/1",
                "x (`https://evil.example/1`)\n\n1: `https://evil.example/1`",
            ),
            ("<https://evil.example/1>", "`https://evil.example/1`"),
            (
                "<a href=https://evil.example/1>x</a>",
                "&lt;a `href=https://evil.example/1&gt;x&lt;/a`&gt;",
            ),
            ("https&#58;//evil.example", "`https&#58;//evil.example`"),
            ("https:/\u{200b}/evil.example", "`https://evil.example`"),
            (
                "| a |\n|---|\n|https://evil.example/1|",
                "| a |\n|---|\n|`https://evil.example/1`|",
            ),
        ] {
            assert_eq!(tame(markdown, &known), expected, "{markdown}");
        }
    }

    #[test]
    fn nothing_is_added_to_an_address_that_is_known() {
        let known = knowing("https://a.example/plan ada@a.example");
        for (markdown, expected) in [
            (
                "https://a.example/plan?d=1234",
                "`https://a.example/plan?d=1234`",
            ),
            (
                "https://a.example/plan`1234`",
                "`https://a.example/plan` `1234`",
            ),
            (
                "https://a.example/plan[1234](https://a.example/plan)",
                "`https://a.example/plan`[1234](https://a.example/plan)",
            ),
            (
                "https://a.example/plan**1234**",
                "`https://a.example/plan**1234`**",
            ),
            (
                "https://a.example/plan&gt;1234",
                "`https://a.example/plan&gt;1234`",
            ),
            (
                "https://a.example/plan\u{200b}1234",
                "`https://a.example/plan1234`",
            ),
            ("https://a.example/plan%20", "`https://a.example/plan%20`"),
            ("xhttps://a.example/plan", "`xhttps://a.example/plan`"),
            (
                "evil.example/?u=https://a.example/plan",
                "`evil.example/?u=https://a.example/plan`",
            ),
        ] {
            assert_eq!(tame(markdown, &known), expected, "{markdown}");
        }
    }

    /// Whether Markdown sees an image, a masked link, a link by reference or an address
    /// that is not known.
    fn is_tame(text: &str) -> bool {
        !text.contains(['<', '>']) && untamed(text, &Provenance::default()).is_empty()
    }

    proptest! {
        #[test]
        fn whatever_is_written_becomes_tame(
            text in "(\\[|\\]|\\(|\\)|!|<|>|`|``|\\\\|\n|\n\n|a|bank\\.example|https://evil\\.example|: |&lt;|\\*| ){0,40}"
        ) {
            let tame = tame(&text, &Provenance::default());
            prop_assert!(is_tame(&tame), "{:?} became {:?}", text, tame);
        }

        #[test]
        fn the_last_resort_is_tame_and_no_longer(
            text in "(\\[|\\]|\\(|!|`|\\\\|\n|a|evil\\.example|https://|&#58;|&amp;|\\*| ){0,40}"
        ) {
            let tame = without_links(&text, &Provenance::default());
            prop_assert!(is_tame(&tame), "{:?} became {:?}", text, tame);
            prop_assert!(tame.chars().count() <= text.chars().count());
        }

        #[test]
        fn nothing_makes_it_panic(text in ".*") {
            prop_assert!(is_tame(&tame(&text, &Provenance::default())));
        }
    }
}
