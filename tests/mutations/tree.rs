//! A copy of the tree, and what is built and tried in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::list::Mutation;

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
        let file = self.folder.join(mutation.file);
        let whole = fs::read_to_string(&file).expect("a copied file");
        fs::write(&file, whole.replacen(mutation.find, mutation.replace, 1)).expect("a file");
        let output = Command::new(env!("CARGO"))
            .args(["test", "--test", "it", "attacks::table"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", root().join("target"))
            .env("ATTACKS", mutation.group)
            .env("INSTA_UPDATE", "no")
            .output()
            .expect("cargo is there");
        fs::write(&file, whole).expect("a file");
        let said =
            String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        assert!(
            said.contains("running 1 test"),
            "{} does not compile:\n{said}",
            mutation.name
        );
        let gone = said.lines().filter_map(|line| line.strip_prefix("- | "));
        let rows = gone.filter_map(|line| line.split(" | ").next());
        rows.map(str::to_owned).collect()
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
