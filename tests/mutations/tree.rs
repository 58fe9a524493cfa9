//! A copy of the tree, and what is built and tried in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::list::Mutation;
use crate::worst::Opening;

/// What a build needs.
const PARTS: [&str; 14] = [
    "Cargo.lock",
    "Cargo.toml",
    "benches",
    "clippy.toml",
    "deny.toml",
    "docs",
    "examples",
    "manifest.yml",
    "rust-toolchain.toml",
    "sim",
    "src",
    "tests",
    "README.md",
    ".env.example",
];

pub struct Tree {
    folder: PathBuf,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

impl Tree {
    /// Below `target`, whose finished dependencies it uses.
    pub fn copied() -> Self {
        let folder = root().join("target/mutations");
        fs::create_dir_all(&folder).expect("a folder");
        for part in PARTS {
            copy(&root().join(part), &folder.join(part));
        }
        Self { folder }
    }

    /// Takes a defence out, tries the attacks of its group, and puts it back: the attacks
    /// that came out differently.
    pub fn tried(&self, mutation: &Mutation) -> Vec<String> {
        let change = (mutation.file, mutation.find, mutation.replace);
        let said = self.said(change, &["attacks::table"], mutation.group);
        let gone = said.lines().filter_map(|line| line.strip_prefix("- | "));
        let rows = gone.filter_map(|line| line.split(" | ").next());
        rows.map(str::to_owned).collect()
    }

    /// How often the worst model acts without this defence, and how much it carries out.
    pub fn counted(&self, opening: &Opening) -> (usize, usize) {
        let change = (opening.file, opening.find, opening.replace);
        let story = "whatever_any_text_tells_it_nothing_is_done_and_nothing_leaves";
        let said = self.said(change, &[story, "--", "--nocapture"], "");
        // Nothing is said of it where all went well.
        let after = |words: &str| {
            let (_, rest) = said.split_once(words).unwrap_or_default();
            let number = rest.split(|c: char| !c.is_ascii_digit()).next();
            number.unwrap_or_default().parse().unwrap_or_default()
        };
        (
            after("acts without a word: "),
            after("characters that left: "),
        )
    }

    /// What the stories say while this line is another.
    fn said(
        &self,
        (path, find, replace): (&str, &str, &str),
        stories: &[&str],
        group: &str,
    ) -> String {
        let file = self.folder.join(path);
        let whole = fs::read_to_string(&file).expect("a copied file");
        fs::write(&file, whole.replacen(find, replace, 1)).expect("a file");
        let output = Command::new(env!("CARGO"))
            .args(["test", "--test", "it"])
            .args(stories)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", root().join("target"))
            .env("ATTACKS", group)
            .env("INSTA_UPDATE", "no")
            .output()
            .expect("cargo is there");
        fs::write(&file, whole).expect("a file");
        let said =
            String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        assert!(
            said.contains("running 1 test"),
            "{path} does not compile:\n{said}"
        );
        said.into_owned()
    }
}

/// Only what differs, so that little is built again.
fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("a folder");
        for entry in fs::read_dir(from).expect("a folder") {
            let entry = entry.expect("an entry");
            copy(&entry.path(), &to.join(entry.file_name()));
        }
        return;
    }
    let Ok(new) = fs::read(from) else {
        return;
    };
    if fs::read(to).ok().as_ref() != Some(&new) {
        fs::write(to, new).expect("a file");
    }
}
