//! Rust files, read far enough to look for things in them.

use crate::{files, text};

/// The program's part of one file: without comments, without its tests.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) code: String,
}

impl Source {
    pub(crate) fn read(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            code: without_tests(&without_comments(&text(path))),
        }
    }

    /// Where it stands in the crate: `src/slack/inbound.rs` is `["slack", "inbound"]`.
    pub(crate) fn module(&self) -> Vec<&str> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        path.trim_end_matches("/mod").split('/').collect()
    }

    /// Whether a word stands in it, not only as a part of another.
    pub(crate) fn has_word(&self, word: &str) -> bool {
        self.code.match_indices(word).any(|(at, _)| {
            !self.code[..at].ends_with(is_word)
                && !self.code[at + word.len()..].starts_with(is_word)
        })
    }
}

/// The program's files below a folder.
pub(crate) fn program(folder: &str) -> Vec<Source> {
    let paths = files(folder, ".rs");
    let of_tests: Vec<String> = paths.iter().flat_map(|path| test_modules(path)).collect();
    paths
        .into_iter()
        .filter(|path| !of_tests.iter().any(|module| is_within(path, module)))
        .map(|path| Source::read(&path))
        .collect()
}

/// The modules of a file that are only there for tests, or for the fuzz targets, and have files
/// of their own: where these are, without `.rs`.
fn test_modules(path: &str) -> Vec<String> {
    let folder = path.trim_end_matches(".rs");
    let folder = folder.trim_end_matches("/mod").trim_end_matches("/lib");
    let code = without_comments(&text(path));
    [TESTS, DOORS]
        .iter()
        .flat_map(|mark| declared_behind(mark, &code))
        .map(|module| format!("{folder}/{module}"))
        .collect()
}

fn declared_behind(mark: &str, code: &str) -> Vec<String> {
    code.split(mark)
        .skip(1)
        .filter_map(|after| {
            let (_, module) = after.split_once("mod ")?;
            let (name, _) = module.split_once(';')?;
            name.chars().all(is_word).then(|| name.to_owned())
        })
        .collect()
}

fn is_within(path: &str, module: &str) -> bool {
    path.strip_prefix(module)
        .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

pub(crate) fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

const TESTS: &str = "#[cfg(test)]";

/// Before the modules of `src/doors.rs`, which are in no build of the program.
const DOORS: &str = "#[cfg(any(fuzzing, test))]";

/// Cuts off the module of tests, which is a file's last item (clippy sees to that).
fn without_tests(code: &str) -> String {
    let mut rest = code;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once(TESTS) {
        kept.push_str(before);
        let module = after.trim_start();
        let module = module.trim_start_matches("pub(super) ");
        assert!(
            module.starts_with("mod "),
            "`cfg(test)` is for modules of tests alone, but stands before: {}",
            module.lines().next().unwrap_or_default()
        );
        match module.find([';', '{']) {
            Some(end) if module[end..].starts_with(';') => rest = &module[end + 1..],
            Some(_) | None => return kept,
        }
    }
    kept.push_str(rest);
    kept
}

fn without_comments(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(letter) = rest.chars().next() {
        let (length, comment) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), true)
        } else if rest.starts_with("/*") {
            (rest.find("*/").map_or(rest.len(), |end| end + 2), true)
        } else if kept.ends_with(is_word) {
            (letter.len_utf8(), false)
        } else {
            (literal(rest).unwrap_or(letter.len_utf8()), false)
        };
        if !comment {
            kept.push_str(&rest[..length]);
        }
        rest = &rest[length..];
    }
    kept
}

/// How long the literal is that the code begins with, where two slashes are no comment.
fn literal(code: &str) -> Option<usize> {
    let unprefixed = code.trim_start_matches('b');
    let prefix = code.len() - unprefixed.len();
    if let Some(raw) = unprefixed.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let body = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        let open = prefix + 1 + hashes + 1;
        return body.find(&end).map(|at| open + at + end.len());
    }
    if let Some(body) = unprefixed.strip_prefix('"') {
        return closing(body, '"').map(|at| prefix + 1 + at);
    }
    let body = unprefixed.strip_prefix('\'')?;
    let lifetime = !body.starts_with('\\') && body.chars().nth(1) != Some('\'');
    if lifetime {
        return None;
    }
    closing(body, '\'').map(|at| prefix + 1 + at)
}

/// Where a literal ends, behind its closing quote.
fn closing(body: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, letter) in body.char_indices() {
        if !escaped && letter == quote {
            return Some(at + 1);
        }
        escaped = !escaped && letter == '\\';
    }
    None
}

#[test]
fn a_source_is_read_without_comments_and_tests() {
    let cases = [
        ("a // b\nc", "a \nc"),
        ("a /* b */ c", "a  c"),
        (r#""https://x" // y"#, r#""https://x" "#),
        (r##"r#"// "x" "# // y"##, r##"r#"// "x" "# "##),
        (r#"'"' // "#, r#"'"' "#),
        (r"'\'' // ", r"'\'' "),
        ("&'a str // x", "&'a str "),
        (r#"b"\"//" // x"#, r#"b"\"//" "#),
    ];
    for (code, kept) in cases {
        assert_eq!(without_comments(code), kept);
    }
    assert_eq!(without_tests("a #[cfg(test)]\nmod tests; b"), "a  b");
    assert_eq!(without_tests("a #[cfg(test)]\nmod tests { b }"), "a ");
    let shared = "a #[cfg(test)]\npub(super) mod tests { b; }";
    assert_eq!(without_tests(shared), "a ");
    assert_eq!(declared_behind(TESTS, shared), Vec::<String>::new());
    let apart = "a #[cfg(test)]\nmod scripted; mod b;";
    assert_eq!(declared_behind(TESTS, apart), ["scripted"]);
    let doors = "#[cfg(any(fuzzing, test))]\npub(crate) mod doors; mod b;";
    assert_eq!(declared_behind(DOORS, doors), ["doors"]);
    for (path, within) in [("a/b.rs", true), ("a/b/c.rs", true), ("a/bc.rs", false)] {
        assert_eq!(is_within(path, "a/b"), within, "{path}");
    }
}
