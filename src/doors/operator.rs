//! What the operator writes: settings and the policy.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use serde_json::Map;

use super::{parts, text};
use crate::agent::{Effect, Tool};
use crate::config::{Config, Variables, data_dir, ops_listen};
use crate::ids::ConnectionName;
use crate::policy::{Policy, Verdict};

/// The policy and, in a second part, names of tools to judge, one a line.
pub(super) fn policy_file(bytes: &[u8]) {
    let [file, tools] = parts(bytes);
    match Policy::parse(&text(file)) {
        Ok(policy) => {
            let Ok(gmail) = ConnectionName::parse("gmail") else {
                return;
            };
            for tool in text(tools).lines() {
                Tool::new(gmail.clone(), tool.to_owned(), String::new(), &Map::new());
                let verdicts = [Effect::Read, Effect::Write].map(|of| policy.verdict(tool, of));
                // A rule holds for a tool whatever the classifier takes it for.
                let [of_read, of_write] = verdicts;
                assert!(of_read == of_write || verdicts == [Verdict::Read, Verdict::Ask]);
            }
        }
        Err(mistake) => assert!(!mistake.to_string().contains('\n'), "{mistake}"),
    }
}

/// Lines of `NAME=value` and, in a second part, what stands in every file.
pub(super) fn settings(bytes: &[u8]) {
    let [lines, file] = parts(bytes);
    let settings = Lines::new(&text(lines), text(file).into_owned());
    let said = match Config::read(&settings) {
        Ok(config) => {
            assert!(!config.connections.is_empty());
            assert_eq!(config.public_url.path(), "/");
            format!("{config:?}{:?}", config.warnings())
        }
        Err(mistakes) => {
            let mistakes = mistakes.to_string();
            assert!(!mistakes.is_empty());
            mistakes
        }
    };
    assert!(!said.contains(SECRET), "a secret is printed: {said}");
    let _ = (data_dir(&settings), ops_listen(&settings));
}

/// What every value of a secret begins with.
const SECRET: &str = "s3cr3t-value";

struct Lines {
    values: HashMap<String, String>,
    file: String,
}

impl Lines {
    fn new(lines: &str, file: String) -> Self {
        let pairs = lines.split('\n').filter_map(|line| line.split_once('='));
        let values = pairs.map(|(name, value)| {
            let is_secret = ["SECRET", "TOKEN", "KEY"]
                .iter()
                .any(|end| name.ends_with(end));
            let before = if is_secret { SECRET } else { "" };
            (name.to_owned(), format!("{before}{value}"))
        });
        Self {
            values: values.collect(),
            file,
        }
    }
}

impl Variables for Lines {
    fn get(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned()
    }

    fn read_file(&self, path: &Path) -> io::Result<String> {
        if path.as_os_str().is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(self.file.clone())
    }
}
