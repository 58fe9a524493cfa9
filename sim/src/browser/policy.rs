//! What a page's policies let its forms and links do.

use url::Url;

/// How much of a page's address its links and forms tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Referrer {
    Nothing,
    SameOrigin,
    StrictOrigin,
    StrictOriginWhenCrossOrigin,
    UnsafeUrl,
}

impl Referrer {
    /// The last policy of the header that is known.
    pub(super) fn read(header: &str) -> Self {
        let known = |policy: &str| match policy.trim() {
            "no-referrer" => Some(Self::Nothing),
            "same-origin" => Some(Self::SameOrigin),
            "origin" | "strict-origin" => Some(Self::StrictOrigin),
            "origin-when-cross-origin" | "strict-origin-when-cross-origin" => {
                Some(Self::StrictOriginWhenCrossOrigin)
            }
            "unsafe-url" => Some(Self::UnsafeUrl),
            _ => None,
        };
        let last = header.rsplit(',').find_map(known);
        last.unwrap_or(Self::StrictOriginWhenCrossOrigin)
    }

    /// The `Referer` from this page to that address.
    pub(super) fn referer(self, from: &Url, to: &Url) -> Option<String> {
        let same = from.origin() == to.origin();
        let mut whole = from.clone();
        whole.set_fragment(None);
        let origin = format!("{}/", from.origin().ascii_serialization());
        match self {
            Self::Nothing => None,
            Self::SameOrigin => same.then(|| whole.to_string()),
            Self::StrictOrigin => Some(origin),
            Self::StrictOriginWhenCrossOrigin if !same => Some(origin),
            Self::StrictOriginWhenCrossOrigin | Self::UnsafeUrl => Some(whole.to_string()),
        }
    }

    /// The `Origin` of a form from this page to that address. A page that tells no
    /// referrer tells no origin either, not even to itself.
    pub(super) fn origin(self, from: &Url, to: &Url) -> String {
        let hidden = match self {
            Self::Nothing => true,
            Self::SameOrigin => from.origin() != to.origin(),
            Self::StrictOrigin | Self::StrictOriginWhenCrossOrigin | Self::UnsafeUrl => false,
        };
        if hidden {
            "null".to_owned()
        } else {
            from.origin().ascii_serialization()
        }
    }
}

/// Whether a page with these policies may send a form to this address, or let one be
/// redirected there: some browsers check each step.
pub(super) fn allows_form<'a>(
    policies: impl Iterator<Item = &'a str>,
    page: &Url,
    target: &Url,
) -> bool {
    let directives = policies.flat_map(|policy| policy.split([';', ',']));
    let mut lists = directives.filter_map(|directive| {
        let mut words = directive.split_whitespace();
        (words.next()? == "form-action").then(|| words.collect::<Vec<_>>())
    });
    lists.all(|sources| sources.iter().any(|source| fits(source, page, target)))
}

fn fits(source: &str, page: &Url, target: &Url) -> bool {
    match source {
        "*" => true,
        "'self'" => page.origin() == target.origin(),
        "'none'" => false,
        source if source.ends_with(':') => target.scheme() == source.trim_end_matches(':'),
        source => match Url::parse(source) {
            Ok(source) if source.path().len() > 1 => {
                source.origin() == target.origin() && target.path().starts_with(source.path())
            }
            Ok(source) => source.origin() == target.origin(),
            Err(_) => target.host_str() == Some(source),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_action_decides_where_a_form_may_go() {
        let page = Url::parse("https://valet.example.com/connect/1").unwrap();
        let cases = [
            ("default-src 'none'", "https://slack.com/x", true),
            ("form-action 'self'", "https://valet.example.com/y", true),
            ("form-action 'self'", "https://slack.com/x", false),
            (
                "default-src 'self'; form-action 'self' https://slack.com",
                "https://slack.com/x",
                true,
            ),
            ("form-action 'none'", "https://valet.example.com/y", false),
            ("form-action https:", "https://slack.com/x", true),
            (
                "form-action https:, form-action 'self'",
                "https://slack.com/x",
                false,
            ),
        ];
        for (policy, target, allowed) in cases {
            let target = Url::parse(target).unwrap();
            assert_eq!(
                allows_form([policy].into_iter(), &page, &target),
                allowed,
                "{policy}"
            );
        }
    }

    #[test]
    fn a_page_without_referrer_has_no_origin() {
        let page = Url::parse("http://127.0.0.1:3000/connect/1?a#b").unwrap();
        let other = Url::parse("http://127.0.0.1:4000/").unwrap();
        let cases = [
            (
                "",
                &page,
                Some("http://127.0.0.1:3000/connect/1?a"),
                "http://127.0.0.1:3000",
            ),
            (
                "",
                &other,
                Some("http://127.0.0.1:3000/"),
                "http://127.0.0.1:3000",
            ),
            ("no-referrer", &page, None, "null"),
            (
                "same-origin",
                &page,
                Some("http://127.0.0.1:3000/connect/1?a"),
                "http://127.0.0.1:3000",
            ),
            ("same-origin", &other, None, "null"),
            (
                "strict-origin",
                &page,
                Some("http://127.0.0.1:3000/"),
                "http://127.0.0.1:3000",
            ),
            ("no-referrer, nonsense", &page, None, "null"),
        ];
        for (header, to, referer, origin) in cases {
            let policy = Referrer::read(header);
            assert_eq!(policy.referer(&page, to).as_deref(), referer, "{header}");
            assert_eq!(policy.origin(&page, to), origin, "{header}");
        }
    }
}
