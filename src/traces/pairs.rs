//! Lists of `key=value` as OpenTelemetry's settings have them: commas between, and what
//! would be mistaken for one percent-encoded.

/// What a list holds, in order; `None` if it is none.
pub(crate) fn pairs(list: &str) -> Option<Vec<(String, String)>> {
    list.split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=')?;
            let (key, value) = (decoded(key.trim())?, decoded(value.trim())?);
            (!key.is_empty()).then_some((key, value))
        })
        .collect()
}

fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        if !code.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_or_it_is_none() {
        for (list, read) in [
            ("", Some(vec![])),
            ("a=b", Some(vec![("a", "b")])),
            (" a = b , c=d=e,", Some(vec![("a", "b"), ("c", "d=e")])),
            (
                "authorization=Basic%20eA%3d%3D,x=1%2C2",
                Some(vec![("authorization", "Basic eA=="), ("x", "1,2")]),
            ),
            ("a=", Some(vec![("a", "")])),
            ("a=ü%C3%BC", Some(vec![("a", "üü")])),
            ("a", None),
            ("=b", None),
            ("a=%", None),
            ("a=%2", None),
            ("a=%+1", None),
            ("a=%zz", None),
            ("a=%ff", None),
            ("a=%é", None),
        ] {
            let read = read.map(|pairs: Vec<(&str, &str)>| {
                let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
                pairs.into_iter().map(owned).collect()
            });
            assert_eq!(pairs(list), read, "{list}");
        }
    }
}
