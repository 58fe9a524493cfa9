//! What a person can use of a page: its words, links, forms and buttons. Reads plain,
//! well-formed HTML.

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub label: String,
    pub href: String,
}

/// A form, with the fields as they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// `get` or `post`
    pub method: String,
    pub action: String,
    pub fields: Vec<(String, String)>,
    pub buttons: Vec<Button>,
}

/// A button that submits its form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Button {
    pub label: String,
    pub name: String,
    pub value: String,
    /// Sends the form elsewhere.
    pub action: Option<String>,
}

/// A page, read.
#[derive(Debug, Clone, Default)]
pub(super) struct Document {
    pub(super) title: String,
    pub(super) text: String,
    pub(super) links: Vec<Link>,
    pub(super) forms: Vec<Form>,
    /// Where the page sends the browser by itself, at once.
    pub(super) refresh: Option<String>,
}

/// Reads a page.
pub(super) fn read(html: &str) -> Document {
    let mut reader = Reader::default();
    let mut rest = html;
    while let Some((text, after)) = rest.split_once('<') {
        reader.text(text);
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let end = tag_end(after);
        let tag = Tag::read(&after[..end]);
        rest = after.get(end + 1..).unwrap_or_default();
        if ["script", "style"].contains(&tag.name.as_str()) {
            let close = format!("</{}", tag.name);
            rest = rest.find(&close).map_or("", |at| &rest[at..]);
        }
        reader.tag(&tag);
    }
    reader.text(rest);
    let mut document = reader.document;
    document.text = squeeze(&document.text);
    document
}

/// Where the tag ends: `>` outside of quotes.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (None, '>') => return at,
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            _ => {}
        }
    }
    text.len()
}

#[derive(Debug, Default)]
struct Tag {
    /// With a slash in front, if it closes.
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn read(inside: &str) -> Self {
        let inside = inside.trim().trim_end_matches('/');
        let (name, mut rest) = inside
            .split_once(char::is_whitespace)
            .unwrap_or((inside, ""));
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start();
            let end = rest
                .find(|c: char| c == '=' || c.is_whitespace())
                .unwrap_or(rest.len());
            let (key, after) = rest.split_at(end);
            if key.is_empty() {
                break;
            }
            let (value, after) = match after.trim_start().strip_prefix('=') {
                None => ("", after),
                Some(after) => value(after.trim_start()),
            };
            attributes.push((key.to_ascii_lowercase(), decode(value)));
            rest = after;
        }
        Self {
            name: name.to_ascii_lowercase(),
            attributes,
        }
    }

    fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|(key, _)| key == name)
    }

    fn attribute(&self, name: &str) -> String {
        let mut named = self.attributes.iter().filter(|(key, _)| key == name);
        named
            .next()
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    }
}

/// An attribute's value, and what follows it.
fn value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inside) = text.strip_prefix(quote) {
            return inside.split_once(quote).unwrap_or((inside, ""));
        }
    }
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

/// What the reader is inside of, besides the page.
#[derive(Debug, Default)]
struct Reader {
    document: Document,
    form: Option<Form>,
    /// A link or a button, whose words are being collected.
    label: Option<(Labelled, String)>,
    in_title: bool,
    select: String,
    textarea: Option<(String, String)>,
}

#[derive(Debug)]
enum Labelled {
    Button(Button),
    Link(String),
}

/// After these a word does not go on.
const BLOCKS: [&str; 14] = [
    "p", "div", "br", "h1", "h2", "h3", "li", "ul", "tr", "td", "section", "header", "button",
    "option",
];

impl Reader {
    fn text(&mut self, text: &str) {
        let text = decode(text);
        if self.in_title {
            self.document.title.push_str(&text);
        } else if let Some((_, value)) = &mut self.textarea {
            value.push_str(&text);
        } else {
            self.document.text.push_str(&text);
            if let Some((_, label)) = &mut self.label {
                label.push_str(&text);
            }
        }
    }

    fn tag(&mut self, tag: &Tag) {
        if BLOCKS.contains(&tag.name.trim_start_matches('/')) {
            self.document.text.push('\n');
        }
        match tag.name.as_str() {
            "title" => self.in_title = true,
            "/title" => self.in_title = false,
            "form" => {
                self.form = Some(Form {
                    method: match tag.attribute("method").to_ascii_lowercase().as_str() {
                        "post" => "post".to_owned(),
                        _ => "get".to_owned(),
                    },
                    action: tag.attribute("action"),
                    ..Form::default()
                });
            }
            "/form" => self.document.forms.extend(self.form.take()),
            "a" => self.label = Some((Labelled::Link(tag.attribute("href")), String::new())),
            "button" => self.label = Some((Labelled::Button(button(tag)), String::new())),
            "/a" | "/button" => self.close_label(),
            "input" => self.input(tag),
            "select" => self.select = tag.attribute("name"),
            "option" => self.option(tag),
            "textarea" => self.textarea = Some((tag.attribute("name"), String::new())),
            "meta" if tag.attribute("http-equiv").eq_ignore_ascii_case("refresh") => {
                let content = tag.attribute("content");
                let (seconds, target) = content.split_once(';').unwrap_or_default();
                let target = target.trim().trim_start_matches("url=");
                if seconds.trim() == "0" {
                    self.document.refresh = Some(target.trim_matches('\'').to_owned());
                }
            }
            "/textarea" => {
                if let Some(field) = self.textarea.take() {
                    self.field(field);
                }
            }
            _ => {}
        }
    }

    fn close_label(&mut self) {
        let Some((labelled, label)) = self.label.take() else {
            return;
        };
        let label = squeeze(&label);
        match labelled {
            Labelled::Link(href) => self.document.links.push(Link { label, href }),
            Labelled::Button(button) => {
                if let Some(form) = &mut self.form {
                    form.buttons.push(Button { label, ..button });
                }
            }
        }
    }

    fn input(&mut self, tag: &Tag) {
        let kind = tag.attribute("type").to_ascii_lowercase();
        let value = tag.attribute("value");
        match kind.as_str() {
            "submit" => {
                if let Some(form) = &mut self.form {
                    let label = value;
                    form.buttons.push(Button {
                        label,
                        ..button(tag)
                    });
                }
            }
            "radio" | "checkbox" if !tag.has("checked") => {}
            "button" | "reset" => {}
            _ => self.field((tag.attribute("name"), value)),
        }
    }

    /// The first option is taken, unless a later one is selected.
    fn option(&mut self, tag: &Tag) {
        let name = self.select.clone();
        let known = self
            .form
            .as_ref()
            .is_some_and(|form| form.fields.iter().any(|(key, _)| *key == name));
        if tag.has("selected") || !known {
            self.field((name, tag.attribute("value")));
        }
    }

    fn field(&mut self, (name, value): (String, String)) {
        let Some(form) = &mut self.form else { return };
        if name.is_empty() {
            return;
        }
        form.fields.retain(|(key, _)| *key != name);
        form.fields.push((name, value));
    }
}

fn button(tag: &Tag) -> Button {
    let action = tag.has("formaction").then(|| tag.attribute("formaction"));
    Button {
        label: String::new(),
        name: tag.attribute("name"),
        value: tag.attribute("value"),
        action,
    }
}

/// Entities become letters.
fn decode(text: &str) -> String {
    let mut decoded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let known = after
            .split_once(';')
            .and_then(|(name, after)| Some((entity(name)?, after)));
        let (letter, after) = known.unwrap_or(('&', after));
        decoded.push(letter);
        rest = after;
    }
    decoded + rest
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

/// Runs of white space become one space, or one line break where there was one.
fn squeeze(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read() {
        let page = read(
            "<!doctype html><title>Hi &amp; welcome</title><style>p > b {}</style>\
             <!-- <button>no</button> --><h1>Connect <b>gmail</b></h1><p>Ada&#39;s  page</p>\
             <form METHOD=post action='/x?a=1&amp;b=2'><input type=hidden name=\"t\" value=\"a>b\">\
             <input type=radio name=who value=ada><input type=radio name=who value=ben checked>\
             <select name=s><option value=1>one</option><option value=2 selected>two</option></select>\
             <textarea name=note>hello</textarea>\
             <button type=\"submit\" name=go value=1 disabled>Continue <i>now</i></button>\
             <input type=submit value=Cancel formaction=/y></form><a href=\"/help\">Help</a>\
             <script>if (a < b) { }</script>",
        );
        assert_eq!(page.title, "Hi & welcome");
        assert!(page.text.starts_with("Connect gmail\nAda's page\n"));
        assert!(!page.text.contains("if (a"));
        let form = &page.forms[0];
        assert_eq!(
            (form.method.as_str(), form.action.as_str()),
            ("post", "/x?a=1&b=2")
        );
        let fields = [("t", "a>b"), ("who", "ben"), ("s", "2"), ("note", "hello")];
        assert_eq!(
            form.fields,
            fields.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        let labels: Vec<&str> = form
            .buttons
            .iter()
            .map(|button| button.label.as_str())
            .collect();
        assert_eq!(labels, ["Continue now", "Cancel"]);
        assert_eq!(form.buttons[1].action.as_deref(), Some("/y"));
        assert_eq!(
            page.links,
            [Link {
                label: "Help".into(),
                href: "/help".into()
            }]
        );
    }

    #[test]
    fn broken_pages_do_no_harm() {
        for page in [
            "<",
            "<a",
            "<a href='",
            "</form>",
            "<button>x",
            "<!--",
            "&;&#x;&#xd800;",
            "<script>",
        ] {
            read(page);
        }
    }
}
