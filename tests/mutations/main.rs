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
mod worst;

use std::process::ExitCode;

use list::{MUTATIONS, Mutation};
use tree::Tree;
use worst::OPENINGS;

const PAGE: &str = "docs/attacks.md";
const WORST: &str = "docs/worst-model.md";

/// What stands around the result in the page.
const BEGINS: &str = "<!-- Printed by tests/mutations -->\n";
const ENDS: &str = "<!-- As far as here -->\n";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut stale: Vec<String> = MUTATIONS.iter().filter_map(Mutation::is_stale).collect();
    stale.extend(
        OPENINGS
            .iter()
            .filter(|opening| tree::read(opening.file).matches(opening.find).count() != 1)
            .map(|opening| format!("{}: its line does not stand there once", opening.name)),
    );
    if !stale.is_empty() {
        println!("{}", stale.join("\n"));
        return ExitCode::FAILURE;
    }
    if !arguments.iter().any(|argument| argument == "--apply") {
        println!(
            "{} defences stand where they did; --apply takes them out, and --apply NAME one of them",
            MUTATIONS.len() + OPENINGS.len()
        );
        return ExitCode::SUCCESS;
    }
    if arguments.iter().any(|argument| argument == "--worst") {
        return open_all();
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

/// What the worst model does where one defence is missing.
fn open_all() -> ExitCode {
    let tree = Tree::copied();
    let mut table = String::from(
        "| defence taken out | in | acts without her word | characters that left |\n| --- | --- | --- | --- |\n",
    );
    let mut missed = 0;
    for opening in &OPENINGS {
        let (acts, characters) = tree.counted(opening);
        missed += u32::from(acts + characters == 0);
        let line = format!(
            "| {} | `{}` | {acts} | {characters} |\n",
            opening.name, opening.file
        );
        print!("{line}");
        table += &line;
    }
    write_down_in(WORST, &table);
    ExitCode::from(u8::from(missed > 0))
}

fn write_down(table: &str) {
    write_down_in(PAGE, table);
}

fn write_down_in(path: &str, table: &str) {
    let page = tree::read(path);
    let (before, rest) = page.split_once(BEGINS).expect("a place for the table");
    let (_, after) = rest.split_once(ENDS).expect("the end of that place");
    let page = format!("{before}{BEGINS}\n{table}\n{ENDS}{after}");
    std::fs::write(tree::root().join(path), page).expect("the page");
}
