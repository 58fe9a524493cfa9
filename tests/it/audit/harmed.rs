//! Somebody has a hand in the store.

use std::path::PathBuf;

use insta::assert_snapshot;
use serde_json::json;

use super::{MAY_SEND, SEND, mail, sha256};
use crate::bot::{Bot, Process, disconnects};

/// The trees of the engine, as they lie on the disk of a Valet that is stopped.
struct Trees {
    entries: sled::Tree,
    heads: sled::Tree,
    db: sled::Db,
}

impl Trees {
    fn of(bot: &Bot) -> Self {
        let data = PathBuf::from(bot.settings.value("VALET_DATA_DIR"));
        let db = sled::Config::new()
            .path(data.join("store"))
            .segment_size(2 << 20)
            .open()
            .expect("a store that nobody has open");
        Self {
            entries: db.open_tree("audit").expect("entries"),
            heads: db.open_tree("audit_heads").expect("ends"),
            db,
        }
    }

    /// The key of the entry with this number, and its line.
    fn entry(&self, number: u64) -> (sled::IVec, Vec<u8>) {
        let found = self.entries.iter().flatten();
        let mut found = found.filter(|(key, _)| key.ends_with(&number.to_be_bytes()));
        let (key, line) = found.next().expect("an entry");
        (key, line.to_vec())
    }
}

type Harm = fn(&Trees);

fn a_changed_digit(trees: &Trees) {
    let (key, mut line) = trees.entry(4);
    // Of its minute.
    line[33] ^= 1;
    trees.entries.insert(key, line).expect("an entry");
}

fn a_removed_entry(trees: &Trees) {
    trees.entries.remove(trees.entry(2).0).expect("an entry");
}

fn two_swapped(trees: &Trees) {
    let ((one, first), (other, second)) = (trees.entry(2), trees.entry(3));
    trees.entries.insert(one, second).expect("an entry");
    trees.entries.insert(other, first).expect("an entry");
}

fn the_last_three_cut_off(trees: &Trees) {
    for number in 3..=5 {
        trees.entries.remove(trees.entry(number).0).expect("it");
    }
}

fn the_last_one_in_other_words(trees: &Trees) {
    let (key, line) = trees.entry(5);
    let line = String::from_utf8(line).expect("a line");
    let line = line.replace("\"done\"", "\"not_done\"");
    trees
        .entries
        .insert(key, line.as_bytes())
        .expect("an entry");
}

/// What nothing within the store can show: nobody has the hash of what was there.
fn the_last_two_and_the_note_of_them(trees: &Trees) {
    for number in 4..=5 {
        trees.entries.remove(trees.entry(number).0).expect("it");
    }
    let (_, line) = trees.entry(3);
    let hash = sha256(&line);
    let head = format!("{{\"number\":3,\"hash\":\"{hash}\"}}");
    let (person, _) = trees.heads.first().expect("ends").expect("an end");
    trees.heads.insert(person, head.as_bytes()).expect("an end");
}

/// What `valet audit --verify` says after this, of a stopped Valet and of one that serves.
async fn verdict(harm: Harm) -> String {
    let bot = Bot::world(|_| {}).await;
    let first = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    let ada = bot.slack.person("ada");
    disconnects(&ada, "gmail").await;
    first.stop().await;
    let trees = Trees::of(&bot);
    harm(&trees);
    trees.db.flush().expect("a disk");
    drop(trees);

    let (code, said) = bot.audit(&["--verify"]).await;
    let second = Process::serve(&bot.settings).await;
    let serving = bot.audit(&["--verify"]).await;
    assert_eq!(serving, (code, said.clone()));
    second.stop().await;
    bot.finish().await;
    let said = said.replace(&format!("T0ACME/{}", ada.id), "Ada");
    let said = said.lines().next().expect("a verdict");
    let said = match said.split_once("the last is ") {
        Some((said, last)) => format!("{said}the last is {}", &last[..1]),
        None => said.to_owned(),
    };
    format!("{}: {said}", code.expect("an exit code"))
}

#[tokio::test]
async fn what_is_changed_in_the_store_is_found() {
    let table: [(&str, Harm); 7] = [
        ("nothing", |_| {}),
        ("a changed digit", a_changed_digit),
        ("a removed entry", a_removed_entry),
        ("two swapped", two_swapped),
        ("the last three cut off", the_last_three_cut_off),
        ("the last one in other words", the_last_one_in_other_words),
        (
            "the last two and the note of them",
            the_last_two_and_the_note_of_them,
        ),
    ];
    let mut told = Vec::new();
    for (name, harm) in table {
        told.push(format!("{name}: {}", verdict(harm).await));
    }
    assert_snapshot!(told.join("\n"), @"
    nothing: 0: Ada: whole; 5 entries; the last is 5
    a changed digit: 1: Ada: BROKEN; entry 5 does not follow from the one before it: one of them was changed
    a removed entry: 1: Ada: BROKEN; entry 2 is missing
    two swapped: 1: Ada: BROKEN; at the place of entry 2 stands another one; at the place of entry 3 stands another one; entry 4 does not follow from the one before it: one of them was changed
    the last three cut off: 1: Ada: BROKEN; the end is cut off: entry 2 is the last one, and 5 were written
    the last one in other words: 1: Ada: BROKEN; entry 5 is not what was written
    the last two and the note of them: 0: Ada: whole; 3 entries; the last is 3
    ");
}

const NO_RECORDS: &str =
    "I cannot keep my records at the moment, so I stopped here: please ask again in a few minutes.";

/// Ada's chain cannot go on, since nobody knows any more where it ends.
#[tokio::test]
async fn what_cannot_be_written_down_is_not_done() {
    let bot = Bot::world(|settings| settings.policy(MAY_SEND)).await;
    let first = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    first.stop().await;
    let trees = Trees::of(&bot);
    let (person, _) = trees.heads.first().expect("ends").expect("an end");
    trees.heads.insert(person, b"x").expect("an end");
    trees.db.flush().expect("a disk");
    drop(trees);
    let before = bot.vault.executions().len();

    let second = Process::serve(&bot.settings).await;
    let ada = bot.slack.person("ada");
    for (tool, arguments) in [
        (SEND, mail("ben@example.com")),
        ("gmail_list_labels", json!({})),
    ] {
        bot.router.will_call(tool, &arguments);
        let question = ada.direct("Do it").await;
        assert_eq!(bot.answer(&question).await, NO_RECORDS);
    }
    ada.command("/disconnect", "gmail", "general").await;
    let asked = ada.next_ephemeral().await;
    ada.clicks(&asked, "disconnect").await;
    assert_eq!(ada.next_dm().await.visible_text(), NO_RECORDS);
    assert_eq!(bot.vault.executions().len(), before);
    assert_eq!(bot.vault.active_accounts().len(), 1);
    second.stop().await;
    bot.finish().await;
}
