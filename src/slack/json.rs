//! Walking through JSON of which nothing is certain: a field of an odd shape counts as
//! missing, and never takes its neighbours along.

use serde_json::Value;

/// Reads a body, and mends it first where a byte is not UTF-8 or half of a surrogate pair
/// is missing: one broken character must not lose the message it stands in.
pub(super) fn parse(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body)
        .or_else(|_| serde_json::from_str(&mended(&String::from_utf8_lossy(body))))
        .ok()
}

/// The text at this path, if there is one and it is not empty.
pub(super) fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(value, path)?.as_str().filter(|text| !text.is_empty())
}

pub(super) fn flag(value: &Value, path: &[&str]) -> bool {
    at(value, path).and_then(Value::as_bool).unwrap_or(false)
}

/// Whether something is there: not `null`, not an empty text.
pub(super) fn present(value: &Value, path: &[&str]) -> bool {
    at(value, path).is_some_and(|found| !found.is_null() && found.as_str() != Some(""))
}

/// The first of these paths that holds an id of this kind.
pub(super) fn id<T>(
    value: &Value,
    paths: &[&[&str]],
    parse: impl Fn(&str) -> Result<T, crate::ids::BadId>,
) -> Option<T> {
    paths
        .iter()
        .filter_map(|path| text(value, path))
        .find_map(|text| parse(text).ok())
}

/// The value at this path; in a list, `0` is its first element.
pub(super) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, step| match value {
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        Value::Object(fields) => fields.get(*step),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

/// Replaces each half of a surrogate pair that has no other half; JSON is otherwise left
/// as it is.
fn mended(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let length = match surrogate(escape) {
            Some(Half::High) if escape.get(6..).and_then(surrogate) == Some(Half::Low) => 12,
            Some(_) => {
                out.push_str("\\ufffd");
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            None => escape.chars().take(2).map(char::len_utf8).sum(),
        };
        let (kept, after) = escape.split_at(length);
        out.push_str(kept);
        rest = after;
    }
    out.push_str(rest);
    out
}

#[derive(PartialEq, Eq)]
enum Half {
    High,
    Low,
}

/// Which half of a pair the text begins with, if it begins with one.
fn surrogate(text: &str) -> Option<Half> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xd800..=0xdbff => Some(Half::High),
        0xdc00..=0xdfff => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_odd_field_counts_as_missing() {
        let value = json!({"a": {"b": "x"}, "n": 7, "l": [{"c": "y"}], "e": "", "z": null});
        assert_eq!(text(&value, &["a", "b"]), Some("x"));
        assert_eq!(text(&value, &["l", "0", "c"]), Some("y"));
        assert_eq!(text(&value, &["l", "1", "c"]), None);
        assert_eq!(text(&value, &["n"]), None);
        assert_eq!(text(&value, &["n", "b"]), None);
        assert_eq!(text(&value, &["e"]), None);
        assert!(present(&value, &["n"]));
        assert!(!present(&value, &["e"]));
        assert!(!present(&value, &["z"]));
    }

    #[test]
    fn broken_characters_are_mended() {
        for (body, expected) in [
            (&br#"{"t":"a \ud83d b"}"#[..], "a \u{fffd} b"),
            (br#"{"t":"a \ude00 b"}"#, "a \u{fffd} b"),
            (br#"{"t":"\ud83d\ude00 \ud83d"}"#, "\u{1f600} \u{fffd}"),
            (br#"{"t":"\ud83d\ud83d\ude00"}"#, "\u{fffd}\u{1f600}"),
            (br#"{"t":"\\ud83d \ud83d"}"#, "\\ud83d \u{fffd}"),
            (b"{\"t\":\"a\xffb\"}", "a\u{fffd}b"),
        ] {
            assert_eq!(
                parse(body),
                Some(json!({"t": expected})),
                "{}",
                String::from_utf8_lossy(body)
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn mending_leaves_sound_json_alone(text in ".*") {
            let json = serde_json::to_string(&text).unwrap();
            proptest::prop_assert_eq!(mended(&json), json);
        }

        #[test]
        fn mending_never_panics(text in r"(\\|u|d8|dc|[0-9a-f]|é)*") {
            mended(&text);
        }
    }
}
