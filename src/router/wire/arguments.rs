//! The arguments of a call while they come in. Whether they are whole is asked with every further
//! fragment, so it is followed along and not read anew: a reply of sixteen MiB in small
//! fragments would else be read thousands of times.

use serde_json::{Map, Value};

/// What came of them so far.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    text: String,
    /// Braces and brackets that are open.
    depth: usize,
    inside: Inside,
    form: Form,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// In a string, behind a backslash.
    Escape,
    #[default]
    Json,
    Text,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The outermost brace has not been closed.
    #[default]
    Open,
    /// No object, and none any more.
    Odd,
    /// An object, and behind it nothing but space.
    Whole,
}

impl Arguments {
    pub(super) fn push(&mut self, more: &str) {
        let was_open = self.form == Form::Open;
        self.text.push_str(more);
        for byte in more.bytes() {
            match self.form {
                Form::Open => {
                    if self.closes(byte) {
                        self.form = Form::Whole;
                    }
                }
                Form::Whole if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') => {
                    self.form = Form::Odd;
                }
                Form::Odd | Form::Whole => {}
            }
        }
        if was_open
            && self.form == Form::Whole
            && serde_json::from_str::<Map<String, Value>>(&self.text).is_err()
        {
            self.form = Form::Odd;
        }
    }

    /// Whether this byte closes the outermost brace or bracket.
    fn closes(&mut self, byte: u8) -> bool {
        match (self.inside, byte) {
            (Inside::Escape, _) | (Inside::Json, b'"') => self.inside = Inside::Text,
            (Inside::Text, b'\\') => self.inside = Inside::Escape,
            (Inside::Text, b'"') => self.inside = Inside::Json,
            (Inside::Json, b'{' | b'[') => self.depth += 1,
            (Inside::Json, b'}' | b']') => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            (Inside::Text | Inside::Json, _) => {}
        }
        false
    }

    /// Whether they are an object that is closed.
    pub(super) fn are_whole(&self) -> bool {
        self.form == Form::Whole
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads them anew each time.
    fn is_object(text: &str) -> bool {
        serde_json::from_str::<Map<String, Value>>(text).is_ok()
    }

    fn assert_followed<'a>(fragments: impl IntoIterator<Item = &'a str>) {
        let mut arguments = Arguments::default();
        for fragment in fragments {
            arguments.push(fragment);
            let text = arguments.as_str();
            assert_eq!(arguments.are_whole(), is_object(text), "{text}");
        }
    }

    #[test]
    fn whole_is_what_reads_as_an_object() {
        for text in [
            "",
            "{}",
            " {} ",
            "{}}",
            "{} x",
            "}",
            "]{}",
            "[]",
            "[}",
            "{]",
            "{,}",
            "{} ,",
            "1",
            "\"{}\"",
            r#"{"a":"}"}"#,
            r#"{"a":"\"}"}"#,
            r#"{"a":"\\"}"#,
            r#"{"a":[{}]} {}"#,
            "{\u{b}}",
            "{}\u{b}",
            "{}\u{c}",
        ] {
            assert_followed([text]);
            assert_followed(text.split_inclusive(|_: char| true));
        }
    }

    proptest::proptest! {
        #[test]
        fn however_they_are_cut(fragments in proptest::collection::vec(r#"[{}\[\]",:\\ 1é]{0,4}"#, 0..12)) {
            assert_followed(fragments.iter().map(String::as_str));
        }
    }
}
