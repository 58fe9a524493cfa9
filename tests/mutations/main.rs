//! Takes defences out, one at a time, and sees the attacks named for them come through.
//! The usual run only makes sure that every defence stands where the list says.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a developer's tool: it prints its table, and stops at what cannot be"
)]

mod list;
mod tree;

use std::process::ExitCode;

use list::{MUTATIONS, Mutation};
use tree::Tree;

const PAGE: &str = "docs/attacks.md";

/// What stands around the result in the page.
const BEGINS: &str = "<!-- Printed by tests/mutations -->\n";
const ENDS: &str = "<!-- As far as here -->\n";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let stale: Vec<String> = MUTATIONS.iter().filter_map(Mutation::is_stale).collect();
    if !stale.is_empty() {
        println!("{}", stale.join("\n"));
        return ExitCode::FAILURE;
    }
    if !arguments.iter().any(|argument| argument == "--apply") {
        println!(
            "{} defences stand where they did; --apply takes them out, and --apply NAME one of them",
            MUTATIONS.len()
        );
        return ExitCode::SUCCESS;
    }
    let named: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let tree = Tree::copied();
    let mut table = String::from(
        "| defence taken out | in | the attack named for it | others that came out differently |\n| --- | --- | --- | --- |\n",
    );
    let mut missed = 0;
    for mutation in &MUTATIONS {
        if !named.is_empty() && !named.iter().any(|name| *name == mutation.name) {
            continue;
        }
        let changed = tree.tried(mutation);
        let caught = changed.iter().any(|row| row == mutation.row);
        missed += u32::from(!caught);
        let line = format!(
            "| {} | `{}` | {}: {} | {} |\n",
            mutation.name,
            mutation.file,
            mutation.row,
            if caught { "fails" } else { "**NOT NOTICED**" },
            changed.len() - usize::from(caught),
        );
        print!("{line}");
        table += &line;
        if named.is_empty() {
            write_down(&table);
        }
    }
    ExitCode::from(u8::from(missed > 0))
}

fn write_down(table: &str) {
    let page = tree::read(PAGE);
    let (before, rest) = page.split_once(BEGINS).expect("a place for the table");
    let (_, after) = rest.split_once(ENDS).expect("the end of that place");
    let page = format!("{before}{BEGINS}\n{table}\n{ENDS}{after}");
    std::fs::write(tree::root().join(PAGE), page).expect("the page");
}
